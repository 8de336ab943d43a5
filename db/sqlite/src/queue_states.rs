//! Paused and resumed queues.

use async_trait::async_trait;
use rusqlite::{Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Queues;
use tiltyard_db::durable::queues::QueueState;
use tiltyard_protocol::Timestamp;

use crate::fault::{Fault, Work};
use crate::queries;
use crate::sql::{all, first};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Queues for SqliteStore {
    async fn set_state(&self, state: QueueState) -> Result<QueueState> {
        self.write(Purpose::Other, 1, move |on| {
            let row = params![
                state.queue.as_str(),
                state.paused,
                state.reason,
                state.changed_at.micros()
            ];
            let unreturned = || Fault::Unreadable("a queue's state was put, but not returned".to_owned());
            first(on, queries::QUEUE_STATE_PUT, row, stored)?.ok_or_else(unreturned)
        })
        .await
    }

    async fn states(&self) -> Result<Vec<QueueState>> {
        self.read(|on| all(on, queries::QUEUE_STATES, [], stored)).await
    }
}

fn stored(row: &Row<'_>) -> Work<QueueState> {
    let queue = row.get::<_, String>(0)?;
    let unreadable = |error| Fault::Unreadable(format!("queue {queue:?}: {error}"));
    Ok(QueueState {
        queue: queue.parse().map_err(unreadable)?,
        paused: row.get(1)?,
        reason: row.get(2)?,
        changed_at: Timestamp::from_micros(row.get(3)?),
    })
}
