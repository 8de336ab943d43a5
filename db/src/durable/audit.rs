//! What the auditor reads: the invariants of CHECKS.md that a store can check by itself, row by row and as sums, and pages for
//! those that need computing.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tiltyard_protocol::{EventSeq, MatchId, PlayerId, QueueName, TicketId, Timestamp};

use super::matches::MatchRecord;
use super::ratings::RatingStep;
use crate::Result;

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which, as `I1`.
    pub invariant: &'static str,
    /// Which rows, and how.
    pub detail: String,
}

/// Violations, of which only so many are kept for each invariant: one is enough to be wrong, a hundred to see a pattern.
#[derive(Clone, Debug, Default)]
pub struct Violations {
    kept: Vec<Violation>,
    counts: BTreeMap<&'static str, u64>,
    kept_max: usize,
}

impl Violations {
    /// Makes an empty list that keeps `kept_max` for each invariant.
    #[must_use]
    pub fn keeping(kept_max: usize) -> Self {
        Self {
            kept_max,
            ..Self::default()
        }
    }

    /// Counts a violation, and keeps it if there is room.
    pub fn push(&mut self, violation: Violation) {
        let count = self.counts.entry(violation.invariant).or_default();
        *count += 1;
        if *count <= self.kept_max as u64 {
            self.kept.push(violation);
        }
    }

    /// Returns how many there were of each invariant.
    #[must_use]
    pub const fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// Returns how many there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Returns those that were kept.
    #[must_use]
    pub fn kept(&self) -> &[Violation] {
        &self.kept
    }
}

/// Rows to be checked, all of one table, by their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// Epochs by the number of their minting (I5, I6).
    Epochs(Vec<i64>),
    /// Tickets (I1, I2, I10).
    Tickets(Vec<(PlayerId, TicketId)>),
    /// Matches (I1, I3, I6, I9, I10).
    Matches(Vec<MatchId>),
    /// Ratings (I4).
    Ratings(Vec<PlayerId>),
    /// Steps of rating histories by player and number (I4).
    Changes(Vec<(PlayerId, i64)>),
    /// Event logs (I8).
    Logs(Vec<PlayerId>),
    /// Events (I7, I8).
    Events(Vec<(PlayerId, EventSeq)>),
}

impl Subjects {
    /// Returns the beginning of each walk: no rows, before the first.
    #[must_use]
    pub const fn walks() -> [Self; 7] {
        [
            Self::Epochs(Vec::new()),
            Self::Tickets(Vec::new()),
            Self::Matches(Vec::new()),
            Self::Ratings(Vec::new()),
            Self::Changes(Vec::new()),
            Self::Logs(Vec::new()),
            Self::Events(Vec::new()),
        ]
    }

    /// Returns how many rows these are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Epochs(rows) => rows.len(),
            Self::Tickets(rows) => rows.len(),
            Self::Matches(rows) => rows.len(),
            Self::Ratings(rows) | Self::Logs(rows) => rows.len(),
            Self::Changes(rows) => rows.len(),
            Self::Events(rows) => rows.len(),
        }
    }

    /// Says whether there are none: a walk is at its end.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An event and what it is about, by which what happened lately is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its place.
    pub place: ToldPlace,
    /// The ticket that ended.
    pub ticket: TicketId,
    /// The ticket's match.
    pub match_id: Option<MatchId>,
    /// The step of the player's rating history that the match made.
    pub change: Option<i64>,
}

/// The place of an event in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToldPlace {
    /// When it was stored.
    pub at: Timestamp,
    /// Whose it is.
    pub player: PlayerId,
    /// Its number.
    pub seq: EventSeq,
}

/// Tickets by state (I11). Cancelled ids that were never accepted are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TicketCounts {
    /// Accepted so far, as counted by the store at acceptance.
    pub accepted: i64,
    /// Waiting for an opponent.
    pub queued: i64,
    /// In a match without a result.
    pub matched: i64,
    /// With a result.
    pub finished: i64,
    /// Cancelled.
    pub cancelled: i64,
    /// Expired.
    pub expired: i64,
    /// Returned.
    pub returned: i64,
}

/// The auditor's view. It takes no lock and may run beside a working server.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Returns up to `limit` rows of the table of `after` that come behind its last row, or the first ones if it has none.
    async fn page(&self, after: &Subjects, limit: usize) -> Result<Subjects>;

    /// Holds rows against those that they belong with: each kind of violation looks at one state of the store, and is returned
    /// `limit` times at most. Rows that are gone break nothing. What it costs grows with the rows alone.
    async fn check(&self, subjects: &Subjects, limit: usize) -> Result<Vec<Violation>>;

    /// Checks what concerns all rows at once, in one snapshot: matches by epoch (I6), spooled replays (I9, none older than
    /// `limits::SPOOL_AGE_MAX` at the time `at`), tickets against the counters of acceptance (I11), players by season (I4).
    /// It walks tables. Each kind of violation is returned `limit` times at most.
    async fn sums(&self, at: Timestamp, limit: usize) -> Result<Vec<Violation>>;

    /// Returns up to `limit` events behind `after` that were stored at or before `until`, oldest first.
    async fn told(&self, after: ToldPlace, until: Timestamp, limit: usize) -> Result<Vec<Told>>;

    /// Counts tickets by state, in one snapshot.
    async fn ticket_counts(&self) -> Result<TicketCounts>;

    /// Counts tickets that wait, by queue (I12); queues without any are not named.
    async fn queued(&self) -> Result<Vec<(QueueName, i64)>>;

    /// Returns a match of whomever, wherever it is in its life.
    async fn match_record(&self, id: MatchId) -> Result<Option<MatchRecord>>;

    /// Returns up to `limit` rating changes with a key over `after`, by (player, number), to be computed again (I4).
    async fn rating_changes(&self, after: Option<(PlayerId, i64)>, limit: usize) -> Result<Vec<RatingStep>>;

    /// Returns up to `limit` finished matches with an id over `after`, by id, to be fought again (I3) and their replays checked (I9).
    async fn done_matches(&self, after: Option<MatchId>, limit: usize) -> Result<Vec<MatchRecord>>;
}

/// Checks every row of a store, `page` at a time, and the sums; returns how many rows there were.
///
/// # Errors
/// A store that does not answer.
pub async fn survey(audit: &dyn Audit, at: Timestamp, page: usize, found: &mut Violations) -> Result<u64> {
    let limit = found.kept_max;
    let mut rows = 0;
    for walk in Subjects::walks() {
        let mut subjects = audit.page(&walk, page).await?;
        while !subjects.is_empty() {
            rows += subjects.len() as u64;
            audit
                .check(&subjects, limit)
                .await?
                .into_iter()
                .for_each(|violation| found.push(violation));
            subjects = audit.page(&subjects, page).await?;
        }
    }
    audit
        .sums(at, limit)
        .await?
        .into_iter()
        .for_each(|violation| found.push(violation));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_are_bounded_per_invariant_and_all_are_counted() {
        let mut found = Violations::keeping(3);
        for (invariant, times) in [("I3", 5), ("I9", 1)] {
            for n in 0..times {
                let detail = n.to_string();
                found.push(Violation { invariant, detail });
            }
        }
        assert_eq!((found.kept().len(), found.total()), (4, 6));
        assert_eq!(found.counts()["I3"], 5);
    }
}
