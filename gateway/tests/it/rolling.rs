//! Two versions of the rules side by side: one program, of which some nodes claim the next version. What nobody fights any
//! more is fought by those who came, and what comes late from those who went is refused.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tiltyard_sim::RULES_VERSION;

use crate::content::{folder, greedy_team, path_of};
use crate::deployment::Deployment;
use crate::support::{Player, Server, bot, claim_rules, crash_at, tiltyard, uuid_v7, wait_until};

/// The version that some nodes claim.
const NEXT: u32 = RULES_VERSION + 1;

/// Starts a node that claims the next version.
fn next(deployment: &Deployment, config: &str) -> Server {
    let mut environment = deployment.environment();
    environment.push(claim_rules(NEXT));
    Server::start_at(config, environment)
}

/// Audits with programs of both versions; returns how many matches each of them has fought again.
fn audit(deployment: &Deployment) -> [u64; 2] {
    [RULES_VERSION, NEXT].map(|version| {
        let mut command = tiltyard(&["audit", "--json"]);
        command.envs(deployment.environment()).envs([claim_rules(version)]);
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["violations"], json!([]), "{version}");
        report["checked"]["matches"].as_u64().unwrap()
    })
}

async fn queue(player: &Player<'_>, ticket: Value) -> String {
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    ticket["id"].as_str().unwrap().to_owned()
}

async fn queue_ranked(player: &Player<'_>) -> String {
    let team = player.team().await;
    queue(player, json!({ "mode": "ranked", "id": uuid_v7(), "team": team })).await
}

async fn until(player: &Player<'_>, id: &str, state: &str) {
    wait_until(&format!("the ticket to be {state}"), async || {
        player.get(&format!("/v1/tickets/{id}")).await["state"] == state
    })
    .await;
}

#[tokio::test]
async fn what_nobody_fights_any_more_is_fought_under_the_next_rules() {
    let deployment = Deployment::new();
    let old = deployment.node("gateway,matchmaker");
    let (alice, bob) = (old.player("alice").await, old.player("bob").await);
    let practice = json!({ "mode": "practice", "id": uuid_v7(), "team": alice.team().await, "bot": bot() });
    let practice = queue(&alice, practice).await;
    let tickets = [queue_ranked(&alice).await, queue_ranked(&bob).await];
    until(&bob, &tickets[1], "matched").await;
    let _sim = next(&deployment, "roles = \"sim\"\n");
    until(&alice, &practice, "finished").await;
    until(&alice, &tickets[0], "finished").await;
    assert_eq!(old.metric("tiltyard_matches_restamped_total").await, 2.0);
    // An old leader among new nodes stamps what it makes for them.
    let tickets = [queue_ranked(&alice).await, queue_ranked(&bob).await];
    until(&alice, &tickets[0], "finished").await;
    assert_eq!(old.metric("tiltyard_matches_restamped_total").await, 2.0);
    assert_eq!(audit(&deployment), [0, 3]);
}

/// The last node of the old version freezes right before it stores a result, and thaws when the match has another.
#[tokio::test]
async fn a_late_result_under_former_rules_is_refused() {
    let deployment = Deployment::new();
    let gateway = deployment.node("gateway,matchmaker");
    let mut environment = deployment.environment();
    environment.push(crash_at("freeze:result-before-commit:1"));
    let frozen = Server::start_at("roles = \"sim\"\n", environment);
    let (alice, bob) = (gateway.player("alice").await, gateway.player("bob").await);
    let tickets = [queue_ranked(&alice).await, queue_ranked(&bob).await];
    frozen.frozen().await;
    // Other content makes another fight of it.
    let content = folder(1);
    let _sim = next(
        &deployment,
        &format!("roles = \"sim\"\ncontent = \"{}\"\n", path_of(&content)),
    );
    until(&alice, &tickets[0], "finished").await;
    frozen.thaw().await;
    wait_until("the late result to be refused", async || {
        frozen.metric("tiltyard_results_superseded_total").await >= 1.0
    })
    .await;
    assert_eq!(frozen.metric("tiltyard_nondeterminism_total").await, 0.0);
    assert_eq!(frozen.metric("tiltyard_matches_finished_total").await, 0.0);
    assert_eq!(audit(&deployment), [0, 1]);
}

/// A build that was queued under the old rules and does not fit what is in force for the new ones.
#[tokio::test]
async fn a_build_that_does_not_fit_the_next_rules_comes_back() {
    let deployment = Deployment::new();
    let content = folder(1);
    let config = format!("roles = \"gateway,matchmaker\"\ncontent = \"{}\"\n", path_of(&content));
    let old = deployment.node_with(&config);
    let (alice, bob) = (old.player("alice").await, old.player("bob").await);
    let team = greedy_team(&alice).await;
    let greedy = queue(&alice, json!({ "mode": "ranked", "id": uuid_v7(), "team": team })).await;
    let plain = queue_ranked(&bob).await;
    until(&alice, &greedy, "matched").await;
    let _sim = next(&deployment, "roles = \"sim\"\n");
    until(&alice, &greedy, "returned").await;
    until(&bob, &plain, "returned").await;
    let ended = alice.get(&format!("/v1/tickets/{greedy}")).await;
    let path = format!("/v1/matches/{}", ended["match"].as_str().unwrap());
    let seen = alice.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(seen.status(), StatusCode::OK);
    assert_eq!(audit(&deployment), [0, 0]);
}
