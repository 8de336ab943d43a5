//! How much this store keeps at most. A store at a bound answers [`StoreError::Unavailable`], as a full Redis does.

use tiltyard_db::StoreError;
use tiltyard_protocol::limits::{CONNECTIONS_MAX, INBOX_MAX, JOBS_MAX};

use crate::STORE;

/// Leases held at once: one a queue, and a few of the process itself.
pub(crate) const LEASES_MAX: usize = 1_024;
/// Windows open at once; at about 200 bytes a key 20 MB.
pub(crate) const LIMIT_KEYS_MAX: usize = 100_000;
/// Notes on the board: one a queue, and the answers of the last seconds; at 16 KiB a note 64 MiB.
pub(crate) const NOTES_MAX: usize = 4_096;
/// Pairs of a player and a node. One node has no more players than connections; the rest is for those whose leaving was not said.
pub(crate) const PRESENCES_MAX: usize = 4 * CONNECTIONS_MAX;
/// Rules versions with a stream.
pub(crate) const STREAMS_MAX: usize = 64;
/// Jobs of one stream that are delivered and not acknowledged; at 10 KB a request 100 MB.
/// At this bound nothing more is taken, so that the waiting ones fill up to their own bound and pairing stops.
pub(crate) const DELIVERED_MAX: usize = JOBS_MAX;
/// Readers of all inboxes: two a queue that may be led here, one of the node, and those that have gone unnoticed.
pub(crate) const READERS_MAX: usize = 256;
/// Slots of one reader: the hints, and one place that is always left for the notice that some were lost.
pub(crate) const READER_SLOTS: usize = INBOX_MAX + 1;

const _: () = assert!(PRESENCES_MAX >= CONNECTIONS_MAX);
const _: () = assert!(DELIVERED_MAX >= 1 && INBOX_MAX >= 1);

/// Says which bound was reached.
pub(crate) fn full(of: &'static str) -> StoreError {
    StoreError::unavailable(STORE, format!("it holds as many {of} as it may"))
}
