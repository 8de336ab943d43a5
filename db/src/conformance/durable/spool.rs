//! Spooled replays: stored with their result, kept until the object store has them.

use bytes::Bytes;
use tiltyard_protocol::Timestamp;

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::results::{Finish, ReplayRecord};

const BYTES: Bytes = Bytes::from_static(b"replay");

async fn spool(store: &Durable, n: u32, finished_at: Timestamp) -> ReplayRecord {
    let made = spar(store, key(n)).await;
    let fought = Finish {
        spool: Some(BYTES),
        finished_at,
        ..unrated(&made)
    };
    let replay = fought.replay.clone();
    finish(store, fought).await;
    replay
}

/// A replay is spooled with its result, and found with its record and by its key.
pub async fn a_replay_is_spooled_with_its_result(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let replay = spool(&store, 1, at(2)).await;
    assert_eq!(store.results.spooled(9).await.unwrap(), [(replay.clone(), BYTES)]);
    assert_eq!(store.results.spooled_replay(&replay.key).await.unwrap(), Some(BYTES));
    assert_eq!(store.results.spooled_replay("replays/other").await.unwrap(), None);
    assert_sound(&store).await;
}

/// A result whose replay was stored in time spools nothing.
pub async fn an_uploaded_replay_is_not_spooled(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    finish(&store, unrated(&made)).await;
    assert_eq!(store.results.spooled(9).await.unwrap(), []);
}

/// Spooled replays come oldest first, up to a limit.
pub async fn spooled_replays_come_oldest_first(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let third = spool(&store, 1, at(30)).await;
    let first = spool(&store, 2, at(10)).await;
    let second = spool(&store, 3, at(20)).await;
    let keys = async |limit| {
        let page = store.results.spooled(limit).await.unwrap();
        page.into_iter().map(|(replay, _)| replay).collect::<Vec<_>>()
    };
    assert_eq!(keys(9).await, [first.clone(), second.clone(), third]);
    assert_eq!(keys(2).await, [first, second]);
}

/// Forgotten replays are gone, the others stay, and forgetting again is harmless.
pub async fn unspooled_replays_are_gone(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let gone = spool(&store, 1, at(1)).await;
    let kept = spool(&store, 2, at(2)).await;
    let keys = [gone.key.clone(), "replays/other".to_owned()];
    store.results.unspool(&keys).await.unwrap();
    store.results.unspool(&keys).await.unwrap();
    assert_eq!(store.results.spooled_replay(&gone.key).await.unwrap(), None);
    assert_eq!(store.results.spooled(9).await.unwrap(), [(kept, BYTES)]);
    assert_sound(&store).await;
}
