//! Content bundles by hash: they never change, so a match can always be fought again.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_protocol::{ContentHash, Timestamp};

use crate::Result;

/// The content bundles.
#[async_trait]
pub trait Contents: Send + Sync {
    /// Stores a bundle under its hash; storing it again changes nothing.
    async fn put_content(&self, hash: ContentHash, bundle: Bytes, at: Timestamp) -> Result<()>;

    /// Returns the bundle of that hash.
    async fn content(&self, hash: ContentHash) -> Result<Option<Bytes>>;
}
