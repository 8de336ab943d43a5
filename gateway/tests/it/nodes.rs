//! Several processes on one PostgreSQL, Redis and bucket: any split of roles is one game.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::support::{Player, Server, Starting, bot, ok, uuid_v7, wait_until};

/// Queues a ranked ticket and returns its id.
async fn queue_ranked(player: &Player<'_>) -> String {
    let id = uuid_v7();
    let ticket = json!({ "mode": "ranked", "id": id, "team": player.team().await });
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    id
}

/// Waits until a ticket is in a state, and returns it.
async fn ticket_in(player: &Player<'_>, id: &str, state: &str) -> Value {
    let mut seen = Value::Null;
    wait_until(&format!("the ticket to be {state}"), async || {
        seen = player.get(&format!("/v1/tickets/{id}")).await;
        seen["state"] == state
    })
    .await;
    seen
}

#[tokio::test]
async fn one_node_plays_the_whole_game_on_postgresql_redis_and_s3() {
    let deployment = Deployment::new();
    let node = deployment.node("gateway,matchmaker,sim");
    let player = node.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    let ended = ticket_in(&player, &id, "finished").await;
    let path = format!("/v1/matches/{}", ended["match"].as_str().unwrap());
    let seen = player.get(&path).await;
    let replay = player.request(Method::GET, &format!("{path}/replay")).send().await;
    let replay = tiltyard_sim_wire::Replay::decode(&replay.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(
        seen["outcome"]["state_hash"],
        format!("{:016x}", replay.ending.state_hash),
        "the link leads to the match's own replay"
    );
    assert_eq!(node.audit(), json!([]));
}

#[tokio::test]
async fn players_of_different_gateways_meet_on_nodes_of_other_roles() {
    let deployment = Deployment::new();
    let gateways = [deployment.node("gateway"), deployment.node("gateway")];
    let _matchmaker = deployment.node("matchmaker");
    let _sim = deployment.node("sim");
    let alice = gateways[0].player("alice").await;
    let bob = gateways[1].player("bob").await;
    let tickets = [queue_ranked(&alice).await, queue_ranked(&bob).await];
    let ended = [
        ticket_in(&alice, &tickets[0], "finished").await,
        ticket_in(&bob, &tickets[1], "finished").await,
    ];
    assert_eq!(ended[0]["match"], ended[1]["match"]);
    let me = gateways[1]
        .request(Method::GET, "/v1/me")
        .bearer_auth(&alice.token)
        .send();
    assert_eq!(
        ok(me.await.unwrap()).await["name"],
        "alice",
        "a token holds on every node"
    );
    assert_eq!(gateways[0].audit(), json!([]));
}

#[tokio::test]
async fn practice_needs_no_matchmaker() {
    let deployment = Deployment::new();
    let (gateway, _sim) = (deployment.node("gateway"), deployment.node("sim"));
    let player = gateway.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    ticket_in(&player, &id, "finished").await;
}

#[tokio::test]
async fn four_nodes_start_on_one_empty_database_at_once() {
    let deployment = Deployment::new();
    let starting: Vec<_> = (0..4)
        .map(|_| Starting::spawn(tempfile::tempdir().unwrap(), "", deployment.environment()))
        .collect();
    let nodes: Vec<_> = starting.into_iter().map(Starting::ready).collect();
    let (alice, bob) = (nodes[0].player("alice").await, nodes[3].player("bob").await);
    let tickets = [queue_ranked(&alice).await, queue_ranked(&bob).await];
    ticket_in(&alice, &tickets[0], "finished").await;
    ticket_in(&bob, &tickets[1], "finished").await;
}

/// Each of two nodes leads one queue; the gateway asks both, and what an operator says on one node holds on all.
#[tokio::test]
async fn different_nodes_lead_different_queues() {
    let deployment = Deployment::new();
    let node = |more: &str| {
        let queues = "[[queues]]\nname = \"east\"\ntick_ms = 20\n[[queues]]\nname = \"west\"\ntick_ms = 20\n";
        Server::start_at(&format!("{more}\n{queues}"), deployment.environment())
    };
    let east = node("roles = \"matchmaker,sim\"\nmatchmaking = { leads = [\"east\"] }");
    let _west = node("roles = \"matchmaker,sim\"\nmatchmaking = { leads = [\"west\"] }");
    let gateway = node("roles = \"gateway\"");
    let (alice, bob) = (gateway.player("alice").await, gateway.player("bob").await);
    let (team, other) = (alice.team().await, bob.team().await);
    let enter = async |player: &Player<'_>, team: &str, queue: &str, widen_to: u16| {
        let id = uuid_v7();
        let ticket = json!({
            "mode": "ranked", "id": id, "team": team, "queue": queue, "spread": 100, "widen_to": widen_to,
        });
        assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
        id
    };
    for queue in ["east", "west"] {
        let first = enter(&alice, &team, queue, 4_000).await;
        wait_until("its leader to answer", async || {
            let seen = alice.get(&format!("/v1/tickets/{first}/waiting")).await;
            seen["others"]["waiting"] == 0
        })
        .await;
        let second = enter(&bob, &other, queue, 4_000).await;
        ticket_in(&alice, &first, "finished").await;
        ticket_in(&bob, &second, "finished").await;
    }
    let url = format!("http://{}/v1/queues/west/pause", east.operators);
    let paused = east
        .http
        .post(url)
        .json(&json!({ "reason": "from the east" }))
        .send()
        .await;
    ok(paused.unwrap()).await;
    wait_until("the gateway to hear of it", async || {
        let queues = gateway_queues(&alice).await;
        queues[1]["paused"]["reason"] == "from the east" && queues[0].get("paused").is_none()
    })
    .await;
    assert_eq!(gateway.audit(), json!([]));
}

