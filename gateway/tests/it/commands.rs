//! The commands other than `serve`, and a second process on the same data.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, bot, tiltyard, uuid_v7, wait_until};

/// Runs the binary in an empty folder.
pub(crate) fn run(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    tiltyard(arguments).current_dir(folder.path()).output().unwrap()
}

/// Returns what was printed.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Returns what was complained about.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns the one object on the last line.
pub(crate) fn object(output: &Output) -> Value {
    serde_json::from_str(stdout(output).lines().last().unwrap()).unwrap()
}

#[tokio::test]
async fn a_second_process_on_the_same_data_ends_with_one_clear_line() {
    let server = Server::start();
    let data = server.data_dir();
    let data = data.to_str().unwrap();
    for command in ["serve", "migrate"] {
        let output = run(&[
            command,
            "--data-dir",
            data,
            "--listen",
            "127.0.0.1:0",
            "--ops-listen",
            "127.0.0.1:0",
        ]);
        assert_eq!(output.status.code(), Some(75));
        let line = stderr(&output);
        assert_eq!(line.trim_end().lines().count(), 1, "{line}");
        assert!(
            line.contains("another tiltyard process") && line.contains("--data-dir"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_second_process_on_the_same_database_ends_with_one_clear_line() {
    let server = Server::start();
    let database = format!("sqlite:{}", server.data_dir().join("tiltyard.db").display());
    let output = run(&["migrate", "--database-url", &database]);
    assert_eq!(output.status.code(), Some(75));
    let line = stderr(&output);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.contains("another tiltyard process uses the database"), "{line}");
}

#[tokio::test]
async fn what_the_server_stores_is_its_users_alone() {
    let server = Server::start();
    server.player("alice").await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&server.data_dir()), 0o700);
    for file in ["tiltyard.db", "tiltyard.db-wal", "tiltyard.db-shm", "LOCK"] {
        assert_eq!(mode(&server.data_dir().join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_again_ends_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut server = tiltyard(&["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--data-dir"])
        .arg(data.path())
        .env("TILTYARD_DRAIN__PROBE_INTERVAL_MS", "5000")
        .env("TILTYARD_DRAIN__CONNECTIONS_MS", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"));
    let started = tokio::time::Instant::now();
    let pid = server.id().to_string();
    let mut ended = None;
    wait_until("the server to end", async || {
        // Two signals that come together count as one.
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        ended = server.try_wait().unwrap();
        ended.is_some()
    })
    .await;
    assert_eq!(ended.unwrap().code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn more_connections_than_files_are_capped_with_a_warning() {
    let data = tempfile::tempdir().unwrap();
    let mut limited = Command::new("prlimit");
    let binary = env!("CARGO_BIN_EXE_tiltyard");
    limited.args([
        "--nofile=300:400",
        binary,
        "--listen",
        "127.0.0.1:0",
        "--ops-listen",
        "127.0.0.1:0",
    ]);
    limited
        .arg("--data-dir")
        .arg(data.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut server = limited.spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"));
    let pid = server.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let output = server.wait_with_output().unwrap();
    let log = stderr(&output);
    assert_eq!(
        (output.status.code(), log.matches("connections_max is lowered").count()),
        (Some(0), 1),
        "{log}"
    );
    assert!(
        log.contains("\"connections_max\":272") && log.contains("\"limit\":400"),
        "{log}"
    );
}

#[tokio::test]
async fn a_taken_port_ends_the_process_with_its_name() {
    let server = Server::start();
    let address = server.players.to_string();
    let output = run(&["--listen", &address, "--ops-listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(74));
    assert!(stderr(&output).contains(&address), "{}", stderr(&output));
}

#[tokio::test]
async fn an_audit_beside_the_server_is_clean_and_counts() {
    let server = Server::start();
    let player = server.player("alice").await;
    let ticket = json!({ "mode": "practice", "id": uuid_v7(), "team": player.team().await, "bot": bot() });
    player.queue(&ticket).await;
    let data = server.data_dir();
    let output = run(&["audit", "--json", "--data-dir", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = object(&output);
    assert_eq!(
        (&report["violations"], &report["counts"]["accepted"]),
        (&json!([]), &json!(1)),
        "{report}"
    );
}

#[tokio::test]
async fn an_audit_sees_a_damaged_replay() {
    let mut server = Server::start();
    let player = server.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    player.queue(&ticket).await;
    let path = format!("/v1/tickets/{id}");
    while player.get(&path).await["state"] != "finished" {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.stop(), Some(0));
    let mut damaged = 0;
    damage(&server.data_dir().join("replays"), &mut damaged);
    assert_eq!(damaged, 1);
    let data = server.data_dir();
    let output = run(&["audit", "--json", "--data-dir", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(object(&output)["violations"][0]["invariant"], "I9");
}

fn damage(folder: &std::path::Path, count: &mut u32) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path, count);
        } else {
            let mut bytes = std::fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(&path, bytes).unwrap();
            *count += 1;
        }
    }
}

#[test]
fn the_printed_configuration_passes_its_own_check() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiltyard.toml");
    let printed = run(&["default-config"]);
    std::fs::write(&file, &printed.stdout).unwrap();
    let checked = run(&["check-config", "--config", file.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
    std::fs::write(&file, "listn = \"127.0.0.1:1\"").unwrap();
    let refused = run(&["check-config", "--config", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(stderr(&refused).contains("listn"), "{}", stderr(&refused));
}

#[test]
fn the_environment_sits_between_file_and_flags() {
    let with = |flags: &[&str]| {
        let mut command = tiltyard(&["check-config"]);
        command
            .args(flags)
            .env("TILTYARD_MATCHMAKING__LEASE_TTL_MS", "1")
            .env("TILTYARD_REDIS_URL", "redis://h");
        stderr(&command.output().unwrap())
    };
    let problems = with(&[]);
    assert!(
        problems.contains("matchmaking.lease_ttl_ms") && problems.contains("come together"),
        "{problems}"
    );
    assert!(!with(&["--redis-url", "memory:"]).contains("Redis"));
    let unknown = tiltyard(&["check-config"]).env("TILTYARD_LISTN", "x").output().unwrap();
    assert_eq!(unknown.status.code(), Some(78));
}
