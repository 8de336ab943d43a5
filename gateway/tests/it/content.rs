//! Content that changes while servers run: published by a command, followed by every node; and what editors are told.

use std::path::Path;
use std::process::Output;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tiltyard_sim::Content;

use crate::deployment::Deployment;
use crate::streams::Stream;
use crate::support::{Environment, Player, Server, bot, ok, team, tiltyard, uuid_v7, wait_until};

/// A copy of the designers' folder in which a unit has so many points more.
pub(crate) fn folder(more: i32) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/content");
    for part in ["", "abilities"] {
        std::fs::create_dir_all(copy.path().join(part)).unwrap();
        for entry in std::fs::read_dir(original.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, copy.path().join(part).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let points = Content::builtin().unwrap().rules().attribute_points + more;
    change(&copy, "rules.ron", "attribute_points: ", &format!("{points},"));
    copy
}

/// Puts other text behind the first place of a key in a file, up to the end of its line.
fn change(folder: &TempDir, file: &str, key: &str, value: &str) {
    let path = folder.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, after) = text.split_once(key).unwrap_or_else(|| panic!("{file} has no {key}"));
    let (_, rest) = after.split_once('\n').unwrap();
    std::fs::write(path, format!("{before}{key}{value}\n{rest}")).unwrap();
}

/// Runs `content` with these arguments on the stores that the environment or the server's data folder names.
fn content(server: Option<&Server>, environment: &Environment, arguments: &[&str]) -> Output {
    let mut command = tiltyard(&["content"]);
    command.args(arguments).arg("--json").envs(environment.clone());
    if let Some(server) = server {
        command.arg("--data-dir").arg(server.data_dir());
    }
    command.output().unwrap()
}

fn object(output: &Output) -> Value {
    let (said, failed) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{said}{failed}"))
}

