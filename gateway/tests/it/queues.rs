//! Queues from outside: what players and operators see of them, and what a paused one does.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Player, Server, ok, problem, uuid_v7, wait_until};

const TWO: &str = "[[queues]]\nname = \"east\"\nregion = \"eu\"\ntick_ms = 20\n[[queues]]\nname = \"west\"\ntick_ms = 20\nspread_max = 500\n";

/// Queues a ranked ticket with more fields; returns its id.
async fn enter(player: &Player<'_>, team: &str, more: Value) -> String {
    let id = uuid_v7();
    let mut ticket = json!({ "mode": "ranked", "id": id, "team": team });
    ticket
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let (status, body) = player.queue(&ticket).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    id
}

async fn operate(server: &Server, path: &str, reason: &str) -> reqwest::Response {
    let url = format!("http://{}{path}", server.operators);
    server
        .http
        .post(url)
        .json(&json!({ "reason": reason }))
        .send()
        .await
        .unwrap()
}

async fn waiting(player: &Player<'_>, ticket: &str) -> Value {
    player.get(&format!("/v1/tickets/{ticket}/waiting")).await
}

async fn state(player: &Player<'_>, ticket: &str) -> Value {
    player.get(&format!("/v1/tickets/{ticket}")).await["state"].clone()
}

#[tokio::test]
async fn a_ticket_waits_in_the_queue_it_names_or_in_the_first() {
    let server = Server::start_with(TWO);
    let (alice, bob) = (server.player("alice").await, server.player("bob").await);
    let (team, other) = (alice.team().await, bob.team().await);
    let first = enter(&alice, &team, json!({})).await;
    let second = enter(&bob, &other, json!({ "queue": "west" })).await;
    for (player, ticket, queue) in [(&alice, &first, "east"), (&bob, &second, "west")] {
        wait_until("the leader to know it", async || {
            waiting(player, ticket).await["others"]["waiting"] == 0
        })
        .await;
        let seen = waiting(player, ticket).await;
        assert_eq!(
            (&seen["queue"], &seen["why"]),
            (&json!(queue), &json!("nobody else waits"))
        );
    }
    let third = enter(&bob, &other, json!({ "queue": "east" })).await;
    wait_until("the two in the east to meet", async || {
        state(&bob, &third).await == "finished"
    })
    .await;
    assert_eq!(state(&alice, &first).await, "finished");
    assert_eq!(state(&bob, &second).await, "queued");
    let seen = waiting(&alice, &first).await;
    assert_eq!(seen["state"], "finished");
    assert!(seen.get("others").is_none());
    assert_eq!(server.audit(), json!([]));
}

#[tokio::test]
async fn what_a_queue_does_not_take_is_named() {
    let server = Server::start_with(TWO);
    let alice = server.player("alice").await;
    let team = alice.team().await;
    for (more, code, said) in [
        (json!({ "queue": "north" }), "unknown_queue", "there are east, west"),
        (json!({ "queue": "west", "spread": 501 }), "range", "500"),
        (json!({ "spread": 100, "widen_to": 99 }), "range", "within 100"),
        (json!({ "queue": "west", "widen_to": 501 }), "range", "500"),
    ] {
        let mut ticket = json!({ "mode": "ranked", "id": uuid_v7(), "team": team });
        ticket
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (status, body) = alice.queue(&ticket).await;
        assert_eq!(
            (status.as_u16(), &body["errors"][0]["code"]),
            (422, &json!(code)),
            "{body}"
        );
        assert!(body["detail"].as_str().unwrap().contains(said), "{body}");
    }
    let path = "/v1/queues/north/estimate";
    let reply = alice.request(Method::GET, path).send().await.unwrap();
    let document = problem(reply, 404, "not_found").await;
    assert!(document["detail"].as_str().unwrap().contains("east, west"));
    for query in ["spread=0", "spread=501", "spread=x", "width=3"] {
        let path = format!("/v1/queues/west/estimate?{query}");
        let reply = alice.request(Method::GET, &path).send().await.unwrap();
        problem(reply, 400, "parameter_invalid").await;
    }
}

