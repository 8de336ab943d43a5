//! Content bundles by hash.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::params;
use tiltyard_db::Result;
use tiltyard_db::durable::Contents;
use tiltyard_protocol::{ContentHash, Timestamp};

use crate::queries;
use crate::sql::{first, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Contents for SqliteStore {
    async fn put_content(&self, hash: ContentHash, bundle: Bytes, at: Timestamp) -> Result<()> {
        self.write(Purpose::Other, 1, move |on| {
            let row = params![hash.as_bytes(), bundle.as_ref(), at.micros()];
            run(on, queries::CONTENT_PUT, row).map(|_changed| ())
        })
        .await
    }

    async fn content(&self, hash: ContentHash) -> Result<Option<Bytes>> {
        self.read(move |on| {
            first(on, queries::CONTENT_GET, [hash.as_bytes()], |row| {
                Ok(Bytes::from(row.get::<_, Vec<u8>>(0)?))
            })
        })
        .await
    }
}
