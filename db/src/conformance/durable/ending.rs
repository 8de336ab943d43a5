//! Ending queued tickets: by time or by the server, always with the event that says so.

use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventSeq, PlayerEvent};

use super::DurableFixture;
use super::world::*;
use crate::durable::events::{Appended, EventRecord};
use crate::durable::tickets::{EndTicket, Ended, NewTicket};

fn told(n: u32, seq: i64) -> Ended {
    let (player, seq) = (player(n), EventSeq(seq));
    Ended::Done(Appended { player, seq })
}

fn give_back((player, id): Key) -> EndTicket {
    let event = returned(id);
    EndTicket { player, id, event }
}

/// A queued ticket expires together with its event.
pub async fn a_ticket_expires_with_its_event(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept(&store, ranked(key(1))).await;
    let outcome = store.tickets.end(vec![expire(key(1))], at(5)).await.unwrap();
    assert_eq!(outcome, [told(1, 1)]);
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap().unwrap();
    assert_eq!(read.state, TicketState::Expired);
    let page = store.events.events_after(player(1), EventSeq(0), 9).await.unwrap();
    let event = EventRecord {
        seq: EventSeq(1),
        event: PlayerEvent::TicketExpired { ticket: ticket(1) },
        at: at(5),
    };
    assert_eq!(page.events, [event]);
}

/// The event decides between expired and returned.
pub async fn a_ticket_is_returned_with_its_event(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    accept(&store, ranked(key(1))).await;
    let outcome = store.tickets.end(vec![give_back(key(1))], at(5)).await.unwrap();
    assert_eq!(outcome, [told(1, 1)]);
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap().unwrap();
    assert_eq!(read.state, TicketState::Returned);
    assert_sound(&store).await;
}

/// Only what is queued can be ended; sent again, nothing is told twice.
pub async fn only_queued_tickets_end(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    spar(&store, key(1)).await;
    accept(&store, ranked(key(2))).await;
    store.tickets.cancel(vec![key(2)], at(1)).await.unwrap();
    accept(&store, ranked(key(3))).await;
    store.tickets.end(vec![expire(key(3))], at(1)).await.unwrap();
    for n in 1..=4 {
        let outcome = store.tickets.end(vec![give_back(key(n))], at(5)).await.unwrap();
        assert_eq!(outcome, [Ended::NotQueued], "{n}");
    }
    let players = [player(1), player(2), player(3), player(4)];
    let heads = store.events.heads(&players).await.unwrap();
    assert_eq!(heads, [0, 0, 1, 0].map(EventSeq));
    assert_sound(&store).await;
}

/// A batch answers item by item, in order, and numbers one player's events in that order.
pub async fn a_batch_of_ends_answers_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let own = |n| (player(1), ticket(n));
    for key in [own(1), own(2), key(2)] {
        accept(&store, ranked(key)).await;
    }
    let batch = vec![
        expire(own(2)),
        expire(own(9)),
        give_back(key(2)),
        give_back(own(1)),
        expire(own(2)),
    ];
    let outcomes = store.tickets.end(batch, at(5)).await.unwrap();
    let expected = [told(1, 1), Ended::NotQueued, told(2, 1), told(1, 2), Ended::NotQueued];
    assert_eq!(outcomes, expected);
    let page = store.events.events_after(player(1), EventSeq(0), 9).await.unwrap();
    let tickets: Vec<_> = page.events.iter().map(|record| record.event.ticket()).collect();
    assert_eq!(tickets, [ticket(2), ticket(1)]);
}

/// Expiring are the queued tickets whose time has come, of every queue, the most overdue first.
pub async fn expiring_tickets_are_found(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let until = |n: u32, second: i64| NewTicket {
        expires_at: at(second),
        ..ranked(key(n))
    };
    store_build(&store).await;
    let matched = NewTicket {
        expires_at: at(5),
        ..practice(key(4))
    };
    for new in [until(1, 20), until(2, 10), until(3, 21), matched, until(5, 5)] {
        accept(&store, new).await;
    }
    store.tickets.cancel(vec![key(5)], at(1)).await.unwrap();
    assert_eq!(store.tickets.expiring(at(20), 9).await.unwrap(), [key(2), key(1)]);
    assert_eq!(store.tickets.expiring(at(20), 1).await.unwrap(), [key(2)]);
    assert_eq!(store.tickets.expiring(at(9), 9).await.unwrap(), []);
}
