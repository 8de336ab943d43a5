//! `sim verify` through the real binary: files, with builds and without, and matches beside a running server.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::commands::{object, run, stderr};
use crate::sim_commands::bots;
use crate::support::{Server, bot, uuid_v7, wait_until};

#[test]
fn a_replay_file_is_verified_by_builds_or_against_itself() {
    let bots = bots();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.replay");
    let replay = file.to_str().unwrap();
    let fought = object(&run(&[
        "sim", "run", &bots[0], &bots[1], "--seed", "9", "--json", "--replay", replay,
    ]));

    let alone = run(&["sim", "verify", replay, "--json"]);
    let report = object(&alone);
    assert_eq!(alone.status.code(), Some(0), "{report}");
    assert_eq!(
        (&report["verified"], &report["method"]),
        (&json!(true), &json!("itself"))
    );
    assert!(
        report["not_checked"].as_str().unwrap().contains("no builds"),
        "{report}"
    );
    assert_eq!(report["outcome"]["state_hash"], fought["state_hash"]);

    let with = |left: &str, right: &str| run(&["sim", "verify", replay, "--left", left, "--right", right, "--json"]);
    let same = with(&bots[0], &bots[1]);
    let report = object(&same);
    assert_eq!(
        (same.status.code(), &report["method"]),
        (Some(0), &json!("builds")),
        "{report}"
    );
    let other = with(&bots[1], &bots[0]);
    let report = object(&other);
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(
        (&report["verified"], &report["first_difference"]["segment"]),
        (&json!(false), &json!(0))
    );
    assert!(
        stderr(&other).contains("segment 0 (ticks 1 to 600)"),
        "{}",
        stderr(&other)
    );

    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_ne!(run(&["sim", "verify", replay]).status.code(), Some(0));
}

#[tokio::test]
async fn a_match_is_verified_from_the_stores_beside_the_server() {
    let server = Server::start();
    let player = server.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    player.queue(&ticket).await;
    let path = format!("/v1/tickets/{id}");
    wait_until("the fight", async || player.get(&path).await["state"] == "finished").await;
    let match_id = player.get(&path).await["match"].as_str().unwrap().to_owned();
    let data = server.data_dir();
    let verify = |id: &str| run(&["sim", "verify", id, "--json", "--data-dir", data.to_str().unwrap()]);

    let good = verify(&match_id);
    let report = object(&good);
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert_eq!(
        (&report["verified"], &report["method"]),
        (&json!(true), &json!("match")),
        "{report}"
    );
    assert_eq!(report["not_checked"], Value::Null);

    let unknown = verify(&uuid_v7());
    assert_eq!(unknown.status.code(), Some(78));
    assert!(stderr(&unknown).contains("no match has the id"), "{}", stderr(&unknown));

    // The replay of another fight in its place: the same folder, other bytes.
    let replays = data.join("replays");
    let stored = files(&replays);
    assert_eq!(stored.len(), 1);
    let other = run(&[
        "sim",
        "run",
        "random:1",
        "random:2",
        "--replay",
        stored[0].to_str().unwrap(),
    ]);
    assert_eq!(other.status.code(), Some(0), "{}", stderr(&other));
    let bad = verify(&match_id);
    assert_eq!((bad.status.code(), &object(&bad)["verified"]), (Some(1), &json!(false)));
    assert!(
        stderr(&bad).contains("is not the one that was recorded"),
        "{}",
        stderr(&bad)
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
