//! A disk that is full: clear answers, others notice nothing, nothing is lost, and recovery is by itself.
//!
//! The kernel's limit on file sizes stands in for the disk: writes fail in the same places, and it can be lifted.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Server, bot, problem, uuid_v7, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_recovers() {
    let server = Server::start();
    let player = server.player("alice").await;
    let team = player.team().await;
    let ticket = json!({ "mode": "practice", "id": uuid_v7(), "team": team, "bot": bot() });

    server.limit_file_size("1");
    let refused = player
        .request(Method::POST, "/v1/tickets")
        .json(&ticket)
        .send()
        .await
        .unwrap();
    assert!(refused.headers().contains_key("retry-after"), "{refused:?}");
    problem(refused, 503, "unavailable").await;
    let unready = server.request(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(unready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        unready.text().await.unwrap().contains("database"),
        "readyz names what is sick"
    );
    assert_eq!(player.get("/v1/me").await["name"], "alice", "reads go on");

    server.limit_file_size("unlimited");
    let (status, accepted) = player.queue(&ticket).await;
    assert_eq!(status, StatusCode::CREATED, "{accepted}");
    let path = format!("/v1/tickets/{}", ticket["id"].as_str().unwrap());
    wait_until("the match to finish", async || {
        player.get(&path).await["state"] == "finished"
    })
    .await;
    wait_until("the server to be ready", async || {
        server
            .request(Method::GET, "/readyz")
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    })
    .await;
    assert_eq!(server.audit(), json!([]));
}
