//! Content bundles by hash, which never change, so that a match can always be fought again; and which of them is in force.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_protocol::{ContentHash, Timestamp};

use crate::Result;

/// Who put a bundle in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A program offered the content it brings along; the next program that starts may offer its own.
    Builtin,
    /// An operator published it; it stays until an operator says otherwise.
    Operator,
}

/// What is in force for one version of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The bundle.
    pub hash: ContentHash,
    /// Who put it in force.
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
}

/// The content bundles.
///
/// What is in force is kept by version of the rules: while nodes of two versions run side by side, each follows a bundle that
/// its rules can read.
#[async_trait]
pub trait Contents: Send + Sync {
    /// Stores a bundle under its hash; storing it again changes nothing.
    async fn put_content(&self, hash: ContentHash, bundle: Bytes, at: Timestamp) -> Result<()>;

    /// Returns the bundle of that hash.
    async fn content(&self, hash: ContentHash) -> Result<Option<Bytes>>;

    /// Puts a stored bundle in force, whatever was before; returns that.
    ///
    /// # Errors
    /// A bundle that is not stored is refused, and what is in force stays.
    async fn publish(&self, rules_version: u32, published: Published) -> Result<Option<Published>>;

    /// Puts a stored bundle in force as [`Origin::Builtin`], unless an operator's is; returns what is in force afterwards.
    ///
    /// # Errors
    /// A bundle that is not stored is refused, and what is in force stays.
    async fn offer(&self, rules_version: u32, hash: ContentHash, at: Timestamp) -> Result<Published>;

    /// Returns what is in force.
    async fn published(&self, rules_version: u32) -> Result<Option<Published>>;
}
