//! Seasons and their archive.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Seasons;
use tiltyard_db::durable::ratings::{RatingRecord, RatingReset};
use tiltyard_db::durable::seasons::{ResetOutcome, Season, SeasonTerms};
use tiltyard_protocol::{PlayerId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::params::{Id, limit, params};
use crate::queries;
use crate::ratings::record_at;
use crate::rows::{corrupt, get, get_option, only};
use crate::store::PostgresStore;

#[async_trait]
impl Seasons for PostgresStore {
    async fn seasons(&self) -> Result<Vec<Season>> {
        let rows = self.query(&queries::SEASONS_LIST, params![]).await?;
        rows.iter().map(season).collect()
    }

    async fn begin_season(&self, name: &str, terms: SeasonTerms, at: Timestamp) -> Result<Season> {
        let SeasonTerms { keep, deviation } = terms;
        self.query(&queries::SEASON_BEGIN, params![name, keep, deviation, at.micros()])
            .await?;
        let found = self.first(&queries::SEASON_IN_THE_WAY, params![name]).await?;
        let found = found.ok_or_else(|| corrupt(format!("season {name} was not stored")))?;
        season(&found)
    }

    async fn unarchived(
        &self,
        season: i64,
        after: Option<PlayerId>,
        rows: usize,
    ) -> Result<Vec<(PlayerId, Option<RatingRecord>)>> {
        // The nil UUID is nobody's id and sorts before every other.
        let after = after.map_or(Uuid::nil(), |player| player.uuid());
        let rows = self
            .query(&queries::SEASON_UNARCHIVED, params![season, after, limit(rows)])
            .await?;
        let looked_at = |row: &Row| {
            let is_left: bool = get(row, 9)?;
            Ok((get(row, 0)?, is_left.then(|| record_at(row, 1)).transpose()?))
        };
        rows.iter().map(looked_at).collect()
    }

    async fn reset_ratings(&self, resets: Vec<RatingReset>) -> Result<Vec<ResetOutcome>> {
        let sound: Vec<_> = resets.iter().filter(|reset| reset.after.is_sound()).collect();
        let mut outcomes = reset(self, &sound).await?.into_iter();
        let answer = |reset: &RatingReset| {
            if !reset.after.is_sound() {
                return Ok(ResetOutcome::Refused);
            }
            match outcomes.next() {
                Some(0) => Ok(ResetOutcome::Done),
                Some(1) => Ok(ResetOutcome::Already),
                Some(2) => Ok(ResetOutcome::Conflict),
                other => Err(corrupt(format!("resetting a rating has no outcome {other:?}"))),
            }
        };
        resets.iter().map(answer).collect()
    }

    async fn end_season(&self, season: i64, at: Timestamp) -> Result<()> {
        self.query(&queries::SEASON_END, params![season, at.micros()])
            .await
            .map(drop)
    }

    async fn standings(&self, player: PlayerId) -> Result<Vec<(i64, RatingRecord)>> {
        let rows = self.query(&queries::SEASON_STANDINGS, params![player.uuid()]).await?;
        rows.iter().map(|row| Ok((get(row, 0)?, record_at(row, 1)?))).collect()
    }
}

async fn reset(store: &PostgresStore, resets: &[&RatingReset]) -> Result<Vec<i16>> {
    fn column<T>(resets: &[&RatingReset], of: impl Fn(&RatingReset) -> T) -> Vec<T> {
        resets.iter().map(|reset| of(reset)).collect()
    }
    let rows = store
        .query(
            &queries::RATINGS_RESET,
            params![
                column(resets, |reset| reset.player.uuid()),
                column(resets, |reset| reset.season),
                column(resets, |reset| reset.number),
                column(resets, |reset| reset.after.rating),
                column(resets, |reset| reset.after.deviation),
                column(resets, |reset| reset.after.volatility),
                column(resets, |reset| reset.algorithm),
                column(resets, |reset| reset.at.micros()),
            ],
        )
        .await?;
    get(only(&rows)?, 0)
}

fn season(row: &Row) -> Result<Season> {
    Ok(Season {
        number: get(row, 0)?,
        name: get(row, 1)?,
        terms: SeasonTerms {
            keep: get(row, 2)?,
            deviation: get(row, 3)?,
        },
        began_at: get(row, 4)?,
        ended_at: get_option(row, 5)?,
        archived: get(row, 6)?,
    })
}
