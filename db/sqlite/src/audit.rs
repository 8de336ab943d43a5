//! The auditor's view: one SQL file per way in which an invariant can be broken, each returning a line per violation.

use async_trait::async_trait;
use rusqlite::{Connection, Params, Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Audit;
use tiltyard_db::durable::audit::{Subjects, TicketCounts, Told, ToldPlace, Violation};
use tiltyard_db::durable::matches::MatchRecord;
use tiltyard_db::durable::ratings::RatingStep;
use tiltyard_protocol::limits::SPOOL_AGE_MAX;
use tiltyard_protocol::{EventSeq, MatchId, PlayerId, QueueName, TicketId, Timestamp};

use crate::fault::{Fault, Work};
use crate::sql::{all, first, limit};
use crate::store::SqliteStore;
use crate::{matches, queries, ratings};

/// A kind of violation: of which invariant, and what finds it.
type Check = (&'static str, &'static str);

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
    ("I6", queries::AUDIT_I6_COUNT),
    ("I9", queries::AUDIT_I9_SPOOL),
    ("I11", queries::AUDIT_I11_COUNT),
];

#[async_trait]
impl Audit for SqliteStore {
    async fn page(&self, after: &Subjects, rows: usize) -> Result<Subjects> {
        let after = after.clone();
        self.survey(move |on| page(on, &after, limit(rows))).await
    }

    async fn check(&self, subjects: &Subjects, rows: usize) -> Result<Vec<Violation>> {
        let subjects = subjects.clone();
        self.survey(move |on| check(on, &subjects, rows)).await
    }

    async fn sums(&self, at: Timestamp, rows: usize) -> Result<Vec<Violation>> {
        self.survey(move |on| {
            let oldest = at.before(SPOOL_AGE_MAX).micros();
            let mut found = found(on, &("I9", queries::AUDIT_I9_LATE), params![oldest, limit(rows)])?;
            for sums in SUMS {
                found.extend(self::found(on, sums, [limit(rows)])?);
            }
            Ok(found)
        })
        .await
    }

    async fn told(&self, after: ToldPlace, until: Timestamp, rows: usize) -> Result<Vec<Told>> {
        self.survey(move |on| {
            let ToldPlace { at, player, seq } = after;
            let range = params![at.micros(), player.as_bytes(), seq.0, until.micros(), limit(rows)];
            all(on, queries::AUDIT_TOLD, range, told)
        })
        .await
    }

    async fn ticket_counts(&self) -> Result<TicketCounts> {
        self.survey(counts).await
    }

    async fn queued(&self) -> Result<Vec<(QueueName, i64)>> {
        self.survey(|on| {
            all(on, queries::AUDIT_QUEUED, [], |row| {
                let name = row.get::<_, String>(0)?;
                let unreadable = |error| Fault::Unreadable(format!("queue {name:?}: {error}"));
                Ok((name.parse().map_err(unreadable)?, row.get(1)?))
            })
        })
        .await
    }

