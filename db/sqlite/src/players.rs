//! Players.

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Players;
use tiltyard_db::durable::players::PlayerRecord;
use tiltyard_protocol::{PlayerId, Timestamp};

use crate::fault::{Fault, Work};
use crate::queries;
use crate::sql::{first, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Players for SqliteStore {
    async fn sign_in(&self, candidate: PlayerRecord) -> Result<PlayerRecord> {
        let identity = candidate.identity.clone();
        // Nearly every sign-in is of a known player and costs no commit.
        if let Some(known) = self.read(move |on| by_identity(on, &identity)).await? {
            return Ok(known);
        }
        self.write(Purpose::Other, 1, move |on| put(on, &candidate)).await
    }

    async fn players(&self, ids: &[PlayerId]) -> Result<Vec<Option<PlayerRecord>>> {
        let ids = ids.to_vec();
        self.read(move |on| ids.iter().map(|id| by_id(on, *id)).collect()).await
    }
}

fn put(on: &Connection, candidate: &PlayerRecord) -> Work<PlayerRecord> {
    let PlayerRecord {
        id,
        identity,
        name,
        created_at,
    } = candidate;
    run(
        on,
        queries::PLAYER_PUT,
        params![id.as_bytes(), identity, name, created_at.micros()],
    )?;
    by_identity(on, identity)?.ok_or_else(|| Fault::Unreadable(format!("player {id} has another identity")))
}

fn by_identity(on: &Connection, identity: &str) -> Work<Option<PlayerRecord>> {
    first(on, queries::PLAYER_BY_IDENTITY, [identity], player)
}

fn by_id(on: &Connection, id: PlayerId) -> Work<Option<PlayerRecord>> {
    first(on, queries::PLAYER_BY_ID, [id.as_bytes()], player)
}

fn player(row: &Row<'_>) -> Work<PlayerRecord> {
    Ok(PlayerRecord {
        id: PlayerId::from_bytes(row.get(0)?),
        identity: row.get(1)?,
        name: row.get(2)?,
        created_at: Timestamp::from_micros(row.get(3)?),
    })
}
