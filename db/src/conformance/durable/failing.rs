//! Matches that cannot be fought: attempts are counted, and at last both tickets come back.

use futures::future::join_all;
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventSeq, MatchId};

use super::DurableFixture;
use super::world::*;
use crate::durable::events::Appended;
use crate::durable::matches::{MatchRecord, MatchState};
use crate::durable::results::GivenUp;

/// Failures count up per match; the same report again is the same failure.
pub async fn failures_count_per_match(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    let other = spar(&store, key(2)).await;
    let report = async |id, n, second| {
        store
            .results
            .record_failure(id, stamps().terms(), node(n), "crash", at(second))
            .await
            .unwrap()
    };
    assert_eq!(report(made.id, 1, 1).await, 1);
    assert_eq!(report(made.id, 1, 2).await, 2);
    assert_eq!(report(made.id, 1, 2).await, 2);
    assert_eq!(report(made.id, 2, 2).await, 3);
    assert_eq!(report(other.id, 1, 1).await, 1);
    assert_eq!(report(MatchId::from_bytes([7; 16]), 1, 1).await, 0);
    assert_sound(&store).await;
}

/// Giving up returns both tickets and tells both players, in one step.
pub async fn giving_up_returns_both_tickets(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let outcome = store.results.give_up(give_up(&made)).await.unwrap();
    let seq = EventSeq(1);
    let told = [player(1), player(2)].map(|player| Appended { player, seq });
    assert_eq!(outcome, GivenUp::Done(told.into()));
    for (player, ticket) in [key(1), key(2)] {
        let read = store.tickets.ticket(player, ticket).await.unwrap().unwrap();
        assert_eq!((read.state, read.match_id), (TicketState::Returned, Some(made.id)));
        let page = store.events.events_after(player, EventSeq(0), 9).await.unwrap();
        assert_eq!(page.events[0].event, returned(ticket));
    }
    let record = store.matches.match_of(player(1), made.id).await.unwrap();
    let expected = MatchRecord {
        pending: made,
        state: MatchState::DeadLettered {
            why: "every worker died".to_owned(),
        },
    };
    assert_eq!(record, Some(expected));
    assert_sound(&store).await;
}

/// Only a pending match can be given up, once.
pub async fn only_a_pending_match_is_given_up(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let done = spar(&store, key(1)).await;
    let lost = spar(&store, key(2)).await;
    let mut unknown = give_up(&done);
    unknown.match_id = MatchId::from_bytes([7; 16]);
    finish(&store, unrated(&done)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    for order in [give_up(&done), give_up(&lost), unknown] {
        assert_eq!(store.results.give_up(order).await.unwrap(), GivenUp::NotPending);
    }
    let heads = store.events.heads(&[player(1), player(2)]).await.unwrap();
    assert_eq!(heads, [EventSeq(1), EventSeq(1)]);
    assert_sound(&store).await;
}

/// Of many who give up one match at once, one does.
pub async fn a_crowd_gives_up_once(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let made = spar(&nodes[0], key(1)).await;
    let attempts = (0..8).map(|n| nodes[n % 2].results.give_up(give_up(&made)));
    let outcomes = join_all(attempts).await;
    let done = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(GivenUp::Done(_))));
    assert_eq!(done.count(), 1);
    assert_sound(&nodes[0]).await;
}
