//! The auditor's view: silent on healthy data, counting what there is, reading it in pages.
//!
//! That it is not silent on broken data is for each implementation to show, by breaking its own.

use tiltyard_protocol::{EventSeq, MatchId, QueueName};

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::audit::{Subjects, TicketCounts, Told, ToldPlace};
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
    assert_eq!(store.audit.queued().await.unwrap(), [(QueueName::ranked(), 2)]);
}

/// A match is read by its id, whoever was in it and wherever it is in its life.
pub async fn any_match_is_read_by_its_id(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let [pending, done, lost] = [
        spar(&store, key(1)).await,
        spar(&store, key(2)).await,
        spar(&store, key(3)).await,
    ];
    finish(&store, unrated(&done)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    for made in [&pending, &done, &lost] {
        let read = store.audit.match_record(made.id).await.unwrap().unwrap();
        let (player, _) = humans(made)[0];
        assert_eq!(
            store.matches.match_of(player, made.id).await.unwrap(),
            Some(read.clone())
        );
        assert_eq!(&read.pending, made);
    }
    assert_eq!(
        store.audit.match_record(MatchId::from_bytes([7; 16])).await.unwrap(),
        None
    );
}

/// What was told lately comes in order of time, with what it is about.
pub async fn what_was_told_comes_in_order_of_time(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let fought = rated(&store, &made).await;
    finish(&store, fought).await;
    accept(&store, ranked(key(3))).await;
    store.tickets.end(vec![expire(key(3))], at(3)).await.unwrap();
    accept(&store, ranked(key(4))).await;
    store.tickets.end(vec![expire(key(4))], at(9)).await.unwrap();
    let told = |n, second, match_id, change| Told {
        place: ToldPlace {
            at: at(second),
            player: player(n),
            seq: EventSeq(1),
        },
        ticket: ticket(n),
        match_id,
        change,
    };
    let expected = [
        told(1, 2, Some(made.id), Some(1)),
        told(2, 2, Some(made.id), Some(1)),
        told(3, 3, None, None),
    ];
    let mut place = ToldPlace {
        at: at(0),
        player: player(9),
        seq: EventSeq(9),
    };
    let mut read = Vec::new();
    for size in [2, 1, 0] {
        let page = store.audit.told(place, at(8), 2).await.unwrap();
        assert_eq!(page.len(), size);
        place = page.last().map_or(place, |told| told.place);
        read.extend(page);
    }
    assert_eq!(read, expected);
}

/// A walk comes by each row once; what is gone breaks nothing.
pub async fn walks_come_by_every_row(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    live(&store).await;
    let mut rows = Vec::new();
    for walk in Subjects::walks() {
        let all = store.audit.page(&walk, 99).await.unwrap();
        let mut seen = 0;
        let mut page = store.audit.page(&walk, 2).await.unwrap();
        while !page.is_empty() {
            seen += page.len();
            page = store.audit.page(&page, 2).await.unwrap();
        }
        assert_eq!(seen, all.len(), "{walk:?}");
        assert_eq!(store.audit.check(&all, 9).await.unwrap(), []);
        rows.push(seen);
    }
    // Epochs, tickets, matches, ratings, changes, logs, events.
    assert_eq!(rows, [3, 12, 5, 2, 2, 6, 6]);
    let gone = Subjects::Tickets(vec![key(77)]);
    assert_eq!(store.audit.check(&gone, 9).await.unwrap(), []);
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
