//! `chaos` as a command: what it refuses at once. A run needs the server's binary, which this crate has not; the
//! whole-process tests of the server have both.

#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::process::{Command, Output};

fn chaos(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard-loadtest"));
    command.arg("chaos").args(arguments).output().unwrap()
}

fn refusal(arguments: &[&str]) -> String {
    let output = chaos(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_argument_that_makes_no_sense_is_named() {
    assert!(refusal(&["--only", "nothing"]).contains("one of leader_kill, leader_freeze"));
    assert!(refusal(&["--minutes=-1"]).contains("--minutes"));
    assert!(refusal(&["--minutes", "1", "--rounds", "1"]).contains("--rounds"));
    assert!(refusal(&["--server-binary", "/nonexistent/tiltyard"]).contains("/nonexistent/tiltyard"));
}

/// A node that cannot serve ends the run with the end of its log, and everything else with it.
#[test]
fn a_node_that_does_not_start_is_shown_with_its_log() {
    let errors = refusal(&["--rounds", "1", "--seed", "1", "--server-binary", "/bin/false"]);
    assert!(
        errors.contains("seed 1; again: tiltyard-loadtest chaos --rounds 1 --seed 1"),
        "{errors}"
    );
    assert!(
        errors.contains("did not become ready") && errors.contains("gateway-0"),
        "{errors}"
    );
}
