//! The permanent auditor of the real server: silent on sound data, and counting what somebody broke behind its back.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::matches::{Outcome, Stamps};
use tiltyard_db::durable::ratings::{Rating, RatingChange, Score};
use tiltyard_db::durable::results::{Finish, Finished, ReplayRecord};
use tiltyard_db::durable::tickets::{NewTicket, Purpose};
use tiltyard_db_postgres::{Options, PostgresStore};
use tiltyard_db_sqlite::SqliteStore;
use tiltyard_protocol::{
    BuildHash, ContentHash, EndReason, MatchId, PlayerId, QueueName, Side, StateHash, TicketId, Timestamp,
};

use crate::commands::{object, stderr};
use crate::deployment::Deployment;
use crate::support::{Server, bot, tiltyard, uuid_v7, wait_until};

/// Stores a result that nobody fought, of a ticket whose owner was not told, with a rating that nobody computed.
async fn break_store(store: &Durable) {
    let (player, id) = (PlayerId::from_bytes([7; 16]), TicketId::from_bytes([7; 16]));
    let match_id = MatchId::of_tickets(&[(player, id)]);
    let build = Bytes::from_static(b"{}");
    let hash = BuildHash::of(&build);
    store.teams.put_builds(vec![(hash, build)]).await.unwrap();
    let at = Timestamp::from_micros(1_763_800_000_000_000);
    let stamps = Stamps {
        engine: "0".to_owned(),
        rules_version: 1,
        content: ContentHash::of(b""),
        rng: "none".to_owned(),
        seed: [0; 16],
    };
    let terms = stamps.terms();
    let purpose = Purpose::Practice {
        bot: "nobody".to_owned(),
        bot_build: hash,
        match_id,
        stamps,
    };
    let ticket = NewTicket {
        player,
        id,
        request: [0; 32],
        build: hash,
        purpose,
        enqueued_at: at,
        expires_at: at,
    };
    store.tickets.enqueue(vec![ticket], 1).await.unwrap();
    let change = RatingChange {
        player,
        match_id,
        number: 1,
        before: Rating::START,
        after: Rating {
            rating: 2_999.0,
            ..Rating::START
        },
        opponent: Rating::START,
        score: Score::Loss,
        idle_micros: 0,
        algorithm: 1,
        at,
    };
    let outcome = Outcome {
        winner: Some(Side::Right),
        reason: EndReason::Elimination,
        ticks: 1,
        state_hash: StateHash(0),
    };
    let finish = Finish {
        match_id,
        terms,
        outcome,
        result: Bytes::from_static(b"no result"),
        replay: ReplayRecord {
            key: "nowhere".to_owned(),
            size: 1,
            checksum: [0; 32],
        },
        spool: None,
        ratings: vec![change],
        events: Vec::new(),
        finished_at: at,
    };
    let finished = store.results.finish(vec![finish]).await.unwrap();
    assert_eq!(finished, [Finished::Done(Vec::new())]);
}

#[tokio::test]
async fn what_is_broken_is_counted_while_the_server_runs() {
    let mut server = Server::start();
    let player = server.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    player.queue(&ticket).await;
    let path = format!("/v1/tickets/{id}");
    wait_until("the fight", async || player.get(&path).await["state"] == "finished").await;
    wait_until("a round of the auditor", async || {
        server.metric("tiltyard_audit_checked_total").await > 0.0
    })
    .await;
    let broken = async |server: &Server, invariant: &str| {
        let name = format!("tiltyard_audit_violations_total{{invariant=\"{invariant}\"}}");
        server.metric(&name).await
    };
    for invariant in ["I1", "I3", "I4"] {
        assert!(broken(&server, invariant).await < 1.0, "{invariant}");
    }
    assert_eq!(server.stop(), Some(0));

    let store = SqliteStore::open(&server.data_dir().join("tiltyard.db")).unwrap();
    break_store(&Durable::of(store.clone())).await;
    store.close().await.unwrap();
    drop(store);
    let server = server.kill_and_restart("");
    // The ticket is found by the walk, which has its turn a round later.
    for invariant in ["I3", "I4", "I1"] {
        wait_until("the auditor to see it", async || {
            broken(&server, invariant).await >= 1.0
        })
        .await;
    }
    let log = server.log();
    assert!(
        log.contains("an invariant is broken") && log.contains("cannot be read"),
        "{log}"
    );
    let by_command = server.audit();
    let found: Vec<_> = by_command
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["invariant"])
        .collect();
    for invariant in ["I1", "I3", "I4"] {
        assert!(found.contains(&&json!(invariant)), "{invariant}: {by_command}");
    }
}

/// What stands in the queue for so long that no leader reads it again, and whose hint was lost.
async fn queue_in_silence(store: &Durable) {
    let now = Timestamp::from_micros(tiltyard_actor_kit::Clock::system().now_micros());
    let build = Bytes::from_static(b"{}");
    let hash = BuildHash::of(&build);
    store.teams.put_builds(vec![(hash, build)]).await.unwrap();
    let ticket = NewTicket {
        player: PlayerId::from_bytes([7; 16]),
        id: TicketId::from_bytes([7; 16]),
        request: [0; 32],
        build: hash,
        purpose: Purpose::Ranked {
            queue: QueueName::ranked(),
            spread: 1,
            widen_to: None,
        },
        enqueued_at: now.before(Duration::from_secs(60)),
        expires_at: now.after(Duration::from_secs(3_600)),
    };
    store.tickets.enqueue(vec![ticket], 1).await.unwrap();
}

#[tokio::test]
async fn what_a_leader_has_not_heard_of_is_seen_and_a_bucket_that_is_away_ends_no_audit() {
    let deployment = Deployment::new();
    let node = deployment.node("gateway,matchmaker,sim");
    let player = node.player("alice").await;
    let id = uuid_v7();
    let ticket = json!({ "mode": "practice", "id": id, "team": player.team().await, "bot": bot() });
    player.queue(&ticket).await;
    let path = format!("/v1/tickets/{id}");
    wait_until("the fight", async || player.get(&path).await["state"] == "finished").await;
    let mut report = Value::Null;
    wait_until("the leader to be looked at", async || {
        report = object(
            &tiltyard(&["audit", "--json"])
                .envs(deployment.environment())
                .output()
                .unwrap(),
        );
        report["checked"]["leaders"] == 1
    })
    .await;
    assert_eq!(
        (&report["violations"], &report["unchecked"]),
        (&json!([]), &json!([])),
        "{report}"
    );

    let url = deployment.environment()[0].1.clone();
    let store = PostgresStore::open(&Options::new(url.parse().unwrap())).await.unwrap();
    queue_in_silence(&Durable::of(store)).await;
    wait_until("the audit to see it", async || {
        let found = node.audit();
        let expected = "the leader of queue ranked holds 0 tickets, queued are 1";
        found == json!([{ "invariant": "I12", "detail": expected }])
    })
    .await;

    let nowhere = "s3://nowhere/replays?endpoint=http://127.0.0.1:9&region=eu";
    let away = deployment.with("TILTYARD_REPLAY_URL", nowhere);
    let output = tiltyard(&["audit", "--json"])
        .envs(away.environment())
        .output()
        .unwrap();
    let report = object(&output);
    assert_eq!(report["checked"]["unchecked"], 1, "{report} {}", stderr(&output));
    assert!(
        report["unchecked"][0].as_str().unwrap().contains(".replay: "),
        "{report}"
    );
    let others = report["violations"].as_array().unwrap().iter();
    assert_eq!(
        others.filter(|found| found["invariant"] != "I12").count(),
        0,
        "{report}"
    );
}
