//! How the cases' matches end.

use bytes::Bytes;
use tiltyard_protocol::event::{Opponent, PlayerOutcome, ResultEvent, ReturnReason};
use tiltyard_protocol::{EndReason, MatchId, PlayerEvent, PlayerId, Side, StateHash, TicketId};

use super::{Key, at};
use crate::durable::Durable;
use crate::durable::matches::{Outcome, PendingMatch};
use crate::durable::ratings::{Rating, RatingChange, RatingRecord, RatingReset, Score};
use crate::durable::results::{Finish, Finished, GiveUp, ReplayRecord};
use crate::durable::seasons::{ResetOutcome, SeasonTerms};

/// Returns the players of a match with their tickets, left first.
#[must_use]
pub fn humans(made: &PendingMatch) -> Vec<Key> {
    made.seats.iter().filter_map(|seat| seat.entrant.player()).collect()
}

/// Returns the result of a match that left wins, unrated, at [`at`]`(2)`.
#[must_use]
pub fn unrated(made: &PendingMatch) -> Finish {
    let events = humans(made)
        .into_iter()
        .map(|(player, ticket)| (player, result_event(made, ticket)));
    Finish {
        match_id: made.id,
        terms: made.stamps.terms(),
        outcome: Outcome {
            winner: Some(Side::Left),
            reason: EndReason::Elimination,
            ticks: 640,
            state_hash: StateHash(0xfeed_0000_0000_0001),
        },
        result: Bytes::from_static(b"result"),
        replay: ReplayRecord {
            key: format!("replays/{}", made.id),
            size: 6,
            checksum: [5; 32],
        },
        spool: None,
        ratings: Vec::new(),
        events: events.collect(),
        finished_at: at(2),
    }
}

/// Returns the event that tells the owner of `ticket` of a match's end.
#[must_use]
pub fn result_event(made: &PendingMatch, ticket: TicketId) -> PlayerEvent {
    PlayerEvent::Result(ResultEvent {
        ticket,
        match_id: made.id,
        outcome: PlayerOutcome::Win,
        opponent: Opponent::Bot("somebody".to_owned()),
        ticks: 640,
        rating: None,
    })
}

/// Returns the result of a match that left wins, with changes computed from the current ratings.
///
/// # Panics
/// If the match is not between two players, or the store does not answer.
pub async fn rated(store: &Durable, made: &PendingMatch) -> Finish {
    let players: Vec<PlayerId> = humans(made).iter().map(|(player, _)| *player).collect();
    let records = store.ratings.ratings(&players).await.unwrap();
    let [left, right] = records[..] else {
        panic!("{made:?} is not between two players")
    };
    let ratings = vec![
        change(made.id, players[0], left, right, Score::Win),
        change(made.id, players[1], right, left, Score::Loss),
    ];
    Finish {
        ratings,
        ..unrated(made)
    }
}

/// Returns the next change of a player's rating; by what formula matters to no store, only that it has awkward bits.
#[must_use]
pub fn change(
    match_id: MatchId,
    player: PlayerId,
    own: RatingRecord,
    opponent: RatingRecord,
    score: Score,
) -> RatingChange {
    let step = match score {
        Score::Win => 20.1,
        Score::Loss => -20.1,
        Score::Draw => 0.1,
    };
    RatingChange {
        player,
        match_id,
        number: own.version + 1,
        before: own.rating,
        after: Rating {
            rating: own.rating.rating + step / 3.0,
            deviation: own.rating.deviation * 0.97,
            volatility: own.rating.volatility * 0.999_9,
        },
        opponent: opponent.rating,
        score,
        idle_micros: 7,
        algorithm: 1,
        at: at(2),
    }
}

/// Returns a season's reset that draws the rating a third of the way back; by what formula matters to no store.
#[must_use]
pub fn reset(season: i64, player: PlayerId, record: RatingRecord) -> RatingReset {
    let from_start = record.rating.rating - Rating::START.rating;
    RatingReset {
        player,
        season,
        number: record.version + 1,
        before: record.rating,
        after: Rating {
            rating: record.rating.rating - from_start / 3.0,
            ..record.rating
        },
        algorithm: 1,
        at: at(6),
    }
}

/// Begins a season's end and archives the first of the rated players.
///
/// # Panics
/// If the store does not answer, or nobody is rated.
pub async fn half_a_season(store: &Durable) {
    let terms = SeasonTerms {
        keep: 0.5,
        deviation: 120.0,
    };
    let season = store.seasons.begin_season("spring", terms, at(5)).await.unwrap();
    let page = store.seasons.unarchived(season.number, None, 1).await.unwrap();
    let (player, record) = page[0];
    let resets = vec![reset(season.number, player, record.unwrap())];
    let outcomes = store.seasons.reset_ratings(resets).await.unwrap();
    assert_eq!(outcomes, [ResetOutcome::Done]);
}

/// Has one result stored.
///
/// # Panics
/// If the store does not answer with one outcome.
pub async fn finish(store: &Durable, fought: Finish) -> Finished {
    let outcomes = store.results.finish(vec![fought]).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.into_iter().next().unwrap()
}

/// Returns the order to give up a match at [`at`]`(2)`.
#[must_use]
pub fn give_up(made: &PendingMatch) -> GiveUp {
    let events = humans(made)
        .into_iter()
        .map(|(player, ticket)| (player, returned(ticket)));
    GiveUp {
        match_id: made.id,
        terms: made.stamps.terms(),
        why: "every worker died".to_owned(),
        events: events.collect(),
        at: at(2),
    }
}

/// Returns the event of a ticket that was given back.
#[must_use]
pub fn returned(ticket: TicketId) -> PlayerEvent {
    PlayerEvent::TicketReturned {
        ticket,
        reason: ReturnReason::MatchFailed,
        message: "the match could not be fought".to_owned(),
    }
}
