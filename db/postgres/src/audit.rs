//! The auditor's view: one SQL file per way in which an invariant can be broken, each returning a line per violation.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Audit;
use tiltyard_db::durable::audit::{Subjects, TicketCounts, Told, ToldPlace, Violation};
use tiltyard_db::durable::matches::MatchRecord;
use tiltyard_db::durable::ratings::RatingStep;
use tiltyard_protocol::limits::SPOOL_AGE_MAX;
use tiltyard_protocol::{MatchId, PlayerId, QueueName, TicketId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::link::Statement;
use crate::params::{Id, Param, limit, params, uuids};
use crate::rows::{corrupt, get, get_option, only};
use crate::store::PostgresStore;
use crate::{matches, queries, ratings};

/// A kind of violation: of which invariant, and what finds it.
type Check = (&'static str, Statement);

/// What is checked of each row of a table. I12 to I14 leave nothing in the store that could be checked.
const EPOCHS: &[Check] = &[("I5", queries::AUDIT_I5_EPOCH), ("I6", queries::AUDIT_I6_CLOSED)];
const TICKETS: &[Check] = &[
    ("I1", queries::AUDIT_I1_DOUBLE_SEAT),
    ("I1", queries::AUDIT_I1_NO_MATCH),
    ("I1", queries::AUDIT_I1_NO_SEAT),
    ("I1", queries::AUDIT_I1_SLOT),
    ("I1", queries::AUDIT_I1_UNTOLD),
    ("I2", queries::AUDIT_I2_CANCELLED_SEAT),
    ("I2", queries::AUDIT_I2_REVIVED),
    ("I10", queries::AUDIT_I10_TICKET),
];
const MATCHES: &[Check] = &[
    ("I1", queries::AUDIT_I1_SEAT_STATE),
    ("I3", queries::AUDIT_I3_END),
    ("I3", queries::AUDIT_I3_SEATS),
    ("I6", queries::AUDIT_I6_HOLDER),
    ("I6", queries::AUDIT_I6_MODE),
    ("I9", queries::AUDIT_I9_REFERENCE),
    ("I10", queries::AUDIT_I10_SEAT),
    ("I10", queries::AUDIT_I10_TEAM),
];
const RATINGS: &[Check] = &[("I4", queries::AUDIT_I4_CURRENT), ("I4", queries::AUDIT_I4_STANDING)];
const CHANGES: &[Check] = &[
    ("I4", queries::AUDIT_I4_CHAIN),
    ("I4", queries::AUDIT_I4_MATCH),
    ("I4", queries::AUDIT_I4_OPPONENT),
    ("I4", queries::AUDIT_I4_ORPHAN),
    ("I4", queries::AUDIT_I4_SEASON),
];
const LOGS: &[Check] = &[("I8", queries::AUDIT_I8_LOG)];
const EVENTS: &[Check] = &[
    ("I7", queries::AUDIT_I7_SECOND_END),
    ("I8", queries::AUDIT_I8_ORPHAN),
    ("I8", queries::AUDIT_I8_STRANGER),
];
/// What is checked of all rows at once.
const SUMS: &[Check] = &[
    ("I4", queries::AUDIT_I4_ARCHIVED),
    ("I5", queries::AUDIT_I5_LEADER),
    ("I6", queries::AUDIT_I6_COUNT),
    ("I9", queries::AUDIT_I9_SPOOL),
    ("I11", queries::AUDIT_I11_COUNT),
];

#[async_trait]
impl Audit for PostgresStore {
    async fn page(&self, after: &Subjects, rows: usize) -> Result<Subjects> {
        // The nil UUID is nobody's id and sorts before every other.
        let (nil, rows) = (Uuid::nil(), limit(rows));
        Ok(match after {
            Subjects::Epochs(done) => {
                let after = done.last().copied().unwrap_or_default();
                let page = self.query(&queries::AUDIT_PAGE_EPOCHS, params![after, rows]).await?;
                Subjects::Epochs(all(&page, |row| get(row, 0))?)
            }
            Subjects::Tickets(done) => {
                let (player, id) = done
                    .last()
                    .map_or((nil, nil), |(player, id)| (player.uuid(), id.uuid()));
                let page = self
                    .query(&queries::AUDIT_PAGE_TICKETS, params![player, id, rows])
                    .await?;
                Subjects::Tickets(all(&page, |row| Ok((get(row, 0)?, get(row, 1)?)))?)
            }
            Subjects::Matches(done) => {
                let after = done.last().map_or(nil, Id::uuid);
                let page = self.query(&queries::AUDIT_PAGE_MATCHES, params![after, rows]).await?;
                Subjects::Matches(all(&page, |row| get(row, 0))?)
            }
            Subjects::Ratings(done) => {
                let after = done.last().map_or(nil, Id::uuid);
                let page = self.query(&queries::AUDIT_PAGE_RATINGS, params![after, rows]).await?;
                Subjects::Ratings(all(&page, |row| get(row, 0))?)
            }
            Subjects::Changes(done) => {
                let (player, number) = done
                    .last()
                    .map_or((nil, 0), |(player, number)| (player.uuid(), *number));
                let page = self
                    .query(&queries::AUDIT_PAGE_CHANGES, params![player, number, rows])
                    .await?;
                Subjects::Changes(all(&page, |row| Ok((get(row, 0)?, get(row, 1)?)))?)
            }
            Subjects::Logs(done) => {
                let after = done.last().map_or(nil, Id::uuid);
                let page = self.query(&queries::AUDIT_PAGE_LOGS, params![after, rows]).await?;
                Subjects::Logs(all(&page, |row| get(row, 0))?)
            }
            Subjects::Events(done) => {
                let (player, seq) = done.last().map_or((nil, 0), |(player, seq)| (player.uuid(), seq.0));
                let page = self
                    .query(&queries::AUDIT_PAGE_EVENTS, params![player, seq, rows])
                    .await?;
                Subjects::Events(all(&page, |row| Ok((get(row, 0)?, get(row, 1)?)))?)
            }
        })
    }

    async fn check(&self, subjects: &Subjects, rows: usize) -> Result<Vec<Violation>> {
        let rows = limit(rows);
        match subjects {
            Subjects::Epochs(numbers) => self.run(EPOCHS, params![*numbers, rows]).await,
            Subjects::Tickets(keys) => {
                let (players, ids): (Vec<&PlayerId>, Vec<&TicketId>) = keys.iter().map(|key| (&key.0, &key.1)).unzip();
                self.run(TICKETS, params![uuids(players), uuids(ids), rows]).await
            }
            Subjects::Matches(ids) => self.run(MATCHES, params![uuids(ids), rows]).await,
            Subjects::Ratings(players) => self.run(RATINGS, params![uuids(players), rows]).await,
            Subjects::Changes(keys) => {
                let (players, numbers): (Vec<&PlayerId>, Vec<i64>) = keys.iter().map(|key| (&key.0, key.1)).unzip();
                self.run(CHANGES, params![uuids(players), numbers, rows]).await
            }
            Subjects::Logs(players) => self.run(LOGS, params![uuids(players), rows]).await,
            Subjects::Events(keys) => {
                let (players, seqs): (Vec<&PlayerId>, Vec<i64>) = keys.iter().map(|key| (&key.0, key.1.0)).unzip();
                self.run(EVENTS, params![uuids(players), seqs, rows]).await
            }
        }
    }

    async fn sums(&self, at: Timestamp, rows: usize) -> Result<Vec<Violation>> {
        let snapshot = self.link().snapshot().await?;
        let (oldest, rows) = (at.before(SPOOL_AGE_MAX).micros(), limit(rows));
        let mut found = violations(
            "I9",
            &snapshot.query(&queries::AUDIT_I9_LATE, params![oldest, rows]).await?,
        )?;
        for (invariant, statement) in SUMS {
            found.extend(violations(invariant, &snapshot.query(statement, params![rows]).await?)?);
        }
        snapshot.end().await?;
        Ok(found)
    }

    async fn told(&self, after: ToldPlace, until: Timestamp, rows: usize) -> Result<Vec<Told>> {
        let ToldPlace { at, player, seq } = after;
        let (player, rows) = (player.uuid(), limit(rows));
        let rows = self
            .query(
                &queries::AUDIT_TOLD,
                params![at.micros(), player, seq.0, until.micros(), rows],
            )
            .await?;
        all(&rows, |row| {
            Ok(Told {
                place: ToldPlace {
                    at: get(row, 0)?,
                    player: get(row, 1)?,
                    seq: get(row, 2)?,
                },
                ticket: get(row, 3)?,
                match_id: get_option(row, 4)?,
                change: get_option(row, 5)?,
            })
        })
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

    async fn queued(&self) -> Result<Vec<(QueueName, i64)>> {
        let snapshot = self.link().snapshot().await?;
        let rows = snapshot.query(&queries::AUDIT_QUEUED, params![]).await?;
        snapshot.end().await?;
        all(&rows, |row| {
            let name = get::<String>(row, 0)?;
            let queue = name
                .parse()
                .map_err(|error| corrupt(format!("queue {name:?}: {error}")))?;
            Ok((queue, get(row, 1)?))
        })
    }

    async fn match_record(&self, id: MatchId) -> Result<Option<MatchRecord>> {
        matches::record(self, id).await
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

impl PostgresStore {
    /// Runs checks, each in a statement of its own: each looks at one state of the store.
    async fn run(&self, checks: &[Check], params: &[Param<'_>]) -> Result<Vec<Violation>> {
        let mut found = Vec::new();
        for (invariant, statement) in checks {
            found.extend(violations(invariant, &self.query(statement, params).await?)?);
        }
        Ok(found)
    }
}

fn violations(invariant: &'static str, rows: &[Row]) -> Result<Vec<Violation>> {
    all(rows, |row| {
        let detail = get(row, 0)?;
        Ok(Violation { invariant, detail })
    })
}

fn all<T>(rows: &[Row], decode: impl Fn(&Row) -> Result<T>) -> Result<Vec<T>> {
    rows.iter().map(decode).collect()
}
