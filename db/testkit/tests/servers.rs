//! The servers start, are apart, and come back.

#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::process::Command;

use tiltyard_db_testkit::{Postgres, Redis};

/// Seconds after which a frozen server counts as one; 2 is the least that libpq knows.
const CONNECT_TIMEOUT_S: &str = "2";

fn psql(server: &Postgres, url: &str, sql: &str) -> Result<String, String> {
    let mut command = Command::new(server.programs().join("psql"));
    command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, url]);
    command.env("PGCONNECT_TIMEOUT", CONNECT_TIMEOUT_S);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

#[test]
fn each_copy_of_a_template_is_its_own() {
    let server = Postgres::shared();
    let migrate = |url: &str| drop(psql(server, url, "CREATE TABLE t (n int)").unwrap());
    let one = server.database_from("copies", migrate);
    let two = server.database_from("copies", |_| unreachable!("the template is made once"));
    psql(server, &one, "INSERT INTO t VALUES (7)").unwrap();
    assert_eq!(psql(server, &one, "SELECT n FROM t").unwrap(), "7");
    assert_eq!(psql(server, &two, "SELECT n FROM t").unwrap(), "");
}

#[test]
fn a_server_of_ones_own_survives_a_crash() {
    let (one, two) = (Postgres::start().unwrap(), Redis::start().unwrap());
    let url = one.url("postgres");
    psql(&one, &url, "CREATE TABLE t AS SELECT 7 AS n").unwrap();
    one.kill();
    two.kill();
    assert!(psql(&one, &url, "SELECT 1").is_err());
    one.restart().unwrap();
    two.restart().unwrap();
    assert_eq!(psql(&one, &url, "SELECT n FROM t").unwrap(), "7");
}

#[test]
fn a_frozen_server_says_nothing_until_it_thaws() {
    let (one, two) = (Postgres::start().unwrap(), Redis::start().unwrap());
    let url = one.url("postgres");
    one.pause();
    two.pause();
    assert!(psql(&one, &url, "SELECT 1").is_err());
    one.resume();
    two.resume();
    assert_eq!(psql(&one, &url, "SELECT 7").unwrap(), "7");
    two.pause();
    one.pause();
    // Frozen servers end like others.
}

#[test]
fn options_are_heard() {
    let one = Postgres::options().tcp().setting("work_mem=9MB").start().unwrap();
    let url = one.tcp_url("postgres").unwrap();
    assert_eq!(psql(&one, &url, "SHOW work_mem").unwrap(), "9MB");
    assert_eq!(psql(&one, &one.url("postgres"), "SHOW fsync").unwrap(), "off");
    let two = Redis::options()
        .tcp()
        .arguments(["--maxmemory", "1mb"])
        .start()
        .unwrap();
    assert!(two.tcp_url().unwrap().starts_with("redis://127.0.0.1:"));
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let error = Postgres::options()
        .setting("nonsense=1")
        .start()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("unrecognized configuration parameter \"nonsense\""),
        "{error}"
    );
    let error = Redis::options()
        .arguments(["--nonsense", "1"])
        .start()
        .unwrap_err()
        .to_string();
    assert!(error.contains("nonsense"), "{error}");
}
