//! The auditor's view: silent on healthy data, counting what there is, reading it in pages.
//!
//! That it is not silent on broken data is for each implementation to show, by breaking its own.

use tiltyard_protocol::MatchId;

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::audit::TicketCounts;
use crate::durable::matches::MatchState;
use crate::durable::ratings::RatingStep;

/// Leads tickets to each of their ends, under three leaders.
async fn live(store: &Durable) {
    let first = lead(store).await;
    let done = meet(store, &first, key(1), key(2)).await;
    let fought = rated(store, &done).await;
    finish(store, fought).await;
    let second = lead(store).await;
    let lost = meet(store, &second, key(3), key(4)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    meet(store, &second, (player(1), ticket(11)), (player(2), ticket(12))).await;
    let practised = spar(store, key(5)).await;
    finish(store, unrated(&practised)).await;
    spar(store, key(6)).await;
    for n in 7..=10 {
        accept(store, ranked(key(n))).await;
    }
    store.tickets.cancel(vec![key(7), key(99)], at(3)).await.unwrap();
    store.tickets.end(vec![expire(key(8))], at(3)).await.unwrap();
    lead(store).await;
}

/// A store in which nothing happened breaks nothing.
pub async fn an_empty_store_is_sound(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    assert_sound(&store).await;
    assert_eq!(store.audit.ticket_counts().await.unwrap(), TicketCounts::default());
}

/// A store in which everything happened breaks nothing either.
pub async fn a_busy_store_is_sound(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    live(&store).await;
    assert_sound(&store).await;
    store.events.trim_events(at(99), 2).await.unwrap();
    assert_sound(&store).await;
    store.events.trim_events(at(99), 99).await.unwrap();
    assert_sound(&store).await;
}

/// Every accepted ticket is counted in one state.
pub async fn tickets_are_counted_by_state(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    live(&store).await;
    let expected = TicketCounts {
        accepted: 12,
        queued: 2,
        matched: 3,
        finished: 3,
        cancelled: 1,
        expired: 1,
        returned: 2,
    };
    assert_eq!(store.audit.ticket_counts().await.unwrap(), expected);
}

/// Changes of rating come in pages by player and number.
pub async fn rating_changes_come_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    for n in 0..3 {
        let made = meet(&store, &leadership, (player(2), ticket(n)), (player(1), ticket(n))).await;
        let fought = rated(&store, &made).await;
        finish(&store, fought).await;
    }
    let mut keys = Vec::new();
    let mut after = None;
    for size in [2, 2, 2, 0] {
        let page = store.audit.rating_changes(after, 2).await.unwrap();
        assert_eq!(page.len(), size);
        keys.extend(page.iter().map(RatingStep::key));
        after = keys.last().copied();
    }
    let expected = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)].map(|(n, number)| (player(n), number));
    assert_eq!(keys, expected);
}

/// Finished matches come in pages by id, whole; others do not come.
pub async fn done_matches_come_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let mut done: Vec<MatchId> = Vec::new();
    for n in 1..=5 {
        let made = spar(&store, key(n)).await;
        finish(&store, unrated(&made)).await;
        done.push(made.id);
    }
    let lost = spar(&store, key(6)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    spar(&store, key(7)).await;
    done.sort_unstable();
    let mut read = Vec::new();
    for size in [2, 2, 1, 0] {
        let page = store.audit.done_matches(read.last().copied(), 2).await.unwrap();
        assert_eq!(page.len(), size);
        assert!(page.iter().all(|record| matches!(record.state, MatchState::Done(_))));
        read.extend(page.iter().map(|record| record.pending.id));
    }
    assert_eq!(read, done);
}
