//! Whether a stored replay can be read, and is of the match whose record names it.
//!
//! The way of every reader: byte caps, bounded decompression, the verifier with limits made for replays, meaning.

use std::io::Read;

use flatbuffers::VerifierOptions;
use tiltyard_protocol::generated::common::{EndReason as WireReason, Winner};
use tiltyard_protocol::generated::replay::{REPLAY_IDENTIFIER, Replay, Segment, root_as_replay_with_opts};
use tiltyard_protocol::http::matches::MatchView;
use tiltyard_protocol::{ContentHash, EndReason, Side, StateHash, limits};
use zstd::stream::read::Decoder;

/// 2^22 = 4 MiB: no replay is larger, so no honest frame asks for a wider window.
const WINDOW_LOG_MAX: u32 = 22;
/// The layout that this program reads.
const FORMAT: u16 = 1;
/// A replay is three tables: itself, its versions and its outcome.
const OPTIONS: VerifierOptions = VerifierOptions {
    max_depth: 6,
    max_tables: 3,
    max_apparent_size: 4 * limits::REPLAY_BYTES_MAX,
    ignore_missing_null_terminator: false,
};

/// The bytes of a laced column below this one end a number.
const LACED_MORE: u8 = 240;

const _: () = assert!(1 << WINDOW_LOG_MAX >= limits::REPLAY_BYTES_MAX);

/// What is wrong with a replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The bytes are no single zstd frame of the allowed size.
    #[error("packing: {0}")]
    Packing(String),
    /// The bytes are no replay.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The replay contradicts itself.
    #[error("inconsistent: {0}")]
    Inconsistent(String),
    /// The replay is of another match than the record.
    #[error("{what} is {found} in the replay, {recorded} in the match record")]
    Other {
        /// The field that differs.
        what: &'static str,
        /// As the replay has it.
        found: String,
        /// As the record has it.
        recorded: String,
    },
}

/// Checks that `packed` is a sound replay of the match that `record` describes.
///
/// # Errors
/// The first thing found wrong.
pub fn check(packed: &[u8], record: &MatchView) -> Result<(), ReplayError> {
    let bytes = unpack(packed)?;
    let replay = parse(&bytes)?;
    consistent(&replay)?;
    same_match(&replay, record)
}

/// Decompresses one frame. Memory stays within the window and the output's cap, whatever the frame claims.
fn unpack(packed: &[u8]) -> Result<Vec<u8>, ReplayError> {
    let packing = |error: std::io::Error| ReplayError::Packing(error.to_string());
    let mut decoder = Decoder::with_buffer(packed).map_err(packing)?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(packing)?;
    let mut bytes = Vec::new();
    let cap = limits::REPLAY_BYTES_MAX as u64 + 1;
    decoder.by_ref().take(cap).read_to_end(&mut bytes).map_err(packing)?;
    if packed.len() > limits::REPLAY_PACKED_BYTES_MAX || bytes.len() > limits::REPLAY_BYTES_MAX {
        return Err(ReplayError::Packing("larger than a replay may be".to_owned()));
    }
    if !decoder.finish().is_empty() {
        return Err(ReplayError::Packing("bytes after the frame".to_owned()));
    }
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Replay<'_>, ReplayError> {
    if bytes.get(4..8) != Some(REPLAY_IDENTIFIER.as_bytes()) {
        return Err(ReplayError::Malformed("another file identifier".to_owned()));
    }
    let replay =
        root_as_replay_with_opts(&OPTIONS, bytes).map_err(|error| ReplayError::Malformed(error.to_string()))?;
    if replay.format() != FORMAT {
        return Err(ReplayError::Malformed(format!("format {}", replay.format())));
    }
    Ok(replay)
}

