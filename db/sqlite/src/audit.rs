//! The auditor's view: one SQL file per way in which an invariant can be broken, each returning a line per violation.

use async_trait::async_trait;
use rusqlite::{Connection, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Audit;
use tiltyard_db::durable::audit::{TicketCounts, Violation};
use tiltyard_db::durable::matches::MatchRecord;
use tiltyard_db::durable::ratings::RatingStep;
use tiltyard_protocol::{MatchId, PlayerId};

use crate::fault::{Fault, Work};
use crate::sql::{all, first, limit};
use crate::store::SqliteStore;
use crate::{matches, queries, ratings};

/// The checks of each invariant. I7 and I12 to I14 leave nothing in the store that could be checked.
const CHECKS: &[(&str, &[&str])] = &[
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
    ("I5", &[queries::AUDIT_I5_EPOCH]),
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
impl Audit for SqliteStore {
    async fn violations(&self, limit: usize) -> Result<Vec<Violation>> {
        self.survey(move |on| {
            let mut violations = Vec::new();
            for (invariant, checks) in CHECKS {
                violations.extend(check(on, invariant, checks, limit)?);
            }
            Ok(violations)
        })
        .await
    }

    async fn ticket_counts(&self) -> Result<TicketCounts> {
        self.survey(counts).await
    }

    async fn rating_changes(&self, after: Option<(PlayerId, i64)>, rows: usize) -> Result<Vec<RatingStep>> {
        self.survey(move |on| {
            // No bytes at all sort before every id.
            let (player, number) = after
                .as_ref()
                .map_or((&[][..], 0), |(player, number)| (player.as_bytes(), *number));
            let range = params![player, number, limit(rows)];
            all(on, queries::RATING_CHANGES_AFTER, range, ratings::step)
        })
        .await
    }

    async fn done_matches(&self, after: Option<MatchId>, limit: usize) -> Result<Vec<MatchRecord>> {
        self.survey(move |on| matches::done_after(on, after, limit)).await
    }
}

fn check(on: &Connection, invariant: &'static str, checks: &[&str], rows: usize) -> Work<Vec<Violation>> {
    let mut found = Vec::new();
    for sql in checks {
        let left = rows.saturating_sub(found.len());
        found.extend(all(on, sql, [limit(left)], |row| {
            let detail = row.get(0)?;
            Ok(Violation { invariant, detail })
        })?);
    }
    Ok(found)
}

fn counts(on: &Connection) -> Work<TicketCounts> {
    let counted = first(on, queries::AUDIT_TICKET_COUNTS, [], |row| {
        Ok(TicketCounts {
            accepted: row.get(0)?,
            queued: row.get(1)?,
            matched: row.get(2)?,
            finished: row.get(3)?,
            cancelled: row.get(4)?,
            expired: row.get(5)?,
            returned: row.get(6)?,
        })
    })?;
    counted.ok_or_else(|| Fault::Unreadable("its counters are missing".to_owned()))
}
