//! Replays that the object store did not take in time.

use bytes::Bytes;
use rusqlite::{Connection, params};
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::Timestamp;

use crate::fault::Work;
use crate::queries;
use crate::sql::{all, first, limit, run};

/// Spools a replay.
pub(crate) fn put(on: &Connection, replay: &ReplayRecord, bytes: &Bytes, at: Timestamp) -> Work<()> {
    let ReplayRecord { key, size, checksum } = replay;
    let row = params![key, size, checksum, bytes.as_ref(), at.micros()];
    run(on, queries::SPOOL_PUT, row).map(|_changed| ())
}

/// Returns the oldest spooled replays.
pub(crate) fn oldest(on: &Connection, rows: usize) -> Work<Vec<(ReplayRecord, Bytes)>> {
    all(on, queries::SPOOL_OLDEST, [limit(rows)], |row| {
        let replay = ReplayRecord {
            key: row.get(0)?,
            size: row.get(1)?,
            checksum: row.get(2)?,
        };
        Ok((replay, Bytes::from(row.get::<_, Vec<u8>>(3)?)))
    })
}

/// Returns one spooled replay.
pub(crate) fn get(on: &Connection, key: &str) -> Work<Option<Bytes>> {
    first(on, queries::SPOOL_GET, [key], |row| {
        Ok(Bytes::from(row.get::<_, Vec<u8>>(0)?))
    })
}

/// Forgets spooled replays.
pub(crate) fn forget(on: &Connection, keys: &[String]) -> Work<()> {
    for key in keys {
        run(on, queries::SPOOL_DELETE, [key])?;
    }
    Ok(())
}
