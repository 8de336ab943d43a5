//! Finishing matches: result, tickets, ratings, history and events appear together or not at all.

use bytes::Bytes;
use futures::future::join_all;
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventSeq, MatchId, StateHash};

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::events::Appended;
use crate::durable::matches::{DoneMatch, MatchState, Outcome, PendingMatch};
use crate::durable::ratings::{RatingRecord, RatingStep};
use crate::durable::results::{Finish, Finished};

fn told(keys: &[(u32, i64)]) -> Finished {
    let appended = keys.iter().map(|(n, seq)| Appended {
        player: player(*n),
        seq: EventSeq(*seq),
    });
    Finished::Done(appended.collect())
}

/// Checks that nothing of a result is there.
async fn assert_untouched(store: &Durable, made: &PendingMatch) {
    let pending = store.matches.pending_match(made.id).await.unwrap();
    assert_eq!(pending.as_ref(), Some(made));
    for (player, ticket) in humans(made) {
        let read = store.tickets.ticket(player, ticket).await.unwrap().unwrap();
        assert_eq!(read.state, TicketState::Matched);
        let history = store.ratings.rating_history(player, 0, 99).await.unwrap();
        let fought = |step: &RatingStep| matches!(step, RatingStep::Fought(change) if change.match_id == made.id);
        assert!(!history.iter().any(fought));
        let page = store.events.events_after(player, EventSeq(0), 99).await.unwrap();
        assert!(page.events.iter().all(|record| record.event.ticket() != ticket));
    }
    let key = unrated(made).replay.key;
    assert_eq!(store.results.spooled_replay(&key).await.unwrap(), None);
}

/// A rated result is stored whole and reads back as it was sent.
pub async fn a_result_is_stored_whole(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let fought = rated(&store, &made).await;
    assert_eq!(finish(&store, fought.clone()).await, told(&[(1, 1), (2, 1)]));
    let expected = DoneMatch {
        outcome: fought.outcome,
        result: fought.result,
        replay: fought.replay,
        ratings: fought.ratings,
        finished_at: fought.finished_at,
    };
    for (player, ticket) in [key(1), key(2)] {
        let record = store.matches.match_of(player, made.id).await.unwrap().unwrap();
        assert_eq!(record.pending, made);
        assert_eq!(record.state, MatchState::Done(Box::new(expected.clone())));
        let read = store.tickets.ticket(player, ticket).await.unwrap().unwrap();
        assert_eq!((read.state, read.match_id), (TicketState::Finished, Some(made.id)));
        let page = store.events.events_after(player, EventSeq(0), 9).await.unwrap();
        assert_eq!(page.events.len(), 1);
        assert_eq!(page.events[0].event, result_event(&made, ticket));
        assert_eq!(page.events[0].at, at(2));
    }
    assert_sound(&store).await;
}

/// A draw, and the largest numbers, read back too.
pub async fn an_outcome_keeps_its_edges(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    let outcome = Outcome {
        winner: None,
        reason: tiltyard_protocol::EndReason::TimeLimit,
        ticks: u32::MAX,
        state_hash: StateHash(u64::MAX),
    };
    finish(
        &store,
        Finish {
            outcome,
            ..unrated(&made)
        },
    )
    .await;
    let record = store.matches.match_of(player(1), made.id).await.unwrap().unwrap();
    assert!(matches!(record.state, MatchState::Done(done) if done.outcome == outcome));
}

/// An unrated result leaves ratings alone; a bot is told nothing.
pub async fn an_unrated_result_changes_no_rating(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    assert_eq!(finish(&store, unrated(&made)).await, told(&[(1, 1)]));
    let ratings = store.ratings.ratings(&[player(1)]).await.unwrap();
    assert_eq!(ratings, [RatingRecord::START]);
    assert_sound(&store).await;
}

/// A second result is refused with the hash of the first, whatever its own.
pub async fn a_second_result_is_told_the_first_hash(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let first = rated(&store, &made).await;
    let hash = first.outcome.state_hash;
    finish(&store, first.clone()).await;
    assert_eq!(finish(&store, first.clone()).await, Finished::Already(hash));
    let mut second = first;
    second.outcome.state_hash = StateHash(2);
    second.spool = Some(Bytes::from_static(b"replay"));
    assert_eq!(finish(&store, second).await, Finished::Already(hash));
    let heads = store.events.heads(&[player(1), player(2)]).await.unwrap();
    assert_eq!(heads, [EventSeq(1), EventSeq(1)]);
    let ratings = store.ratings.ratings(&[player(1)]).await.unwrap();
    assert_eq!((ratings[0].version, ratings[0].won), (1, 1));
    assert_eq!(store.results.spooled(9).await.unwrap(), []);
    assert_sound(&store).await;
}

/// A change computed from an older rating of either player is a conflict that leaves nothing half done.
pub async fn a_conflict_leaves_nothing_half_done(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let mut stale = rated(&store, &made).await;
    stale.spool = Some(Bytes::from_static(b"replay"));
    for n in [2, 1] {
        let other = meet(&store, &leadership, (player(n), ticket(50 + n)), key(60 + n)).await;
        let fought = rated(&store, &other).await;
        finish(&store, fought).await;
        assert_eq!(finish(&store, stale.clone()).await, Finished::Conflict);
        assert_untouched(&store, &made).await;
    }
    let mut ahead = rated(&store, &made).await;
    ahead.ratings[1].number += 1;
    assert_eq!(finish(&store, ahead).await, Finished::Conflict);
    assert_untouched(&store, &made).await;
    let computed_again = rated(&store, &made).await;
    assert_eq!(finish(&store, computed_again).await, told(&[(1, 2), (2, 2)]));
    assert_sound(&store).await;
}

