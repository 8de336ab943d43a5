//! The auditor's view: one SQL file per way in which an invariant can be broken, each returning a line per violation.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Audit;
use tiltyard_db::durable::audit::{TicketCounts, Violation};
use tiltyard_db::durable::matches::MatchRecord;
use tiltyard_db::durable::ratings::RatingStep;
use tiltyard_protocol::{MatchId, PlayerId};
use uuid::Uuid;

use crate::link::{Snapshot, Statement};
use crate::params::{Id, limit, params};
use crate::rows::{get, only};
use crate::store::PostgresStore;
use crate::{matches, queries, ratings};

/// The checks of each invariant. I7 and I12 to I14 leave nothing in the store that could be checked.
const CHECKS: &[(&str, &[Statement])] = &[
    (
        "I1",
        &[
            queries::AUDIT_I1_DOUBLE_SEAT,
            queries::AUDIT_I1_NO_SEAT,
            queries::AUDIT_I1_SEAT_STATE,
            queries::AUDIT_I1_SLOT,
            queries::AUDIT_I1_UNTOLD,
        ],
    ),
    ("I2", &[queries::AUDIT_I2_CANCELLED_SEAT, queries::AUDIT_I2_REVIVED]),
    ("I3", &[queries::AUDIT_I3_END, queries::AUDIT_I3_SEATS]),
    (
        "I4",
        &[
            queries::AUDIT_I4_ARCHIVED,
            queries::AUDIT_I4_CHAIN,
            queries::AUDIT_I4_CURRENT,
            queries::AUDIT_I4_OPPONENT,
            queries::AUDIT_I4_ORPHAN,
            queries::AUDIT_I4_SEASON,
        ],
    ),
    ("I5", &[queries::AUDIT_I5_EPOCH, queries::AUDIT_I5_LEADER]),
    (
        "I6",
        &[
            queries::AUDIT_I6_COUNT,
            queries::AUDIT_I6_HOLDER,
            queries::AUDIT_I6_MODE,
        ],
    ),
    (
        "I8",
        &[
            queries::AUDIT_I8_LOG,
            queries::AUDIT_I8_ORPHAN,
            queries::AUDIT_I8_STRANGER,
        ],
    ),
    ("I9", &[queries::AUDIT_I9_REFERENCE, queries::AUDIT_I9_SPOOL]),
    ("I10", &[queries::AUDIT_I10_BUILD, queries::AUDIT_I10_TEAM]),
    ("I11", &[queries::AUDIT_I11_COUNT]),
];

#[async_trait]
impl Audit for PostgresStore {
    async fn violations(&self, limit: usize) -> Result<Vec<Violation>> {
        let snapshot = self.link().snapshot().await?;
        let mut violations = Vec::new();
        for (invariant, checks) in CHECKS {
            violations.extend(check(&snapshot, invariant, checks, limit).await?);
        }
        snapshot.end().await?;
        Ok(violations)
    }

    async fn ticket_counts(&self) -> Result<TicketCounts> {
        let snapshot = self.link().snapshot().await?;
        let rows = snapshot.query(&queries::AUDIT_TICKET_COUNTS, params![]).await?;
        snapshot.end().await?;
        let row = only(&rows)?;
        Ok(TicketCounts {
            accepted: get(row, 0)?,
            queued: get(row, 1)?,
            matched: get(row, 2)?,
            finished: get(row, 3)?,
            cancelled: get(row, 4)?,
            expired: get(row, 5)?,
            returned: get(row, 6)?,
        })
    }

    async fn rating_changes(&self, after: Option<(PlayerId, i64)>, rows: usize) -> Result<Vec<RatingStep>> {
        // The nil UUID is nobody's id and sorts before every other.
        let (player, number) = after.map_or((Uuid::nil(), 0), |(player, number)| (player.uuid(), number));
        let rows = self
            .query(&queries::RATING_CHANGES_AFTER, params![player, number, limit(rows)])
            .await?;
        rows.iter().map(ratings::step).collect()
    }

    async fn done_matches(&self, after: Option<MatchId>, limit: usize) -> Result<Vec<MatchRecord>> {
        matches::done_after(self, after, limit).await
    }
}

async fn check(
    snapshot: &Snapshot,
    invariant: &'static str,
    checks: &[Statement],
    rows: usize,
) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for statement in checks {
        let left = rows.saturating_sub(found.len());
        for row in snapshot.query(statement, params![limit(left)]).await? {
            let detail = get(&row, 0)?;
            found.push(Violation { invariant, detail });
        }
    }
    Ok(found)
}
