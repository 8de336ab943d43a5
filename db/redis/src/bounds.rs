//! Every time-out and bound of this store, in one place.

use std::time::Duration;

use tiltyard_protocol::limits::INBOX_MAX;

/// Longest wait for the answer to one command. A call may be made of several, one after the other.
pub(crate) const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest wait for a connection, and again for its greeting.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Time between two looks at whether a connection still answers.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(500);
/// A connection that does not answer for this long is given up. Whatever was asked before has timed out by then.
pub(crate) const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// First pause before connecting again, in milliseconds; it doubles.
pub(crate) const RECONNECT_MIN_MS: u32 = 50;
/// Longest pause before connecting again, in milliseconds.
pub(crate) const RECONNECT_MAX_MS: u32 = 2_000;
/// Up to this much is added to a pause, in milliseconds, so that nodes do not come back in step.
pub(crate) const RECONNECT_JITTER_MS: u32 = 100;
/// A connection that lived this long was a good one: the next pause is the first again.
pub(crate) const STEADY: Duration = Duration::from_secs(5);

/// Calls under way at once; the next one is refused.
pub(crate) const CALLS_MAX: usize = 1_024;
/// Commands that wait inside the client library to be written to one connection.
pub(crate) const COMMANDS_MAX: usize = 16 * CALLS_MAX;
/// Parts of one call that are under way at once.
pub(crate) const PARTS_MAX: usize = 64;

/// Longest wait of one blocking read. A server that forgets to wake a reader whose stream was deleted costs this much.
pub(crate) const BLOCK: Duration = Duration::from_secs(2);
/// Connections for blocking reads, one for each `take` that waits.
pub(crate) const WAITING_MAX: usize = 16;
/// Connections for blocking reads that are kept while nobody waits.
pub(crate) const WAITING_IDLE_MAX: usize = 4;
/// Jobs of one submission.
pub(crate) const SUBMIT_JOBS_MAX: usize = 128;
/// Bytes of requests in one submission, so that no script holds up the others for long.
pub(crate) const SUBMIT_BYTES_MAX: usize = 1024 * 1024;
/// Jobs of one delivery.
pub(crate) const CREDITS_MAX: usize = 1_000;
/// Receipts of one acknowledgement.
pub(crate) const RECEIPTS_MAX: usize = 1_000;
/// Life of a stream to which nothing is submitted: a rules version that nobody runs leaves nothing behind.
pub(crate) const STREAM_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Silence after which a consumer without jobs is forgotten.
pub(crate) const CONSUMER_SILENCE: Duration = Duration::from_secs(3600);

/// Players of one script call.
pub(crate) const PLAYERS_MAX: usize = 256;

/// Bytes of one message, which carries many hints. A hint that is larger alone is told as lost.
pub(crate) const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Messages that were received and not yet given to the readers: at most 16 MiB. What is more is told as lost.
pub(crate) const MESSAGES_MAX: usize = 1_024;
/// Readers of all inboxes: two a queue that may be led here, one of the node, and those that have gone unnoticed.
pub(crate) const READERS_MAX: usize = 256;
/// Slots of one reader: the hints, and one place that is always left for the notice that some were lost.
pub(crate) const READER_SLOTS: usize = INBOX_MAX + 1;

/// Longest life of anything, so that no sum overflows on the server.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

const _: () = assert!(HEARTBEAT_TIMEOUT.as_millis() > COMMAND_TIMEOUT.as_millis());
const _: () = assert!(CREDITS_MAX < 7_000, "what Lua can unpack");

/// Returns a life as Redis takes it: whole milliseconds, at least one.
pub(crate) fn life_ms(span: Duration) -> i64 {
    let millis = span.clamp(Duration::from_millis(1), FOREVER).as_millis();
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// Returns a number as Redis takes it.
pub(crate) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
