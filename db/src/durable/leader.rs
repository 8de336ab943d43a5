//! Epochs of queue leaders, minted in the database: a lease says who tries, the epoch says who may.

use async_trait::async_trait;
use tiltyard_protocol::{BootId, Epoch, QueueName, Timestamp};

use crate::Result;

/// The right to make matches in a queue, until a higher epoch is minted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leadership {
    /// The queue.
    pub queue: QueueName,
    /// The fencing number.
    pub epoch: Epoch,
    /// The process that holds it.
    pub boot: BootId,
}

/// The leaders.
#[async_trait]
pub trait Leaders: Send + Sync {
    /// Mints the next epoch for `boot`, waiting out a commit of the leader before,
    /// and records how many matches that leader's epoch had made.
    async fn mint(&self, queue: &QueueName, boot: BootId, at: Timestamp) -> Result<Leadership>;
}
