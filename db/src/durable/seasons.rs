//! Seasons: at the end of one every rated player's standing is archived and his rating drawn towards the middle, player by player.

use async_trait::async_trait;
use tiltyard_protocol::{PlayerId, Timestamp};

use super::ratings::{RatingRecord, RatingReset};
use crate::Result;

/// How a season's end changes ratings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeasonTerms {
    /// Share of the distance from the middle that is kept, 0 to 1.
    pub keep: f64,
    /// Least deviation afterwards, in points.
    pub deviation: f64,
}

/// A season that has ended or is ending.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// Its number, from 1, in the order of their ends.
    pub number: i64,
    /// Its name; no two have the same.
    pub name: String,
    /// What its end does.
    pub terms: SeasonTerms,
    /// When its end began.
    pub began_at: Timestamp,
    /// When all players were through; `None` while some are left.
    pub ended_at: Option<Timestamp>,
    /// Players archived so far.
    pub archived: i64,
}

/// Outcome of archiving and resetting one player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetOutcome {
    /// Archived and reset.
    Done,
    /// Was archived in this season before; nothing changed.
    Already,
    /// The rating is not at the version the change was computed from, or there is none; nothing changed.
    Conflict,
    /// The numbers are no rating; nothing changed.
    Refused,
}

/// The seasons.
#[async_trait]
pub trait Seasons: Send + Sync {
    /// Returns all seasons by number.
    async fn seasons(&self) -> Result<Vec<Season>>;

    /// Begins the end of a season. If one of that name exists, or another is half done, nothing changes and that one is returned,
    /// the half done one first.
    async fn begin_season(&self, name: &str, terms: SeasonTerms, at: Timestamp) -> Result<Season>;

    /// Returns up to `limit` players over `after` by id, each with his rating if he is rated and the season has not archived him.
    /// Those who are through count to the limit, so that a page costs the same wherever a killed run left off.
    async fn unarchived(
        &self,
        season: i64,
        after: Option<PlayerId>,
        limit: usize,
    ) -> Result<Vec<(PlayerId, Option<RatingRecord>)>>;

    /// Archives and resets players in one transaction: standing, history and rating of each appear together or not at all.
    /// A player occurs at most once in a batch.
    async fn reset_ratings(&self, resets: Vec<RatingReset>) -> Result<Vec<ResetOutcome>>;

    /// Records that all players are through; once only.
    async fn end_season(&self, season: i64, at: Timestamp) -> Result<()>;

    /// Returns the player's archived standings with their seasons' numbers, oldest first.
    async fn standings(&self, player: PlayerId) -> Result<Vec<(i64, RatingRecord)>>;
}
