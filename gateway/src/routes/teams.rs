//! Teams: a name for a build.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use tiltyard_actors::canonical;
use tiltyard_db::durable::teams::{PutTeam as Outcome, TeamRecord};
use tiltyard_protocol::http::teams::{PutTeam, TeamList, TeamView};
use tiltyard_protocol::limits::TEAMS_PER_PLAYER_MAX;
use tiltyard_protocol::{BuildHash, Problem, ProblemCode};
use tiltyard_sim::Build;

use super::{check_name, not_found, store_problem};
use crate::http::{Answer, Call, empty, json, json_reply};
use crate::shared::Shared;

/// `PUT /v1/teams/{team}`
pub(crate) async fn put(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let id = call.params.parse("team")?;
    let PutTeam { name, build } = json::<PutTeam<Build>>(&call.body)?;
    check_name("name", &name)?;
    let (hash, bytes) = canonical(&build);
    shared.builds.check(hash, &build, &shared.rules.in_force())?;
    let record = TeamRecord {
        player,
        id,
        name,
        build: hash,
        updated_at: call.now,
    };
    let outcome = shared
        .durable
        .teams
        .put_team(record.clone(), bytes, TEAMS_PER_PLAYER_MAX)
        .await
        .map_err(|error| store_problem(&error))?;
    let status = match outcome {
        Outcome::Created => StatusCode::CREATED,
        Outcome::Replaced => StatusCode::OK,
        Outcome::LimitReached => {
            let detail = format!("a player keeps at most {TEAMS_PER_PLAYER_MAX} teams; delete one");
            return Err(Problem::new(ProblemCode::TeamLimit, detail));
        }
    };
    json_reply(status, &view(record, build))
}

/// `GET /v1/teams/{team}`
pub(crate) async fn get(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let id = call.params.parse("team")?;
    let team = shared
        .durable
        .teams
        .team(player, id)
        .await
        .map_err(|error| store_problem(&error))?;
    let team = team.ok_or_else(|| not_found("team"))?;
    let mut teams = with_builds(&shared, vec![team]).await?;
    json_reply(StatusCode::OK, &teams.pop().ok_or_else(unreadable)?)
}

/// `GET /v1/teams`
pub(crate) async fn list(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let records = shared
        .durable
        .teams
        .teams(player)
        .await
        .map_err(|error| store_problem(&error))?;
    let teams = with_builds(&shared, records).await?;
    json_reply(StatusCode::OK, &TeamList { teams })
}

/// `DELETE /v1/teams/{team}`
pub(crate) async fn delete(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let id = call.params.parse("team")?;
    let deleted = shared
        .durable
        .teams
        .delete_team(player, id)
        .await
        .map_err(|error| store_problem(&error))?;
    if deleted {
        Ok(empty(StatusCode::NO_CONTENT))
    } else {
        Err(not_found("team"))
    }
}

/// Reads a stored build; `None` if there is none of that hash.
pub(super) async fn stored_build(shared: &Shared, hash: BuildHash) -> Result<Option<Build>, Problem> {
    let builds = shared
        .durable
        .teams
        .builds(&[hash])
        .await
        .map_err(|error| store_problem(&error))?;
    builds
        .into_iter()
        .flatten()
        .next()
        .map(|bytes| parse(&bytes))
        .transpose()
}

async fn with_builds(shared: &Shared, teams: Vec<TeamRecord>) -> Result<Vec<TeamView<Build>>, Problem> {
    let hashes: Vec<_> = teams.iter().map(|team| team.build).collect();
    let builds = shared
        .durable
        .teams
        .builds(&hashes)
        .await
        .map_err(|error| store_problem(&error))?;
    let pairs = teams.into_iter().zip(builds);
    pairs
        .map(|(team, bytes)| Ok(view(team, parse(&bytes.ok_or_else(unreadable)?)?)))
        .collect()
}

fn parse(bytes: &Bytes) -> Result<Build, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        tracing::error!(%error, "a stored build cannot be read");
        unreadable()
    })
}

fn view(team: TeamRecord, build: Build) -> TeamView<Build> {
    let TeamRecord {
        player: _,
        id,
        name,
        build: build_hash,
        updated_at,
    } = team;
    TeamView {
        id,
        name,
        build,
        build_hash,
        updated_at,
    }
}

fn unreadable() -> Problem {
    Problem::new(ProblemCode::Internal, "the build cannot be read")
}
