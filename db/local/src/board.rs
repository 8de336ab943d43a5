//! A board in memory.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::live::Board;
use tiltyard_db::live::board::NOTE_BYTES_MAX;
use tiltyard_db::{Result, StoreError};
use tokio::time::Instant;

use crate::sync::{after, lock};
use crate::{LocalStore, STORE, bounds};

#[async_trait]
impl Board for LocalStore {
    async fn post(&self, name: &str, note: Bytes, ttl: Duration) -> Result<()> {
        if note.len() > NOTE_BYTES_MAX {
            let what = format!("a note of {} bytes is over {NOTE_BYTES_MAX}", note.len());
            return Err(StoreError::Corrupt { store: STORE, what });
        }
        let now = Instant::now();
        let posted = lock(&self.notes).put(name.into(), note, after(now, ttl), now);
        posted.map_err(|_full| bounds::full("notes"))
    }

    async fn note(&self, name: &str) -> Result<Option<Bytes>> {
        Ok(lock(&self.notes).get(name, Instant::now()).cloned())
    }
}
