//! Golden fights: outcomes do not change unless `RULES_VERSION` rises with them.

use crate::golden_cases;

#[test]
fn golden_fights_end_as_they_did() {
    let found = golden_cases::lines().unwrap();
    let known = include_str!("../golden.txt");
    for (found, known) in found.lines().zip(known.lines()) {
        assert_eq!(
            found, known,
            "an outcome changed; if that is meant, raise RULES_VERSION and run \
             `cargo run -p tiltyard-sim --example bless_golden`"
        );
    }
    assert_eq!(found.lines().count(), known.lines().count());
}
