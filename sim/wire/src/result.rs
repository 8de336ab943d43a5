//! Match results: what came out of a fight, for the record.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use serde::{Serialize, Serializer};
use tiltyard_protocol::generated::{common, match_result as fb};
use tiltyard_protocol::{MatchId, limits};
use tiltyard_sim::limits::SLOTS_MAX;
use tiltyard_sim::{EndReason, Outcome, Side, UnitStats};

use crate::error::{Meaning, WireError};
use crate::message::{FORMAT, Shape};
use crate::versions::{self, Versions};

const SHAPE: Shape = Shape {
    message: "match result",
    identifier: fb::MATCH_RESULT_IDENTIFIER,
    bytes_max: limits::RESULT_BYTES_MAX,
    depth_max: 2,
    tables_max: 3,
};

/// The outcome of a match, with what it followed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchResult {
    /// Which match.
    pub match_id: MatchId,
    /// Versions, content and seed that were simulated.
    pub versions: Versions,
    /// What came out.
    pub outcome: Outcome,
}

/// How a fight ended, without the units' statistics: what results and replays share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// The side still standing; none in a draw.
    pub winner: Option<Side>,
    /// Why it ended.
    pub reason: EndReason,
    /// Ticks it lasted.
    pub ticks: u32,
    /// Hash over everything that could have changed the outcome, at the end.
    #[serde(serialize_with = "hex")]
    pub state_hash: u64,
}

impl From<&Outcome> for Ending {
    fn from(outcome: &Outcome) -> Self {
        let Outcome {
            winner,
            reason,
            ticks,
            state_hash,
            units: _,
        } = *outcome;
        Self {
            winner,
            reason,
            ticks,
            state_hash,
        }
    }
}

/// Hashes are text in JSON: a JavaScript number holds 53 bits.
pub(crate) fn hex<S: Serializer>(hash: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{hash:016x}"))
}

/// Writes a result; equal results give equal bytes.
#[must_use]
pub fn encode_result(result: &MatchResult) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::with_capacity(1024);
    let units: Vec<_> = result.outcome.units.iter().map(encode_stats).collect();
    let units = builder.create_vector(&units);
    let versions = versions::encode(&mut builder, &result.versions);
    let outcome = encode_ending(&mut builder, Ending::from(&result.outcome));
    let args = fb::MatchResultArgs {
        format: FORMAT,
        match_id: Some(&common::Bytes16::new(result.match_id.as_bytes())),
        versions: Some(versions),
        outcome: Some(outcome),
        units: Some(units),
    };
    let root = fb::MatchResult::create(&mut builder, &args);
    SHAPE.finish(builder, root)
}

/// Reads a result.
///
/// # Errors
/// When the bytes are too many, malformed, of another format, or say what cannot be.
pub fn decode_result(bytes: &[u8]) -> Result<MatchResult, WireError> {
    let root = SHAPE.root::<fb::MatchResult<'_>>(bytes)?;
    SHAPE.check_format(root.format())?;
    if root.units().len() > SLOTS_MAX {
        return Err(Meaning::new("units", "more than two teams have").into());
    }
    let Ending {
        winner,
        reason,
        ticks,
        state_hash,
    } = decode_ending(root.outcome())?;
    let units = root.units().iter().map(decode_stats).collect();
    Ok(MatchResult {
        match_id: MatchId::from_bytes(root.match_id().bytes().into()),
        versions: versions::decode(root.versions())?,
        outcome: Outcome {
            winner,
            reason,
            ticks,
            state_hash,
            units,
        },
    })
}

pub(crate) fn encode_ending<'a>(
    builder: &mut FlatBufferBuilder<'a>,
    outcome: Ending,
) -> WIPOffset<common::Outcome<'a>> {
    common::Outcome::create(
        builder,
        &common::OutcomeArgs {
            winner: match outcome.winner {
                None => common::Winner::Draw,
                Some(Side::Left) => common::Winner::Left,
                Some(Side::Right) => common::Winner::Right,
            },
            reason: match outcome.reason {
                EndReason::Elimination => common::EndReason::Elimination,
                EndReason::MutualKill => common::EndReason::MutualKill,
                EndReason::TimeLimit => common::EndReason::TimeLimit,
            },
            ticks: outcome.ticks,
            state_hash: outcome.state_hash,
        },
    )
}

pub(crate) fn decode_ending(outcome: common::Outcome<'_>) -> Result<Ending, Meaning> {
    Ok(Ending {
        winner: match outcome.winner() {
            common::Winner::Draw => None,
            common::Winner::Left => Some(Side::Left),
            common::Winner::Right => Some(Side::Right),
            _ => return Err(Meaning::new("outcome.winner", "unknown number")),
        },
        reason: match outcome.reason() {
            common::EndReason::Elimination => EndReason::Elimination,
            common::EndReason::MutualKill => EndReason::MutualKill,
            common::EndReason::TimeLimit => EndReason::TimeLimit,
            _ => return Err(Meaning::new("outcome.reason", "unknown number")),
        },
        ticks: outcome.ticks(),
        state_hash: outcome.state_hash(),
    })
}

fn encode_stats(stats: &UnitStats) -> fb::UnitStats {
    let UnitStats {
        kills,
        deaths,
        damage,
        healing,
        casts,
    } = *stats;
    fb::UnitStats::new(kills, deaths, damage, healing, casts)
}

fn decode_stats(stats: &fb::UnitStats) -> UnitStats {
    UnitStats {
        kills: stats.kills(),
        deaths: stats.deaths(),
        damage: stats.damage(),
        healing: stats.healing(),
        casts: stats.casts(),
    }
}