/// Publishes beside a server on embedded stores; returns the report.
fn publish(server: &Server, what: &[&str]) -> Value {
    let arguments: Vec<_> = ["publish"].iter().chain(what).copied().collect();
    let output = content(Some(server), &Environment::new(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    object(&output)
}

pub(crate) fn path_of(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

async fn version(server: &Server) -> String {
    let version = ok(server.request(Method::GET, "/version").send().await.unwrap()).await;
    version["content"].as_str().unwrap().to_owned()
}

async fn until_in_force(server: &Server, hash: &Value) {
    wait_until("the content to be in force", async || {
        *hash == json!(version(server).await)
    })
    .await;
}

/// Stores a team whose first unit spends one point more than the built-in content gives.
pub(crate) async fn greedy_team(player: &Player<'_>) -> String {
    let content = Content::builtin().unwrap();
    let (points, most) = (content.rules().attribute_points + 1, content.rules().attribute_max);
    let take = |taken: i32| (points - taken).clamp(0, most);
    let mut body = team("Team");
    body["build"]["units"][0]["attributes"] = json!({ "might": take(0), "vigor": take(most), "guard": take(2 * most) });
    let id = uuid_v7();
    let reply = player
        .request(Method::PUT, &format!("/v1/teams/{id}"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::CREATED, "{}", reply.text().await.unwrap());
    id
}

async fn queue(player: &Player<'_>, ticket: Value) -> String {
    let (status, accepted) = player.queue(&ticket).await;
    assert_eq!(status, StatusCode::CREATED, "{accepted}");
    accepted["id"].as_str().unwrap().to_owned()
}

async fn queue_ranked(player: &Player<'_>, team: &str) -> String {
    queue(player, json!({ "mode": "ranked", "id": uuid_v7(), "team": team })).await
}

async fn ticket_in(player: &Player<'_>, id: &str, state: &str) -> Value {
    let mut seen = Value::Null;
    wait_until(&format!("the ticket to be {state}"), async || {
        seen = player.get(&format!("/v1/tickets/{id}")).await;
        seen["state"] == state
    })
    .await;
    seen
}

/// Returns the content that the match of a finished ticket was fought with, as its replay says.
async fn fought_with(player: &Player<'_>, ticket: &Value) -> String {
    let path = format!("/v1/matches/{}/replay", ticket["match"].as_str().unwrap());
    let replay = player
        .request(Method::GET, &path)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let replay = tiltyard_sim_wire::Replay::decode(&replay).unwrap();
    replay.versions.content.to_string()
}

async fn event(player: &Player<'_>, name: &str) -> Value {
    let mut stream = Stream::open(player, Some("1.0")).await;
    loop {
        let frame = stream.next().await.expect("an open stream");
        if frame.event == name {
            return frame.data;
        }
    }
}

#[tokio::test]
async fn content_changes_under_a_running_server() {
    let server = Server::start_with("[[queues]]\ntick_ms = 20");
    let builtin = version(&server).await;
    let (alice, bob, carol) = (
        server.player("a").await,
        server.player("b").await,
        server.player("c").await,
    );
    let usual = [alice.team().await, bob.team().await, carol.team().await];
    let practice = json!({ "mode": "practice", "id": uuid_v7(), "team": usual[0], "bot": bot() });
    let old = queue(&alice, practice).await;
    let old = ticket_in(&alice, &old, "finished").await;

    let more = folder(1);
    let published = publish(&server, &[path_of(&more)]);
    assert_eq!(
        (&published["before"]["content"], &published["origin"]),
        (&json!(builtin), &json!("operator"))
    );
    until_in_force(&server, &published["content"]).await;
    let team = greedy_team(&alice).await;
    let waiting = queue_ranked(&alice, &team).await;

    let back = publish(&server, &["--builtin"]);
    assert_eq!(
        (&back["content"], &back["origin"]),
        (&json!(builtin), &json!("builtin"))
    );
    assert_eq!(back["before"]["content"], published["content"]);
    ticket_in(&alice, &waiting, "returned").await;
    let told = event(&alice, "ticket_returned").await;
    assert_eq!(
        (&told["ticket"], &told["reason"]),
        (&json!(waiting), &json!("build_invalid"))
    );
    let message = told["message"].as_str().unwrap();
    assert!(
        message.contains("units[0].attributes: ") && message.contains("take away 1"),
        "{message}"
    );
    let again = json!({ "mode": "ranked", "id": uuid_v7(), "team": team });
    let (status, document) = alice.queue(&again).await;
    assert_eq!(
        (status.as_u16(), &document["code"]),
        (422, &json!("build_invalid")),
        "no cache says otherwise"
    );

    let fits = queue_ranked(&bob, &usual[1]).await;
    let hash = published["content"].as_str().unwrap();
    publish(&server, &["--hash", hash]);
    until_in_force(&server, &json!(hash)).await;
    queue_ranked(&carol, &usual[2]).await;
    let fought = ticket_in(&bob, &fits, "finished").await;
    assert_eq!(fought_with(&bob, &fought).await, hash);
    assert_eq!(fought_with(&alice, &old).await, builtin);
    assert_eq!(server.audit(), json!([]), "matches of both contents are fought again");

    let server = server.kill_and_restart("");
    assert_eq!(
        version(&server).await,
        hash,
        "an operator's content outlives the process"
    );
}

#[tokio::test]
async fn bad_content_is_refused_whole_with_file_and_key() {
    let server = Server::start();
    let before = version(&server).await;
    let bad = folder(0);
    change(&bad, "rules.ron", "variance: ", "8000,");
    change(&bad, "formations.ron", "key: ", "\"Not A Key\", name: \"x\", spots: [");
    let output = content(None, &Environment::new(), &["check", path_of(&bad)]);
    let report = object(&output);
    assert_eq!((output.status.code(), &report["valid"]), (Some(1), &json!(false)));
    let places: Vec<_> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["file"].as_str().unwrap(), error["place"].as_str().unwrap()))
        .collect();
    for place in [("rules.ron", "variance"), ("formations.ron", "Not A Key")] {
        assert!(places.contains(&place), "{places:?}");
    }
    let refused = content(Some(&server), &Environment::new(), &["publish", path_of(&bad)]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(78), "{said}");
    assert!(
        said.contains("rules.ron: variance: expected 0 to 500, found 8000"),
        "{said}"
    );
    for arguments in [
        vec!["publish"],
        vec!["publish", "--hash", "00"],
        vec!["publish", "--builtin", path_of(&bad)],
        vec!["publish", "--hash", &"0".repeat(64)],
        vec!["publish", "/nonexistent"],
    ] {
        let refused = content(Some(&server), &Environment::new(), &arguments);
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{arguments:?}");
    }
    let shown = object(&content(Some(&server), &Environment::new(), &["show"]));
    assert_eq!(
        (&shown["in_force"]["content"], &shown["in_force"]["origin"]),
        (&json!(before), &json!("builtin"))
    );
    assert_eq!(version(&server).await, before);
    let good = object(&content(None, &Environment::new(), &["check", path_of(&folder(0))]));
    assert_eq!((&good["valid"], &good["content"]), (&json!(true), &json!(before)));
}

#[tokio::test]
async fn a_folder_named_at_start_stands_in_for_the_builtin_content() {
    let more = folder(2);
    let config = format!("content = \"{}\"\n", path_of(&more));
    let server = Server::start_with(&config);
    let shown = object(&content(Some(&server), &Environment::new(), &["show"]));
    assert_eq!(shown["in_force"]["content"], json!(version(&server).await));
    assert_eq!(shown["in_force"]["origin"], "builtin");
    assert_ne!(shown["in_force"]["content"], shown["builtin"]);
    let published = publish(&server, &[path_of(&folder(3))]);
    let server = server.kill_and_restart(&config);
    assert_eq!(
        json!(version(&server).await),
        published["content"],
        "an operator has the last word"
    );
    let missing = tiltyard(&["serve", "--content", "/nonexistent", "--data-dir"])
        .arg(server.data_dir().join("other"))
        .args(["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/nonexistent"));
}

#[cfg(feature = "fail-points")]
#[tokio::test]
async fn a_publishing_that_is_killed_is_done_or_not_done() {
    let server = Server::start();
    let (builtin, more) = (version(&server).await, folder(1));
    let crash = |point: &str| {
        let environment = vec![crate::support::crash_at(point)];
        let killed = content(Some(&server), &environment, &["publish", path_of(&more)]);
        assert_eq!((killed.status.code(), killed.stdout.len()), (None, 0), "{killed:?}");
        let shown = object(&content(Some(&server), &Environment::new(), &["show"]));
        shown["in_force"]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(crash("content-before-publish"), builtin);
    let published = crash("content-after-publish");
    assert_ne!(published, builtin);
    until_in_force(&server, &json!(published)).await;
    let again = publish(&server, &[path_of(&more)]);
    assert_eq!(
        (&again["content"], &again["before"]["content"]),
        (&json!(published), &json!(published))
    );
    let player = server.player("alice").await;
    let ticket = json!({ "mode": "practice", "id": uuid_v7(), "team": player.team().await, "bot": bot() });
    let id = queue(&player, ticket).await;
    let fought = ticket_in(&player, &id, "finished").await;
    assert_eq!(fought_with(&player, &fought).await, published);
    assert_eq!(server.audit(), json!([]));
}

#[tokio::test]
async fn every_node_follows_what_is_published() {
    let deployment = Deployment::new();
    let environment = deployment.environment();
    let nodes = [deployment.node("gateway"), deployment.node("gateway,matchmaker,sim")];
    let builtin = version(&nodes[0]).await;
    let more = folder(1);
    let output = content(None, &environment, &["publish", path_of(&more)]);
    let published = object(&output)["content"].clone();
    for node in &nodes {
        until_in_force(node, &published).await;
    }
    let alice = nodes[0].player("alice").await;
    let team = greedy_team(&alice).await;
    let fits = queue(
        &alice,
        json!({ "mode": "practice", "id": uuid_v7(), "team": team, "bot": bot() }),
    )
    .await;
    let fought = ticket_in(&alice, &fits, "finished").await;
    assert_eq!(json!(fought_with(&alice, &fought).await), published);
    let waiting = queue_ranked(&alice, &team).await;
    let third = deployment.node("sim");
    assert_eq!(
        json!(version_at(&third).await),
        published,
        "a node that comes later begins with it"
    );

    let back = content(None, &environment, &["publish", "--builtin"]);
    assert_eq!(back.status.code(), Some(0), "{back:?}");
    for node in &nodes {
        until_in_force(node, &json!(builtin)).await;
    }
    ticket_in(&alice, &waiting, "returned").await;
    assert_eq!(event(&alice, "ticket_returned").await["reason"], "build_invalid");
    assert_eq!(nodes[0].audit(), json!([]));
}

/// Asks a node without players.
async fn version_at(node: &Server) -> String {
    let url = format!("http://{}/version", node.operators);
    let version = ok(node.http.get(url).send().await.unwrap()).await;
    version["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_editor_fetches_the_content_once_and_checks_builds_as_they_are_made() {
    let server = Server::start();
    let player = server.player("alice").await;
    let get = |tag: Option<&str>| {
        let request = server.request(Method::GET, "/v1/content");
        match tag {
            Some(tag) => request.header("if-none-match", tag),
            None => request,
        }
        .send()
    };
    let reply = get(None).await.unwrap();
    assert_eq!(reply.headers()["cache-control"], "no-cache");
    let tag = reply.headers()["etag"].to_str().unwrap().to_owned();
    let seen = ok(reply).await;
    assert_eq!(
        (&seen["content"], &seen["limits"]["rules_max"]),
        (&json!(version(&server).await), &json!(12))
    );
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let unchanged = get(Some(&known)).await.unwrap();
        assert_eq!(
            (unchanged.status(), unchanged.headers()["etag"].to_str().unwrap()),
            (StatusCode::NOT_MODIFIED, &*tag)
        );
        assert_eq!(unchanged.bytes().await.unwrap().len(), 0);
    }
    let points = Content::builtin().unwrap().rules().attribute_points;
    let published = publish(&server, &[path_of(&folder(1))]);
    until_in_force(&server, &published["content"]).await;
    let changed = ok(get(Some(&tag)).await.unwrap()).await;
    assert_eq!(
        (&changed["content"], &changed["limits"]["attribute_points"]),
        (&published["content"], &json!(points + 1))
    );

    let check = |build: &Value| player.request(Method::POST, "/v1/builds/validate").json(build).send();
    let good = team("x")["build"].clone();
    let answer = ok(check(&good).await.unwrap()).await;
    assert_eq!(
        answer,
        json!({ "valid": true, "content": published["content"], "problems": [] })
    );
    let mut bad = good;
    bad["units"][0]["class"] = json!("wizard");
    bad["units"][1]["position"] = json!({ "x": -1, "y": 0 });
    let answer = ok(check(&bad).await.unwrap()).await;
    let paths: Vec<_> = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        (&answer["valid"], paths),
        (&json!(false), vec!["units[0].class", "units[1].position"])
    );
    assert_eq!(player.get("/v1/teams").await["teams"], json!([]), "nothing is stored");
}
