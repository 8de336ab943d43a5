//! From what was seen to what is told.

use super::*;
use crate::chaos::judge::Waiting;
use crate::chaos::kind::{NodeId, Peer, Target};
use crate::chaos::plan::Planned;

const LEASE: Duration = Duration::from_secs(3);

fn done(kind: Kind, target: Target, from: u64, to: u64) -> Done {
    Done {
        planned: Planned {
            round: 0,
            kind,
            target,
            point: None,
            start_ms: 0,
            length_ms: to - from,
            pick: 0,
        },
        span: Span { from, to },
        observed: true,
        evidence: String::new(),
        node: None,
        queues: vec![],
    }
}

fn leader(kind: Kind, from: u64, to: u64) -> Done {
    Done {
        queues: vec!["ranked".to_owned()],
        ..done(kind, Target::Leader, from, to)
    }
}

fn epochs(minted: &[u64]) -> Vec<Epoch> {
    let epoch = |(number, minted_ms): (usize, &u64)| Epoch {
        queue: "ranked".to_owned(),
        epoch: number as u64 + 1,
        minted_ms: *minted_ms,
    };
    minted.iter().enumerate().map(epoch).collect()
}

fn judged(seen: Seen) -> Report {
    let frame = Frame {
        seed: 7,
        rounds: 1,
        lease: LEASE,
        replay: "again".to_owned(),
    };
    Report::new(frame, seen, players::Report::nothing())
}

#[test]
fn faults_that_were_not_seen_do_not_count() {
    let unseen = Done {
        observed: false,
        ..leader(Kind::LeaderKill, 100, 200)
    };
    let bucket = done(Kind::BucketSilent, Target::Service(Peer::Bucket), 100, 900);
    let seen = Seen {
        done: vec![unseen, bucket],
        successes: vec![vec![50, 950]],
        ..Seen::default()
    };
    let report = judged(seen);
    assert_eq!((report.faults, report.planned), (1, 2));
    assert_eq!(report.faults_by_kind, BTreeMap::from([("bucket_silent", 1)]));
    assert_eq!((report.takeovers, report.outage_ms_max), (0, Some(50)));
    assert!(report.is_safe() && report.is_live(), "{:?}", report.late);
}

#[test]
fn takeovers_and_hand_overs_are_apart() {
    let seen = Seen {
        done: vec![
            leader(Kind::LeaderKill, 1_000, 2_000),
            leader(Kind::LeaderDrain, 9_000, 9_500),
        ],
        epochs: epochs(&[10, 4_100, 9_150]),
        ..Seen::default()
    };
    let report = judged(seen);
    assert_eq!(
        (report.takeover_ms_max, report.handover_ms_max),
        (Some(3_100), Some(150))
    );
    assert!(report.is_live(), "{:?}", report.late);
}

#[test]
fn what_comes_too_late_or_not_at_all_is_told() {
    let seen = Seen {
        done: vec![
            leader(Kind::LeaderFreeze, 1_000, 2_000),
            leader(Kind::LeaderKill, 9_000, 9_500),
            done(Kind::GatewayKill, Target::Node(NodeId(0)), 1_000, 1_500),
        ],
        epochs: epochs(&[10, 4_501]),
        successes: vec![vec![900, 6_001, 9_600]],
        quiets: vec![Quiet {
            waiting: Some(Ok(Waiting { matches: 1, players: 0 })),
            ..Quiet::default()
        }],
        deaths: vec!["sim-5".to_owned()],
        ..Seen::default()
    };
    let report = judged(seen);
    let told = |what: &str| report.late.iter().any(|late| late.contains(what));
    assert!(told("the next leader came after 3501 ms") && told("leader_kill of queue ranked nobody led"));
    assert!(
        told("no answer for 5001 ms") && told("had no result") && told("sim-5"),
        "{:?}",
        report.late
    );
    assert!(report.is_safe() && !report.is_live());
}

#[test]
fn a_leader_that_could_not_be_followed_meanwhile_is_counted_from_the_healing() {
    let seen = Seen {
        done: vec![
            leader(Kind::LeaderKill, 1_000, 2_000),
            done(Kind::RedisStall, Target::Service(Peer::Redis), 3_000, 5_000),
            // A gateway's link elects nobody.
            done(Kind::LinkSlow, Target::Link(NodeId(0), Peer::Redis), 3_000, 5_900),
        ],
        epochs: epochs(&[10, 6_000]),
        ..Seen::default()
    };
    let report = judged(seen);
    assert_eq!((report.takeover_ms_max, report.store_down_ms), (Some(1_000), 2_000));
}

#[test]
fn an_epoch_that_falls_is_a_violation() {
    let mut epochs = epochs(&[10, 20, 30]);
    epochs[2].epoch = 2;
    let report = judged(Seen {
        epochs,
        ..Seen::default()
    });
    assert_eq!((report.violations, report.violations_listed.len()), (1, 1));
    assert!(!report.is_safe());
}

#[test]
fn the_json_has_the_promised_fields_on_one_line() {
    let crash = Done {
        planned: Planned {
            point: Some("pairing"),
            ..leader(Kind::LeaderCrash, 100, 200).planned
        },
        ..leader(Kind::LeaderCrash, 100, 200)
    };
    let report = judged(Seen {
        done: vec![crash],
        epochs: epochs(&[150]),
        ..Seen::default()
    });
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains('\n'));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    for field in [
        "faults",
        "faults_by_kind",
        "violations",
        "takeover_ms_max",
        "handover_ms_max",
        "outage_ms_max",
        "matches",
        "crash_points",
        "seed",
        "schedule",
    ] {
        assert!(value.get(field).is_some(), "{field} in {json}");
    }
    assert_eq!(value["crash_points"][0], "pairing");
    assert_eq!(value["schedule"][0]["kind"], "leader_crash");
    assert_eq!(value["schedule"][0]["target"], "leader");
    assert!(report.to_string().contains("LATE") || report.is_live());
}
