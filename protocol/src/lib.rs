//! What crosses a boundary of Tiltyard: ids, limits, problem codes, HTTP and event types, and the `FlatBuffers` messages.
//!
//! Everything here is plain data: no I/O, no async, no clock. Other crates agree on these types and on nothing else.

pub mod event;
pub mod generated;
pub mod http;
pub mod ids;
pub mod limits;
pub mod problem;
pub mod time;

pub use event::{EventId, EventSeq, Generation, PlayerEvent};
pub use ids::{
    BootId, BuildHash, ContentHash, Epoch, MatchId, NodeId, PlayerId, QueueName, StateHash, TeamId, TicketId,
};
pub use problem::{FieldProblem, Problem, ProblemCode};
pub use time::Timestamp;

use serde::{Deserialize, Serialize};

/// One of the two teams of a match; also the index of its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Seat 0.
    Left,
    /// Seat 1.
    Right,
}

impl Side {
    /// Both sides in seat order.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// Returns the seat's index, 0 or 1.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }

    /// Returns the other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// Why a fight ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// One side has no living unit.
    Elimination,
    /// The last units of both sides died in the same tick.
    MutualKill,
    /// The fight reached the last tick.
    TimeLimit,
}
