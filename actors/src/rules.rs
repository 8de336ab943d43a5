//! The rules a match is made with: content, engine version, and the secret behind the seeds.

use std::sync::Arc;

use bytes::Bytes;
use tiltyard_db::durable::matches::Stamps;
use tiltyard_protocol::{BuildHash, ContentHash, MatchId};
use tiltyard_sim::{Build, Content};

/// The content in force and the server's match secret.
#[derive(Clone)]
pub struct Rules {
    content: Arc<Content>,
    secret: [u8; 32],
}

impl Rules {
    /// Puts content and secret together.
    #[must_use]
    pub const fn new(content: Arc<Content>, secret: [u8; 32]) -> Self {
        Self { content, secret }
    }

    /// Returns the content in force.
    #[must_use]
    pub const fn content(&self) -> &Arc<Content> {
        &self.content
    }

    /// Returns every bot team's build with its hash, as the store keeps builds.
    #[must_use]
    pub fn bot_builds(&self) -> Vec<(BuildHash, Bytes)> {
        self.content.bots().iter().map(|bot| canonical(&bot.build)).collect()
    }

    /// Returns the hash of one bot team's build.
    #[must_use]
    pub fn bot_build(&self, key: &str) -> Option<BuildHash> {
        self.content.bot(key).map(|bot| canonical(&bot.build).0)
    }

    /// Returns what a match made at this moment is fought with.
    #[must_use]
    pub fn stamps(&self, id: MatchId) -> Stamps {
        Stamps {
            engine: tiltyard_sim::ENGINE_VERSION.to_owned(),
            rules_version: tiltyard_sim::RULES_VERSION,
            content: ContentHash::from_bytes(self.content.hash()),
            rng: tiltyard_sim::RNG_NAME.to_owned(),
            seed: id.seed(&self.secret),
        }
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("content", &ContentHash::from_bytes(self.content.hash()))
            .finish_non_exhaustive()
    }
}

/// Writes a build as it is stored and hashed: JSON in the order of the type's fields.
#[must_use]
pub fn canonical(build: &Build) -> (BuildHash, Bytes) {
    // A build is plain data with string keys, which always can be written.
    let bytes = Bytes::from(serde_json::to_vec(build).unwrap_or_default());
    (BuildHash::of(&bytes), bytes)
}
