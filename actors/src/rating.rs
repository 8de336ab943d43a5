//! Glicko-2 as pure functions over stored rows, so that the auditor can compute every change again.
//!
//! Source: Glickman, "Example of the Glicko-2 system" (2022), through `skillratings`, one match per update. Between matches
//! the deviation grows with the fraction of a rating period that has passed, as lichess does it, and never falls under a floor.

use std::time::Duration;

use skillratings::Outcomes;
use skillratings::glicko2::{Glicko2Config, Glicko2Rating, glicko2};
use thiserror::Error;
use tiltyard_db::durable::ratings::{Rating, RatingChange, RatingRecord, Score};
use tiltyard_protocol::{MatchId, PlayerId, Timestamp};

/// Version of the algorithm that computes new changes; a stored change names the one that made it.
pub const ALGORITHM: i32 = 1;
/// Time in which the deviation grows by one volatility.
const PERIOD: Duration = Duration::from_secs(24 * 3600);
/// Under it a rating would stop to follow its player.
pub(crate) const DEVIATION_MIN: f64 = 45.0;
/// That of a player of whom nothing is known.
pub(crate) const DEVIATION_MAX: f64 = Rating::START.deviation;
/// Furthest from the start that play leads, in points: beyond it the expected score of the weaker side is no number over 0.
const REACH: f64 = 3_000.0;
/// Least and largest volatility; outside them one unlikely result would throw the next ones about.
const VOLATILITY: (f64, f64) = (0.01, 0.15);
/// Points per unit of the Glicko-2 scale.
const SCALE: f64 = 173.717_8;
/// How far a recomputation may be off: other processors, other last bits.
const TOLERANCE: f64 = 1e-9;
/// Rated matches without which a rating is provisional, however sure it seems.
const SETTLED_MATCHES: i64 = 5;
/// Deviation over which a rating is provisional.
const SETTLED_DEVIATION: f64 = 110.0;

/// What a version of the algorithm computes: the rating after a match, from the ratings before, the score and the rest in
/// microseconds.
type Rate = fn(Rating, Rating, Score, i64) -> Rating;

/// Returns an algorithm by its version. What has made stored changes stays here for as long as they do.
fn algorithm(version: i32) -> Option<Rate> {
    (version == 1).then_some(glicko2_by_match)
}

/// Why ratings cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{0:?} is no rating, or becomes none")]
pub struct Unratable(pub Rating);

/// One of the two rated players of a match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contestant {
    pub(crate) player: PlayerId,
    pub(crate) record: RatingRecord,
    pub(crate) score: Score,
}

/// Computes both players' changes from their records at the time `at`.
///
/// # Errors
/// A rating, before or after, that no store would take.
pub(crate) fn changes(
    match_id: MatchId,
    contestants: [Contestant; 2],
    at: Timestamp,
) -> Result<Vec<RatingChange>, Unratable> {
    let [left, right] = contestants;
    Ok(vec![
        change(match_id, left, right.record.rating, at)?,
        change(match_id, right, left.record.rating, at)?,
    ])
}

fn change(match_id: MatchId, who: Contestant, opponent: Rating, at: Timestamp) -> Result<RatingChange, Unratable> {
    let idle_micros = idle_micros(&who.record, at);
    Ok(RatingChange {
        player: who.player,
        match_id,
        number: who.record.version + 1,
        before: who.record.rating,
        after: rate(glicko2_by_match, who.record.rating, opponent, who.score, idle_micros)?,
        opponent,
        score: who.score,
        idle_micros,
        algorithm: ALGORITHM,
        at,
    })
}

fn idle_micros(record: &RatingRecord, at: Timestamp) -> i64 {
    let idle = record.rated_at.map_or(Duration::ZERO, |rated_at| at.since(rated_at));
    i64::try_from(idle.as_micros()).unwrap_or(i64::MAX)
}

