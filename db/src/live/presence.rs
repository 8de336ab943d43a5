//! Presence: which nodes hold a stream of which player, so that a wake-up finds them.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_protocol::{NodeId, PlayerId};

use crate::Result;

/// The directory.
#[async_trait]
pub trait Presence: Send + Sync {
    /// Says that `node` holds streams of these players, for `ttl` unless said again.
    async fn attach(&self, node: NodeId, players: &[PlayerId], ttl: Duration) -> Result<()>;

    /// Says that `node` holds no stream of these players.
    async fn detach(&self, node: NodeId, players: &[PlayerId]) -> Result<()>;

    /// Returns the nodes per player, in order.
    async fn nodes_of(&self, players: &[PlayerId]) -> Result<Vec<Vec<NodeId>>>;
}
