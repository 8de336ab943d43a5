//! The event log: numbers without gaps, in commit order, trimmed from the front only.

use futures::future::join_all;
use tiltyard_protocol::{EventSeq, PlayerId, Timestamp};

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::events::{Appended, EventPage};
use crate::durable::tickets::Ended;

/// Appends an event to the player's log by letting a ticket expire.
async fn append(store: &Durable, (player, id): Key, when: Timestamp) -> EventSeq {
    accept(store, ranked((player, id))).await;
    let outcome = store.tickets.end(vec![expire((player, id))], when).await.unwrap();
    match outcome[..] {
        [Ended::Done(Appended { seq, .. })] => seq,
        _ => panic!("{outcome:?}"),
    }
}

async fn page(store: &Durable, player: PlayerId, after: i64, limit: usize) -> EventPage {
    let page = store.events.events_after(player, EventSeq(after), limit).await;
    page.unwrap()
}

fn numbers(page: &EventPage) -> Vec<i64> {
    page.events.iter().map(|record| record.seq.0).collect()
}

/// The generation is there from the first moment and stays.
pub async fn a_generation_stays(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let generation = store.events.generation().await.unwrap();
    append(&store, key(1), at(1)).await;
    assert_eq!(fixture.client().await.events.generation().await.unwrap(), generation);
}

/// A player without events has an empty log.
pub async fn a_log_begins_empty(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let empty = EventPage {
        head: EventSeq(0),
        trimmed: EventSeq(0),
        events: Vec::new(),
    };
    assert_eq!(page(&store, player(1), 0, 9).await, empty);
    assert_eq!(store.events.heads(&[]).await.unwrap(), []);
}

/// Each player's numbers begin at 1 and heads come in the order of the question.
pub async fn logs_are_apart(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for n in 1..=3 {
        assert_eq!(
            append(&store, (player(1), ticket(n)), at(1)).await,
            EventSeq(i64::from(n))
        );
    }
    assert_eq!(append(&store, (player(2), ticket(1)), at(1)).await, EventSeq(1));
    let players = [player(2), player(9), player(1)];
    let heads = store.events.heads(&players).await.unwrap();
    assert_eq!(heads, [1, 0, 3].map(EventSeq));
    let other = page(&store, player(2), 0, 9).await;
    assert_eq!(numbers(&other), [1]);
}

/// A page begins after its cursor and ends at its limit; a cursor from the future gets nothing.
pub async fn a_log_comes_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for n in 1..=5 {
        append(&store, (player(1), ticket(n)), at(i64::from(n))).await;
    }
    for (after, limit, expected) in [
        (0, 99, &[1, 2, 3, 4, 5][..]),
        (0, 2, &[1, 2]),
        (2, 2, &[3, 4]),
        (4, 9, &[5]),
        (5, 9, &[]),
        (77, 9, &[]),
    ] {
        let page = page(&store, player(1), after, limit).await;
        assert_eq!(numbers(&page), expected, "after {after}");
        assert_eq!((page.head, page.trimmed), (EventSeq(5), EventSeq(0)));
    }
}

/// Events of one player that come from everywhere at once are numbered without a gap, each told its own number.
pub async fn a_crowd_leaves_no_gap(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let own = |n| (player(1), ticket(n));
    for n in 0..24 {
        let outcome = nodes[0].tickets.enqueue(vec![ranked(own(n))], 99).await.unwrap();
        assert_eq!(outcome.len(), 1);
    }
    let end = |n: u32| {
        let store = &nodes[usize::from(n.is_multiple_of(2))];
        async move {
            (
                n,
                store.tickets.end(vec![expire(own(n))], at(1)).await.unwrap().remove(0),
            )
        }
    };
    let mut told = Vec::new();
    for (n, ended) in join_all((0..24).map(end)).await {
        let Ended::Done(Appended { seq, .. }) = ended else {
            panic!("{n}: {ended:?}")
        };
        told.push((seq, ticket(n)));
    }
    told.sort_unstable();
    let page = page(&nodes[0], player(1), 0, 99).await;
    let stored: Vec<_> = page
        .events
        .iter()
        .map(|record| (record.seq, record.event.ticket()))
        .collect();
    assert_eq!(stored, told);
    assert_eq!(numbers(&page), (1..=24).collect::<Vec<_>>());
    assert_eq!(page.head, EventSeq(24));
}

/// What is trimmed leaves the front of each log, and the page says how far.
pub async fn trimming_takes_the_front(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    store_build(&store).await;
    for n in 1..=4 {
        append(&store, (player(1), ticket(n)), at(10 * i64::from(n))).await;
    }
    append(&store, (player(2), ticket(1)), at(15)).await;
    assert_eq!(store.events.trim_events(at(10), 9).await.unwrap(), 0);
    assert_eq!(store.events.trim_events(at(30), 9).await.unwrap(), 3);
    assert_eq!(store.events.trim_events(at(30), 9).await.unwrap(), 0);
    let first = page(&store, player(1), 0, 9).await;
    assert_eq!((first.head, first.trimmed), (EventSeq(4), EventSeq(2)));
    assert_eq!(numbers(&first), [3, 4]);
    let second = page(&store, player(2), 0, 9).await;
    assert_eq!((second.head, second.trimmed), (EventSeq(1), EventSeq(1)));
    assert_eq!(numbers(&second), []);
    assert_eq!(append(&store, (player(2), ticket(2)), at(50)).await, EventSeq(2));
    assert_sound(&store).await;
}

/// Trimming goes on where its limit ended it.
pub async fn trimming_keeps_its_limit(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for n in 1..=5 {
        append(&store, (player(1), ticket(n)), at(1)).await;
    }
    for (trimmed, left) in [(2, 3), (2, 1), (1, 0)] {
        assert_eq!(store.events.trim_events(at(9), 2).await.unwrap(), trimmed);
        assert_eq!(page(&store, player(1), 0, 9).await.events.len(), left);
    }
    assert_eq!(store.events.heads(&[player(1)]).await.unwrap(), [EventSeq(5)]);
}

/// A log's times never go back, whatever the nodes' clocks say, so that trimming by time leaves no gap.
pub async fn times_in_a_log_never_go_back(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for (n, second) in [(1, 20), (2, 10), (3, 30)] {
        append(&store, (player(1), ticket(n)), at(second)).await;
    }
    let log = page(&store, player(1), 0, 9).await;
    let times: Vec<_> = log.events.iter().map(|record| record.at).collect();
    assert_eq!(times, [at(20), at(20), at(30)]);
    assert_eq!(store.events.trim_events(at(15), 9).await.unwrap(), 0);
    assert_eq!(store.events.trim_events(at(25), 1).await.unwrap(), 1);
    assert_eq!(numbers(&page(&store, player(1), 0, 9).await), [2, 3]);
}
