//! Content bundles by hash, and which of them is in force.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Contents;
use tiltyard_db::durable::content::Published;
use tiltyard_protocol::{ContentHash, Timestamp};

use crate::codes::Code;
use crate::fault::{Fault, Work};
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

    async fn publish(&self, rules_version: u32, published: Published) -> Result<Option<Published>> {
        self.write(Purpose::Other, 1, move |on| {
            let Published { hash, origin, at } = published;
            let before = in_force(on, rules_version)?;
            let row = params![rules_version, hash.as_bytes(), Code(origin), at.micros()];
            run(on, queries::CONTENT_PUBLISH, row)?;
            Ok(before)
        })
        .await
    }

    async fn offer(&self, rules_version: u32, hash: ContentHash, at: Timestamp) -> Result<Published> {
        self.write(Purpose::Other, 1, move |on| {
            let row = params![rules_version, hash.as_bytes(), at.micros()];
            run(on, queries::CONTENT_OFFER, row)?;
            let published = in_force(on, rules_version)?;
            published
                .ok_or_else(|| Fault::Unreadable("what was offered is not in force, and nothing else is".to_owned()))
        })
        .await
    }

    async fn published(&self, rules_version: u32) -> Result<Option<Published>> {
        self.read(move |on| in_force(on, rules_version)).await
    }
}

fn in_force(on: &Connection, rules_version: u32) -> Work<Option<Published>> {
    first(on, queries::CONTENT_PUBLISHED, [rules_version], |row| {
        let Code(origin) = row.get(1)?;
        Ok(Published {
            hash: ContentHash::from_bytes(row.get(0)?),
            origin,
            at: Timestamp::from_micros(row.get(2)?),
        })
    })
}
