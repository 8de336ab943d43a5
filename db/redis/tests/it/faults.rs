//! A server that is killed, restarted empty, frozen, or forgets its scripts, while the store is at work.

use std::collections::HashSet;

use futures::future::join_all;
use tiltyard_db::StoreError;
use tiltyard_db::live::wakeups::Notice;
use tiltyard_db::live::{Jobs, Lease, Limits, Presence, Wakeups};
use tiltyard_protocol::PlayerId;

use crate::common::{
    BOUNDED, LONG, NONE, ROOM, boot, hint, inbox, job, node, open, read_to_lagged, restart, server, soon, tell, until,
};

/// Readers learn of the gap, and what is sent afterwards arrives on the same receiver.
#[tokio::test]
async fn a_subscription_survives_an_empty_restart_and_tells_of_it() {
    let server = server().await;
    let (store, sender) = (open(&server).await, open(&server).await);
    let mut readers = [
        store.subscribe(inbox(1)).await.unwrap(),
        store.subscribe(inbox(2)).await.unwrap(),
    ];
    restart(&server).await;
    for (reader, n) in readers.iter_mut().zip(1..) {
        read_to_lagged(reader).await;
        until(
            async || sender.publish(vec![(inbox(n), hint(n))]).await.is_ok(),
            |sent| *sent,
        )
        .await;
        while soon(reader.recv()).await.unwrap() != Notice::Wakeup(hint(n)) {}
    }
}

/// An inbox that was opened while the server was away can be opened again afterwards.
#[tokio::test]
async fn a_refused_subscription_leaves_nothing_behind() {
    let server = server().await;
    let store = open(&server).await;
    server.kill();
    let refused = until(async || store.subscribe(inbox(1)).await.err(), Option::is_some).await;
    assert!(matches!(
        refused,
        Some(StoreError::Unavailable { .. } | StoreError::TimedOut { .. })
    ));
    restart(&server).await;
    let mut reader = until(async || store.subscribe(inbox(1)).await, Result::is_ok)
        .await
        .unwrap();
    until(
        async || store.publish(vec![(inbox(1), hint(1))]).await.is_ok(),
        |sent| *sent,
    )
    .await;
    assert_eq!(soon(reader.recv()).await, Some(Notice::Wakeup(hint(1))));
}

/// A waiting consumer is told at once, and the next call works on the empty server without any preparation.
#[tokio::test]
async fn a_waiting_take_ends_when_the_server_is_killed() {
    let server = server().await;
    let store = open(&server).await;
    let kill = async {
        until(
            async || tell(&server, "INFO clients").contains("blocked_clients:1"),
            |blocked| *blocked,
        )
        .await;
        server.kill();
    };
    let (taken, ()) = tokio::join!(tokio::time::timeout(BOUNDED, store.take(1, node(1), 1, LONG)), kill);
    assert!(matches!(taken.unwrap(), Err(StoreError::Unavailable { .. })));
    let refused = store.submit(vec![job(1, 1)], ROOM).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    restart(&server).await;
    until(async || store.submit(vec![job(1, 1)], ROOM).await.is_ok(), |done| *done).await;
    let taken = until(async || store.take(1, node(1), 1, LONG).await, Result::is_ok)
        .await
        .unwrap();
    assert_eq!(taken[0].job, job(1, 1));
}

/// Calls end in bounded time while the server is frozen, more of them than may be under way are refused, and no answer ever
/// reaches another call.
#[tokio::test]
async fn a_frozen_server_holds_up_no_call_and_mixes_up_no_answer() {
    let server = server().await;
    let store = open(&server).await;
    let player = |n: u8| PlayerId::from_bytes([n; 16]);
    for n in 0..100 {
        store.attach(node(n), &[player(n)], LONG).await.unwrap();
    }
    let ask = async |n: u8| (n, store.nodes_of(&[player(n)]).await);
    server.pause();
    let waiting = store.take(1, node(1), 1, LONG);
    let crowd = join_all((0..2_000_u16).map(|n| ask((n % 100) as u8)));
    let (taken, answers) = tokio::time::timeout(BOUNDED, async { tokio::join!(waiting, crowd) })
        .await
        .unwrap();
    assert!(taken.is_err());
    let mut said = HashSet::new();
    for (_, answer) in answers {
        said.insert(match answer {
            Err(StoreError::TimedOut { .. }) => "timed out",
            Err(StoreError::Unavailable { .. }) => "unavailable",
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(said.len(), 2, "some were sent, some were refused");
    server.resume();
    until(async || store.ping().await.is_ok(), |answers| *answers).await;
    for (n, answer) in join_all((0..100).map(ask)).await {
        assert_eq!(answer.unwrap(), [vec![node(n)]]);
    }
}

/// A short stall loses neither a connection nor an answer's place.
#[tokio::test]
async fn a_late_answer_is_nobody_elses() {
    let server = server().await;
    let store = open(&server).await;
    let player = |n: u8| PlayerId::from_bytes([n; 16]);
    for n in 0..50 {
        store.attach(node(n), &[player(n)], LONG).await.unwrap();
    }
    for _ in 0..3 {
        server.pause();
        let late = join_all((0..50).map(|n| {
            let store = &store;
            async move { (n, store.nodes_of(&[player(n)]).await) }
        }));
        let resumed = async {
            tokio::task::yield_now().await;
            server.resume();
        };
        let (answers, ()) = tokio::join!(late, resumed);
        for (n, answer) in answers {
            assert_eq!(answer.unwrap(), [vec![node(n)]]);
        }
    }
}

/// Scripts are known to a server by their hash until it forgets them.
#[tokio::test]
async fn forgotten_scripts_are_sent_again() {
    let server = server().await;
    let store = open(&server).await;
    for _ in 0..2 {
        tell(&server, "SCRIPT FLUSH");
        assert!(store.hold("queue/a", boot(1), LONG).await.unwrap().is_mine());
        store.release("queue/a", boot(1)).await.unwrap();
        store.allow("a", 1, LONG).await.unwrap();
        store
            .attach(node(1), &[PlayerId::from_bytes([1; 16])], LONG)
            .await
            .unwrap();
        store.nodes_of(&[PlayerId::from_bytes([1; 16])]).await.unwrap();
        store.detach(node(1), &[PlayerId::from_bytes([1; 16])]).await.unwrap();
        store.submit(vec![job(1, 1)], ROOM).await.unwrap();
        let taken = store.take(1, node(1), 1, NONE).await.unwrap();
        assert_eq!(store.claim(1, node(1), 1, NONE).await.unwrap().len(), 1);
        store.acknowledge(1, vec![taken[0].receipt.clone()]).await.unwrap();
        assert_eq!(store.depth(1).await.unwrap().delivered, 0);
    }
}

/// Closing ends readers and waits, and nothing begins afterwards.
#[tokio::test]
async fn a_closed_store_is_closed() {
    let server = server().await;
    let store = open(&server).await;
    let mut reader = store.subscribe(inbox(1)).await.unwrap();
    let (taken, ()) = soon(async { tokio::join!(store.take(1, node(1), 1, LONG), store.close()) }).await;
    assert!(taken.is_err());
    assert_eq!(soon(reader.recv()).await, None);
    assert!(store.ping().await.is_err() && store.subscribe(inbox(1)).await.is_err());
    until(
        async || tell(&server, "INFO clients").contains("connected_clients:1\r"),
        |alone| *alone,
    )
    .await;
}
