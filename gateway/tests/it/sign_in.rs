//! Sign-in: the same name is the same player, limits hold, nothing secret is logged.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Server, problem};

#[tokio::test]
async fn the_same_name_is_the_same_player_and_a_name_is_checked() {
    let server = Server::start();
    let (one, two, other) = (
        server.player("alice").await,
        server.player("alice").await,
        server.player("bob").await,
    );
    assert_eq!(one.id, two.id);
    assert_ne!(one.id, other.id);
    assert_eq!(one.get("/v1/me").await["name"], "alice");
    for name in ["", "\u{0}", "a\nb", &"x".repeat(33)] {
        let reply = server
            .request(Method::POST, "/v1/dev/sign-in")
            .json(&json!({ "name": name }))
            .send()
            .await
            .unwrap();
        problem(reply, 422, "field_invalid").await;
    }
}

#[tokio::test]
async fn sign_ins_of_one_address_are_limited() {
    let server = Server::start_with("[limits]\nloopback_exempt = false\nsign_ins_per_ip_max = 3");
    let attempt = || {
        server
            .request(Method::POST, "/v1/dev/sign-in")
            .json(&json!({ "name": "alice" }))
            .send()
    };
    let mut refused = None;
    for _ in 0..10 {
        let reply = attempt().await.unwrap();
        if reply.status() != StatusCode::OK {
            refused = Some(reply);
            break;
        }
    }
    let reply = refused.expect("ten sign-ins span two windows of a minute at most, of three each");
    let seconds: u32 = reply.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds));
    let document = problem(reply, 429, "rate_limited").await;
    assert_eq!(document["retry_after_s"], seconds);
}

#[tokio::test]
async fn tokens_and_hostile_text_do_not_reach_the_log() {
    let mut server = Server::start();
    let player = server.player("alice").await;
    let token = player.token.clone();
    player.get("/v1/me").await;
    let bent = format!("{}AAAA", &token[..token.len() - 4]);
    let reply = server
        .request(Method::GET, "/v1/me")
        .bearer_auth(&bent)
        .send()
        .await
        .unwrap();
    problem(reply, 401, "unauthorized").await;
    let hostile = server
        .request(Method::GET, "/v1/me?%0d%0aforged")
        .header("x-evil", "\u{e9}")
        .send()
        .await
        .unwrap();
    problem(hostile, 401, "unauthorized").await;
    assert_eq!(server.stop(), Some(0));
    let log = server.log();
    assert!(log.contains("token refused"), "the debug level is on");
    let signature = token.rsplit_once('.').unwrap().1;
    assert!(!log.contains(&token) && !log.contains(&signature[..20]));
    for line in log.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "not JSON: {line}"
        );
    }
}

#[tokio::test]
async fn only_loopback_has_development_endpoints() {
    let inside = Server::start_with("environment = \"load\"");
    assert!(inside.banner.iter().any(|line| line.contains("dev/sign-in")));
    inside.player("alice").await;
    let outside = Server::start_with("environment = \"load\"\nlisten = \"0.0.0.0:0\"");
    assert!(!outside.banner.iter().any(|line| line.contains("dev/sign-in")));
    let reply = outside
        .request(Method::POST, "/v1/dev/sign-in")
        .json(&json!({ "name": "alice" }))
        .send()
        .await
        .unwrap();
    problem(reply, 404, "not_found").await;
}

#[tokio::test]
async fn a_page_that_was_led_here_by_its_own_name_signs_nobody_in() {
    let server = Server::start();
    let attempt = |host: &str| {
        server
            .request(Method::POST, "/v1/dev/sign-in")
            .header("host", host)
            .json(&json!({ "name": "alice" }))
            .send()
    };
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example"] {
        problem(attempt(host).await.unwrap(), 404, "not_found").await;
    }
    for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(attempt(host).await.unwrap().status(), StatusCode::OK, "{host}");
    }
}
