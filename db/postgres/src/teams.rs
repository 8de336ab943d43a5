//! Teams, and builds by hash.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::Result;
use tiltyard_db::durable::Teams;
use tiltyard_db::durable::teams::{PutTeam, TeamRecord};
use tiltyard_protocol::{BuildHash, PlayerId, TeamId};
use tokio_postgres::Row;

use crate::params::{Id, limit, params};
use crate::queries;
use crate::rows::{corrupt, get, get_option, only};
use crate::store::PostgresStore;

#[async_trait]
impl Teams for PostgresStore {
    async fn put_team(&self, team: TeamRecord, build: Bytes, teams_max: usize) -> Result<PutTeam> {
        let TeamRecord {
            player,
            id,
            name,
            build: hash,
            updated_at,
        } = team;
        let answer = self
            .query(
                &queries::TEAM_PUT,
                params![
                    player.uuid(),
                    id.uuid(),
                    name,
                    hash.as_bytes().as_slice(),
                    build.as_ref(),
                    updated_at.micros(),
                    limit(teams_max),
                ],
            )
            .await?;
        match get::<i16>(only(&answer)?, 0)? {
            0 => Ok(PutTeam::Created),
            1 => Ok(PutTeam::Replaced),
            2 => Ok(PutTeam::LimitReached),
            other => Err(corrupt(format!("writing a team has no outcome {other}"))),
        }
    }

    async fn team(&self, player: PlayerId, id: TeamId) -> Result<Option<TeamRecord>> {
        let found = self
            .first(&queries::TEAM_GET, params![player.uuid(), id.uuid()])
            .await?;
        found.map(|row| team(player, &row)).transpose()
    }

    async fn teams(&self, player: PlayerId) -> Result<Vec<TeamRecord>> {
        let rows = self.query(&queries::TEAM_LIST, params![player.uuid()]).await?;
        rows.iter().map(|row| team(player, row)).collect()
    }

    async fn delete_team(&self, player: PlayerId, id: TeamId) -> Result<bool> {
        let deleted = self
            .query(&queries::TEAM_DELETE, params![player.uuid(), id.uuid()])
            .await?;
        Ok(!deleted.is_empty())
    }

    async fn put_builds(&self, builds: Vec<(BuildHash, Bytes)>) -> Result<()> {
        let hashes: Vec<&[u8]> = builds.iter().map(|(hash, _)| hash.as_bytes().as_slice()).collect();
        let bytes: Vec<&[u8]> = builds.iter().map(|(_, build)| build.as_ref()).collect();
        self.query(&queries::BUILDS_PUT, params![hashes, bytes])
            .await
            .map(|_rows| ())
    }

    async fn builds(&self, hashes: &[BuildHash]) -> Result<Vec<Option<Bytes>>> {
        let hashes: Vec<&[u8]> = hashes.iter().map(|hash| hash.as_bytes().as_slice()).collect();
        let rows = self.query(&queries::BUILDS_GET, params![hashes]).await?;
        rows.iter().map(|row| get_option(row, 0)).collect()
    }
}

fn team(player: PlayerId, row: &Row) -> Result<TeamRecord> {
    Ok(TeamRecord {
        player,
        id: get(row, 0)?,
        name: get(row, 1)?,
        build: get(row, 2)?,
        updated_at: get(row, 3)?,
    })
}
