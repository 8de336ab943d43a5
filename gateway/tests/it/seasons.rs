//! A season ends: every rated player is archived and reset once, also when the command is killed in the middle.

use std::process::Output;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Player, Server, tiltyard, uuid_v7, wait_until};

const CONFIG: &str = "[[queues]]\ntick_ms = 20";

fn season(server: &Server, arguments: &[&str], crash_at: Option<&str>) -> Output {
    let mut command = tiltyard(&["season"]);
    command.args(arguments).arg("--data-dir").arg(server.data_dir());
    command.envs(crash_at.map(|point| ("TILTYARD_CRASH_AT", point)));
    command.output().unwrap()
}

fn object(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

/// Has two players fight, rated, until both have been told.
async fn fight(players: [&Player<'_>; 2], changes: i64) {
    for player in players {
        let ticket = json!({ "mode": "ranked", "id": uuid_v7(), "team": player.team().await, "spread": 1000 });
        assert_eq!(player.queue(&ticket).await.0, StatusCode::CREATED);
    }
    for player in players {
        wait_until("the match to be rated", async || {
            player.get("/v1/me").await["rating"]["number"] == changes
        })
        .await;
    }
}

/// Six players with a rated match each; the server has stopped.
async fn six_rated() -> Server {
    let mut server = Server::start_with(CONFIG);
    for pair in [["a", "b"], ["c", "d"], ["e", "f"]] {
        let players = [server.player(pair[0]).await, server.player(pair[1]).await];
        fight([&players[0], &players[1]], 1).await;
        let rating = &players[0].get("/v1/me").await["rating"];
        assert_eq!(rating["provisional"], true, "{rating}");
    }
    assert_eq!(server.stop(), Some(0));
    server
}

#[cfg(feature = "fail-points")]
#[tokio::test]
async fn a_season_that_was_killed_half_way_is_finished_by_the_same_command() {
    let server = six_rated().await;
    let close = ["close", "spring", "--keep", "0.5", "--batch", "1", "--json"];
    let killed = season(&server, &close, Some("season-batch:3"));
    assert_eq!(killed.status.code(), None, "{killed:?}");
    assert_eq!(server.audit(), json!([]));
    let listed = object(&season(&server, &["list", "--json"], None));
    assert_eq!(
        (&listed["seasons"][0]["archived"], &listed["seasons"][0]["ended_at"]),
        (&json!(3), &json!(null))
    );

    for other in [
        &["close", "summer", "--keep", "0.5"][..],
        &["close", "spring", "--keep", "0.6"],
    ] {
        let refused = season(&server, other, None);
        let message = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(78), "{message}");
        assert!(
            message.contains("tiltyard season close 'spring' --keep 0.5 --deviation 120"),
            "{message}"
        );
    }

    for reset in [3, 0] {
        let closed = object(&season(&server, &close, None));
        assert_eq!(
            (&closed["reset"], &closed["archived"]),
            (&json!(reset), &json!(6)),
            "{closed}"
        );
        assert!(closed["ended_at"].is_string(), "{closed}");
        assert_eq!(server.audit(), json!([]));
    }

    let server = server.kill_and_restart(CONFIG);
    let players = [server.player("a").await, server.player("f").await];
    for player in &players {
        let rating = &player.get("/v1/me").await["rating"];
        assert_eq!(rating["number"], 2, "{rating}");
        let listed = object(&season(&server, &["list", "--player", &player.id, "--json"], None));
        let standing = &listed["standings"][0];
        assert_eq!(standing["version"], 1, "{standing}");
        let [before, after] = [standing, rating].map(|rating| rating["rating"].as_f64().unwrap() - 1_500.0);
        assert!(
            (after - before / 2.0).abs() < 0.001,
            "half of what one match gave: {listed} {rating}"
        );
    }
    fight([&players[0], &players[1]], 3).await;
    assert_eq!(server.audit(), json!([]));
}

#[tokio::test]
async fn a_season_ends_with_the_server_stopped_and_only_under_sound_terms() {
    let server = Server::start_with(CONFIG);
    let close = ["close", "spring", "--keep", "0.5"];
    assert_eq!(
        season(&server, &close, None).status.code(),
        Some(75),
        "the server holds the data folder"
    );
    let refused = season(&server, &["close", "spring", "--keep", "1.5", "--deviation", "9"], None);
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(
        message.contains("keep: 1.5") && message.contains("deviation: 9"),
        "{message}"
    );
    let listed = season(&server, &["list"], None);
    assert_eq!(
        String::from_utf8(listed.stdout).unwrap().trim(),
        "no season has ended yet"
    );
}

#[tokio::test]
async fn ratings_are_drawn_together_and_the_history_goes_on() {
    let server = six_rated().await;
    let closed = object(&season(
        &server,
        &["close", "spring", "--keep", "0", "--deviation", "350", "--json"],
        None,
    ));
    assert_eq!(
        (&closed["reset"], &closed["number"]),
        (&json!(6), &json!(1)),
        "{closed}"
    );
    let server = server.kill_and_restart(CONFIG);
    let players = [server.player("a").await, server.player("b").await];
    let rating = &players[0].get("/v1/me").await["rating"];
    assert_eq!(
        (&rating["rating"], &rating["deviation"]),
        (&json!(1_500.0), &json!(350.0)),
        "{rating}"
    );
    fight([&players[0], &players[1]], 3).await;
    assert_eq!(server.audit(), json!([]));
}
