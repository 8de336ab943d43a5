//! Content bundles by hash, and which of them is in force.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::Result;
use tiltyard_db::durable::Contents;
use tiltyard_db::durable::content::Published;
use tiltyard_protocol::{ContentHash, Timestamp};
use tokio_postgres::Row;

use crate::codes::Stored as _;
use crate::params::params;
use crate::queries;
use crate::rows::{corrupt, get, get_code};
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

    async fn publish(&self, rules_version: u32, published: Published) -> Result<Option<Published>> {
        let Published { hash, origin, at } = published;
        let before = self
            .first(
                &queries::CONTENT_PUBLISH,
                params![
                    i64::from(rules_version),
                    hash.as_bytes().as_slice(),
                    origin.code(),
                    at.micros()
                ],
            )
            .await?;
        before.map(|row| in_force(&row)).transpose()
    }

    async fn offer(&self, rules_version: u32, hash: ContentHash, at: Timestamp) -> Result<Published> {
        self.query(
            &queries::CONTENT_OFFER,
            params![i64::from(rules_version), hash.as_bytes().as_slice(), at.micros()],
        )
        .await?;
        let published = self.published(rules_version).await?;
        published.ok_or_else(|| corrupt("what was offered is not in force, and nothing else is".to_owned()))
    }

    async fn published(&self, rules_version: u32) -> Result<Option<Published>> {
        let found = self
            .first(&queries::CONTENT_PUBLISHED, params![i64::from(rules_version)])
            .await?;
        found.map(|row| in_force(&row)).transpose()
    }
}

fn in_force(row: &Row) -> Result<Published> {
    Ok(Published {
        hash: get(row, 0)?,
        origin: get_code(row, 1)?,
        at: get(row, 2)?,
    })
}
