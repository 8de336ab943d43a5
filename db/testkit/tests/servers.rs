//! The servers start, are apart, and come back.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test ends with a panic and waits for other processes"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tiltyard_db_testkit::{Ended, Folder, Launch, Postgres, Program, Redis, S3, S3Mood};

/// Time for whatever a busy machine takes.
const PATIENCE: Duration = Duration::from_secs(60);
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

/// Waits for what another process brings about.
fn until(mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it did not come to be");
        thread::yield_now();
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

#[test]
fn redis_comes_back_with_what_it_saved_or_empty() {
    let server = Redis::start().unwrap();
    let ask = |words: &[&str]| server.command(words).map_err(|error| error.to_string());
    assert_eq!(ask(&["SET", "a", "two words"]), Ok("OK".to_owned()));
    assert_eq!(ask(&["SAVE"]), Ok("OK".to_owned()));
    server.restart().unwrap();
    assert_eq!(ask(&["GET", "a"]), Ok("two words".to_owned()));
    server.forget().unwrap();
    server.forget().unwrap();
    server.restart().unwrap();
    assert_eq!(ask(&["DBSIZE"]), Ok("0".to_owned()));
    assert!(ask(&["NONSENSE"]).unwrap_err().contains("unknown command"));
    server.kill();
    assert!(ask(&["PING"]).unwrap_err().contains("PING"));
}

#[test]
fn a_program_ends_as_it_is_told() {
    let folder = Folder::temporary().unwrap();
    let launch = Launch {
        program: "sh".into(),
        arguments: ["-c", "trap 'exit 5' TERM; echo $SAID; while :; do :; done"]
            .map(str::to_owned)
            .into(),
        environment: vec![("SAID".to_owned(), "hello".to_owned())],
        folder: folder.path().to_owned(),
        log: folder.path().join("log"),
    };
    let mut programs: Vec<Program> = (0..2).map(|_| Program::start(&launch).unwrap()).collect();
    until(|| programs[0].log_tail().lines().count() == 2);
    assert_eq!(programs[0].log_tail(), "hello\nhello\n");
    programs[0].pause();
    until(|| programs[0].is_frozen());
    programs[0].resume();
    programs[0].kill();
    assert_eq!(programs[0].ended(), Some(Ended::Signal(9)));
    programs[1].terminate();
    until(|| programs[1].ended().is_some());
    assert_eq!(programs[1].ended(), Some(Ended::Code(5)));
    let pid = Program::start(&launch).unwrap().pid();
    assert!(!std::fs::exists(format!("/proc/{pid}/exe")).unwrap_or_default());
    programs.clear();
}

#[test]
fn a_store_can_lose_what_it_acknowledged() {
    let server = S3::start().unwrap();
    server.create_bucket("b").unwrap();
    server.set_mood(S3Mood::Losing);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let request = "PUT /b/k HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.to_lowercase().contains("etag:"),
        "{answer}"
    );
    assert_eq!((server.requests(), server.troubled()), (1, 1));
}
