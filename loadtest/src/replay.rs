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
/// A replay is tables in one list: replay, segment.
const OPTIONS: VerifierOptions = VerifierOptions {
    max_depth: 6,
    // 10,000 ticks in segments of 600 are 17; the rest is one of each.
    max_tables: 64,
    max_apparent_size: 4 * limits::REPLAY_BYTES_MAX,
    ignore_missing_null_terminator: false,
};

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
    let ticks: u32 = segments.iter().map(|segment| u32::from(segment.ticks())).sum();
    if ticks != outcome.ticks() {
        return wrong(format!("segments cover {ticks} of {} ticks", outcome.ticks()));
    }
    let last = segments.iter().next_back().map(|segment| segment.state_hash());
    if last.is_some_and(|hash| hash != outcome.state_hash()) {
        return wrong("the last segment's state hash is not the outcome's".to_owned());
    }
    let slots = replay.seats().len();
    match segments.iter().position(|segment| !columns_agree(&segment, slots)) {
        Some(at) => wrong(format!("columns of segment {at} have different lengths")),
        None => Ok(()),
    }
}

fn columns_agree(segment: &Segment<'_>, slots: usize) -> bool {
    let events = segment.event_targets().len();
    let laced = |column: &[u8]| column.iter().filter(|&&byte| byte < u8::MAX).count();
    let waypoints: usize = segment.waypoint_rows().iter().map(usize::from).sum();
    segment.keyframe().len() == slots
        && segment.waypoint_rows().len() == slots
        && segment.waypoint_ticks().len() == waypoints
        && segment.waypoint_dx().len() == waypoints
        && segment.waypoint_dy().len() == waypoints
        && laced(segment.event_ticks().bytes()) == events
        && laced(segment.event_verbs().bytes()) == events
        && segment.event_amounts().len() == events
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
