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
    /// What every player starts with (Glickman, "Example of the Glicko-2 system", 2022).
    pub const START: Self = Self {
        rating: 1500.0,
        deviation: 350.0,
        volatility: 0.06,
    };
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

/// One change of one player's rating.
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

/// The ratings. They are written by `Results::finish` only.
#[async_trait]
pub trait Ratings: Send + Sync {
    /// Returns a record per player, in order; [`RatingRecord::START`] for the unrated.
    async fn ratings(&self, players: &[PlayerId]) -> Result<Vec<RatingRecord>>;

    /// Returns up to `limit` of the player's changes with a number over `after`, in order.
    async fn rating_history(&self, player: PlayerId, after: i64, limit: usize) -> Result<Vec<RatingChange>>;
}
