//! What the auditor reads: the invariants of CHECKS.md that a store can check by itself, and pages for those that need computing.

use async_trait::async_trait;
use tiltyard_protocol::{MatchId, PlayerId};

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
    /// Checks within the store, all in one snapshot: I1, I2, I3, I4's chain, I5, I6, I8's numbering, I9's references, I10, I11.
    /// At most `limit` violations are returned per invariant.
    async fn violations(&self, limit: usize) -> Result<Vec<Violation>>;

    /// Counts tickets by state, in one snapshot.
    async fn ticket_counts(&self) -> Result<TicketCounts>;

    /// Returns up to `limit` rating changes with a key over `after`, by (player, number), to be computed again (I4).
    async fn rating_changes(&self, after: Option<(PlayerId, i64)>, limit: usize) -> Result<Vec<RatingStep>>;

    /// Returns up to `limit` finished matches with an id over `after`, by id, to be fought again (I3) and their replays checked (I9).
    async fn done_matches(&self, after: Option<MatchId>, limit: usize) -> Result<Vec<MatchRecord>>;
}
