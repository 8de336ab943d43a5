//! Matches: the fenced commit, and what is read of them.

mod commit;
mod reading;
mod restamping;

use async_trait::async_trait;
use fail::fail_point;
use tiltyard_db::Result;
use tiltyard_db::durable::Matches;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{
    Commit, HistoryCursor, MatchRecord, MatchState, Pairing, PendingMatch, Restamp, Restamped,
};
use tiltyard_protocol::{MatchId, PlayerId, Timestamp};
use uuid::Uuid;

use crate::params::{Id, limit, params};
use crate::queries;
use crate::store::PostgresStore;

pub(crate) use reading::{done_after, record};

#[async_trait]
impl Matches for PostgresStore {
    async fn commit(&self, leadership: &Leadership, pairings: Vec<Pairing>, at: Timestamp) -> Result<Commit> {
        fail_point!("match-before-commit", |_| std::process::abort());
        let outcomes = commit::commit(self, leadership, &pairings, at).await;
        fail_point!("match-after-commit", |_| std::process::abort());
        outcomes
    }

    async fn restamp(&self, leadership: &Leadership, restamp: Restamp, rows: usize) -> Result<Restamped> {
        restamping::restamp(self, leadership, &restamp, rows).await
    }

    async fn pending(
        &self,
        after: Option<HistoryCursor>,
        created_by: Timestamp,
        rows: usize,
    ) -> Result<Vec<PendingMatch>> {
        let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |cursor| {
            (cursor.created_at.micros(), cursor.id.uuid())
        });
        let rows = self
            .query(
                &queries::MATCHES_PENDING,
                params![at, id, created_by.micros(), limit(rows)],
            )
            .await?;
        rows.iter().map(reading::pending).collect()
    }

    async fn pending_match(&self, id: MatchId) -> Result<Option<PendingMatch>> {
        let found = record(self, id).await?;
        let pending = found.filter(|record| record.state == MatchState::Pending);
        Ok(pending.map(|record| record.pending))
    }

    async fn match_of(&self, player: PlayerId, id: MatchId) -> Result<Option<MatchRecord>> {
        let rows = self
            .query(&queries::MATCH_GET_OF, params![id.uuid(), player.uuid()])
            .await?;
        rows.first().map(reading::decode).transpose()
    }

    async fn history(&self, player: PlayerId, before: Option<HistoryCursor>, rows: usize) -> Result<Vec<MatchRecord>> {
        let (at, id) = before.map_or((i64::MAX, Uuid::max()), |cursor| {
            (cursor.created_at.micros(), cursor.id.uuid())
        });
        let rows = self
            .query(&queries::MATCHES_HISTORY, params![player.uuid(), at, id, limit(rows)])
            .await?;
        reading::records(&rows)
    }
}
