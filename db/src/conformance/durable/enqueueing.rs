//! Accepting tickets: once, within the cap, each item by itself.

use futures::future::join_all;
use tiltyard_protocol::MatchId;
use tiltyard_protocol::http::tickets::{Mode, TicketState};

use super::DurableFixture;
use super::world::*;
use crate::durable::matches::{Entrant, PendingMatch, Seat};
use crate::durable::tickets::{Cancelled, Enqueued, NewTicket, TicketRecord};

fn record_of(new: &NewTicket) -> TicketRecord {
    TicketRecord {
        player: new.player,
        id: new.id,
        build: new.build,
        ranked: Some((queue("ranked"), WIDE)),
        state: TicketState::Queued,
        enqueued_at: new.enqueued_at,
        match_id: None,
    }
}

/// A ticket is accepted and reads back as it was sent.
pub async fn a_ticket_is_accepted_and_read_back(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let new = ranked(key(1));
    let expected = record_of(&new);
    assert_eq!(enqueue(&store, new).await, Enqueued::Accepted(expected.clone()));
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap();
    assert_eq!(read, Some(expected));
}

/// The same request again is told that it was accepted, and is not counted twice.
pub async fn a_resend_was_accepted_already(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let accepted = accept(&store, ranked(key(1))).await;
    let again = enqueue(&store, ranked(key(1))).await;
    assert_eq!(again, Enqueued::Already(accepted));
    assert_eq!(store.tickets.live_tickets(player(1)).await.unwrap().len(), 1);
    assert_eq!(store.audit.ticket_counts().await.unwrap().accepted, 1);
}

/// A resend says how far the ticket has come since.
pub async fn a_resend_tells_the_current_state(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let Enqueued::Already(record) = enqueue(&store, ranked(key(1))).await else {
        panic!("it was accepted before");
    };
    assert_eq!((record.state, record.match_id), (TicketState::Matched, Some(made.id)));
}

/// An id that was accepted for another request is a conflict, and the first request stands.
pub async fn another_request_under_the_same_id_is_a_conflict(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let first = accept(&store, ranked(key(1))).await;
    let other = NewTicket {
        request: [2; 32],
        ..ranked_within(key(1), 5)
    };
    assert_eq!(enqueue(&store, other).await, Enqueued::Conflict);
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap();
    assert_eq!(read, Some(first));
}

/// Two players may choose the same id; each has a ticket of their own.
pub async fn ids_are_apart_between_players(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept(&store, ranked((player(1), ticket(7)))).await;
    let second = NewTicket {
        request: [2; 32],
        ..ranked((player(2), ticket(7)))
    };
    accept(&store, second).await;
    store.tickets.cancel(vec![(player(1), ticket(7))], at(1)).await.unwrap();
    let other = store.tickets.ticket(player(2), ticket(7)).await.unwrap().unwrap();
    assert_eq!(other.state, TicketState::Queued);
}

/// Another player's ticket, and one that never was, read as nothing.
pub async fn a_strangers_ticket_is_none(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept(&store, ranked(key(1))).await;
    assert_eq!(store.tickets.ticket(player(2), ticket(1)).await.unwrap(), None);
    assert_eq!(store.tickets.ticket(player(1), ticket(2)).await.unwrap(), None);
    assert_eq!(store.tickets.live_tickets(player(2)).await.unwrap(), []);
}

/// A batch answers item by item, in order, each item seeing the ones before it.
pub async fn a_batch_answers_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    let recorded = store.tickets.cancel(vec![(player(1), ticket(9))], at(0)).await;
    assert_eq!(recorded.unwrap(), [Cancelled::Recorded]);
    let other = NewTicket {
        request: [2; 32],
        ..ranked((player(1), ticket(1)))
    };
    let batch = vec![
        ranked((player(1), ticket(1))),
        ranked((player(1), ticket(1))),
        other,
        ranked((player(1), ticket(9))),
        ranked((player(2), ticket(1))),
        ranked((player(1), ticket(2))),
        ranked((player(1), ticket(3))),
    ];
    let outcomes = store.tickets.enqueue(batch, 2).await.unwrap();
    let [
        Enqueued::Accepted(first),
        Enqueued::Already(again),
        Enqueued::Conflict,
        Enqueued::Cancelled,
        Enqueued::Accepted(_),
        Enqueued::Accepted(_),
        Enqueued::SlotsFull,
    ] = &outcomes[..]
    else {
        panic!("{outcomes:?}");
    };
    assert_eq!(first, again);
    assert_sound(&store).await;
}

/// No items, no outcomes.
pub async fn an_empty_batch_is_harmless(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    assert_eq!(store.tickets.enqueue(Vec::new(), SLOTS).await.unwrap(), []);
}

/// A player has so many live tickets and no more; a resend of one of them is not refused.
pub async fn slots_cap_live_tickets(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    let batch = vec![ranked((player(1), ticket(1))), practice((player(1), ticket(2)))];
    store.tickets.enqueue(batch, 2).await.unwrap();
    let over = vec![ranked((player(1), ticket(3))), ranked((player(1), ticket(1)))];
    let outcomes = store.tickets.enqueue(over, 2).await.unwrap();
    assert!(
        matches!(outcomes[..], [Enqueued::SlotsFull, Enqueued::Already(_)]),
        "{outcomes:?}"
    );
    assert_eq!(store.tickets.ticket(player(1), ticket(3)).await.unwrap(), None);
}

