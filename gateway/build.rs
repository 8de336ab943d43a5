//! Says which commit the program is built from, for figures that stand beside it: `BUILD_COMMIT` is the commit, with a
//! `+` if what the program is made of differs from it, or `unknown` outside a repository. Where sources are built without their
//! repository, as in the image, `SOURCE_COMMIT` in the builder's environment says it.
//!
//! The name has no `TILTYARD_` in front: `cargo run` also puts it into the environment, where those are configuration.

#![allow(clippy::print_stdout, reason = "how a build script answers")]

use std::path::Path;
use std::process::Command;

/// Not `BUILD_COMMIT` itself: a cargo that runs below `cargo run` would be given the outer program's.
const GIVEN: &str = "SOURCE_COMMIT";

/// What the binary is made of. Tests and documents are not: they make no program different.
const SOURCES: [&str; 22] = [
    "Cargo.lock",
    "Cargo.toml",
    "actors/kit/src",
    "actors/pairing/src",
    "actors/src",
    "db/local/src",
    "db/objects/src",
    "db/postgres/migrations",
    "db/postgres/queries",
    "db/postgres/src",
    "db/redis/scripts",
    "db/redis/src",
    "db/sqlite/migrations",
    "db/sqlite/queries",
    "db/sqlite/src",
    "db/src",
    "gateway/auth/src",
    "gateway/src",
    "protocol/src",
    "sim/content",
    "sim/src",
    "sim/wire/src",
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    println!("cargo::rerun-if-changed=build.rs");
    let build = given().or_else(|| build(&root)).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BUILD_COMMIT={build}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is configured by the environment only"
)]
fn given() -> Option<String> {
    println!("cargo::rerun-if-env-changed={GIVEN}");
    let commit = std::env::var(GIVEN).ok()?;
    Some(commit.trim().to_owned()).filter(|commit| !commit.is_empty())
}

fn build(root: &Path) -> Option<String> {
    let commit = git(root, &["rev-parse", "--short=12", "HEAD"])?;
    let log = git(root, &["rev-parse", "--git-path", "logs/HEAD"])?;
    // A path that is not there would run this script at every build.
    for path in SOURCES.into_iter().chain([&*log]) {
        let path = root.join(path);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let mut status = vec!["--no-optional-locks", "status", "--porcelain", "--"];
    status.extend(SOURCES);
    let changed = git(root, &status)?;
    Some(if changed.is_empty() {
        commit
    } else {
        format!("{commit}+")
    })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8(text).ok()?.trim().to_owned())
}
