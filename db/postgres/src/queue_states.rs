//! Paused and resumed queues.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Queues;
use tiltyard_db::durable::queues::QueueState;
use tokio_postgres::Row;

use crate::params::params;
use crate::queries;
use crate::rows::{corrupt, get};
use crate::store::PostgresStore;

#[async_trait]
impl Queues for PostgresStore {
    async fn set_state(&self, state: QueueState) -> Result<QueueState> {
        let changed_at = state.changed_at.micros();
        let queue = state.queue.as_str();
        let rows = self
            .query(
                &queries::QUEUE_STATE_PUT,
                params![queue, state.paused, state.reason, changed_at],
            )
            .await?;
        let stored = rows
            .first()
            .ok_or_else(|| corrupt("a queue's state was put, but not returned".to_owned()))?;
        self::state(stored)
    }

    async fn states(&self) -> Result<Vec<QueueState>> {
        let rows = self.query(&queries::QUEUE_STATES, params![]).await?;
        rows.iter().map(state).collect()
    }
}

fn state(row: &Row) -> Result<QueueState> {
    let queue = get::<String>(row, 0)?;
    Ok(QueueState {
        queue: queue
            .parse()
            .map_err(|error| corrupt(format!("queue {queue:?}: {error}")))?,
        paused: get(row, 1)?,
        reason: get(row, 2)?,
        changed_at: get(row, 3)?,
    })
}