/// Computes a rating; neither takes nor returns what is none.
fn rate(by: Rate, before: Rating, opponent: Rating, score: Score, idle_micros: i64) -> Result<Rating, Unratable> {
    let sound = |rating: Rating| {
        if rating.is_sound() {
            Ok(rating)
        } else {
            Err(Unratable(rating))
        }
    };
    sound(by(sound(before)?, sound(opponent)?, score, idle_micros))
}

/// Version 1: Glicko-2 after each match, within bounds.
fn glicko2_by_match(before: Rating, opponent: Rating, score: Score, idle_micros: i64) -> Rating {
    let outcome = match score {
        Score::Win => Outcomes::WIN,
        Score::Loss => Outcomes::LOSS,
        Score::Draw => Outcomes::DRAW,
    };
    let (after, _) = glicko2(
        &within_reach(rested(before, idle_micros)),
        &within_reach(opponent),
        &outcome,
        &Glicko2Config::new(),
    );
    let start = Rating::START.rating;
    Rating {
        rating: after.rating.clamp(start - REACH, start + REACH),
        deviation: after.deviation.clamp(DEVIATION_MIN, DEVIATION_MAX),
        volatility: after.volatility.clamp(VOLATILITY.0, VOLATILITY.1),
    }
}

/// Holds a stored rating to what the formulas can be trusted with.
fn within_reach(rating: Rating) -> Glicko2Rating {
    let start = Rating::START.rating;
    Glicko2Rating {
        rating: rating.rating.clamp(start - REACH, start + REACH),
        deviation: rating.deviation.clamp(DEVIATION_MIN, DEVIATION_MAX),
        volatility: rating.volatility.clamp(VOLATILITY.0, VOLATILITY.1),
    }
}

/// A rating as it is at some time, rest included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Current {
    /// The rating; its deviation has grown since the last match.
    pub rating: Rating,
    /// Whether it says little yet: few matches, or none for long.
    pub provisional: bool,
}

/// Returns the rating as it is at the time `at`.
#[must_use]
pub fn current(record: &RatingRecord, at: Timestamp) -> Current {
    let rating = rested(record.rating, idle_micros(record, at));
    let matches = record.won + record.lost + record.drawn;
    Current {
        rating,
        provisional: matches < SETTLED_MATCHES || rating.deviation > SETTLED_DEVIATION,
    }
}

/// Grows the deviation: step 6 of the paper, scaled by the fraction of a period that has passed. Never over that of a stranger.
fn rested(rating: Rating, idle_micros: i64) -> Rating {
    let periods = Duration::from_micros(idle_micros.unsigned_abs()).as_secs_f64() / PERIOD.as_secs_f64();
    let phi = rating.deviation / SCALE;
    let grown = (phi * phi + rating.volatility * rating.volatility * periods).sqrt() * SCALE;
    Rating {
        deviation: grown.min(DEVIATION_MAX),
        ..rating
    }
}

/// Computes a stored change again, by the version that made it.
///
/// # Errors
/// Says how the stored change differs.
pub fn verify(change: &RatingChange) -> Result<(), String> {
    let by = algorithm(change.algorithm).ok_or_else(|| unknown(change.algorithm))?;
    let again = rate(by, change.before, change.opponent, change.score, change.idle_micros);
    compare(change.after, again.map_err(|error| error.to_string())?)
}

/// Says that nobody here can compute a change again.
pub(crate) fn unknown(version: i32) -> String {
    format!("made by algorithm {version}, which this version does not have")
}

/// Holds a stored rating against one that was computed again.
pub(crate) fn compare(stored: Rating, again: Rating) -> Result<(), String> {
    let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE;
    if near(again.rating, stored.rating)
        && near(again.deviation, stored.deviation)
        && near(again.volatility, stored.volatility)
    {
        Ok(())
    } else {
        Err(format!("stored {stored:?}, computed again {again:?}"))
    }
}

#[cfg(test)]
#[path = "rating_tests.rs"]
mod tests;
