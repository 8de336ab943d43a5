//! Content bundles by hash.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::Result;
use tiltyard_db::durable::Contents;
use tiltyard_protocol::{ContentHash, Timestamp};

use crate::params::params;
use crate::queries;
use crate::rows::get;
use crate::store::PostgresStore;

#[async_trait]
impl Contents for PostgresStore {
    async fn put_content(&self, hash: ContentHash, bundle: Bytes, at: Timestamp) -> Result<()> {
        self.query(
            &queries::CONTENT_PUT,
            params![hash.as_bytes().as_slice(), bundle.as_ref(), at.micros()],
        )
        .await
        .map(|_rows| ())
    }

    async fn content(&self, hash: ContentHash) -> Result<Option<Bytes>> {
        let found = self
            .first(&queries::CONTENT_GET, params![hash.as_bytes().as_slice()])
            .await?;
        found.map(|row| get(&row, 0)).transpose()
    }
}
