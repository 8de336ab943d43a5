//! Ratings and their history.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Ratings;
use tiltyard_db::durable::ratings::{Rating, RatingChange, RatingRecord, RatingReset, RatingStep};
use tiltyard_protocol::{MatchId, PlayerId};
use tokio_postgres::Row;

use crate::params::{Id, limit, params, uuids};
use crate::queries;
use crate::rows::{get, get_code, get_option};
use crate::store::PostgresStore;

#[async_trait]
impl Ratings for PostgresStore {
    async fn ratings(&self, players: &[PlayerId]) -> Result<Vec<RatingRecord>> {
        let rows = self.query(&queries::RATINGS_GET, params![uuids(players)]).await?;
        rows.iter().map(record).collect()
    }

    async fn rating_history(&self, player: PlayerId, after: i64, rows: usize) -> Result<Vec<RatingStep>> {
        let rows = self
            .query(&queries::RATING_HISTORY, params![player.uuid(), after, limit(rows)])
            .await?;
        rows.iter().map(step).collect()
    }
}

fn record(row: &Row) -> Result<RatingRecord> {
    if get_option::<i64>(row, 3)?.is_none() {
        return Ok(RatingRecord::START);
    }
    record_at(row, 0)
}

/// Decodes a record's columns from `column` on.
pub(crate) fn record_at(row: &Row, column: usize) -> Result<RatingRecord> {
    Ok(RatingRecord {
        rating: rating(row, column)?,
        version: get(row, column + 3)?,
        rated_at: get_option(row, column + 4)?,
        won: get(row, column + 5)?,
        lost: get(row, column + 6)?,
        drawn: get(row, column + 7)?,
    })
}

/// Decodes a row of `rating_changes` whose last column is the season.
pub(crate) fn step(row: &Row) -> Result<RatingStep> {
    let Some(season) = get_option(row, 16)? else {
        return change_of(row, 2, get(row, 0)?, get(row, 1)?).map(RatingStep::Fought);
    };
    Ok(RatingStep::Reset(RatingReset {
        player: get(row, 0)?,
        season,
        number: get(row, 2)?,
        before: rating(row, 3)?,
        after: rating(row, 6)?,
        algorithm: get(row, 14)?,
        at: get(row, 15)?,
    }))
}

/// Decodes the change that `match_id` made of the rating of `player`, of which the other columns begin at `column`.
pub(crate) fn change_of(row: &Row, column: usize, player: PlayerId, match_id: MatchId) -> Result<RatingChange> {
    Ok(RatingChange {
        player,
        match_id,
        number: get(row, column)?,
        before: rating(row, column + 1)?,
        after: rating(row, column + 4)?,
        opponent: rating(row, column + 7)?,
        score: get_code(row, column + 10)?,
        idle_micros: get(row, column + 11)?,
        algorithm: get(row, column + 12)?,
        at: get(row, column + 13)?,
    })
}

fn rating(row: &Row, column: usize) -> Result<Rating> {
    Ok(Rating {
        rating: get(row, column)?,
        deviation: get(row, column + 1)?,
        volatility: get(row, column + 2)?,
    })
}