async fn gateway_queues(player: &Player<'_>) -> Value {
    player.get("/v1/queues").await["queues"].clone()
}

#[tokio::test]
async fn a_node_that_stops_hands_its_queue_on() {
    let deployment = Deployment::new();
    let mut leader = deployment.node("matchmaker,sim");
    let gateway = deployment.node("gateway");
    let (alice, bob) = (gateway.player("alice").await, gateway.player("bob").await);
    let first = queue_ranked(&alice).await;
    let _standby = deployment.node("matchmaker,sim");
    assert_eq!(leader.stop(), Some(0));
    let second = queue_ranked(&bob).await;
    ticket_in(&alice, &first, "finished").await;
    ticket_in(&bob, &second, "finished").await;
    assert_eq!(gateway.audit(), json!([]));
}

/// The leader stops itself right before a commit, another takes over, and the late commit changes nothing (I6).
#[cfg(feature = "fail-points")]
#[tokio::test]
async fn a_leader_that_thaws_after_a_takeover_is_refused() {
    let deployment = Deployment::new();
    let mut environment = deployment.environment();
    environment.push(crate::support::crash_at("freeze:match-before-commit:1"));
    let frozen = Server::start_at("roles = \"matchmaker\"\n", environment);
    let (gateway, _sim) = (deployment.node("gateway"), deployment.node("sim"));
    let (alice, bob) = (gateway.player("alice").await, gateway.player("bob").await);
    let tickets = [queue_ranked(&alice).await, queue_ranked(&bob).await];
    frozen.frozen().await;
    let _successor = deployment.node("matchmaker");
    ticket_in(&alice, &tickets[0], "finished").await;
    ticket_in(&bob, &tickets[1], "finished").await;
    frozen.thaw().await;
    wait_until("the late commit to be refused", async || {
        frozen.metric("tiltyard_commits_fenced_total").await >= 1.0
    })
    .await;
    assert_eq!(gateway.audit(), json!([]));
}
