//! `sim repro` through the real binary: a match that a server gave up because its fight panicked, fought again here.

use serde_json::{Value, json};

use crate::commands::{object, run, stderr, stdout};
use crate::support::{Server, bot, crash_at, tiltyard, uuid_v7, wait_until};

/// The simulation panics at each fight, as a defect of the rules would.
const PANICKING: &str = "panic:simulating";

/// Has a server give up a practice match; returns the server and the match.
async fn given_up() -> (Server, String) {
    let server = Server::start_at("", vec![crash_at(PANICKING)]);
    let player = server.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    player.queue(&ticket).await;
    let path = format!("/v1/tickets/{id}");
    wait_until("the match to be given up", async || {
        player.get(&path).await["state"] == "returned"
    })
    .await;
    let match_id = player.get(&path).await["match"].as_str().unwrap().to_owned();
    (server, match_id)
}

#[tokio::test]
async fn a_match_that_was_given_up_is_fought_here() {
    let (server, id) = given_up().await;
    assert!(
        server.log().contains(&format!("tiltyard sim repro {id}")),
        "the log names the command"
    );
    assert_eq!(server.audit(), json!([]));

    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("case.json");
    let (data, file) = (server.data_dir(), saved.to_str().unwrap());
    let data = ["--data-dir", data.to_str().unwrap()];
    let from_store = ["sim", "repro", &id, "--json", "--save", file, data[0], data[1]];

    // With the defect: the panic is told, and where it was.
    let (name, value) = crash_at(PANICKING);
    let output = tiltyard(&from_store).env(&name, &value).output().unwrap();
    let report = object(&output);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert_eq!((&report["panicked"], &report["fought"]), (&json!(true), &json!(false)));
    assert!(
        report["problem"].as_str().unwrap().contains("as a test asked for"),
        "{report}"
    );
    assert!(report["place"].as_str().unwrap().contains(".rs:"), "{report}");
    assert!(stderr(&output).contains(&id), "{}", stderr(&output));

    // Without it: the fight, and the same from the file alone.
    let output = run(&from_store);
    let report = object(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        (&report["state"], &report["fought"]),
        (&json!("dead_lettered"), &json!(true))
    );
    assert!(report["given_up"].as_str().unwrap().contains("panicked"), "{report}");
    let alone = object(&run(&["sim", "repro", file, "--json"]));
    assert_eq!(without_file(alone), without_file(report));
    let told = stdout(&run(&["sim", "repro", file]));
    assert!(
        told.contains("dead_lettered") && told.contains("fought here: "),
        "{told}"
    );

    let unknown = run(&["sim", "repro", &uuid_v7(), data[0], data[1]]);
    assert_eq!(unknown.status.code(), Some(78));
    assert!(stderr(&unknown).contains("no match has the id"), "{}", stderr(&unknown));
}

fn without_file(mut report: Value) -> Value {
    report["saved"].take();
    report
}
