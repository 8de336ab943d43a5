//! `services` lends servers to a command, ends with its code, and leaves nothing.

#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::path::Path;
use std::process::{Command, Output};

fn services(script: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard-loadtest"));
    command.args(["services", "--relaxed", "--", "sh", "-c", script]);
    command.output().unwrap()
}

#[test]
fn a_command_finds_what_it_was_lent() {
    let output =
        services("echo $TILTYARD_DATABASE_URL $TILTYARD_REDIS_URL $TILTYARD_REPLAY_URL $AWS_ACCESS_KEY_ID; exit 7");
    assert_eq!(output.status.code(), Some(7));
    let text = String::from_utf8(output.stdout).unwrap();
    let lent: Vec<&str> = text.split_whitespace().collect();
    let [database, redis, replays, key] = lent[..] else {
        unreachable!("one is not there: {text}");
    };
    assert!(database.starts_with("postgresql://tiltyard@%2F") && database.ends_with("/tiltyard"));
    assert!(replays.starts_with("s3://tiltyard/replays?endpoint=http://127.0.0.1:"));
    assert!(!key.is_empty());
    let socket = Path::new(redis.strip_prefix("redis+unix://").unwrap());
    assert!(!socket.parent().unwrap().exists());
}

#[test]
fn a_command_that_was_killed_is_told_as_a_shell_would() {
    assert_eq!(services("kill -9 $$").status.code(), Some(128 + 9));
}

#[test]
fn a_signal_reaches_the_command() {
    let output = services("trap 'exit 5' TERM; kill -TERM $PPID; while :; do sleep 0.1; done");
    assert_eq!(output.status.code(), Some(5));
}
