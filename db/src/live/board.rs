//! A board: small notes under a name, for a short time. A leader tells there what other nodes ask it for.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// Largest note in bytes.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;

/// The board.
#[async_trait]
pub trait Board: Send + Sync {
    /// Pins a note for `ttl` in the place of the one of that name. One over [`NOTE_BYTES_MAX`] is refused.
    async fn post(&self, name: &str, note: Bytes, ttl: Duration) -> Result<()>;

    /// Returns the note of that name while it is pinned.
    async fn note(&self, name: &str) -> Result<Option<Bytes>>;
}
