//! Supervision turns panics into restarts, which only works while panics unwind.

#[test]
fn no_build_profile_aborts_on_panic() {
    let manifest = include_str!("../../../../Cargo.toml");
    let (_, release) = manifest.split_once("[profile.release]").expect("a release profile");
    let release = release.split("\n[").next().unwrap_or_default();
    assert!(
        release.contains("panic = \"unwind\""),
        "the release profile has to say so"
    );
    assert!(!manifest.contains("panic = \"abort\""));
}
