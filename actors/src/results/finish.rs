//! What is stored of a fought match, as pure functions of the match, the fight and the players' records.

use std::collections::BTreeMap;

use bytes::Bytes;
use tiltyard_db::durable::matches::{Entrant, Outcome, PendingMatch, Seat};
use tiltyard_db::durable::ratings::{RatingChange, RatingRecord, Score};
use tiltyard_db::durable::results::{Finish, GiveUp, ReplayRecord};
use tiltyard_protocol::event::{Opponent, PlayerOutcome, RatingDelta, ResultEvent, ReturnReason};
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{EndReason, MatchId, PlayerEvent, PlayerId, Side, StateHash, Timestamp};
use tiltyard_sim_wire::replay::Ending;

use crate::rating::{self, Contestant};
use crate::simulation::NotFought;

/// A fought match with its replay put away, waiting for its ratings.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) pending: PendingMatch,
    pub(crate) outcome: Outcome,
    pub(crate) result: Bytes,
    pub(crate) replay: ReplayRecord,
    pub(crate) spool: Option<Bytes>,
}

impl Ready {
    /// Returns the players whose ratings change.
    pub(crate) fn players(&self) -> impl Iterator<Item = PlayerId> + '_ {
        self.pending
            .seats
            .iter()
            .filter_map(|seat| seat.entrant.player())
            .map(|(player, _)| player)
    }
}

/// Names the replay's object: spread over folders by the id's first byte, and apart from what a superseded attempt, fought
/// under other rules, may still be writing.
pub(crate) fn replay_key(id: MatchId, checksum: &[u8; 32]) -> String {
    let [a, b, c, d, ..] = *checksum;
    format!(
        "{:02x}/{id}-{:08x}.replay",
        id.as_bytes()[0],
        u32::from_be_bytes([a, b, c, d])
    )
}

/// Turns how the simulation's fight ended into what is stored of it.
#[must_use]
pub fn outcome_of(ending: Ending) -> Outcome {
    Outcome {
        winner: ending.winner.map(side_of),
        reason: match ending.reason {
            tiltyard_sim::EndReason::Elimination => EndReason::Elimination,
            tiltyard_sim::EndReason::MutualKill => EndReason::MutualKill,
            tiltyard_sim::EndReason::TimeLimit => EndReason::TimeLimit,
        },
        ticks: ending.ticks,
        state_hash: StateHash(ending.state_hash),
    }
}

/// Computes everything that is stored of a match; `records` has every player of it.
pub(crate) fn finish(ready: Ready, records: &BTreeMap<PlayerId, RatingRecord>, at: Timestamp) -> Finish {
    let ratings = ratings(&ready, records, at);
    let events = Side::BOTH
        .into_iter()
        .filter_map(|side| event(&ready, side, &ratings))
        .collect();
    Finish {
        match_id: ready.pending.id,
        terms: ready.pending.stamps.terms(),
        outcome: ready.outcome,
        result: ready.result,
        replay: ready.replay,
        spool: ready.spool,
        ratings,
        events,
        finished_at: at,
    }
}

fn ratings(ready: &Ready, records: &BTreeMap<PlayerId, RatingRecord>, at: Timestamp) -> Vec<RatingChange> {
    let contestant = |side: Side| {
        let (player, _) = ready.pending.seats[side.index()].entrant.player()?;
        let record = records.get(&player).copied().unwrap_or(RatingRecord::START);
        Some(Contestant {
            player,
            record,
            score: score(ready.outcome.winner, side),
        })
    };
    match (ready.pending.mode, contestant(Side::Left), contestant(Side::Right)) {
        (Mode::Ranked, Some(left), Some(right)) => {
            let changes = rating::changes(ready.pending.id, [left, right], at);
            // The fight stands; what cannot be computed is left as it was.
            changes.unwrap_or_else(|error| {
                metrics::counter!("tiltyard_ratings_refused_total").increment(1);
                tracing::error!(match_id = %ready.pending.id, %error, "a match is not rated");
                Vec::new()
            })
        }
        (Mode::Ranked | Mode::Practice, _, _) => Vec::new(),
    }
}

fn score(winner: Option<Side>, side: Side) -> Score {
    match winner {
        Some(winner) if winner == side => Score::Win,
        Some(_) => Score::Loss,
        None => Score::Draw,
    }
}

fn event(ready: &Ready, side: Side, ratings: &[RatingChange]) -> Option<(PlayerId, PlayerEvent)> {
    let (player, ticket) = ready.pending.seats[side.index()].entrant.player()?;
    let opponent = match &ready.pending.seats[side.other().index()].entrant {
        Entrant::Player { player, .. } => Opponent::Player(*player),
        Entrant::Bot { bot } => Opponent::Bot(bot.clone()),
    };
    let rating = ratings
        .iter()
        .find(|change| change.player == player)
        .map(|change| RatingDelta {
            before: change.before.rating,
            after: change.after.rating,
            number: change.number,
        });
    let outcome = match score(ready.outcome.winner, side) {
        Score::Win => PlayerOutcome::Win,
        Score::Loss => PlayerOutcome::Loss,
        Score::Draw => PlayerOutcome::Draw,
    };
    let match_id = ready.pending.id;
    let result = ResultEvent {
        ticket,
        match_id,
        outcome,
        opponent,
        ticks: ready.outcome.ticks,
        rating,
    };
    Some((player, PlayerEvent::Result(result)))
}

/// Computes what is stored of a match that cannot be fought. Only who has to change something is told to.
pub(crate) fn give_up(pending: &PendingMatch, why: &NotFought, at: Timestamp) -> GiveUp {
    let seats = Side::BOTH.into_iter().zip(&pending.seats);
    let events = seats.filter_map(|(seat, Seat { entrant, .. })| {
        let (player, ticket) = entrant.player()?;
        let (reason, message) = returned(why, seat);
        let event = PlayerEvent::TicketReturned {
            ticket,
            reason,
            message,
        };
        Some((player, event))
    });
    GiveUp {
        match_id: pending.id,
        terms: pending.stamps.terms(),
        why: why.to_string(),
        events: events.collect(),
        at,
    }
}

fn returned(why: &NotFought, seat: Side) -> (ReturnReason, String) {
    match why {
        NotFought::Unfit { side, told } if side_of(*side) == seat => (ReturnReason::BuildInvalid, told.clone()),
        NotFought::Unfit { .. } | NotFought::Failed(_) | NotFought::Elsewhere(_) => (
            ReturnReason::MatchFailed,
            "The match could not be fought. Nothing was lost; please queue again.".to_owned(),
        ),
    }
}

const fn side_of(side: tiltyard_sim::Side) -> Side {
    match side {
        tiltyard_sim::Side::Left => Side::Left,
        tiltyard_sim::Side::Right => Side::Right,
    }
}

#[cfg(test)]
#[path = "finish_tests.rs"]
mod tests;
