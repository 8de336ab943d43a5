//! A player's teams. `B` is the build: the simulation's type in the server, plain JSON in a client.

use serde::{Deserialize, Serialize};

use crate::{BuildHash, TeamId, Timestamp};

/// Body of `PUT /v1/teams/{team}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutTeam<B> {
    /// The displayed name.
    pub name: String,
    /// Units, abilities, attributes and tactics.
    pub build: B,
}

/// A team as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamView<B> {
    /// The team.
    pub id: TeamId,
    /// The displayed name.
    pub name: String,
    /// The build.
    pub build: B,
    /// Hash of the build's canonical form.
    pub build_hash: BuildHash,
    /// When the team was last written.
    pub updated_at: Timestamp,
}

/// Answer of `GET /v1/teams`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamList<B> {
    /// The teams, oldest id first.
    pub teams: Vec<TeamView<B>>,
}
