//! Hostile connections against the real server: half-sent, endless, oversized, silent, stalled; others notice nothing.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::{PATIENCE, Server};

/// Time-outs short enough to wait for.
const SHORT: &str = "[http]\nheader_timeout_ms = 300\nbody_timeout_ms = 300\nwrite_stall_timeout_ms = 300";

/// Sends bytes and returns all that comes until the server closes.
async fn send(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.players).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the server closes");
    if let Err(error) = ended {
        println!("reset: {error}");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

async fn is_well(server: &Server) {
    let reply = server.request(Method::GET, "/livez").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let server = Server::start_with(SHORT);
    for bytes in [
        "",
        "G",
        "GET /livez HTTP/1.1\r\n",
        "GET /livez HTTP/1.1\r\nhost: x\r\nx-slow:",
    ] {
        let started = Instant::now();
        let answer = send(&server, bytes.as_bytes()).await;
        assert!(!answer.contains("200"), "{answer}");
        assert!(started.elapsed() >= Duration::from_millis(250));
    }
    is_well(&server).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let server = Server::start_with(SHORT);
    let answer = send(&server, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let server = Server::start_with(SHORT);
    let token = server.player("alice").await.token;
    let head = |framing: &str| {
        format!(
            "POST /v1/tickets HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
        )
    };
    let announced = send(&server, format!("{}{{", head("content-length: 100")).as_bytes()).await;
    assert!(
        announced.starts_with("HTTP/1.1 408 ") && announced.contains("body_timeout"),
        "{announced}"
    );
    let chunked = send(
        &server,
        format!("{}1\r\n{{\r\n", head("transfer-encoding: chunked")).as_bytes(),
    )
    .await;
    assert!(chunked.starts_with("HTTP/1.1 408 "), "{chunked}");
    let flood = format!(
        "{}{}",
        head("transfer-encoding: chunked"),
        format!("400\r\n{}\r\n", " ".repeat(1024)).repeat(3)
    );
    let flooded = send(&server, flood.as_bytes()).await;
    assert!(flooded.starts_with("HTTP/1.1 413 "), "{flooded}");
    is_well(&server).await;
}

#[tokio::test]
async fn oversized_and_malformed_heads_are_refused() {
    let server = Server::start_with(SHORT);
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000));
    let big = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(100));
    for head in [long, big, many] {
        let answer = send(&server, head.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    for head in [
        "\0\0\0\0",
        "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /v1/tickets HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST /v1/tickets HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
    ] {
        let answer = send(&server, head.as_bytes()).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{head:?}: {answer}"
        );
    }
    is_well(&server).await;
}

#[tokio::test]
async fn a_reader_that_stops_reading_is_cut() {
    let server = Server::start_with("[http]\nwrite_stall_timeout_ms = 300\nsend_buffer_bytes = 4096");
    let mut stream = TcpStream::connect(server.players).await.unwrap();
    // Requests are pipelined until the answers fill every buffer between the two; none of them is read.
    let request = b"GET /v1/content HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    let cut = async { while stream.write_all(&request).await.is_ok() {} };
    timeout(PATIENCE, cut).await.expect("the server cuts");
    let metrics = server
        .http
        .get(format!("http://{}/metrics", server.operators))
        .send()
        .await
        .unwrap();
    let text = metrics.text().await.unwrap();
    assert!(text.contains("tiltyard_connections_stalled_total"), "{text}");
    is_well(&server).await;
}

#[tokio::test]
async fn connections_of_one_address_are_capped() {
    let server = Server::start_with("[http]\nconnections_per_ip_max = 2\n[limits]\nloopback_exempt = false");
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.players).await.unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        held.push(stream);
    }
    assert_eq!(send(&server, b"").await, "", "the third is closed at once");
    held.pop();
    let end = Instant::now() + PATIENCE;
    while !send(&server, b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .starts_with("HTTP/1.1 200")
    {
        assert!(Instant::now() < end, "a freed place is given again");
    }
}

#[tokio::test]
async fn many_writes_of_one_player_at_once_are_refused_not_queued() {
    let server = Server::start_with("[http]\nbody_timeout_ms = 20000");
    let player = server.player("alice").await;
    let head = format!(
        "POST /v1/tickets HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n",
        player.token
    );
    // Eight bodies are awaited; each counts as a write under way.
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(server.players).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        held.push(stream);
    }
    let end = Instant::now() + PATIENCE;
    loop {
        let (status, document) = player.queue(&json!({})).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(document["retry_after_s"], 1);
            break;
        }
        assert!(Instant::now() < end, "{document}");
    }
    assert_eq!(
        server.player("bob").await.queue(&json!({})).await.0,
        StatusCode::BAD_REQUEST
    );
}
