//! Players: an outside identity and a displayed name, nothing personal.

use async_trait::async_trait;
use tiltyard_protocol::{PlayerId, Timestamp};

use crate::Result;

/// A player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerRecord {
    /// The player.
    pub id: PlayerId,
    /// The identity at its provider, as `dev:alice`; unique.
    pub identity: String,
    /// The displayed name.
    pub name: String,
    /// When the player was first seen.
    pub created_at: Timestamp,
}

/// The players.
#[async_trait]
pub trait Players: Send + Sync {
    /// Returns the player of `candidate.identity`, storing the candidate if there is none.
    async fn sign_in(&self, candidate: PlayerRecord) -> Result<PlayerRecord>;

    /// Returns a record per id, in order; `None` for unknown ones.
    async fn players(&self, ids: &[PlayerId]) -> Result<Vec<Option<PlayerRecord>>>;
}
