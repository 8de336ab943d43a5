//! What of jobs only shows on the server: what is left behind, and what is not of this store.

use tiltyard_db::live::Jobs;
use tiltyard_db::live::jobs::{JobDepth, Submitted};

use crate::common::{LONG, NONE, ROOM, admin, job, node, open, receipts, server, tell, until};

const STREAM: &str = "tiltyard:{jobs:1}:stream";
const MATCHES: &str = "tiltyard:{jobs:1}:matches";

/// A match is in the stream once, and no trace of it stays.
#[tokio::test]
async fn a_match_is_in_the_stream_once_and_leaves_nothing_behind() {
    let server = server().await;
    let store = open(&server).await;
    for _ in 0..3 {
        let submitted = store.submit(vec![job(1, 7), job(1, 7)], 1).await.unwrap();
        assert_eq!(submitted, [Submitted::Queued; 2]);
    }
    let taken = store.take(1, node(1), 9, NONE).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(store.submit(vec![job(1, 7)], ROOM).await.unwrap(), [Submitted::Queued]);
    assert_eq!(
        store.depth(1).await.unwrap(),
        JobDepth {
            waiting: 0,
            delivered: 1
        }
    );
    store.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(tell(&server, &format!("XLEN {STREAM}")), ":0\r\n");
    assert_eq!(tell(&server, &format!("EXISTS {MATCHES}")), ":0\r\n");
    let life: i64 = tell(&server, &format!("PTTL {STREAM}"))[1..].trim().parse().unwrap();
    assert!(life > 0, "a stream that nobody uses ends");
}

/// The hash that outlived its stream does not keep a match from being fought.
#[tokio::test]
async fn a_lost_stream_keeps_no_match_out() {
    let server = server().await;
    let store = open(&server).await;
    store.submit(vec![job(1, 1), job(1, 2)], ROOM).await.unwrap();
    let taken = store.take(1, node(1), 1, NONE).await.unwrap();
    tell(&server, &format!("DEL {STREAM}"));
    store.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(
        tell(&server, &format!("HLEN {MATCHES}")),
        ":1\r\n",
        "what is done is forgotten"
    );
    store.submit(vec![job(1, 2)], ROOM).await.unwrap();
    let taken = store.take(1, node(1), 9, NONE).await.unwrap();
    assert_eq!((taken.len(), &taken[0].job), (1, &job(1, 2)));
    store.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(tell(&server, &format!("EXISTS {MATCHES}")), ":0\r\n");
}

/// The stream that outlived its hash delivers a match twice at worst, and both end.
#[tokio::test]
async fn a_lost_hash_costs_a_repetition() {
    let server = server().await;
    let store = open(&server).await;
    store.submit(vec![job(1, 1)], ROOM).await.unwrap();
    tell(&server, &format!("DEL {MATCHES}"));
    store.submit(vec![job(1, 1)], ROOM).await.unwrap();
    let taken = store.take(1, node(1), 9, NONE).await.unwrap();
    assert_eq!(taken.len(), 2);
    store.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(store.depth(1).await.unwrap(), JobDepth::default());
    assert_eq!(tell(&server, &format!("EXISTS {MATCHES}")), ":0\r\n");
}

/// A group that somebody removed is made again, and what was in the stream comes again.
#[tokio::test]
async fn a_lost_group_is_made_again() {
    let server = server().await;
    let store = open(&server).await;
    store.submit(vec![job(1, 1)], ROOM).await.unwrap();
    store.take(1, node(1), 1, NONE).await.unwrap();
    tell(&server, &format!("XGROUP DESTROY {STREAM} workers"));
    assert_eq!(store.claim(1, node(1), 1, NONE).await.unwrap(), []);
    assert_eq!(
        store.depth(1).await.unwrap(),
        JobDepth {
            waiting: 1,
            delivered: 0
        }
    );
    let taken = store.take(1, node(2), 1, NONE).await.unwrap();
    store.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(store.depth(1).await.unwrap(), JobDepth::default());
}

/// An entry that holds no job is removed; those behind it are delivered.
#[tokio::test]
async fn what_is_no_job_holds_nobody_up() {
    let server = server().await;
    let store = open(&server).await;
    tell(&server, &format!("XADD {STREAM} * other thing"));
    tell(&server, &format!("XADD {STREAM} * m short r x"));
    store.submit(vec![job(1, 1)], ROOM).await.unwrap();
    let taken = store.take(1, node(1), 9, NONE).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        store.depth(1).await.unwrap(),
        JobDepth {
            waiting: 0,
            delivered: 1
        }
    );
}

