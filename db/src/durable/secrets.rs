//! Secrets made once and shared by every node: the development signing key and the match secret.

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// The secrets.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Returns the secret of that name, storing `candidate` if there is none: whoever comes first decides for all.
    async fn secret(&self, name: &str, candidate: Bytes) -> Result<Bytes>;
}
