//! The crash points around the commits: before one nothing happened, after it everything did, and the store goes on.
//!
//! A panic of the call stands in for the death of the process, since it ends the call in the same place.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};

use database::Database;
use futures::FutureExt;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::matches::Paired;
use tiltyard_db::durable::results::{Finished, GivenUp};
use tiltyard_db::durable::tickets::Enqueued;

/// Fail points belong to the process, so that these tests take turns.
static TURN: Mutex<()> = Mutex::new(());

struct World {
    store: Durable,
    _turn: MutexGuard<'static, ()>,
}

fn world() -> World {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Handle::current();
    let store = tokio::task::block_in_place(|| runtime.block_on(Database::new())).store();
    World { store, _turn: turn }
}

/// Has `call` die at `point`.
async fn die_at<T: std::fmt::Debug>(point: &str, call: impl Future<Output = T>) {
    fail::cfg(point, "1*panic").unwrap();
    let answer = AssertUnwindSafe(call).catch_unwind().await;
    assert!(answer.is_err(), "{point}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_accepted_once_around_a_crash() {
    let world = world();
    let store = &world.store;
    store_build(store).await;
    for (n, point, accepted) in [(1, "ticket-before-insert", false), (2, "ticket-after-insert", true)] {
        die_at(point, store.tickets.enqueue(vec![ranked(key(n))], SLOTS)).await;
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
        die_at(point, store.matches.commit(&leadership, vec![pairing.clone()], at(1))).await;
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
        die_at(point, store.results.finish(vec![unrated(&made)])).await;
        let pending = store.matches.pending_match(made.id).await.unwrap();
        assert_eq!(pending.is_none(), stored, "{point}");
        let again = finish(store, unrated(&made)).await;
        assert_eq!(matches!(again, Finished::Already(_)), stored, "{point}: {again:?}");
    }
    assert_sound(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_given_up_once_around_a_crash() {
    let world = world();
    let store = &world.store;
    for (n, point, stored) in [(1, "result-before-commit", false), (2, "result-after-commit", true)] {
        let made = spar(store, key(n)).await;
        die_at(point, store.results.give_up(give_up(&made))).await;
        let again = store.results.give_up(give_up(&made)).await.unwrap();
        assert_eq!(again == GivenUp::NotPending, stored, "{point}: {again:?}");
    }
    assert_sound(store).await;
}
