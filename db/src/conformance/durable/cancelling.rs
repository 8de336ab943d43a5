//! Cancelling tickets: a cancel that was answered holds, whatever arrives later.

use futures::future::join;
use tiltyard_protocol::http::tickets::TicketState;

use super::DurableFixture;
use super::world::*;
use crate::durable::matches::Paired;
use crate::durable::tickets::{Cancelled, Enqueued};

/// A queued ticket is cancelled, and a second cancel says so.
pub async fn a_queued_ticket_is_cancelled_once(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    accept(&store, ranked(key(1))).await;
    let cancel = || store.tickets.cancel(vec![key(1)], at(1));
    assert_eq!(cancel().await.unwrap(), [Cancelled::Done]);
    assert_eq!(cancel().await.unwrap(), [Cancelled::Already]);
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap().unwrap();
    assert_eq!(read.state, TicketState::Cancelled);
    assert_eq!(store.tickets.queued(&queue("ranked"), None, 9).await.unwrap(), []);
    assert_sound(&store).await;
}

/// A cancel that overtakes its ticket is recorded, and the ticket is refused when it arrives.
pub async fn an_unknown_id_is_cancelled_for_good(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let cancel = || store.tickets.cancel(vec![key(1)], at(1));
    assert_eq!(cancel().await.unwrap(), [Cancelled::Recorded]);
    assert_eq!(cancel().await.unwrap(), [Cancelled::Already]);
    assert_eq!(enqueue(&store, ranked(key(1))).await, Enqueued::Cancelled);
    assert_eq!(enqueue(&store, practice(key(1))).await, Enqueued::Cancelled);
    assert_eq!(store.tickets.ticket(player(1), ticket(1)).await.unwrap(), None);
    assert_sound(&store).await;
}

/// A recorded cancel concerns its own player only.
pub async fn a_recorded_cancel_is_its_players(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store.tickets.cancel(vec![(player(2), ticket(1))], at(1)).await.unwrap();
    accept(&store, ranked((player(1), ticket(1)))).await;
}

/// A recorded cancel is no ticket that was accepted.
pub async fn a_recorded_cancel_is_not_counted(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store.tickets.cancel(vec![key(1)], at(1)).await.unwrap();
    let counts = store.audit.ticket_counts().await.unwrap();
    assert_eq!(counts, crate::durable::audit::TicketCounts::default());
}

/// Nobody can cancel another player's ticket.
pub async fn a_strangers_ticket_stays(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept(&store, ranked(key(1))).await;
    let outcome = store.tickets.cancel(vec![(player(2), ticket(1))], at(1)).await;
    assert_eq!(outcome.unwrap(), [Cancelled::Recorded]);
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap().unwrap();
    assert_eq!(read.state, TicketState::Queued);
}

/// A ticket that has gone on is too late to cancel, in each state it may have reached.
pub async fn what_has_gone_on_is_too_late(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let lost = spar(&store, key(3)).await;
    accept(&store, ranked(key(4))).await;
    let cancel = |n| store.tickets.cancel(vec![key(n)], at(5));
    assert_eq!(cancel(1).await.unwrap(), [Cancelled::TooLate(TicketState::Matched)]);
    finish(&store, unrated(&made)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    store.tickets.end(vec![expire(key(4))], at(4)).await.unwrap();
    assert_eq!(cancel(1).await.unwrap(), [Cancelled::TooLate(TicketState::Finished)]);
    assert_eq!(cancel(3).await.unwrap(), [Cancelled::TooLate(TicketState::Returned)]);
    assert_eq!(cancel(4).await.unwrap(), [Cancelled::TooLate(TicketState::Expired)]);
    assert_sound(&store).await;
}

/// A batch answers item by item, in order, each item seeing the ones before it.
pub async fn a_batch_of_cancels_answers_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept(&store, ranked(key(1))).await;
    spar(&store, key(2)).await;
    let batch = vec![key(1), key(9), key(2), key(1), key(9)];
    let outcomes = store.tickets.cancel(batch, at(1)).await.unwrap();
    let expected = [
        Cancelled::Done,
        Cancelled::Recorded,
        Cancelled::TooLate(TicketState::Matched),
        Cancelled::Already,
        Cancelled::Already,
    ];
    assert_eq!(outcomes, expected);
}

/// When a cancel and a commit meet, one of them wins and the other is told.
pub async fn a_cancel_and_a_commit_never_both_win(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let leadership = lead(&nodes[0]).await;
    store_build(&nodes[0]).await;
    for n in 0..16 {
        let (left, right) = (key(2 * n + 1), key(2 * n + 2));
        accept(&nodes[0], ranked(left)).await;
        accept(&nodes[0], ranked(right)).await;
        let (cancelled, paired) = join(
            nodes[0].tickets.cancel(vec![left], at(1)),
            commit(&nodes[1], &leadership, vec![pairing(left, right)]),
        )
        .await;
        match (&cancelled.unwrap()[..], &paired[..]) {
            ([Cancelled::Done], [Paired::Gone { gone: [true, false] }])
            | ([Cancelled::TooLate(TicketState::Matched)], [Paired::Done(_)]) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_sound(&nodes[0]).await;
}
