//! Ratings and their history: a numbered chain, bit for bit.

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::ratings::{Rating, RatingChange, RatingRecord, RatingStep, Score};

/// Has player 1 fight `rounds` rated matches against player 2 and returns the left changes.
async fn fight(store: &Durable, rounds: u32) -> Vec<RatingChange> {
    let leadership = lead(store).await;
    let mut changes = Vec::new();
    for n in 0..rounds {
        let made = meet(store, &leadership, (player(1), ticket(n)), (player(2), ticket(n))).await;
        let fought = rated(store, &made).await;
        changes.push(fought.ratings[0]);
        finish(store, fought).await;
    }
    changes
}

/// Returns player 1's first change.
async fn first_change(store: &Durable) -> RatingChange {
    let history = store.ratings.rating_history(player(1), 0, 1).await.unwrap();
    let [RatingStep::Fought(change)] = history[..] else {
        panic!("{history:?}")
    };
    change
}

/// Whoever was never rated has the first rating; records come in the order of the question.
pub async fn ratings_come_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let changes = fight(&store, 1).await;
    let players = [player(9), player(2), player(1), player(9)];
    let ratings = store.ratings.ratings(&players).await.unwrap();
    assert_eq!((ratings[0], ratings[3]), (RatingRecord::START, RatingRecord::START));
    let winner = RatingRecord {
        rating: changes[0].after,
        version: 1,
        rated_at: Some(at(2)),
        won: 1,
        lost: 0,
        drawn: 0,
    };
    assert_eq!(ratings[2], winner);
    assert_eq!((ratings[1].won, ratings[1].lost), (0, 1));
    assert_eq!(store.ratings.ratings(&[]).await.unwrap(), []);
}

/// A history is read in order and in pages.
pub async fn a_history_of_ratings_comes_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let changes: Vec<_> = fight(&store, 5).await.into_iter().map(RatingStep::Fought).collect();
    let page = async |after, limit| store.ratings.rating_history(player(1), after, limit).await.unwrap();
    assert_eq!(page(0, 99).await, changes);
    assert_eq!(page(0, 2).await, changes[..2]);
    assert_eq!(page(2, 2).await, changes[2..4]);
    assert_eq!(page(5, 2).await, []);
    assert_eq!(store.ratings.rating_history(player(9), 0, 9).await.unwrap(), []);
    let ratings = store.ratings.ratings(&[player(1), player(2)]).await.unwrap();
    assert_eq!((ratings[0].version, ratings[0].won), (5, 5));
    assert_eq!((ratings[1].version, ratings[1].lost), (5, 5));
    assert_sound(&store).await;
}

/// Numbers come back bit for bit, whole ones and awkward ones.
pub async fn ratings_keep_every_bit(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let after = Rating {
        rating: 1_600.000_000_000_000_2,
        deviation: f64::MIN_POSITIVE,
        volatility: 0.1 + 0.2,
    };
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let mut fought = rated(&store, &made).await;
    fought.ratings[0].after = after;
    finish(&store, fought).await;
    let bits = |rating: Rating| [rating.rating, rating.deviation, rating.volatility].map(f64::to_bits);
    let current = store.ratings.ratings(&[player(1)]).await.unwrap()[0];
    assert_eq!(bits(current.rating), bits(after));
    let first = first_change(&store).await;
    assert_eq!(bits(first.after), bits(after));
    assert_eq!(bits(first.before), bits(Rating::START));
    let record = store.matches.match_of(player(1), made.id).await.unwrap().unwrap();
    let crate::durable::matches::MatchState::Done(done) = record.state else {
        panic!("{record:?}");
    };
    assert_eq!(bits(done.ratings[0].after), bits(after));
}

/// A draw counts as one.
pub async fn draws_are_counted(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let mut fought = rated(&store, &made).await;
    for change in &mut fought.ratings {
        change.score = Score::Draw;
    }
    finish(&store, fought).await;
    let ratings = store.ratings.ratings(&[player(1), player(2)]).await.unwrap();
    for record in ratings {
        assert_eq!((record.won, record.lost, record.drawn), (0, 0, 1));
    }
    assert_eq!(first_change(&store).await.score, Score::Draw);
}
