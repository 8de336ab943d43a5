//! A player's way: team, ticket, result, replay; and what is refused on it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Player, Server, bot, ok, problem, team, uuid_v7, wait_until};

/// Polls a resource until it is as awaited.
async fn until(player: &Player<'_>, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Value::Null;
    wait_until(path, async || {
        seen = player.get(path).await;
        is(&seen)
    })
    .await;
    seen
}

#[tokio::test]
async fn a_practice_match_is_played_recorded_and_survives_a_kill() {
    let server = Server::start();
    let player = server.player("alice").await;
    let (team, id) = (player.team().await, uuid_v7());
    let ticket = json!({ "mode": "practice", "id": id, "team": team, "bot": bot() });
    let (status, accepted) = player.queue(&ticket).await;
    assert_eq!(
        (status, accepted["id"].as_str()),
        (StatusCode::CREATED, Some(id.as_str()))
    );
    let ended = until(&player, &format!("/v1/tickets/{id}"), |ticket| {
        ticket["state"] == "finished"
    })
    .await;
    let path = format!("/v1/matches/{}", ended["match"].as_str().unwrap());
    let seen = player.get(&path).await;
    assert_eq!(
        (seen["ticket"].as_str(), seen["side"].as_str()),
        (Some(id.as_str()), Some("left"))
    );
    assert_eq!(seen["seats"][0]["name"], "alice");
    let reply = player
        .request(Method::GET, &format!("{path}/replay"))
        .send()
        .await
        .unwrap();
    assert_eq!(reply.headers()["content-type"], "application/octet-stream");
    let replay = tiltyard_sim_wire::Replay::decode(&reply.bytes().await.unwrap()).unwrap();
    assert_eq!(
        seen["outcome"]["state_hash"],
        format!("{:016x}", replay.ending.state_hash)
    );
    let token = player.token.clone();

    let server = server.kill_and_restart("");
    let again = server
        .request(Method::GET, &path)
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(ok(again).await, seen, "the token and the match outlive the process");
    let repeated = server
        .request(Method::POST, "/v1/tickets")
        .bearer_auth(&token)
        .json(&ticket)
        .send()
        .await
        .unwrap();
    assert_eq!(repeated.status(), StatusCode::OK, "the same request is the same ticket");
}

#[tokio::test]
async fn two_players_meet_and_are_rated() {
    let server = Server::start_with("[[queues]]\ntick_ms = 20");
    let players = [server.player("alice").await, server.player("bob").await];
    for player in &players {
        let ticket = json!({ "mode": "ranked", "id": uuid_v7(), "team": player.team().await });
        assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    }
    for player in &players {
        let page = until(player, "/v1/matches", |page| !page["matches"][0]["outcome"].is_null()).await;
        let seats = page["matches"][0]["seats"].as_array().unwrap();
        let mut ids: Vec<_> = seats.iter().map(|seat| seat["player"].as_str().unwrap()).collect();
        ids.sort_unstable();
        let mut expected: Vec<_> = players.iter().map(|player| player.id.as_str()).collect();
        expected.sort_unstable();
        assert_eq!(ids, expected);
        assert_eq!(seats[0]["rating"]["number"], 1);
        let me = player.get("/v1/me").await;
        let played: i64 = ["won", "lost", "drawn"]
            .iter()
            .map(|key| me["rating"][key].as_i64().unwrap())
            .sum();
        assert_eq!(played, 1);
    }
}

