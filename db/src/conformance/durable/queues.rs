//! Reading queues: what a leader loads, follows and compares.

use tiltyard_protocol::{QueueName, Timestamp};
use tokio::sync::mpsc;

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::tickets::{NewTicket, Purpose, QueuedTicket};

async fn keys(store: &Durable, queue: &QueueName, after: Option<Key>, limit: usize) -> Vec<Key> {
    let page = store.tickets.queued(queue, after, limit).await.unwrap();
    page.iter().map(|ticket| (ticket.player, ticket.id)).collect()
}

async fn keys_since(store: &Durable, since: Timestamp, limit: usize) -> Vec<Key> {
    let page = store.tickets.queued_since(&QueueName::ranked(), since, limit).await;
    let mut keys: Vec<Key> = page.unwrap().iter().map(|ticket| (ticket.player, ticket.id)).collect();
    keys.sort_unstable();
    keys
}

fn of_queue(name: &str, key: Key) -> NewTicket {
    NewTicket {
        purpose: Purpose::Ranked {
            queue: queue(name),
            spread: 100,
            widen_to: None,
        },
        ..ranked(key)
    }
}

/// A queued ticket comes with all a leader needs; a player without a rating has the first one.
pub async fn a_queued_ticket_comes_whole(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept(&store, widening(key(1), 250, 900)).await;
    let expected = QueuedTicket {
        player: player(1),
        id: ticket(1),
        build: build(),
        spread: 250,
        widen_to: Some(900),
        rating: 1500.0,
        enqueued_at: at(0),
    };
    let queued = store.tickets.queued(&QueueName::ranked(), None, 9).await.unwrap();
    assert_eq!(queued, std::slice::from_ref(&expected));
    let since = store
        .tickets
        .queued_since(&QueueName::ranked(), at(0), 9)
        .await
        .unwrap();
    assert_eq!(since, [expected]);
}

/// Reads a whole queue; returns its tickets by key and the lengths of the pages.
async fn all(store: &Durable, queue: &QueueName, page: usize) -> (Vec<QueuedTicket>, Vec<usize>) {
    let (sender, mut pages) = mpsc::channel::<Vec<QueuedTicket>>(1);
    let take = async {
        let (mut all, mut lengths) = (Vec::new(), Vec::new());
        while let Some(page) = pages.recv().await {
            lengths.push(page.len());
            all.extend(page);
        }
        all.sort_unstable_by_key(|ticket: &QueuedTicket| (ticket.player, ticket.id));
        (all, lengths)
    };
    let (read, taken) = tokio::join!(store.tickets.queued_all(queue, page, sender), take);
    read.unwrap();
    taken
}

/// A whole queue comes in full pages and a shorter one, which may be empty, with what a page by key has.
pub async fn a_whole_queue_comes_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let ranked_queue = QueueName::ranked();
    assert_eq!(all(&store, &ranked_queue, 2).await, (vec![], vec![0]));
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let fought = rated(&store, &made).await;
    finish(&store, fought).await;
    for n in 1..=4 {
        accept(&store, ranked((player(n), ticket(10 + n)))).await;
    }
    accept(&store, of_queue("duel", key(9))).await;
    let queued = store.tickets.queued(&ranked_queue, None, 9).await.unwrap();
    assert_eq!(all(&store, &ranked_queue, 2).await, (queued.clone(), vec![2, 2, 0]));
    assert_eq!(all(&store, &ranked_queue, 3).await, (queued, vec![3, 1]));
}

/// Who takes no more pages ends the reading, and the store goes on.
pub async fn a_reader_that_is_gone_ends_the_reading(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for n in 1..=4 {
        accept(&store, ranked(key(n))).await;
    }
    for _ in 0..30 {
        let (sender, pages) = mpsc::channel(1);
        drop(pages);
        store.tickets.queued_all(&QueueName::ranked(), 1, sender).await.unwrap();
    }
    assert_eq!(all(&store, &QueueName::ranked(), 9).await.0.len(), 4);
}

/// The rating is the owner's of the moment, bit for bit.
pub async fn a_queued_ticket_has_the_current_rating(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let fought = rated(&store, &made).await;
    let after = fought.ratings[0].after.rating;
    finish(&store, fought).await;
    accept(&store, ranked((player(1), ticket(3)))).await;
    let queued = store.tickets.queued(&QueueName::ranked(), None, 9).await.unwrap();
    assert_eq!(queued[0].rating.to_bits(), after.to_bits());
    let since = store
        .tickets
        .queued_since(&QueueName::ranked(), at(0), 9)
        .await
        .unwrap();
    assert_eq!(since, queued);
}

/// Pages follow the key (player, ticket) without overlap or gap.
pub async fn pages_follow_the_key(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let ordered = [(1, 5), (2, 1), (2, 4), (3, 0), (9, 9)].map(|(p, t)| (player(p), ticket(t)));
    for n in [3, 0, 4, 2, 1] {
        accept(&store, ranked(ordered[n])).await;
    }
    let ranked = QueueName::ranked();
    assert_eq!(keys(&store, &ranked, None, 9).await, ordered);
    assert_eq!(keys(&store, &ranked, None, 2).await, ordered[..2]);
    assert_eq!(keys(&store, &ranked, Some(ordered[1]), 2).await, ordered[2..4]);
    assert_eq!(keys(&store, &ranked, Some(ordered[3]), 2).await, ordered[4..]);
    assert_eq!(keys(&store, &ranked, Some(ordered[4]), 2).await, []);
    // A cursor need not be queued any more.
    store.tickets.cancel(vec![ordered[1]], at(1)).await.unwrap();
    assert_eq!(keys(&store, &ranked, Some(ordered[1]), 1).await, ordered[2..3]);
}

/// A queue shows its own tickets only, and those only while they are queued.
pub async fn queues_show_their_queued_tickets_only(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    meet(&store, &leadership, key(1), key(2)).await;
    spar(&store, key(3)).await;
    accept(&store, ranked(key(4))).await;
    accept(&store, of_queue("duel", key(5))).await;
    accept(&store, ranked(key(6))).await;
    store.tickets.end(vec![expire(key(6))], at(1)).await.unwrap();
    assert_eq!(keys(&store, &QueueName::ranked(), None, 9).await, [key(4)]);
    assert_eq!(keys(&store, &queue("duel"), None, 9).await, [key(5)]);
    assert_eq!(keys(&store, &queue("none"), None, 9).await, []);
    assert_eq!(keys_since(&store, at(0), 9).await, [key(4)]);
}

/// What was accepted at or after a moment is found by it, while it is queued.
pub async fn recent_tickets_are_found(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    for (n, second) in [(1, 10), (2, 11), (3, 12), (4, 13)] {
        let enqueued_at = at(second);
        accept(
            &store,
            NewTicket {
                enqueued_at,
                ..ranked(key(n))
            },
        )
        .await;
    }
    store.tickets.cancel(vec![key(3)], at(20)).await.unwrap();
    assert_eq!(keys_since(&store, at(11), 9).await, [key(2), key(4)]);
    assert_eq!(keys_since(&store, at(11), 1).await.len(), 1);
    assert_eq!(keys_since(&store, at(14), 9).await, []);
}
