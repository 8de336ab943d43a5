//! `tiltyard healthcheck`, as a container runs it: beside a server that is well, drains, is gone, or is something else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output, Stdio};

use crate::support::{Server, tiltyard, wait_until};

/// Returns the exit code and the one line.
fn check(operators: &SocketAddr, more: &[&str]) -> (Option<i32>, String) {
    let address = operators.to_string();
    let Output { status, stdout, stderr } = tiltyard(&["healthcheck", "--ops-listen", &address])
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    (status.code(), said.trim_end().to_owned())
}

#[tokio::test]
async fn it_says_what_the_server_says() {
    let server = Server::start();
    let operators = server.operators;
    assert_eq!(check(&operators, &[]), (Some(0), "ready".to_owned()));
    assert_eq!(check(&operators, &["--live"]), (Some(0), "alive".to_owned()));
    drop(server);
    for more in [&[][..], &["--live"]] {
        let (code, said) = check(&operators, more);
        assert_eq!(code, Some(1));
        assert!(said.contains(&operators.to_string()), "{said}");
    }
}

#[tokio::test]
async fn a_draining_server_is_alive_and_not_ready() {
    let data = tempfile::tempdir().unwrap();
    let mut server = tiltyard(&["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--data-dir"])
        .arg(data.path())
        .env("TILTYARD_DRAIN__PROBE_INTERVAL_MS", "5000")
        .env("TILTYARD_DRAIN__CONNECTIONS_MS", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let operators = lines.find_map(|line| line.trim().strip_prefix("operators").map(str::to_owned));
    let operators = operators.unwrap();
    let operators = operators.trim().strip_prefix("http://").unwrap().parse().unwrap();
    assert!(lines.any(|line| line == "ready"));
    let pid = server.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    wait_until("the drain to begin", async || check(&operators, &[]).0 == Some(1)).await;
    let (code, said) = check(&operators, &[]);
    assert!(
        code == Some(1) && said.contains("503") && said.contains("draining"),
        "{said}"
    );
    assert_eq!(check(&operators, &["--live"]), (Some(0), "alive".to_owned()));
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn it_waits_for_nobody_and_reads_no_more_than_it_needs() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, said) = check(&silent.local_addr().unwrap(), &[]);
    assert!(code == Some(1) && said.contains("no answer within 2 s"), "{said}");

    let endless = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = endless.local_addr().unwrap();
    let writer = std::thread::spawn(move || {
        let (mut peer, _) = endless.accept().unwrap();
        // Ends with an error once nobody reads any more.
        while peer.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let (code, said) = check(&address, &[]);
    assert!(code == Some(1) && said.contains("does not speak HTTP/1"), "{said}");
    writer.join().unwrap();
}
