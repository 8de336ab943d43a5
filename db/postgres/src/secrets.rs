//! Secrets made once.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::Result;
use tiltyard_db::durable::Secrets;

use crate::params::params;
use crate::queries;
use crate::rows::{corrupt, get};
use crate::store::PostgresStore;

#[async_trait]
impl Secrets for PostgresStore {
    async fn secret(&self, name: &str, candidate: Bytes) -> Result<Bytes> {
        if let Some(secret) = stored(self, name).await? {
            return Ok(secret);
        }
        self.query(&queries::SECRET_PUT, params![name, candidate.as_ref()])
            .await?;
        let secret = stored(self, name).await?;
        secret.ok_or_else(|| corrupt(format!("secret {name} was not stored")))
    }
}

async fn stored(store: &PostgresStore, name: &str) -> Result<Option<Bytes>> {
    let found = store.first(&queries::SECRET_GET, params![name]).await?;
    found.map(|row| get(&row, 0)).transpose()
}
