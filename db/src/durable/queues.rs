//! Queues that an operator stopped and set going again; what stands here outlives every process.

use async_trait::async_trait;
use tiltyard_protocol::{QueueName, Timestamp};

use crate::Result;

/// The last change of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// The queue.
    pub queue: QueueName,
    /// Whether it makes no matches and takes no tickets.
    pub paused: bool,
    /// Why, in the operator's words.
    pub reason: String,
    /// Since when.
    pub changed_at: Timestamp,
}

/// The queues.
#[async_trait]
pub trait Queues: Send + Sync {
    /// Stores the state of a queue in the place of the one before and returns it as it was stored: its time is always later
    /// than that of the one before, whichever clock it was taken from, so that the last one counts for every reader.
    async fn set_state(&self, state: QueueState) -> Result<QueueState>;

    /// Returns the state of every queue that ever was paused or resumed, by name.
    async fn states(&self) -> Result<Vec<QueueState>>;
}
