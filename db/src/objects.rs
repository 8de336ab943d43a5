//! Replays as objects. The database keeps the reference; the bytes lie in a folder or a bucket.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// Longest time for which a link can be made: seven days, as S3's signatures allow.
pub const LINK_VALID_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The replay objects.
///
/// A key is 1 to 200 of `a-z`, `0-9`, `-`, `_`, `.` in parts between single `/`, none beginning with `.`; a key of
/// another form, and an object over `REPLAY_PACKED_BYTES_MAX`, is refused as [`StoreError::Corrupt`](crate::StoreError::Corrupt).
#[async_trait]
pub trait ReplayObjects: Send + Sync {
    /// Stores an object durably; storing the same key again is harmless, since the bytes follow from the match.
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()>;

    /// Returns an object's bytes; `None` if there is none of that key.
    async fn get(&self, key: &str) -> Result<Option<Bytes>>;

    /// Returns a URL by which anybody can read the object for `valid_for`, or [`LINK_VALID_MAX`] if that is less, straight
    /// from the store; `None` if the store has no such URLs, as a folder. Does not ask whether there is an object.
    async fn link(&self, key: &str, valid_for: Duration) -> Result<Option<String>>;
}
