//! Sessions: a player's open streams, each a cursor on the event log.
//!
//! The log in the database is the truth; a session only moves cursors along it. Losing a session, a shard or a wake-up loses
//! nothing: the next comparison of the heads, or the next connection, goes on from the cursor.

pub(crate) mod router;
mod session;
pub(crate) mod shard;
mod streams;

use tiltyard_protocol::{EventId, PlayerEvent};

/// What a stream carries, before the edge turns it into SSE.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The first frame of a stream without a cursor: events after `at` follow.
    Hello {
        /// Where the stream starts.
        at: EventId,
    },
    /// A durable event.
    Event {
        /// Its number, the client's next cursor.
        id: EventId,
        /// What happened.
        event: PlayerEvent,
    },
    /// The cursor cannot be served without a gap: the client reads its state afresh and goes on from `at`.
    Resync {
        /// Where the stream goes on.
        at: EventId,
        /// Why.
        reason: ResyncReason,
    },
    /// The server is going away; the client reconnects.
    Bye,
}

/// Why a cursor cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResyncReason {
    /// The log has a new generation.
    Generation,
    /// Events after the cursor have been trimmed.
    Trimmed,
    /// The cursor is beyond the log's end.
    Future,
}
