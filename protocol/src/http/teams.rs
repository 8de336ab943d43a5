//! A player's teams. `B` is the build: the simulation's type in the server, plain JSON in a client.

use serde::{Deserialize, Serialize};

use crate::{BuildHash, ContentHash, FieldProblem, TeamId, Timestamp};

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

/// Answer of `POST /v1/builds/validate`, whose body is a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildCheck {
    /// Whether a team of this build would be taken.
    pub valid: bool,
    /// Hash of the content that the build was held to.
    pub content: ContentHash,
    /// Everything that is wrong, in the order of the build: paths such as `units[2].abilities[1]`.
    pub problems: Vec<FieldProblem>,
}