/// A match that never was has no result.
pub async fn an_unknown_match_is_not_found(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    let mut fought = unrated(&made);
    fought.match_id = MatchId::from_bytes([7; 16]);
    assert_eq!(finish(&store, fought).await, Finished::NotFound);
    assert_untouched(&store, &made).await;
}

/// A match that was given up takes no result any more.
pub async fn a_given_up_match_takes_no_result(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let made = spar(&store, key(1)).await;
    store.results.give_up(give_up(&made)).await.unwrap();
    assert_eq!(finish(&store, unrated(&made)).await, Finished::DeadLettered);
    let heads = store.events.heads(&[player(1)]).await.unwrap();
    assert_eq!(heads, [EventSeq(1)]);
    assert_sound(&store).await;
}

/// A batch answers match by match, in order; what is refused holds up nothing.
pub async fn a_batch_of_results_answers_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let done = meet(&store, &leadership, key(1), key(2)).await;
    let lost = spar(&store, key(3)).await;
    let stale = meet(&store, &leadership, key(4), key(5)).await;
    let fresh = meet(&store, &leadership, key(6), key(7)).await;
    let other = spar(&store, key(8)).await;
    let hash = unrated(&done).outcome.state_hash;
    finish(&store, unrated(&done)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    let mut conflict = rated(&store, &stale).await;
    conflict.ratings[0].number = 2;
    let mut unknown = unrated(&other);
    unknown.match_id = MatchId::from_bytes([7; 16]);
    let batch = vec![
        unrated(&done),
        rated(&store, &fresh).await,
        conflict,
        unrated(&lost),
        unknown,
        unrated(&other),
    ];
    let outcomes = store.results.finish(batch).await.unwrap();
    let expected = [
        Finished::Already(hash),
        told(&[(6, 1), (7, 1)]),
        Finished::Conflict,
        Finished::DeadLettered,
        Finished::NotFound,
        told(&[(8, 1)]),
    ];
    assert_eq!(outcomes, expected);
    assert_untouched(&store, &stale).await;
    assert_sound(&store).await;
}

/// Of many who finish one match at once, one does, and the others are told its hash.
pub async fn a_crowd_finishes_a_match_once(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let leadership = lead(&nodes[0]).await;
    let made = meet(&nodes[0], &leadership, key(1), key(2)).await;
    let fought = rated(&nodes[0], &made).await;
    let attempts = (0..12).map(|n| finish(&nodes[n % 2], fought.clone()));
    let outcomes = join_all(attempts).await;
    let already = Finished::Already(fought.outcome.state_hash);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == already).count(), 11);
    assert!(outcomes.contains(&told(&[(1, 1), (2, 1)])));
    assert_sound(&nodes[0]).await;
}

/// Of two matches of one player finished at once, the second conflicts, computes again and follows.
pub async fn concurrent_results_of_a_player_form_a_chain(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let leadership = lead(&nodes[0]).await;
    let mut open = Vec::new();
    for n in 0..6 {
        open.push(meet(&nodes[0], &leadership, (player(1), ticket(10 + n)), key(100 + n)).await);
    }
    while !open.is_empty() {
        let attempt = |(n, made): (usize, PendingMatch)| {
            let store = &nodes[n % 2];
            async move {
                let fought = rated(store, &made).await;
                match finish(store, fought).await {
                    Finished::Done(_) => None,
                    Finished::Conflict => Some(made),
                    other => panic!("{other:?}"),
                }
            }
        };
        let before = open.len();
        let left = join_all(open.into_iter().enumerate().map(attempt)).await;
        open = left.into_iter().flatten().collect();
        assert!(open.len() < before, "somebody gets through each time");
    }
    let ratings = nodes[0].ratings.ratings(&[player(1)]).await.unwrap();
    assert_eq!((ratings[0].version, ratings[0].won), (6, 6));
    assert_sound(&nodes[0]).await;
}

/// What is no rating is refused, and costs nobody else of the batch anything.
pub async fn what_is_no_rating_is_refused_alone(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let mut batch = Vec::new();
    for n in [1, 3, 5, 7, 9] {
        let made = meet(&store, &leadership, key(n), key(n + 1)).await;
        batch.push((rated(&store, &made).await, made));
    }
    batch[0].0.ratings[0].after.rating = f64::NAN;
    batch[1].0.ratings[1].after.deviation = f64::INFINITY;
    batch[3].0.ratings[1].opponent.volatility = f64::NAN;
    let fought = batch.iter().map(|(fought, _)| fought.clone()).collect();
    let outcomes = store.results.finish(fought).await.unwrap();
    let refused = Finished::Refused;
    let expected = [
        refused.clone(),
        refused.clone(),
        told(&[(5, 1), (6, 1)]),
        refused,
        told(&[(9, 1), (10, 1)]),
    ];
    assert_eq!(outcomes, expected);
    for place in [0, 1, 3] {
        assert_untouched(&store, &batch[place].1).await;
    }
    assert_sound(&store).await;
}