    async fn match_record(&self, id: MatchId) -> Result<Option<MatchRecord>> {
        self.read(move |on| matches::record(on, id)).await
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

fn page(on: &Connection, after: &Subjects, rows: i64) -> Work<Subjects> {
    // No bytes at all sort before every id.
    let none: &[u8] = &[];
    let bytes = |last: Option<&PlayerId>| last.map_or(none.to_vec(), |id| id.as_bytes().to_vec());
    let player = |row: &Row<'_>| Ok(PlayerId::from_bytes(row.get(0)?));
    Ok(match after {
        Subjects::Epochs(done) => {
            let after = done.last().copied().unwrap_or_default();
            let epochs = all(on, queries::AUDIT_PAGE_EPOCHS, [after, rows], |row| Ok(row.get(0)?))?;
            Subjects::Epochs(epochs)
        }
        Subjects::Tickets(done) => {
            let (player, id) = done
                .last()
                .map_or((none, none), |(player, id)| (player.as_bytes(), id.as_bytes()));
            let tickets = all(on, queries::AUDIT_PAGE_TICKETS, params![player, id, rows], |row| {
                Ok((PlayerId::from_bytes(row.get(0)?), TicketId::from_bytes(row.get(1)?)))
            })?;
            Subjects::Tickets(tickets)
        }
        Subjects::Matches(done) => {
            let after = done.last().map_or(none, |id| id.as_bytes());
            let matches = all(on, queries::AUDIT_PAGE_MATCHES, params![after, rows], |row| {
                Ok(MatchId::from_bytes(row.get(0)?))
            })?;
            Subjects::Matches(matches)
        }
        Subjects::Ratings(done) => {
            let after = params![bytes(done.last()), rows];
            Subjects::Ratings(all(on, queries::AUDIT_PAGE_RATINGS, after, player)?)
        }
        Subjects::Changes(done) => {
            let (last, number) = done
                .last()
                .map_or((none, 0), |(player, number)| (player.as_bytes(), *number));
            let changes = all(on, queries::AUDIT_PAGE_CHANGES, params![last, number, rows], |row| {
                Ok((player(row)?, row.get(1)?))
            })?;
            Subjects::Changes(changes)
        }
        Subjects::Logs(done) => {
            let after = params![bytes(done.last()), rows];
            Subjects::Logs(all(on, queries::AUDIT_PAGE_LOGS, after, player)?)
        }
        Subjects::Events(done) => {
            let (last, seq) = done
                .last()
                .map_or((none, 0), |(player, seq)| (player.as_bytes(), seq.0));
            let events = all(on, queries::AUDIT_PAGE_EVENTS, params![last, seq, rows], |row| {
                Ok((player(row)?, EventSeq(row.get(1)?)))
            })?;
            Subjects::Events(events)
        }
    })
}

fn check(on: &Connection, subjects: &Subjects, rows: usize) -> Work<Vec<Violation>> {
    let each = limit(rows);
    match subjects {
        Subjects::Epochs(numbers) => by_row(on, EPOCHS, rows, numbers, |number| (number, each)),
        Subjects::Tickets(keys) => by_row(on, TICKETS, rows, keys, |(player, id)| {
            (player.as_bytes(), id.as_bytes(), each)
        }),
        Subjects::Matches(ids) => by_row(on, MATCHES, rows, ids, |id| (id.as_bytes(), each)),
        Subjects::Ratings(players) => by_row(on, RATINGS, rows, players, |player| (player.as_bytes(), each)),
        Subjects::Changes(keys) => by_row(on, CHANGES, rows, keys, |(player, number)| {
            (player.as_bytes(), number, each)
        }),
        Subjects::Logs(players) => by_row(on, LOGS, rows, players, |player| (player.as_bytes(), each)),
        Subjects::Events(keys) => by_row(on, EVENTS, rows, keys, |(player, seq)| (player.as_bytes(), seq.0, each)),
    }
}

/// Runs each check on each row: in one process a statement a row costs less than making a table of the keys.
fn by_row<'a, K, P: Params>(
    on: &Connection,
    checks: &[Check],
    rows: usize,
    keys: &'a [K],
    params: impl Fn(&'a K) -> P,
) -> Work<Vec<Violation>> {
    let mut violations = Vec::new();
    for check in checks {
        let before = violations.len();
        for key in keys {
            violations.extend(found(on, check, params(key))?);
            if violations.len() - before >= rows {
                violations.truncate(before + rows);
                break;
            }
        }
    }
    Ok(violations)
}

fn found(on: &Connection, (invariant, sql): &Check, params: impl Params) -> Work<Vec<Violation>> {
    all(on, sql, params, |row| {
        let detail = row.get(0)?;
        Ok(Violation { invariant, detail })
    })
}

fn told(row: &Row<'_>) -> Work<Told> {
    Ok(Told {
        place: ToldPlace {
            at: Timestamp::from_micros(row.get(0)?),
            player: PlayerId::from_bytes(row.get(1)?),
            seq: EventSeq(row.get(2)?),
        },
        ticket: TicketId::from_bytes(row.get(3)?),
        match_id: row.get::<_, Option<_>>(4)?.map(MatchId::from_bytes),
        change: row.get(5)?,
    })
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
