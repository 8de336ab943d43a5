//! One fight: two validated teams and a seed in, an outcome out. Same fight, same outcome, bit for bit.

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::engine;
use crate::kinds::{Side, vocabulary};
use crate::record::Recorder;
use crate::team::Team;

/// Two teams that were validated against one content, and the seed of every die.
#[derive(Clone, Copy, Debug)]
pub struct Fight<'a> {
    pub(crate) content: &'a Content,
    pub(crate) seed: [u8; 16],
    pub(crate) left: &'a Team,
    pub(crate) right: &'a Team,
}

/// A team was validated against another content than the fight's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {} team was validated against other content; validate its build again", side.key())]
pub struct ForeignTeam {
    /// Whose team.
    pub side: Side,
}

impl<'a> Fight<'a> {
    /// Puts two teams against each other.
    ///
    /// # Errors
    /// When a team was validated against other content.
    pub fn new(content: &'a Content, seed: [u8; 16], left: &'a Team, right: &'a Team) -> Result<Self, ForeignTeam> {
        for (side, team) in [(Side::Left, left), (Side::Right, right)] {
            if team.content_hash() != content.hash() {
                return Err(ForeignTeam { side });
            }
        }
        Ok(Self {
            content,
            seed,
            left,
            right,
        })
    }
}

vocabulary! {
    /// Why a fight ended.
    EndReason {
        /// One side has no unit standing.
        Elimination = "elimination",
        /// The last units of both sides died in one tick: a draw.
        MutualKill = "mutual_kill",
        /// Tick 10,000 was reached: a draw.
        TimeLimit = "time_limit",
    }
}

/// How a fight ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The side still standing; none in a draw.
    pub winner: Option<Side>,
    /// Why it ended.
    pub reason: EndReason,
    /// Ticks it lasted.
    pub ticks: u32,
    /// Hash over everything that could have changed the outcome, at the end.
    pub state_hash: u64,
    /// What each unit did, by slot.
    pub units: Vec<UnitStats>,
}

/// What one unit did in a fight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnitStats {
    /// Last blows it dealt.
    pub kills: u32,
    /// Times it died.
    pub deaths: u32,
    /// Health it took from enemies, absorbed damage included.
    pub damage: u32,
    /// Health it gave to allies and itself.
    pub healing: u32,
    /// Abilities that took effect, basic attacks included.
    pub casts: u32,
}

/// Fights it out, telling the recorder.
pub fn run<R: Recorder>(fight: &Fight<'_>, recorder: &mut R) -> Outcome {
    engine::run(fight, recorder)
}
