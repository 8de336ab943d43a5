//! PostgreSQL, Redis or the bucket away: at the start one clear line, later a name in `readyz`, 503 where it is needed, and
//! recovery without a hand.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tiltyard_db_testkit::S3Mood;

use crate::deployment::{Deployment, Services};
use crate::support::{Player, Server, bot, problem, tiltyard, uuid_v7, wait_until};

/// Starts a node that cannot; returns its code and its last line.
fn refused(deployment: &Deployment) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = tiltyard(&["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"])
        .envs(deployment.environment())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("tiltyard: ")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    (output.status.code(), lines[0].to_owned())
}

async fn readyz(server: &Server) -> (StatusCode, String) {
    let url = format!("http://{}/readyz", server.operators);
    let reply = server.http.get(url).send().await.unwrap();
    (reply.status(), reply.text().await.unwrap())
}

async fn until_ready(server: &Server) {
    wait_until("the node to be ready and whole", async || {
        readyz(server).await == (StatusCode::OK, "ready\n".to_owned())
    })
    .await;
}

async fn finished(player: &Player<'_>, id: &str) -> Value {
    let path = format!("/v1/tickets/{id}");
    let mut seen = Value::Null;
    wait_until("the ticket to finish", async || {
        let reply = player.request(Method::GET, &path).send().await.unwrap();
        if reply.status().is_success() {
            seen = reply.json().await.unwrap();
        }
        seen["state"] == "finished"
    })
    .await;
    seen
}

#[tokio::test]
async fn a_service_that_is_missing_at_the_start_is_named_on_one_line() {
    let cases = [
        (
            "TILTYARD_DATABASE_URL",
            "postgresql://tiltyard@127.0.0.1:1/d",
            "PostgreSQL",
        ),
        (
            "TILTYARD_DATABASE_URL",
            "postgresql://tiltyard@%2Fnonexistent/d",
            "PostgreSQL",
        ),
        ("TILTYARD_REDIS_URL", "redis://127.0.0.1:1", "Redis"),
        ("TILTYARD_REDIS_URL", "redis+unix:///nonexistent/redis.sock", "Redis"),
    ];
    for (variable, url, name) in cases {
        let (code, line) = refused(&Deployment::new().with(variable, url));
        assert_eq!(code, Some(74), "{line}");
        assert!(line.contains(name), "{line}");
    }
}

#[tokio::test]
async fn without_redis_players_still_queue_and_are_matched_when_it_returns() {
    let services = Services::start();
    let node = services.deployment().node_with("[limits]\nloopback_exempt = false\n");
    let players = [node.player("alice").await, node.player("bob").await];
    let teams = [players[0].team().await, players[1].team().await];

    services.redis.kill();
    wait_until("readyz to name the live store", async || {
        let (status, said) = readyz(&node).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        said.contains("degraded: live store")
    })
    .await;
    let mut ids = Vec::new();
    for (player, team) in players.iter().zip(teams) {
        let id = uuid_v7();
        let ticket = json!({ "mode": "ranked", "id": id, "team": team });
        assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
        ids.push(id);
    }
    let sign_in = || {
        node.request(Method::POST, "/v1/dev/sign-in")
            .json(&json!({ "name": "carol" }))
            .send()
    };
    let refused = sign_in().await.unwrap();
    assert!(
        refused.headers().contains_key("retry-after"),
        "the limit of sign-ins fails closed"
    );
    problem(refused, 503, "unavailable").await;

    services.redis.restart().unwrap();
    for (player, id) in players.iter().zip(&ids) {
        finished(player, id).await;
    }
    until_ready(&node).await;
    assert!(sign_in().await.unwrap().status().is_success());
    assert_eq!(node.audit(), json!([]));
}

#[tokio::test]
async fn without_postgresql_a_node_says_so_and_recovers_by_itself() {
    let services = Services::start();
    let node = services.deployment().node("gateway,matchmaker,sim");
    let player = node.player("alice").await;
    let team = player.team().await;
    let ticket = json!({ "mode": "practice", "id": uuid_v7(), "team": team, "bot": bot() });

    services.postgres.kill();
    wait_until("readyz to name the database", async || {
        let (status, said) = readyz(&node).await;
        status == StatusCode::SERVICE_UNAVAILABLE && said.contains("database")
    })
    .await;
    let refused = player
        .request(Method::POST, "/v1/tickets")
        .json(&ticket)
        .send()
        .await
        .unwrap();
    assert!(refused.headers().contains_key("retry-after"));
    problem(refused, 503, "unavailable").await;
    let content = node.request(Method::GET, "/v1/content").send().await.unwrap();
    assert!(content.status().is_success(), "what needs no database goes on");

    services.postgres.restart().unwrap();
    until_ready(&node).await;
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    finished(&player, ticket["id"].as_str().unwrap()).await;
    assert_eq!(node.audit(), json!([]));
}

#[tokio::test]
async fn without_the_bucket_replays_wait_in_the_spool_and_are_uploaded_later() {
    let services = Services::start();
    let node = services.deployment().node("gateway,matchmaker,sim");
    let player = node.player("alice").await;
    let team = player.team().await;
    services.s3.set_mood(S3Mood::Refusing);

    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": team, "bot": bot() });
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    let ended = finished(&player, &id).await;
    let path = format!("/v1/matches/{}/replay", ended["match"].as_str().unwrap());
    let spooled = player.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(spooled.status(), StatusCode::OK);
    let spooled = spooled.bytes().await.unwrap();
    tiltyard_sim_wire::Replay::decode(&spooled).unwrap();
    wait_until("readyz to name the replay store", async || {
        let (status, said) = readyz(&node).await;
        status == StatusCode::OK && said.contains("degraded: replay store")
    })
    .await;

    services.s3.set_mood(S3Mood::Well);
    wait_until("the spool to be uploaded", async || {
        node.metric("tiltyard_replays_uploaded_from_spool_total").await >= 1.0
    })
    .await;
    let uploaded = player.request(Method::GET, &path).send().await.unwrap();
    assert!(
        uploaded.url().port() != Some(node.players.port()),
        "it comes from the bucket"
    );
    assert_eq!(uploaded.bytes().await.unwrap(), spooled);
    until_ready(&node).await;
    assert_eq!(node.audit(), json!([]));
}
