//! Ratings and their history: a numbered chain per player in which each `before` is the `after` of the one before.

use async_trait::async_trait;
use tiltyard_protocol::{MatchId, PlayerId, Timestamp};

use crate::Result;

/// A Glicko-2 rating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// Rating in points.
    pub rating: f64,
    /// Rating deviation in points.
    pub deviation: f64,
    /// Volatility.
    pub volatility: f64,
}

impl Rating {
    /// Furthest that any rating may be from 0, in points: far beyond what play leads to, and finite.
    pub const REACH: f64 = 1_000_000.0;

    /// What every player starts with (Glickman, "Example of the Glicko-2 system", 2022).
    pub const START: Self = Self {
        rating: 1500.0,
        deviation: 350.0,
        volatility: 0.06,
    };

    /// Says whether the numbers are a rating at all: none infinite or NaN, none where computing with it leads to such. The stores
    /// hold no other.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        // Comparisons with NaN are false.
        self.rating.abs() <= Self::REACH
            && self.deviation > 0.0
            && self.deviation <= Self::START.deviation
            && self.volatility > 0.0
            && self.volatility <= 1.0
    }
}

/// A player's rating and record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatingRecord {
    /// The rating as it was after the last rated match.
    pub rating: Rating,
    /// Number of changes so far; the next is `version + 1`.
    pub version: i64,
    /// When the last rated match was stored.
    pub rated_at: Option<Timestamp>,
    /// Rated matches won.
    pub won: i64,
    /// Rated matches lost.
    pub lost: i64,
    /// Rated matches drawn.
    pub drawn: i64,
}

impl RatingRecord {
    /// The record of a player who has not been rated.
    pub const START: Self = Self {
        rating: Rating::START,
        version: 0,
        rated_at: None,
        won: 0,
        lost: 0,
        drawn: 0,
    };
}

/// Score of one player in one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Won.
    Win,
    /// Lost.
    Loss,
    /// Drawn.
    Draw,
}

/// One change of one player's rating by a match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatingChange {
    /// The player.
    pub player: PlayerId,
    /// The match.
    pub match_id: MatchId,
    /// The change's number in the player's history, from 1; stored only if the player has exactly `number - 1`.
    pub number: i64,
    /// Before: bit for bit the previous change's after.
    pub before: Rating,
    /// After.
    pub after: Rating,
    /// The opponent before.
    pub opponent: Rating,
    /// How it ended for the player.
    pub score: Score,
    /// Time since the previous rated match, in microseconds: an input of the computation.
    pub idle_micros: i64,
    /// Version of the algorithm.
    pub algorithm: i32,
    /// When.
    pub at: Timestamp,
}

/// One change of one player's rating by the end of a season.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatingReset {
    /// The player.
    pub player: PlayerId,
    /// The season's number.
    pub season: i64,
    /// The change's number in the player's history; stored only if the player has exactly `number - 1`.
    pub number: i64,
    /// Before: bit for bit the previous change's after.
    pub before: Rating,
    /// After.
    pub after: Rating,
    /// Version of the algorithm.
    pub algorithm: i32,
    /// When.
    pub at: Timestamp,
}

/// One step of a player's history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RatingStep {
    /// By a match.
    Fought(RatingChange),
    /// By the end of a season.
    Reset(RatingReset),
}

impl RatingStep {
    /// Returns the step's key: player and number.
    #[must_use]
    pub const fn key(&self) -> (PlayerId, i64) {
        match self {
            Self::Fought(change) => (change.player, change.number),
            Self::Reset(reset) => (reset.player, reset.number),
        }
    }
}

/// The ratings. They are written by `Results::finish` and `Seasons::reset_ratings` only.
#[async_trait]
pub trait Ratings: Send + Sync {
    /// Returns a record per player, in order; [`RatingRecord::START`] for the unrated.
    async fn ratings(&self, players: &[PlayerId]) -> Result<Vec<RatingRecord>>;

    /// Returns up to `limit` of the player's steps with a number over `after`, in order.
    async fn rating_history(&self, player: PlayerId, after: i64, limit: usize) -> Result<Vec<RatingStep>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_is_no_rating() {
        let start = Rating::START;
        assert!(start.is_sound());
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let wrongs = [
                Rating { rating: wrong, ..start },
                Rating {
                    deviation: wrong,
                    ..start
                },
                Rating {
                    volatility: wrong,
                    ..start
                },
            ];
            assert!(wrongs.iter().all(|rating| !rating.is_sound()), "{wrong}");
        }
        let zero = Rating {
            deviation: 0.0,
            ..start
        };
        assert!(!zero.is_sound());
    }
}