/// An entry deleted under its consumer is not claimed for ever.
#[tokio::test]
async fn a_deleted_entry_leaves_the_list_of_delivered_ones() {
    let server = server().await;
    let store = open(&server).await;
    store.submit(vec![job(1, 1), job(1, 2)], ROOM).await.unwrap();
    let taken = store.take(1, node(1), 9, NONE).await.unwrap();
    let entry = taken[0].receipt.0.split('/').nth(1).unwrap();
    tell(&server, &format!("XDEL {STREAM} {entry}"));
    let claimed = store.claim(1, node(2), 9, NONE).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        store.depth(1).await.unwrap(),
        JobDepth {
            waiting: 0,
            delivered: 1
        }
    );
}

/// A caller that gives up waiting takes no job with it.
#[tokio::test]
async fn a_dropped_wait_swallows_no_job() {
    let server = server().await;
    let store = open(&server).await;
    let blocked = async |n: u8| {
        let wanted = format!("blocked_clients:{n}\r");
        until(
            async || tell(&server, "INFO clients").contains(&wanted),
            |blocked| *blocked,
        )
        .await;
    };
    tokio::select! {
        taken = store.take(1, node(1), 1, LONG) => panic!("{taken:?}"),
        () = blocked(1) => {}
    }
    blocked(0).await;
    store.submit(vec![job(1, 1)], ROOM).await.unwrap();
    assert_eq!(store.take(1, node(2), 1, NONE).await.unwrap().len(), 1);
}

/// Consumers that are gone do not pile up; one that holds a job stays until it is claimed.
#[tokio::test]
async fn silent_consumers_without_jobs_are_forgotten() {
    let server = server().await;
    let store = open(&server).await;
    let count = async || tell(&server, &format!("XINFO CONSUMERS {STREAM} workers"));
    for n in 1..=20 {
        store.submit(vec![job(1, n)], ROOM).await.unwrap();
        let taken = store.take(1, node(n), 1, NONE).await.unwrap();
        let done = if n == 1 { Vec::new() } else { receipts(&taken) };
        store.acknowledge(1, done).await.unwrap();
    }
    store.claim(1, node(20), 1, LONG).await.unwrap();
    assert!(count().await.starts_with("*20\r\n"), "they were heard of a moment ago");
    // An hour is too long to wait for: the script is asked to forget after a silence of nothing.
    let script = include_bytes!("../../scripts/jobs_claim.lua");
    let claimant = node(20).to_string();
    let left = until(
        async || {
            let words: [&[u8]; 6] = [
                b"EVAL",
                script,
                b"1",
                STREAM.as_bytes(),
                b"workers",
                claimant.as_bytes(),
            ];
            let limits: [&[u8]; 3] = [b"9", b"99999", b"0"];
            assert_eq!(admin(&server, &[&words[..], &limits[..]].concat()), "*0\r\n");
            count().await
        },
        // The claimant and the holder of the job.
        |left| left.starts_with("*2\r\n"),
    );
    assert!(left.await.contains(&node(1).to_string()));
}

/// One call may carry more than one script call does.
#[tokio::test]
async fn large_batches_go_in_parts() {
    let server = server().await;
    let store = open(&server).await;
    let jobs: Vec<_> = (0..200).map(|n| job(u32::from(n % 3), n)).collect();
    let submitted = store.submit(jobs.clone(), 60).await.unwrap();
    let queued = submitted
        .iter()
        .filter(|outcome| **outcome == Submitted::Queued)
        .count();
    assert_eq!(queued, 3 * 60);
    for version in 0..3 {
        let taken = store.take(version, node(1), 5_000, NONE).await.unwrap();
        let of_version = jobs.iter().filter(|job| job.rules_version == version);
        let expected: Vec<_> = of_version.take(60).collect();
        assert_eq!(taken.iter().map(|delivery| &delivery.job).collect::<Vec<_>>(), expected);
        store.acknowledge(version, receipts(&taken)).await.unwrap();
        assert_eq!(store.depth(version).await.unwrap(), JobDepth::default());
    }
}
