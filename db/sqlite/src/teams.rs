//! Teams, and builds by hash.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Teams;
use tiltyard_db::durable::teams::{PutTeam, TeamRecord};
use tiltyard_protocol::{BuildHash, PlayerId, TeamId, Timestamp};

use crate::fault::Work;
use crate::queries;
use crate::sql::{all, first, limit, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Teams for SqliteStore {
    async fn put_team(&self, team: TeamRecord, build: Bytes, teams_max: usize) -> Result<PutTeam> {
        self.write(Purpose::Other, 1, move |on| put(on, &team, &build, teams_max))
            .await
    }

    async fn team(&self, player: PlayerId, id: TeamId) -> Result<Option<TeamRecord>> {
        self.read(move |on| get(on, player, id)).await
    }

    async fn teams(&self, player: PlayerId) -> Result<Vec<TeamRecord>> {
        self.read(move |on| all(on, queries::TEAM_LIST, [player.as_bytes()], |row| team(player, row)))
            .await
    }

    async fn delete_team(&self, player: PlayerId, id: TeamId) -> Result<bool> {
        self.write(Purpose::Other, 1, move |on| {
            let key = params![player.as_bytes(), id.as_bytes()];
            Ok(run(on, queries::TEAM_DELETE, key)? == 1)
        })
        .await
    }

    async fn put_builds(&self, builds: Vec<(BuildHash, Bytes)>) -> Result<()> {
        self.write(Purpose::Other, builds.len(), move |on| {
            builds.iter().try_for_each(|(hash, build)| put_build(on, *hash, build))
        })
        .await
    }

    async fn builds(&self, hashes: &[BuildHash]) -> Result<Vec<Option<Bytes>>> {
        let hashes = hashes.to_vec();
        self.read(move |on| hashes.iter().map(|hash| build(on, *hash)).collect())
            .await
    }
}

fn put(on: &Connection, team: &TeamRecord, build: &Bytes, teams_max: usize) -> Work<PutTeam> {
    let TeamRecord {
        player,
        id,
        name,
        build: hash,
        updated_at,
    } = team;
    let outcome = if get(on, *player, *id)?.is_some() {
        PutTeam::Replaced
    } else if count(on, *player)? >= limit(teams_max) {
        return Ok(PutTeam::LimitReached);
    } else {
        PutTeam::Created
    };
    put_build(on, *hash, build)?;
    run(
        on,
        queries::TEAM_PUT,
        params![
            player.as_bytes(),
            id.as_bytes(),
            name,
            hash.as_bytes(),
            updated_at.micros(),
        ],
    )?;
    Ok(outcome)
}

fn count(on: &Connection, player: PlayerId) -> Work<i64> {
    let teams = first(on, queries::TEAM_COUNT, [player.as_bytes()], |row| Ok(row.get(0)?))?;
    Ok(teams.unwrap_or(0))
}

fn put_build(on: &Connection, hash: BuildHash, build: &Bytes) -> Work<()> {
    let row = params![hash.as_bytes(), build.as_ref()];
    run(on, queries::BUILD_PUT, row).map(|_changed| ())
}

fn build(on: &Connection, hash: BuildHash) -> Work<Option<Bytes>> {
    first(on, queries::BUILD_GET, [hash.as_bytes()], |row| {
        Ok(Bytes::from(row.get::<_, Vec<u8>>(0)?))
    })
}

fn get(on: &Connection, player: PlayerId, id: TeamId) -> Work<Option<TeamRecord>> {
    let key = params![player.as_bytes(), id.as_bytes()];
    first(on, queries::TEAM_GET, key, |row| team(player, row))
}

fn team(player: PlayerId, row: &Row<'_>) -> Work<TeamRecord> {
    Ok(TeamRecord {
        player,
        id: TeamId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        build: BuildHash::from_bytes(row.get(2)?),
        updated_at: Timestamp::from_micros(row.get(3)?),
    })
}
