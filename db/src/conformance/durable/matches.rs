//! Reading matches: for dispatchers, and for those who were in them.

use tiltyard_protocol::{MatchId, PlayerId};

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::matches::{HistoryCursor, MatchRecord, MatchState, PendingMatch};
use crate::durable::tickets::NewTicket;

async fn spar_at(store: &Durable, key: Key, second: i64) -> PendingMatch {
    store_build(store).await;
    let enqueued_at = at(second);
    let record = accept(
        store,
        NewTicket {
            enqueued_at,
            ..practice(key)
        },
    )
    .await;
    let pending = store.matches.pending_match(record.match_id.unwrap()).await;
    pending.unwrap().unwrap()
}

async fn history(store: &Durable, player: PlayerId, before: Option<HistoryCursor>, limit: usize) -> Vec<MatchId> {
    let page = store.matches.history(player, before, limit).await.unwrap();
    page.iter().map(|record| record.pending.id).collect()
}

/// Pending matches come oldest first, up to a moment and a limit, and only while they are pending.
pub async fn pending_matches_come_oldest_first(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let third = spar_at(&store, key(1), 30).await;
    let first = spar_at(&store, key(2), 10).await;
    let second = spar_at(&store, key(3), 20).await;
    let done = spar_at(&store, key(4), 5).await;
    let lost = spar_at(&store, key(5), 6).await;
    finish(&store, unrated(&done)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    let pending = async |second, limit| store.matches.pending(None, at(second), limit).await.unwrap();
    assert_eq!(pending(30, 9).await, [first.clone(), second.clone(), third]);
    assert_eq!(pending(29, 9).await, [first.clone(), second]);
    assert_eq!(pending(30, 1).await, [first]);
    assert_eq!(pending(9, 9).await, []);
}

/// Pending matches come in pages, those of one moment by id, and what ended meanwhile does not come.
pub async fn pending_matches_come_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let mut made = Vec::new();
    for (n, second) in [(1, 20), (2, 10), (3, 10), (4, 10), (5, 30)] {
        made.push(spar_at(&store, key(n), second).await);
    }
    made.sort_unstable_by_key(place);
    let mut after = None;
    let mut read = Vec::new();
    for size in [2, 2, 1, 0] {
        let page = store.matches.pending(after, at(99), 2).await.unwrap();
        assert_eq!(page.len(), size);
        after = page.last().map(place).or(after);
        read.extend(page);
    }
    assert_eq!(read, made);
    finish(&store, unrated(&made[1])).await;
    let behind = |n: usize| Some(place(&made[n]));
    let rest = store.matches.pending(behind(0), at(20), 9).await.unwrap();
    assert_eq!(rest, made[2..4]);
    let rest = store.matches.pending(behind(1), at(99), 9).await.unwrap();
    assert_eq!(rest, made[2..], "a place is one although its match has ended");
}

fn place(made: &PendingMatch) -> HistoryCursor {
    HistoryCursor {
        created_at: made.created_at,
        id: made.id,
    }
}

/// One match is read whole while it is pending; an ended or unknown one is none.
pub async fn a_pending_match_is_read_alone(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let lost = spar(&store, key(3)).await;
    let read = async |id| store.matches.pending_match(id).await.unwrap();
    assert_eq!(read(made.id).await, Some(made.clone()));
    finish(&store, unrated(&made)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    assert_eq!(read(made.id).await, None);
    assert_eq!(read(lost.id).await, None);
    assert_eq!(read(MatchId::from_bytes([7; 16])).await, None);
}

/// A match is there for both its players and for nobody else.
pub async fn a_match_is_its_players(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let expected = MatchRecord {
        pending: made.clone(),
        state: MatchState::Pending,
    };
    let read = async |n| store.matches.match_of(player(n), made.id).await.unwrap();
    assert_eq!(read(1).await, Some(expected.clone()));
    assert_eq!(read(2).await, Some(expected));
    assert_eq!(read(3).await, None);
    let unknown = store.matches.match_of(player(1), MatchId::from_bytes([7; 16])).await;
    assert_eq!(unknown.unwrap(), None);
}

/// A history has the player's matches in every state, newest first.
pub async fn a_history_has_every_match(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let own = |n| (player(1), ticket(n));
    let ranked = meet(&store, &leadership, own(1), key(2)).await;
    let done = spar_at(&store, own(2), 10).await;
    let lost = spar_at(&store, own(3), 20).await;
    spar_at(&store, key(9), 15).await;
    finish(&store, unrated(&done)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    let page = store.matches.history(player(1), None, 9).await.unwrap();
    let ids: Vec<_> = page.iter().map(|record| record.pending.id).collect();
    assert_eq!(ids, [lost.id, done.id, ranked.id]);
    let [lost, done, ranked] = &page[..] else {
        panic!("{page:?}")
    };
    assert!(matches!(&lost.state, MatchState::DeadLettered { why } if why == "every worker died"));
    assert!(matches!(done.state, MatchState::Done(_)));
    assert_eq!(ranked.state, MatchState::Pending);
    assert_eq!(history(&store, player(2), None, 9).await, [ranked.pending.id]);
    assert_eq!(history(&store, player(3), None, 9).await, []);
}

/// Pages of a history follow each other without overlap or gap, also between matches of one moment.
pub async fn a_history_comes_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let mut made = Vec::new();
    for (n, second) in [(1, 10), (2, 20), (3, 20), (4, 20), (5, 30)] {
        let key = (player(1), ticket(n));
        made.push(spar_at(&store, key, second).await);
    }
    made.sort_by_key(|made| std::cmp::Reverse((made.created_at, made.id)));
    let mut pages = Vec::new();
    let mut before = None;
    for size in [2, 2, 1, 0] {
        let page = store.matches.history(player(1), before, 2).await.unwrap();
        assert_eq!(page.len(), size);
        before = page.last().map(|last| HistoryCursor {
            created_at: last.pending.created_at,
            id: last.pending.id,
        });
        pages.extend(page.into_iter().map(|record| record.pending));
    }
    assert_eq!(pages, made);
}
