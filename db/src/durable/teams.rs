//! Teams, and builds by hash. A build is stored once, never changes, and is what tickets and matches refer to.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_protocol::{BuildHash, PlayerId, TeamId, Timestamp};

use crate::Result;

/// A player's team: a name for a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRecord {
    /// The owner.
    pub player: PlayerId,
    /// The team, unique for its owner.
    pub id: TeamId,
    /// The displayed name.
    pub name: String,
    /// The build.
    pub build: BuildHash,
    /// When the team was last written.
    pub updated_at: Timestamp,
}

/// Outcome of writing a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutTeam {
    /// There was none of this id.
    Created,
    /// It took the place of an older version.
    Replaced,
    /// The owner has as many teams as allowed; nothing was written.
    LimitReached,
}

/// The teams and builds.
#[async_trait]
pub trait Teams: Send + Sync {
    /// Writes a team and, if its hash is unknown, its build's canonical bytes; a new team only below `teams_max`.
    async fn put_team(&self, team: TeamRecord, build: Bytes, teams_max: usize) -> Result<PutTeam>;

    /// Returns the player's team of that id.
    async fn team(&self, player: PlayerId, id: TeamId) -> Result<Option<TeamRecord>>;

    /// Returns the player's teams by id.
    async fn teams(&self, player: PlayerId) -> Result<Vec<TeamRecord>>;

    /// Deletes a team, not its build; says whether there was one.
    async fn delete_team(&self, player: PlayerId, id: TeamId) -> Result<bool>;

    /// Stores canonical bytes of builds that no team has, as those of bots; known ones are skipped.
    async fn put_builds(&self, builds: Vec<(BuildHash, Bytes)>) -> Result<()>;

    /// Returns canonical bytes per hash, in order; `None` for unknown ones.
    async fn builds(&self, hashes: &[BuildHash]) -> Result<Vec<Option<Bytes>>>;
}
