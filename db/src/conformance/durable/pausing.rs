//! Pausing queues: what was said last stands, for every node.

use super::DurableFixture;
use super::world::*;
use tiltyard_protocol::Timestamp;

use crate::durable::queues::QueueState;

fn state(name: &str, paused: bool, second: i64) -> QueueState {
    QueueState {
        queue: queue(name),
        paused,
        reason: format!("{name} at {second}: Wartung \u{1f6e0}"),
        changed_at: at(second),
    }
}

/// Nothing is stored of a queue before somebody changes it.
pub async fn a_queue_that_was_never_paused_has_no_state(fixture: &impl DurableFixture) {
    assert_eq!(fixture.client().await.queues.states().await.unwrap(), []);
}

/// Pausing and resuming take each other's place, whichever node asks.
pub async fn the_last_change_counts(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    for (second, paused) in [(1, true), (2, true), (3, false)] {
        let change = state("ranked", paused, second);
        assert_eq!(nodes[0].queues.set_state(change.clone()).await.unwrap(), change);
        assert_eq!(nodes[1].queues.states().await.unwrap(), [change]);
    }
}

/// A node whose clock is behind changes a queue all the same, and what is stored is later than what was.
pub async fn a_change_by_a_clock_that_is_behind_counts(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    nodes[0].queues.set_state(state("ranked", true, 9)).await.unwrap();
    let earlier = state("ranked", false, 3);
    let stored = nodes[1].queues.set_state(earlier.clone()).await.unwrap();
    let changed_at = Timestamp::from_micros(at(9).micros() + 1);
    assert_eq!(stored, QueueState { changed_at, ..earlier });
    assert_eq!(nodes[0].queues.states().await.unwrap(), [stored]);
}

/// Each queue has a state of its own; they come by name.
pub async fn queues_are_paused_apart(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (ranked, duel) = (state("ranked", true, 1), state("duel", false, 2));
    store.queues.set_state(ranked.clone()).await.unwrap();
    store.queues.set_state(duel.clone()).await.unwrap();
    assert_eq!(store.queues.states().await.unwrap(), [duel, ranked]);
}