#[tokio::test]
async fn a_paused_queue_keeps_its_tickets_and_takes_none_until_it_is_resumed() {
    let server = Server::start_with(TWO);
    let (alice, bob) = (server.player("alice").await, server.player("bob").await);
    let (team, other) = (alice.team().await, bob.team().await);
    let waits = enter(&alice, &team, json!({})).await;
    let reply = operate(&server, "/v1/queues/east/pause", "a new content pack").await;
    assert_eq!(ok(reply).await["paused"]["reason"], "a new content pack");

    let refused = bob.request(Method::POST, "/v1/tickets");
    let ticket = json!({ "mode": "ranked", "id": uuid_v7(), "team": other });
    let reply = refused.json(&ticket).send().await.unwrap();
    assert_eq!(reply.headers()["retry-after"], "30");
    let document = problem(reply, 503, "queue_paused").await;
    assert!(document["detail"].as_str().unwrap().contains("a new content pack"));

    let again = json!({ "mode": "ranked", "id": waits, "team": team });
    assert_eq!(alice.queue(&again).await.0, StatusCode::OK, "it was accepted before");
    let seen = waiting(&alice, &waits).await;
    assert_eq!(
        (&seen["paused"]["reason"], &seen["why"]),
        (&json!("a new content pack"), &json!("the queue is paused"))
    );
    let queues = alice.get("/v1/queues").await;
    assert_eq!(queues["queues"][0]["paused"]["reason"], "a new content pack");
    assert!(queues["queues"][1].get("paused").is_none());
    enter(&bob, &other, json!({ "queue": "west" })).await;

    let names = [&alice, &bob].map(|player| (player.token.clone(), player.id.clone()));
    let server = server.kill_and_restart(TWO);
    let [alice, bob] = names.map(|(token, id)| Player {
        server: &server,
        token,
        id,
    });
    assert_eq!(
        bob.queue(&ticket).await.0,
        StatusCode::SERVICE_UNAVAILABLE,
        "it outlives the process"
    );
    let cancel = alice.request(Method::DELETE, &format!("/v1/tickets/{waits}")).send();
    assert_eq!(cancel.await.unwrap().status(), StatusCode::NO_CONTENT, "cancels go on");
    ok(operate(&server, "/v1/queues/east/resume", "done").await).await;
    let waits = enter(&alice, &team, json!({})).await;
    assert_eq!(bob.queue(&ticket).await.0, StatusCode::CREATED);
    wait_until("the two to meet", async || state(&alice, &waits).await == "finished").await;
    assert_eq!(server.audit(), json!([]));
}

#[tokio::test]
async fn changes_of_queues_need_a_reason_and_the_operators_door() {
    let server = Server::start_with(TWO);
    for reason in ["", &"x".repeat(201), "a\nb"] {
        problem(
            operate(&server, "/v1/queues/east/pause", reason).await,
            422,
            "field_invalid",
        )
        .await;
    }
    problem(operate(&server, "/v1/queues/north/pause", "x").await, 404, "not_found").await;
    let url = format!("http://{}/v1/queues/east/pause", server.operators);
    let reply = server
        .http
        .post(&url)
        .json(&json!({ "reason": "x", "until": 3 }))
        .send()
        .await
        .unwrap();
    problem(reply, 400, "body_invalid").await;
    let alice = server.player("alice").await;
    let outside = alice
        .request(Method::POST, "/v1/queues/east/pause")
        .json(&json!({ "reason": "x" }));
    problem(outside.send().await.unwrap(), 404, "not_found").await;
}

#[tokio::test]
async fn a_wait_is_estimated_from_what_arrives_and_explained_to_its_owner_and_operators() {
    let server = Server::start_with(TWO);
    let alice = server.player("alice").await;
    let team = alice.team().await;
    let ticket = enter(&alice, &team, json!({ "spread": 100 })).await;
    let mut estimate = Value::Null;
    wait_until("an estimate", async || {
        estimate = alice.get("/v1/queues/east/estimate?spread=50").await;
        estimate["expected_wait_ms"].is_u64()
    })
    .await;
    assert_eq!((&estimate["spread"], &estimate["rating"]), (&json!(50), &json!(1500.0)));
    let west = alice.get("/v1/queues/west/estimate").await;
    assert!(west.get("expected_wait_ms").is_none(), "{west}");

    let path = format!("/v1/operator/players/{}/tickets/{ticket}/waiting", alice.id);
    let seen = server
        .http
        .get(format!("http://{}{path}", server.operators))
        .send()
        .await;
    assert_eq!(ok(seen.unwrap()).await["others"]["spread"], 100);
    let mallory = server.player("mallory").await;
    let foreign = mallory
        .request(Method::GET, &format!("/v1/tickets/{ticket}/waiting"))
        .send()
        .await;
    problem(foreign.unwrap(), 404, "not_found").await;
    let url = format!("http://{}/v1/operator/queues", server.operators);
    let queues = ok(server.http.get(url).send().await.unwrap()).await;
    assert_eq!(queues["queues"][0]["traffic"]["waiting"], 1);
}

#[tokio::test]
async fn arrivals_are_recorded_without_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[[queues]]\ntick_ms = 20\n[matchmaking]\nrecord_dir = {:?}\n",
        folder.path().to_str().unwrap()
    );
    let server = Server::start_with(&config);
    let (alice, bob) = (server.player("alice").await, server.player("bob").await);
    let first = enter(&alice, &alice.team().await, json!({})).await;
    enter(&bob, &bob.team().await, json!({})).await;
    let recorded = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        texts.collect::<String>()
    };
    let matched = || recorded().matches("\"why\":\"matched\"").count();
    wait_until("the recording", async || matched() == 2).await;
    let text = recorded();
    assert!(text.matches("\"event\":\"arrived\"").count() >= 2, "{text}");
    assert!(!text.contains(&alice.id) && !text.contains(&first));
}