/// A slot is free again after each of the ends.
pub async fn every_end_frees_its_slot(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    let own = |n| (player(1), ticket(n));
    let one = async |new: NewTicket| {
        let outcomes = store.tickets.enqueue(vec![new], 1).await.unwrap();
        assert!(matches!(outcomes[..], [Enqueued::Accepted(_)]), "{outcomes:?}");
    };
    one(ranked(own(1))).await;
    store.tickets.cancel(vec![own(1)], at(1)).await.unwrap();
    one(ranked(own(2))).await;
    store.tickets.end(vec![expire(own(2))], at(1)).await.unwrap();
    one(practice(own(3))).await;
    let made = store.matches.pending(None, at(9), 9).await.unwrap().remove(0);
    finish(&store, unrated(&made)).await;
    one(practice(own(4))).await;
    let made = store.matches.pending(None, at(9), 9).await.unwrap().remove(0);
    store.results.give_up(give_up(&made)).await.unwrap();
    one(ranked(own(5))).await;
    assert_sound(&store).await;
}

/// With a lower cap than before, nobody gets another slot until below it.
pub async fn a_lowered_cap_holds(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let own = |n| (player(1), ticket(n));
    let three = (1..=3).map(|n| ranked(own(n))).collect();
    store.tickets.enqueue(three, 3).await.unwrap();
    store.tickets.cancel(vec![own(1)], at(1)).await.unwrap();
    let outcomes = store.tickets.enqueue(vec![ranked(own(4))], 2).await.unwrap();
    assert_eq!(outcomes, [Enqueued::SlotsFull]);
}

/// Two nodes at once cannot beat the cap.
pub async fn a_crowd_cannot_beat_the_cap(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    store_build(&nodes[0]).await;
    let send = |n: u32| {
        let store = &nodes[usize::from(n.is_multiple_of(2))];
        let batch = vec![ranked((player(1), ticket(n)))];
        async move { store.tickets.enqueue(batch, 3).await.unwrap().remove(0) }
    };
    let outcomes = join_all((0..24).map(send)).await;
    let accepted = outcomes.iter().filter(|o| matches!(o, Enqueued::Accepted(_)));
    assert_eq!(accepted.count(), 3);
    assert!(
        outcomes
            .iter()
            .all(|o| matches!(o, Enqueued::Accepted(_) | Enqueued::SlotsFull))
    );
    assert_eq!(nodes[0].tickets.live_tickets(player(1)).await.unwrap().len(), 3);
    assert_sound(&nodes[0]).await;
}

/// The same request from two nodes at once is accepted once.
pub async fn a_crowd_of_resends_is_one_ticket(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    store_build(&nodes[0]).await;
    let send = |n: usize| {
        let store = &nodes[n % 2];
        async move { enqueue(store, ranked(key(1))).await }
    };
    let outcomes = join_all((0..16).map(send)).await;
    let accepted = outcomes.iter().filter(|o| matches!(o, Enqueued::Accepted(_)));
    assert_eq!(accepted.count(), 1);
    let already = outcomes.iter().filter(|o| matches!(o, Enqueued::Already(_)));
    assert_eq!(already.count(), 15);
    assert_eq!(nodes[0].audit.ticket_counts().await.unwrap().accepted, 1);
}

/// A practice ticket is accepted together with its match: no leader, nothing to wait for.
pub async fn practice_makes_its_match_at_once(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    let record = accept(&store, practice(key(1))).await;
    let id = MatchId::of_tickets(&[key(1)]);
    assert_eq!(record.ranked, None);
    assert_eq!((record.state, record.match_id), (TicketState::Matched, Some(id)));
    let bot = Entrant::Bot {
        bot: "dummy".to_owned(),
    };
    let expected = PendingMatch {
        id,
        mode: Mode::Practice,
        stamps: stamps(),
        seats: [entrant(key(1)), bot].map(|entrant| Seat {
            entrant,
            build: build(),
        }),
        created_at: at(0),
    };
    assert_eq!(store.matches.pending(None, at(0), 9).await.unwrap(), [expected]);
    assert_sound(&store).await;
}

/// A practice ticket sent again makes no second match.
pub async fn practice_sent_again_is_one_match(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    let again = enqueue(&store, practice(key(1))).await;
    assert!(
        matches!(&again, Enqueued::Already(record) if record.match_id == Some(made.id)),
        "{again:?}"
    );
    assert_eq!(store.matches.pending(None, at(9), 9).await.unwrap(), [made]);
}

/// Live tickets come oldest first; ended ones do not come.
pub async fn live_tickets_come_oldest_first(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    let aged = |n: u32, second: i64| NewTicket {
        enqueued_at: at(second),
        ..ranked((player(1), ticket(n)))
    };
    let matched = NewTicket {
        enqueued_at: at(20),
        ..practice((player(1), ticket(4)))
    };
    for new in [aged(1, 30), aged(2, 10), aged(3, 5), matched] {
        accept(&store, new).await;
    }
    store
        .tickets
        .cancel(vec![(player(1), ticket(3))], at(40))
        .await
        .unwrap();
    let live = store.tickets.live_tickets(player(1)).await.unwrap();
    let ids: Vec<_> = live.iter().map(|record| record.id).collect();
    assert_eq!(ids, [ticket(2), ticket(4), ticket(1)]);
}
