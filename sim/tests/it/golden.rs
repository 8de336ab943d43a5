//! Golden fights: outcomes do not change unless `RULES_VERSION` rises with them.
//!
//! They are fought with content of their own, frozen when they were blessed, so that a number can be tuned without touching
//! them, and no change of the rules can hide behind one that was.

use tiltyard_sim::Content;

use crate::golden_cases;

#[test]
fn golden_fights_end_as_they_did() {
    let content = Content::from_canonical(include_str!("../golden_content.ron")).unwrap();
    let found = golden_cases::lines(&content).unwrap();
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
