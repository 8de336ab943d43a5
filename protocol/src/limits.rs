//! Every limit of the system in one place, each with its arithmetic, checked against each other at compile time.
//!
//! A limit that an operator may change is a default in the gateway's configuration and names its constant here.

use std::time::Duration;

/// Units a team may have.
pub const UNITS_MAX: usize = 8;
/// Largest body of a request. A build of 8 units with 12 rules of depth 3 is about 20 KB of JSON.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest request head, as in CHECKS security 7.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Headers a request may have.
pub const HEADERS_MAX: usize = 64;
/// Largest access token: ours are about 400 bytes.
pub const TOKEN_BYTES_MAX: usize = 2 * 1024;
/// Time for the first and for each later request head to arrive.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a body to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for a handler to answer. Longer than the longest ask below it.
pub const HANDLER_TIMEOUT: Duration = Duration::from_secs(8);
/// Time a writer has to answer an ask: a group commit takes milliseconds, a busy disk a second.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Time a peer may take no byte of an answer before it is cut.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(5);
/// Open connections of one process.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Open connections from one address. Loopback is exempt: a reverse proxy and the load test live there.
pub const CONNECTIONS_PER_IP_MAX: usize = 256;

/// Characters of a player's or a team's name.
pub const NAME_CHARS_MAX: usize = 32;
/// Teams a player may keep.
pub const TEAMS_PER_PLAYER_MAX: usize = 32;
/// Live (queued or matched) tickets a player may have: the slots of `UNIQUE (player, slot)`.
pub const TICKETS_PER_PLAYER_MAX: usize = 16;
/// Writes of one player that may be under way at once on a node; over it 429.
pub const WRITES_PER_PLAYER_MAX: usize = 8;
/// Age and retention of ticket ids: an older id is refused, so that a forgotten one cannot come back.
pub const TICKET_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
/// How far a client's clock may run ahead.
pub const TICKET_FUTURE_MAX: Duration = Duration::from_secs(5 * 60);
/// Life of a queued ticket before it expires; shorter than the retention.
pub const TICKET_LIFE: Duration = Duration::from_secs(3 * 24 * 3600);
/// Queued tickets a leader holds; at 128 bytes a ticket 256 MB.
pub const QUEUE_TICKETS_MAX: usize = 2_000_000;

/// Spread of a ticket that names none, in rating points.
pub const SPREAD_DEFAULT: u16 = 400;
/// Widest spread a ticket may name.
pub const SPREAD_MAX: u16 = 4_000;

/// Queues of a deployment. A cancel is told to each of them.
pub const QUEUES_MAX: usize = 32;
/// Characters of an operator's reason.
pub const REASON_CHARS_MAX: usize = 200;
/// Longest time in which two who met do not meet again; each meeting is remembered so long.
pub const REPEAT_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);
/// Questions of one player to a leader that may be under way at once on a node; over it 429.
pub const QUESTIONS_PER_PLAYER_MAX: usize = 1;

/// Items of one group commit.
pub const COMMIT_ITEMS_MAX: usize = 128;
/// Time between the beginnings of two groups of results: a commit costs more than the matches in it, and who waits for a result
/// under load has waited for longer. A result that comes alone goes at once.
pub const RESULTS_PACE: Duration = Duration::from_millis(100);
/// Commands waiting at a writer: 16 full groups.
pub const WRITER_MAILBOX_MAX: usize = 16 * COMMIT_ITEMS_MAX;

/// Encoded match request: two builds in FlatBuffers are about 10 KB.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// Encoded match result: 2 x 8 units (and summons) of statistics.
pub const RESULT_BYTES_MAX: usize = 16 * 1024;
/// Replay before compression; the largest seen is under 100 KB.
pub const REPLAY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Replay after compression.
pub const REPLAY_PACKED_BYTES_MAX: usize = 1024 * 1024;
/// Time the object store has before a replay is spooled in the database.
pub const REPLAY_PUT_TIMEOUT: Duration = Duration::from_millis(200);
/// Age at which a spooled replay is a violation: no object store is expected to be away for a day.
pub const SPOOL_AGE_MAX: Duration = Duration::from_secs(24 * 3600);

/// Jobs that wait for a worker before pairing stops.
pub const JOBS_MAX: usize = 10_000;
/// Time after which a job that nobody acknowledged is given to another worker: hundreds of times a fight.
pub const JOB_MIN_IDLE: Duration = Duration::from_secs(3);
/// Reported failures after which a match is given up.
pub const JOB_FAILURES_MAX: u32 = 3;
/// Deliveries after which a match is given up even if no worker lived to report.
pub const JOB_DELIVERIES_MAX: u32 = 10;

/// Events read from the log at a time.
pub const EVENT_PAGE_MAX: usize = 128;
/// Age at which events are trimmed from the log.
pub const EVENT_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
/// Open streams of one player on a node; the oldest gives way.
pub const STREAMS_PER_PLAYER_MAX: usize = 5;
/// Frames on their way to one stream. A page fits, or a full page could never be sent.
pub const STREAM_FRAMES_MAX: usize = EVENT_PAGE_MAX + 4;
/// Time between heartbeats on a stream, +- 20 %.
pub const STREAM_HEARTBEAT: Duration = Duration::from_secs(15);
/// Life of a stream's connection, 80 to 100 % of it.
pub const STREAM_LIFE: Duration = Duration::from_secs(600);
/// Wake-ups waiting in an inbox; over it the reader is told that it lagged and reads the log.
pub const INBOX_MAX: usize = 8_192;
/// Matches on one page of a player's history.
pub const HISTORY_PAGE_MAX: usize = 100;

/// Time the actors have to end in order; what is not done by then is found by the next process.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Life of an access token.
pub const TOKEN_LIFE: Duration = Duration::from_secs(3600);
/// Sign-ins from one address (IPv6: one /64) in [`SIGN_IN_WINDOW`]. Loopback is exempt.
pub const SIGN_INS_PER_IP_MAX: u32 = 30;
/// Window of [`SIGN_INS_PER_IP_MAX`].
pub const SIGN_IN_WINDOW: Duration = Duration::from_secs(60);

const _: () = assert!(WRITE_TIMEOUT.as_millis() < HANDLER_TIMEOUT.as_millis());
const _: () = assert!(TICKET_LIFE.as_secs() < TICKET_RETENTION.as_secs());
const _: () = assert!(EVENT_PAGE_MAX < STREAM_FRAMES_MAX);
const _: () = assert!(SPREAD_DEFAULT <= SPREAD_MAX);
const _: () = assert!(REPLAY_PACKED_BYTES_MAX < REPLAY_BYTES_MAX);
const _: () = assert!(WRITES_PER_PLAYER_MAX <= TICKETS_PER_PLAYER_MAX);
const _: () = assert!(JOB_FAILURES_MAX < JOB_DELIVERIES_MAX);
