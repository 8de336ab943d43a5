//! FLUSHALL at any moment: nothing gets stuck, and everything is made again.

use std::time::Duration;

use tiltyard_db::live::jobs::JobDepth;
use tiltyard_db::live::lease::Hold;
use tiltyard_db::live::limits::Allowance;
use tiltyard_db::live::wakeups::Notice;
use tiltyard_db::live::{Jobs, Lease, Limits, Presence, Wakeups};
use tiltyard_protocol::PlayerId;

use crate::common::{LONG, NONE, ROOM, boot, hint, inbox, job, node, open, receipts, server, soon, tell, until};

/// One consumer holds a job, one waits for one, while everything is deleted.
#[tokio::test]
async fn consumers_that_hold_and_wait_go_on_after_a_flush() {
    let server = server().await;
    let (holder, waiter, sender) = (open(&server).await, open(&server).await, open(&server).await);
    sender.submit(vec![job(1, 1)], ROOM).await.unwrap();
    let held = holder.take(1, node(1), 1, NONE).await.unwrap();
    let flush = async {
        until(
            async || tell(&server, "INFO clients").contains("blocked_clients:1"),
            |blocked| *blocked,
        )
        .await;
        tell(&server, "FLUSHALL");
        holder.acknowledge(1, receipts(&held)).await.unwrap();
        assert_eq!(holder.claim(1, node(1), 1, NONE).await.unwrap(), []);
        sender.submit(vec![job(1, 1), job(1, 2)], ROOM).await.unwrap();
    };
    let (taken, ()) = soon(async { tokio::join!(waiter.take(1, node(2), 2, LONG), flush) }).await;
    let mut taken = taken.unwrap();
    taken.extend(waiter.take(1, node(2), 2, NONE).await.unwrap());
    let jobs: Vec<_> = taken.iter().map(|delivery| delivery.job.clone()).collect();
    assert_eq!(
        jobs,
        [job(1, 1), job(1, 2)],
        "the one that was held came again, since the stream knew nothing of it"
    );
    waiter.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(waiter.depth(1).await.unwrap(), JobDepth::default());
}

/// Submitting, taking and acknowledging while everything is deleted again and again.
#[tokio::test]
async fn a_stream_of_jobs_survives_a_stream_of_flushes() {
    let server = server().await;
    let (sender, worker) = (open(&server).await, open(&server).await);
    for n in 0..40 {
        sender.submit(vec![job(1, n)], ROOM).await.unwrap();
        tell(&server, if n % 3 == 0 { "FLUSHALL" } else { "PING" });
        let taken = worker.take(1, node(1), 9, NONE).await.unwrap();
        tell(&server, if n % 5 == 0 { "FLUSHALL" } else { "PING" });
        worker.acknowledge(1, receipts(&taken)).await.unwrap();
    }
    tell(&server, "FLUSHALL");
    let submit = async { sender.submit(vec![job(1, 99)], ROOM).await.unwrap() };
    let (taken, _) = soon(async { tokio::join!(worker.take(1, node(1), 1, LONG), submit) }).await;
    assert_eq!(taken.unwrap()[0].job, job(1, 99));
}

/// Hints are not in the key space; leases, windows and presence begin anew.
#[tokio::test]
async fn the_rest_begins_anew() {
    let server = server().await;
    let store = open(&server).await;
    let player = PlayerId::from_bytes([1; 16]);
    let mut reader = store.subscribe(inbox(1)).await.unwrap();
    assert!(store.hold("queue/a", boot(1), LONG).await.unwrap().is_mine());
    assert_eq!(store.allow("a", 1, LONG).await.unwrap(), Allowance::Allowed);
    store.attach(node(1), &[player], LONG).await.unwrap();
    tell(&server, "FLUSHALL");
    assert!(
        store.hold("queue/a", boot(2), LONG).await.unwrap().is_mine(),
        "the database decides between the two"
    );
    assert!(!store.hold("queue/a", boot(1), LONG).await.unwrap().is_mine());
    assert_eq!(store.allow("a", 1, LONG).await.unwrap(), Allowance::Allowed);
    assert!(matches!(
        store.allow("a", 1, LONG).await.unwrap(),
        Allowance::Denied { .. }
    ));
    assert_eq!(store.nodes_of(&[player]).await.unwrap(), [vec![]]);
    store.attach(node(1), &[player], LONG).await.unwrap();
    store.publish(vec![(inbox(1), hint(1))]).await.unwrap();
    assert_eq!(soon(reader.recv()).await, Some(Notice::Wakeup(hint(1))));
}

/// A lease that ended goes to who was next, as long as that is kept.
#[tokio::test]
async fn who_is_next_has_an_ended_lease_first() {
    let server = server().await;
    let store = open(&server).await;
    store.hold("queue/a", boot(1), LONG).await.unwrap();
    let double = LONG * 2;
    assert_eq!(store.hold("queue/a", boot(2), double).await.unwrap(), Hold::Next);
    tell(&server, "DEL tiltyard:{lease:queue/a}:holder");
    assert_eq!(store.hold("queue/a", boot(3), double).await.unwrap(), Hold::Others);
    assert_eq!(store.hold("queue/a", boot(2), double).await.unwrap(), Hold::Mine);
    store.release("queue/a", boot(2)).await.unwrap();
    assert_eq!(store.hold("queue/a", boot(3), double).await.unwrap(), Hold::Mine);
}

/// Every key has an end: what nobody says again is gone by itself.
#[tokio::test]
async fn no_key_is_for_ever() {
    let server = server().await;
    let store = open(&server).await;
    store.hold("queue/a", boot(1), LONG).await.unwrap();
    store.hold("queue/a", boot(2), LONG * 2).await.unwrap();
    store.allow("a", 1, LONG).await.unwrap();
    store.allow("short", 1, Duration::from_millis(1)).await.unwrap();
    store
        .attach(node(1), &[PlayerId::from_bytes([1; 16])], LONG)
        .await
        .unwrap();
    store.submit(vec![job(1, 1)], ROOM).await.unwrap();
    store.take(2, node(1), 1, NONE).await.unwrap();
    let keys = tell(&server, "KEYS *");
    let keys: Vec<&str> = keys.lines().filter(|line| line.starts_with("tiltyard:")).collect();
    assert!(keys.len() >= 7, "{keys:?}");
    for key in keys {
        let life: i64 = tell(&server, &format!("PTTL {key}"))[1..].trim().parse().unwrap();
        assert!(life > 0 || life == -2, "{key} {life}");
    }
}
