//! Seasons and their archive.

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Seasons;
use tiltyard_db::durable::ratings::{RatingRecord, RatingReset};
use tiltyard_db::durable::seasons::{ResetOutcome, Season, SeasonTerms};
use tiltyard_protocol::{PlayerId, Timestamp};

use crate::fault::{Fault, Work};
use crate::queries;
use crate::ratings::{self, record_at};
use crate::sql::{all, first, limit, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Seasons for SqliteStore {
    async fn seasons(&self) -> Result<Vec<Season>> {
        self.read(|on| all(on, queries::SEASONS_LIST, [], season)).await
    }

    async fn begin_season(&self, name: &str, terms: SeasonTerms, at: Timestamp) -> Result<Season> {
        let name = name.to_owned();
        self.write(Purpose::Other, 1, move |on| begin(on, &name, terms, at))
            .await
    }

    async fn unarchived(
        &self,
        season: i64,
        after: Option<PlayerId>,
        rows: usize,
    ) -> Result<Vec<(PlayerId, Option<RatingRecord>)>> {
        self.read(move |on| {
            // No bytes at all sort before every id.
            let after = after.as_ref().map_or(&[][..], |player| player.as_bytes());
            let range = params![season, after, limit(rows)];
            all(on, queries::SEASON_UNARCHIVED, range, |row| {
                let is_left: bool = row.get(9)?;
                let record = is_left.then(|| record_at(row, 1)).transpose()?;
                Ok((PlayerId::from_bytes(row.get(0)?), record))
            })
        })
        .await
    }

    async fn reset_ratings(&self, resets: Vec<RatingReset>) -> Result<Vec<ResetOutcome>> {
        self.write(Purpose::Other, resets.len(), move |on| {
            resets.iter().map(|each| reset(on, each)).collect()
        })
        .await
    }

    async fn end_season(&self, season: i64, at: Timestamp) -> Result<()> {
        self.write(Purpose::Other, 1, move |on| {
            run(on, queries::SEASON_END, params![season, at.micros()]).map(|_changed| ())
        })
        .await
    }

    async fn standings(&self, player: PlayerId) -> Result<Vec<(i64, RatingRecord)>> {
        self.read(move |on| {
            all(on, queries::SEASON_STANDINGS, [player.as_bytes()], |row| {
                Ok((row.get(0)?, record_at(row, 1)?))
            })
        })
        .await
    }
}

fn begin(on: &Connection, name: &str, terms: SeasonTerms, at: Timestamp) -> Work<Season> {
    let SeasonTerms { keep, deviation } = terms;
    run(on, queries::SEASON_BEGIN, params![name, keep, deviation, at.micros()])?;
    let found = first(on, queries::SEASON_IN_THE_WAY, [name], season)?;
    found.ok_or_else(|| Fault::Unreadable(format!("season {name} was not stored")))
}

/// Archives and resets one player. Everything is decided before the first change, so that a refusal leaves nothing half done.
fn reset(on: &Connection, reset: &RatingReset) -> Work<ResetOutcome> {
    if !reset.after.is_sound() {
        return Ok(ResetOutcome::Refused);
    }
    let key = params![reset.player.as_bytes(), reset.season];
    if first(on, queries::SEASON_STANDING_GET, key, |_row| Ok(()))?.is_some() {
        return Ok(ResetOutcome::Already);
    }
    let version = ratings::get(on, reset.player)?.version;
    if version == 0 || version + 1 != reset.number {
        return Ok(ResetOutcome::Conflict);
    }
    run(
        on,
        queries::SEASON_STANDING_PUT,
        params![reset.player.as_bytes(), reset.season],
    )?;
    ratings::put_reset(on, reset)?;
    run(on, queries::SEASON_ARCHIVED_ADD, [reset.season])?;
    Ok(ResetOutcome::Done)
}

fn season(row: &Row<'_>) -> Work<Season> {
    Ok(Season {
        number: row.get(0)?,
        name: row.get(1)?,
        terms: SeasonTerms {
            keep: row.get(2)?,
            deviation: row.get(3)?,
        },
        began_at: Timestamp::from_micros(row.get(4)?),
        ended_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_micros),
        archived: row.get(6)?,
    })
}
