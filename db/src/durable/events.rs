//! The event log: the truth of what each player has been told, numbered per player without gaps, in commit order.

use async_trait::async_trait;
use tiltyard_protocol::{EventSeq, Generation, PlayerEvent, PlayerId, Timestamp};

use crate::Result;

/// One event of one player.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// Its number.
    pub seq: EventSeq,
    /// What happened.
    pub event: PlayerEvent,
    /// When it was stored; never before the event ahead of it, whatever the clocks say, so that trimming by time leaves no gap.
    pub at: Timestamp,
}

/// An event's place in the log, as the statement that stored it reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Whose.
    pub player: PlayerId,
    /// Its number.
    pub seq: EventSeq,
}

/// A page of one player's log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// Number of the last event there is.
    pub head: EventSeq,
    /// Number of the last event that was trimmed; 0 if none was. A cursor below it cannot be served without a gap.
    pub trimmed: EventSeq,
    /// The events after the cursor, in order, without a gap.
    pub events: Vec<EventRecord>,
}

/// The events. They are written by the statements that cause them.
#[async_trait]
pub trait Events: Send + Sync {
    /// Returns the log's generation.
    async fn generation(&self) -> Result<Generation>;

    /// Returns the number of the last event per player, in order; 0 for those without.
    async fn heads(&self, players: &[PlayerId]) -> Result<Vec<EventSeq>>;

    /// Returns up to `limit` events after `after`.
    async fn events_after(&self, player: PlayerId, after: EventSeq, limit: usize) -> Result<EventPage>;

    /// Forgets up to `limit` events stored before `before`; returns how many.
    async fn trim_events(&self, before: Timestamp, limit: usize) -> Result<usize>;
}
