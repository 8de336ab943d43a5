//! Players.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Players;
use tiltyard_db::durable::players::PlayerRecord;
use tiltyard_protocol::PlayerId;
use tokio_postgres::Row;

use crate::params::{Id, params, uuids};
use crate::queries;
use crate::rows::{corrupt, get, get_option};
use crate::store::PostgresStore;

#[async_trait]
impl Players for PostgresStore {
    async fn sign_in(&self, candidate: PlayerRecord) -> Result<PlayerRecord> {
        // Nearly every sign-in is of a known player and writes nothing.
        if let Some(known) = by_identity(self, &candidate.identity).await? {
            return Ok(known);
        }
        let PlayerRecord {
            id,
            identity,
            name,
            created_at,
        } = candidate;
        self.query(
            &queries::PLAYER_PUT,
            params![id.uuid(), identity, name, created_at.micros()],
        )
        .await?;
        let stored = by_identity(self, &identity).await?;
        stored.ok_or_else(|| corrupt(format!("player {id} has another identity")))
    }

    async fn players(&self, ids: &[PlayerId]) -> Result<Vec<Option<PlayerRecord>>> {
        let rows = self.query(&queries::PLAYERS_GET, params![uuids(ids)]).await?;
        let known = |row: &Row| match get_option::<PlayerId>(row, 0)? {
            Some(_) => player(row).map(Some),
            None => Ok(None),
        };
        rows.iter().map(known).collect()
    }
}

async fn by_identity(store: &PostgresStore, identity: &str) -> Result<Option<PlayerRecord>> {
    let found = store.first(&queries::PLAYER_BY_IDENTITY, params![identity]).await?;
    found.map(|row| player(&row)).transpose()
}

fn player(row: &Row) -> Result<PlayerRecord> {
    Ok(PlayerRecord {
        id: get(row, 0)?,
        identity: get(row, 1)?,
        name: get(row, 2)?,
        created_at: get(row, 3)?,
    })
}
