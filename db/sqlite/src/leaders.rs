//! Epochs of queue leaders. One writer serialises minting and commits, so that the fence is a plain comparison.

use async_trait::async_trait;
use rusqlite::{Connection, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Leaders;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_protocol::{BootId, Epoch, QueueName, Timestamp};

use crate::fault::Work;
use crate::queries;
use crate::sql::{first, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Leaders for SqliteStore {
    async fn mint(&self, queue: &QueueName, boot: BootId, at: Timestamp) -> Result<Leadership> {
        let queue = queue.clone();
        self.write(Purpose::Other, 1, move |on| mint(on, queue, boot, at)).await
    }
}

fn mint(on: &Connection, queue: QueueName, boot: BootId, at: Timestamp) -> Work<Leadership> {
    let before = current(on, &queue)?.map_or(Epoch(0), |(epoch, _boot)| epoch);
    run(on, queries::EPOCH_CLOSE, params![queue.as_str(), before.0])?;
    let epoch = Epoch(before.0 + 1);
    run(
        on,
        queries::EPOCH_MINT,
        params![queue.as_str(), epoch.0, boot.as_bytes(), at.micros()],
    )?;
    Ok(Leadership { queue, epoch, boot })
}

/// Says whether `leadership` is the queue's newest.
pub(crate) fn is_current(on: &Connection, leadership: &Leadership) -> Work<bool> {
    let newest = current(on, &leadership.queue)?;
    Ok(newest == Some((leadership.epoch, leadership.boot)))
}

/// Counts matches that `leadership` made.
pub(crate) fn count_made(on: &Connection, leadership: &Leadership, made: i64) -> Work<()> {
    let row = params![leadership.queue.as_str(), leadership.epoch.0, made];
    run(on, queries::EPOCH_MADE_ADD, row).map(|_changed| ())
}

fn current(on: &Connection, queue: &QueueName) -> Work<Option<(Epoch, BootId)>> {
    first(on, queries::EPOCH_CURRENT, [queue.as_str()], |row| {
        Ok((Epoch(row.get(0)?), BootId::from_bytes(row.get(1)?)))
    })
}
