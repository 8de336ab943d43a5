//! Epochs of queue leaders.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Leaders;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_protocol::{BootId, Epoch, QueueName, Timestamp};

use crate::params::{Id, params};
use crate::queries;
use crate::rows::{get, only};
use crate::store::PostgresStore;

#[async_trait]
impl Leaders for PostgresStore {
    async fn mint(&self, queue: &QueueName, boot: BootId, at: Timestamp) -> Result<Leadership> {
        let minted = self
            .query(&queries::EPOCH_MINT, params![queue.as_str(), boot.uuid(), at.micros()])
            .await?;
        Ok(Leadership {
            queue: queue.clone(),
            epoch: Epoch(get(only(&minted)?, 0)?),
            boot,
        })
    }
}