#[tokio::test]
async fn a_ticket_id_is_one_request_for_ever() {
    let server = Server::start();
    let player = server.player("alice").await;
    let (team, id) = (player.team().await, uuid_v7());
    let ticket = json!({ "mode": "ranked", "id": id, "team": team });
    assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    assert_eq!(player.queue(&ticket).await.0, StatusCode::OK);
    let other = json!({ "mode": "ranked", "id": id, "team": team, "spread": 7 });
    let (status, document) = player.queue(&other).await;
    assert_eq!(
        (status, &document["code"]),
        (StatusCode::CONFLICT, &json!("ticket_conflict"))
    );

    let gone = player
        .request(Method::DELETE, &format!("/v1/teams/{team}"))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        player.queue(&ticket).await.0,
        StatusCode::OK,
        "a repetition needs no team"
    );
    for other in [
        json!({ "mode": "ranked", "id": id, "team": uuid_v7() }),
        json!({ "mode": "ranked", "id": id, "team": team, "spread": 0 }),
        json!({ "mode": "practice", "id": id, "team": team, "bot": "nobody" }),
    ] {
        let (status, document) = player.queue(&other).await;
        assert_eq!(
            (status, &document["code"]),
            (StatusCode::CONFLICT, &json!("ticket_conflict")),
            "another request is one, be it good or not"
        );
    }

    let cancel = || player.request(Method::DELETE, &format!("/v1/tickets/{id}"));
    assert_eq!(cancel().send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(cancel().send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(player.get(&format!("/v1/tickets/{id}")).await["state"], "cancelled");
    assert_eq!(player.get("/v1/tickets").await["tickets"], json!([]));
}

#[tokio::test]
async fn a_cancel_that_overtakes_its_ticket_wins() {
    let server = Server::start();
    let player = server.player("alice").await;
    let (team, id) = (player.team().await, uuid_v7());
    let cancel = player
        .request(Method::DELETE, &format!("/v1/tickets/{id}"))
        .send()
        .await
        .unwrap();
    assert_eq!(cancel.status(), StatusCode::NO_CONTENT);
    let (status, document) = player.queue(&json!({ "mode": "ranked", "id": id, "team": team })).await;
    assert_eq!(
        (status, &document["code"]),
        (StatusCode::CONFLICT, &json!("ticket_cancelled"))
    );
}

#[tokio::test]
async fn tickets_and_teams_say_which_field_is_wrong() {
    let server = Server::start();
    let player = server.player("alice").await;
    let (good, id) = (player.team().await, uuid_v7());
    for (ticket, field) in [
        (
            json!({ "mode": "ranked", "id": id, "team": good, "spread": 0 }),
            "spread",
        ),
        (
            json!({ "mode": "ranked", "id": id, "team": good, "spread": 4001 }),
            "spread",
        ),
        (
            json!({ "mode": "practice", "id": id, "team": good, "bot": "nobody" }),
            "bot",
        ),
        (
            json!({ "mode": "ranked", "id": "0193588a-5a00-4000-8000-000000000000", "team": good }),
            "id",
        ),
        (
            json!({ "mode": "ranked", "id": "0093588a-5a00-7000-8000-000000000000", "team": good }),
            "id",
        ),
    ] {
        let (status, document) = player.queue(&ticket).await;
        assert_eq!(
            (status.as_u16(), &document["errors"][0]["path"]),
            (422, &json!(field)),
            "{document}"
        );
    }
    let put = |body: Value| {
        player
            .request(Method::PUT, &format!("/v1/teams/{}", uuid_v7()))
            .json(&body)
            .send()
    };
    let mut hostile = team("x");
    hostile["build"]["units"][0]["class"] = json!("necromancer\r\nx");
    hostile["build"]["units"][1]["position"] = json!({ "x": 1_000_000, "y": -5 });
    let document = problem(put(hostile).await.unwrap(), 422, "build_invalid").await;
    let paths: Vec<_> = document["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["path"].as_str().unwrap())
        .collect();
    assert!(
        paths.contains(&"build.units[0].class") && paths.contains(&"build.units[1].position"),
        "{paths:?}"
    );
    for name in ["", " x", "a\u{202e}b", &"x".repeat(33)] {
        problem(put(team(name)).await.unwrap(), 422, "field_invalid").await;
    }
    let crowd = json!({ "name": "x", "build": { "units": vec![team("x")["build"]["units"][0].clone(); 100] } });
    problem(put(crowd).await.unwrap(), 422, "build_invalid").await;
}

#[tokio::test]
async fn history_comes_in_pages_without_gap_or_repetition() {
    let server = Server::start();
    let player = server.player("alice").await;
    let team = player.team().await;
    for _ in 0..5 {
        let ticket = json!({ "mode": "practice", "id": uuid_v7(), "team": team, "bot": bot() });
        assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/matches?limit=2".to_owned());
    loop {
        let page = player.get(&path).await;
        seen.extend(
            page["matches"]
                .as_array()
                .unwrap()
                .iter()
                .map(|found| found["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/matches?limit=2&before={next}");
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((count, seen.len()), (5, 5));
}
