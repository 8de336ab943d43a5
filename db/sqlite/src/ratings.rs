//! Ratings and their history.

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Ratings;
use tiltyard_db::durable::ratings::{Rating, RatingChange, RatingRecord, RatingReset, RatingStep, Score};
use tiltyard_protocol::{MatchId, PlayerId, Timestamp};

use crate::codes::Code;
use crate::fault::Work;
use crate::queries;
use crate::sql::{all, first, limit, run};
use crate::store::SqliteStore;

#[async_trait]
impl Ratings for SqliteStore {
    async fn ratings(&self, players: &[PlayerId]) -> Result<Vec<RatingRecord>> {
        let players = players.to_vec();
        self.read(move |on| players.iter().map(|player| get(on, *player)).collect())
            .await
    }

    async fn rating_history(&self, player: PlayerId, after: i64, rows: usize) -> Result<Vec<RatingStep>> {
        self.read(move |on| {
            let range = params![player.as_bytes(), after, limit(rows)];
            all(on, queries::RATING_HISTORY, range, step)
        })
        .await
    }
}

/// Returns the player's rating and record.
pub(crate) fn get(on: &Connection, player: PlayerId) -> Work<RatingRecord> {
    let found = first(on, queries::RATING_GET, [player.as_bytes()], |row| record_at(row, 0))?;
    Ok(found.unwrap_or(RatingRecord::START))
}

/// Decodes a record's columns from `column` on.
pub(crate) fn record_at(row: &Row<'_>, column: usize) -> Work<RatingRecord> {
    Ok(RatingRecord {
        rating: rating(row, column)?,
        version: row.get(column + 3)?,
        rated_at: Some(Timestamp::from_micros(row.get(column + 4)?)),
        won: row.get(column + 5)?,
        lost: row.get(column + 6)?,
        drawn: row.get(column + 7)?,
    })
}

/// Stores a change and the rating that it leads to. The caller has held its number against the player's version.
pub(crate) fn put(on: &Connection, change: &RatingChange) -> Work<()> {
    let RatingChange {
        player,
        match_id,
        number,
        before,
        after,
        opponent,
        score,
        idle_micros,
        algorithm,
        at,
    } = change;
    run(
        on,
        queries::RATING_PUT,
        params![
            player.as_bytes(),
            after.rating,
            after.deviation,
            after.volatility,
            number,
            at.micros(),
            i64::from(*score == Score::Win),
            i64::from(*score == Score::Loss),
            i64::from(*score == Score::Draw),
        ],
    )?;
    run(
        on,
        queries::RATING_CHANGE_PUT,
        params![
            player.as_bytes(),
            match_id.as_bytes(),
            number,
            before.rating,
            before.deviation,
            before.volatility,
            after.rating,
            after.deviation,
            after.volatility,
            opponent.rating,
            opponent.deviation,
            opponent.volatility,
            Code(*score),
            idle_micros,
            algorithm,
            at.micros(),
        ],
    )?;
    Ok(())
}

/// Stores a season's end for one player: the rating that it leads to, and the step in the history.
pub(crate) fn put_reset(on: &Connection, reset: &RatingReset) -> Work<()> {
    let RatingReset {
        player,
        season,
        number,
        before,
        after,
        algorithm,
        at,
    } = reset;
    let rating = params![
        player.as_bytes(),
        after.rating,
        after.deviation,
        after.volatility,
        number
    ];
    run(on, queries::RATING_RESET, rating)?;
    run(
        on,
        queries::RATING_RESET_PUT,
        params![
            player.as_bytes(),
            number,
            season,
            before.rating,
            before.deviation,
            before.volatility,
            after.rating,
            after.deviation,
            after.volatility,
            algorithm,
            at.micros(),
        ],
    )?;
    Ok(())
}

/// Decodes a row of `rating_changes` whose last column is the season.
pub(crate) fn step(row: &Row<'_>) -> Work<RatingStep> {
    let Some(season) = row.get(16)? else {
        return change(row).map(RatingStep::Fought);
    };
    Ok(RatingStep::Reset(RatingReset {
        player: PlayerId::from_bytes(row.get(0)?),
        season,
        number: row.get(2)?,
        before: rating(row, 3)?,
        after: rating(row, 6)?,
        algorithm: row.get(14)?,
        at: Timestamp::from_micros(row.get(15)?),
    }))
}

/// Decodes a row of `rating_changes` that a match made.
pub(crate) fn change(row: &Row<'_>) -> Work<RatingChange> {
    Ok(RatingChange {
        player: PlayerId::from_bytes(row.get(0)?),
        match_id: MatchId::from_bytes(row.get(1)?),
        number: row.get(2)?,
        before: rating(row, 3)?,
        after: rating(row, 6)?,
        opponent: rating(row, 9)?,
        score: row.get::<_, Code<Score>>(12)?.0,
        idle_micros: row.get(13)?,
        algorithm: row.get(14)?,
        at: Timestamp::from_micros(row.get(15)?),
    })
}

fn rating(row: &Row<'_>, column: usize) -> Work<Rating> {
    Ok(Rating {
        rating: row.get(column)?,
        deviation: row.get(column + 1)?,
        volatility: row.get(column + 2)?,
    })
}