/// Checks the shape that any player of the replay relies on.
fn consistent(replay: &Replay<'_>) -> Result<(), ReplayError> {
    let wrong = |what: String| Err(ReplayError::Inconsistent(what));
    let (segments, outcome) = (replay.segments(), replay.outcome());
    let expected = outcome.ticks().div_ceil(replay.segment_ticks().max(1).into());
    if u32::try_from(segments.len()) != Ok(expected) {
        return wrong(format!("{} segments for {} ticks", segments.len(), outcome.ticks()));
    }
    let last = segments.iter().next_back().map(|segment| segment.state_hash());
    if last.is_some_and(|hash| hash != outcome.state_hash()) {
        return wrong("the last segment's state hash is not the outcome's".to_owned());
    }
    match columns(replay).iter().find(|(_, found, told)| *found as u64 != *told) {
        Some((name, found, told)) => wrong(format!("{name} has {found} elements, the segments tell of {told}")),
        None => Ok(()),
    }
}

/// Returns each column's name, its length, and the length that other parts of the replay give it.
fn columns(replay: &Replay<'_>) -> [(&'static str, usize, u64); 10] {
    let segments = replay.segments();
    let told = |length: fn(&Segment) -> u32| segments.iter().map(|segment| u64::from(length(segment))).sum();
    let laced = |column: &[u8]| column.iter().filter(|&&byte| byte < LACED_MORE).count();
    let ticks = replay.event_ticks().bytes();
    let keyframes = segments.len() as u64 * replay.seats().len() as u64;
    [
        ("keyframes", replay.keyframes().len(), keyframes),
        ("statuses", replay.statuses().len(), told(Segment::statuses)),
        ("zones", replay.zones().len(), told(Segment::zones)),
        ("flights", replay.flights().len(), told(Segment::flights)),
        ("waypoints", replay.waypoints().len(), told(Segment::waypoints)),
        ("event_ticks", ticks.len(), told(Segment::event_ticks)),
        (
            "event_phrases",
            replay.event_phrases().len(),
            told(Segment::event_phrases),
        ),
        (
            "event_targets",
            replay.event_targets().len(),
            told(Segment::event_targets),
        ),
        (
            "event_amounts",
            replay.event_amounts().len(),
            told(Segment::event_amounts),
        ),
        (
            "event_phrases",
            laced(replay.event_phrases().bytes()),
            laced(ticks) as u64,
        ),
    ]
}

fn same_match(replay: &Replay<'_>, record: &MatchView) -> Result<(), ReplayError> {
    let outcome = replay.outcome();
    let recorded = record.outcome.as_ref();
    let content = ContentHash::from_bytes(replay.versions().content().bytes().into());
    equal(
        "winner",
        Some(winner(outcome.winner())),
        recorded.map(|end| Some(end.winner)),
    )?;
    equal("reason", reason(outcome.reason()), recorded.map(|end| end.reason))?;
    equal("ticks", Some(outcome.ticks()), recorded.map(|end| end.ticks))?;
    equal(
        "state hash",
        Some(StateHash(outcome.state_hash())),
        recorded.map(|end| end.state_hash),
    )?;
    equal("rules version", replay.versions().rules(), record.stamps.rules_version)?;
    equal("content", content, record.stamps.content)
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &'static str, found: T, recorded: T) -> Result<(), ReplayError> {
    if found == recorded {
        return Ok(());
    }
    let (found, recorded) = (format!("{found:?}"), format!("{recorded:?}"));
    Err(ReplayError::Other { what, found, recorded })
}

/// Returns the winning side; outer `None` is a value that the schema does not have.
const fn winner(winner: Winner) -> Option<Option<Side>> {
    match winner {
        Winner::Draw => Some(None),
        Winner::Left => Some(Some(Side::Left)),
        Winner::Right => Some(Some(Side::Right)),
        _ => None,
    }
}

const fn reason(reason: WireReason) -> Option<EndReason> {
    match reason {
        WireReason::Elimination => Some(EndReason::Elimination),
        WireReason::MutualKill => Some(EndReason::MutualKill),
        WireReason::TimeLimit => Some(EndReason::TimeLimit),
        _ => None,
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
