//! The golden messages of a format and what is to be read out of them. Shared with the example `bless_messages`.

use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tiltyard_sim_wire::replay::ReplaySegment;
use tiltyard_sim_wire::{Replay, decode_request, decode_result};

/// Where digests start.
const START: u64 = 12;

/// The messages of one format's folder.
pub(crate) struct GoldenFiles {
    pub(crate) request: Vec<u8>,
    pub(crate) result: Vec<u8>,
    /// As it is stored.
    pub(crate) replay: Vec<u8>,
}

impl GoldenFiles {
    /// Returns where the formats' folders are.
    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
    }

    /// Reads all three and says what they say.
    pub(crate) fn summary(&self) -> Result<Value, Box<dyn Error>> {
        let request = decode_request(&self.request)?;
        let result = decode_result(&self.result)?;
        let replay = Replay::decode(&self.replay)?;
        let ticks = replay.ending.ticks;
        let states = [0, ticks / 3, ticks].map(|tick| json!({"tick": tick, "units": replay.state_at(tick)}));
        Ok(json!({
            "request": {
                "match_id": request.match_id,
                "versions": request.versions,
                "left": request.left,
                "right": request.right,
            },
            "result": {"match_id": result.match_id, "versions": result.versions, "outcome": result.outcome},
            "replay": {
                "versions": replay.versions,
                "outcome": replay.ending,
                "segment_ticks": replay.segment_ticks,
                "classes": replay.classes,
                "abilities": replay.abilities,
                "units": replay.units,
                "segments": replay.segments.iter().map(segment).collect::<Vec<_>>(),
                "states": states,
            },
        }))
    }
}

fn segment(segment: &ReplaySegment) -> Value {
    let statuses: usize = segment.keyframe.iter().map(|unit| unit.statuses.len()).sum();
    let corners = segment.paths.iter().flatten();
    let corners = corners.fold(START, |sum, at| {
        fold(sum, [at.tick.into(), at.x.into(), at.y.into(), 0])
    });
    let events = segment.events.iter().fold(START, |sum, event| {
        let who = event.source.map_or(-1, i64::from) << 8 | event.target.map_or(-1, i64::from);
        let what = event.ability.map_or(-1, i64::from) << 8 | i64::from(event.kind as u8);
        fold(sum, [event.tick.into(), who, what, event.amount.into()])
    });
    json!({
        "start_tick": segment.start_tick,
        "ticks": segment.ticks,
        "state_hash": format!("{:016x}", segment.state_hash),
        "statuses": statuses,
        "zones": segment.zones.len(),
        "flights": segment.flights.len(),
        "paths": {"corners": segment.paths.iter().flatten().count(), "digest": format!("{corners:016x}")},
        "events": {"count": segment.events.len(), "digest": format!("{events:016x}")},
    })
}

/// FNV-1a over words, so that a summary can stand for thousands of values.
fn fold(sum: u64, words: [i64; 4]) -> u64 {
    words.into_iter().fold(sum, |sum, word| {
        (sum ^ word.cast_unsigned()).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
