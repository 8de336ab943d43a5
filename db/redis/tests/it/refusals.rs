//! A server that answers with a refusal: out of memory, read-only, other data, wrong user, or not there.

use std::error::Error;

use tiltyard_db::StoreError;
use tiltyard_db::live::jobs::Submitted;
use tiltyard_db::live::lease::Hold;
use tiltyard_db::live::limits::Allowance;
use tiltyard_db::live::{Jobs, Lease, Limits, Presence, Wakeups};
use tiltyard_db_testkit::Redis;
use tiltyard_protocol::PlayerId;

use crate::common::{
    BOUNDED, LONG, NONE, ROOM, boot, connect, inbox, job, node, open, receipts, server, started, tell, until,
};

/// Returns what an unavailable store said.
fn said(error: &StoreError) -> String {
    let StoreError::Unavailable { source, .. } = error else {
        panic!("{error:?}");
    };
    source.to_string()
}

/// What is there can be finished while nothing can be added, and a leader stays.
#[tokio::test]
async fn a_full_server_takes_nothing_new_and_lets_the_rest_end() {
    let server = server().await;
    let store = open(&server).await;
    store.submit(vec![job(1, 1), job(1, 2)], ROOM).await.unwrap();
    let taken = store.take(1, node(1), 1, NONE).await.unwrap();
    assert_eq!(store.hold("queue/a", boot(1), LONG).await.unwrap(), Hold::Mine);
    tell(&server, "CONFIG SET maxmemory 1");
    let refused = store.submit(vec![job(1, 3)], ROOM).await.unwrap_err();
    assert!(said(&refused).starts_with("OOM"), "{refused:?}");
    assert!(said(&store.allow("a", 1, LONG).await.unwrap_err()).starts_with("OOM"));
    assert_eq!(
        store.hold("queue/a", boot(1), LONG).await.unwrap(),
        Hold::Mine,
        "renewing needs no memory"
    );
    store.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(store.take(1, node(1), 1, NONE).await.unwrap().len(), 1);
    assert_eq!(store.claim(1, node(2), 1, NONE).await.unwrap().len(), 1);
    tell(&server, "CONFIG SET maxmemory 0");
    assert_eq!(store.submit(vec![job(1, 3)], ROOM).await.unwrap(), [Submitted::Queued]);
}

/// A server that became a replica refuses by name, and the store goes on by itself once it, or another, takes writes.
#[tokio::test]
async fn a_replica_is_left_and_a_promoted_one_is_used() {
    let server = server().await;
    let store = open(&server).await;
    tell(&server, "REPLICAOF 127.0.0.1 1");
    let refused = store.hold("queue/a", boot(1), LONG).await.unwrap_err();
    assert!(said(&refused).starts_with("READONLY"), "{refused:?}");
    tell(&server, "REPLICAOF NO ONE");
    until(
        async || store.hold("queue/a", boot(1), LONG).await.is_ok(),
        |held| *held,
    )
    .await;
}

/// Data of another program under our name is said to be that.
#[tokio::test]
async fn other_data_is_named_corrupt() {
    let server = server().await;
    let store = open(&server).await;
    tell(&server, "SET tiltyard:{jobs:1}:stream x");
    for refused in [
        store.submit(vec![job(1, 1)], ROOM).await.map(drop),
        store.take(1, node(1), 1, NONE).await.map(drop),
        store.depth(1).await.map(drop),
        store.claim(1, node(1), 1, NONE).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    }
}

/// A wrong password is said without the password, and the right one works on every connection.
#[tokio::test]
async fn a_password_is_needed_and_never_told() {
    let options = || Redis::options().arguments(["--requirepass", "open sesame"]);
    let server = started(move || options().start().unwrap()).await;
    let place = server.url().replace("redis+unix://", "");
    for user in ["", ":hunter2@", "nobody:hunter2@"] {
        let refused = connect(&format!("redis+unix://{user}{place}")).await.unwrap_err();
        let told = format!("{refused:?} {refused} {}", refused.source().unwrap());
        assert!(told.contains("NOAUTH") || told.contains("WRONGPASS"), "{told}");
        assert!(!told.contains("hunter2") && told.contains(&place), "{told}");
    }
    let store = connect(&format!("redis+unix://:open%20sesame@{place}")).await.unwrap();
    store.subscribe(inbox(1)).await.unwrap();
    assert_eq!(
        store
            .take(1, node(1), 1, std::time::Duration::from_millis(1))
            .await
            .unwrap(),
        []
    );
}

/// A server that is not there is said to be so, within a few seconds and with its place.
#[tokio::test]
async fn an_absent_server_is_named() {
    for url in [
        "redis://127.0.0.1:1",
        "redis+unix:///no/such/socket",
        "redis://no-such-host.invalid",
    ] {
        let refused = tokio::time::timeout(BOUNDED, connect(url)).await.unwrap().unwrap_err();
        assert!(said(&refused).starts_with(url), "{refused:?}");
    }
}

/// Every player of a large batch is found, and prefixes keep environments apart.
#[tokio::test]
async fn ten_thousand_players_come_and_go_in_one_call() {
    let server = server().await;
    let url = server.url();
    let (store, other) = (
        connect(&format!("{url}?prefix=a")).await.unwrap(),
        connect(&format!("{url}?prefix=b")).await.unwrap(),
    );
    let players: Vec<PlayerId> = (0..10_000_u128)
        .map(|n| PlayerId::from_bytes(n.to_be_bytes()))
        .collect();
    store.attach(node(1), &players, LONG).await.unwrap();
    let found = store.nodes_of(&players).await.unwrap();
    assert!(found.len() == players.len() && found.iter().all(|nodes| *nodes == [node(1)]));
    assert!(other.nodes_of(&players).await.unwrap().iter().all(Vec::is_empty));
    store.detach(node(1), &players).await.unwrap();
    assert!(store.nodes_of(&players).await.unwrap().iter().all(Vec::is_empty));
    assert_eq!(store.allow("x", 1, LONG).await.unwrap(), Allowance::Allowed);
    assert_eq!(other.allow("x", 1, LONG).await.unwrap(), Allowance::Allowed);
}
