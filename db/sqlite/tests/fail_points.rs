//! The crash points around COMMIT: before it nothing happened, after it everything did, and the store goes on.
//!
//! A panic stands in for the death of the process, since it ends the group in the same place; a pause for a frozen disk.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tiltyard_db::StoreError;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::matches::Paired;
use tiltyard_db::durable::results::Finished;
use tiltyard_db::durable::tickets::Enqueued;
use tiltyard_db_sqlite::SqliteStore;

/// Fail points belong to the process, so that these tests take turns.
static TURN: Mutex<()> = Mutex::new(());

struct World {
    store: Durable,
    _folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

fn world() -> World {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = TempDir::new().unwrap();
    let store = Durable::of(SqliteStore::open(&folder.path().join("tiltyard.db")).unwrap());
    World {
        store,
        _folder: folder,
        _turn: turn,
    }
}

fn break_once(point: &str) {
    fail::cfg(point, "1*panic").unwrap();
}

fn assert_unavailable<T: std::fmt::Debug>(answer: tiltyard_db::Result<T>) {
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_accepted_once_around_a_crash() {
    let world = world();
    let store = &world.store;
    store_build(store).await;
    for (n, point, accepted) in [(1, "ticket-before-insert", false), (2, "ticket-after-insert", true)] {
        break_once(point);
        assert_unavailable(store.tickets.enqueue(vec![ranked(key(n))], SLOTS).await);
        let found = store.tickets.ticket(player(n), ticket(n)).await.unwrap();
        assert_eq!(found.is_some(), accepted, "{point}");
        let again = enqueue(store, ranked(key(n))).await;
        assert_eq!(matches!(again, Enqueued::Already(_)), accepted, "{point}: {again:?}");
    }
    assert_sound(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_are_made_once_around_a_crash() {
    let world = world();
    let store = &world.store;
    store_build(store).await;
    let leadership = lead(store).await;
    for (n, point, made) in [(1, "match-before-commit", false), (3, "match-after-commit", true)] {
        let pairing = pairing(key(n), key(n + 1));
        for n in [n, n + 1] {
            accept(store, ranked(key(n))).await;
        }
        break_once(point);
        assert_unavailable(store.matches.commit(&leadership, vec![pairing.clone()], at(1)).await);
        let found = store.matches.pending_match(pairing.match_id).await.unwrap();
        assert_eq!(found.is_some(), made, "{point}");
        let again = commit(store, &leadership, vec![pairing]).await;
        assert_eq!(matches!(again[..], [Paired::Already]), made, "{point}: {again:?}");
    }
    assert_sound(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_stored_once_around_a_crash() {
    let world = world();
    let store = &world.store;
    for (n, point, stored) in [(1, "result-before-commit", false), (2, "result-after-commit", true)] {
        let made = spar(store, key(n)).await;
        break_once(point);
        assert_unavailable(store.results.finish(vec![unrated(&made)]).await);
        let pending = store.matches.pending_match(made.id).await.unwrap();
        assert_eq!(pending.is_none(), stored, "{point}");
        let again = finish(store, unrated(&made)).await;
        assert_eq!(matches!(again, Finished::Already(_)), stored, "{point}: {again:?}");
    }
    assert_sound(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_disk_times_out_and_readers_go_on() {
    let world = world();
    let store = &world.store;
    accept(store, ranked(key(1))).await;
    fail::cfg("ticket-before-insert", "pause").unwrap();
    let frozen = store.tickets.enqueue(vec![ranked(key(2))], SLOTS);
    let (frozen, read) = tokio::join!(frozen, store.tickets.ticket(player(1), ticket(1)));
    assert!(read.unwrap().is_some());
    assert!(
        matches!(frozen, Err(StoreError::TimedOut { after_ms: 5_000, .. })),
        "{frozen:?}"
    );
    fail::remove("ticket-before-insert");
    let again = enqueue(store, ranked(key(2))).await;
    assert!(matches!(again, Enqueued::Already(_)), "{again:?}");
}
