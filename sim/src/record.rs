//! What a fight tells while it runs: roster, events, frames and segments, to whoever implements [`Recorder`].
//!
//! A replay, a statistic and a test are recorders. Health is exact: begin with each roster entry's `health_max`, and
//! apply [`Event::health_change`] of every event to its target.

use crate::fight::Outcome;
use crate::kinds::{AbilityId, ClassId, Position, Side, Slot, vocabulary};

/// Listens to a fight. Every method does nothing unless implemented; `()` listens to nothing.
pub trait Recorder {
    /// Is told the units by slot before the first tick.
    fn begin(&mut self, _roster: &[RosterUnit]) {}
    /// Is told what happens, in order; ticks never go backwards.
    fn event(&mut self, _event: &Event) {}
    /// Is shown the units at the end of each tick, after the tick's events.
    fn tick(&mut self, _frame: &Frame<'_>) {}
    /// Is shown every 600th tick (and the last one) with the state hash, after that tick's frame.
    fn segment(&mut self, _segment: &Segment<'_>) {}
    /// Is told the outcome, last.
    fn end(&mut self, _outcome: &Outcome) {}
}

impl Recorder for () {}

/// One unit as it enters the fight; its index in the roster is its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterUnit {
    /// The unit's number.
    pub slot: Slot,
    /// Whom it fights for.
    pub side: Side,
    /// Number of its class.
    pub class: ClassId,
    /// Key of its class.
    pub class_key: String,
    /// Its health at the start, which is also its maximum.
    pub health_max: i32,
    /// Its energy at the start, which is also its maximum.
    pub energy_max: i32,
    /// Where it starts.
    pub position: Position,
}

/// All units at the end of a tick, by slot.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The tick, counted from 1.
    pub tick: u32,
    /// Where the units stand; the dead stay where they fell.
    pub positions: &'a [Position],
    /// Health, shield, energy.
    pub vitals: &'a [Vitals],
}

/// The perishable numbers of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Vitals {
    /// 0 to the maximum.
    pub health: i32,
    /// Maximum health.
    pub health_max: i32,
    /// Damage that its shields still absorb.
    pub shield: i32,
    /// 0 to the maximum.
    pub energy: i32,
    /// Maximum energy.
    pub energy_max: i32,
    /// Whether it stands; false from the end of the tick in which its health reached 0.
    pub alive: bool,
}

/// A checkpoint: the state at the end of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Number of the segment, from 0; segment `n` covers ticks `600 n + 1 ..= 600 (n + 1)` or to the end.
    pub index: u32,
    /// Hash over everything that can change the outcome.
    pub state_hash: u64,
    /// The units, as a keyframe.
    pub frame: Frame<'a>,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, counted from 1.
    pub tick: u32,
    /// What.
    pub kind: EventKind,
    /// By which ability, or [`AbilityId::NONE`].
    pub ability: AbilityId,
    /// Who did it, or [`crate::NO_SLOT`].
    pub source: Slot,
    /// To whom, or [`crate::NO_SLOT`].
    pub target: Slot,
    /// How much; its meaning is the kind's.
    pub amount: i32,
}

impl Event {
    /// Returns what the event adds to its target's health.
    #[must_use]
    pub const fn health_change(&self) -> i32 {
        match self.kind {
            EventKind::Damage | EventKind::Critical => -self.amount,
            EventKind::Heal => self.amount,
            _ => 0,
        }
    }

    /// Returns what the event adds to its target's shield.
    #[must_use]
    pub const fn shield_change(&self) -> i32 {
        match self.kind {
            EventKind::ShieldGain => self.amount,
            EventKind::Absorb | EventKind::ShieldLoss => -self.amount,
            _ => 0,
        }
    }
}

vocabulary! {
    /// Kinds of events.
    EventKind {
        /// A cast with a cast time begins; amount: its ticks.
        CastStart = "cast_start",
        /// An ability takes effect (at once or at the end of its cast); amount: energy spent.
        Cast = "cast",
        /// A cast is broken off by source; target: the caster; amount: ticks it still needed.
        Interrupt = "interrupt",
        /// Health lost; amount: exactly so much.
        Damage = "damage",
        /// Health lost to a critical hit; amount: exactly so much.
        Critical = "critical",
        /// Health gained; amount: exactly so much.
        Heal = "heal",
        /// Damage taken by shields; amount: exactly so much.
        Absorb = "absorb",
        /// Shield gained; amount: exactly so much.
        ShieldGain = "shield_gain",
        /// Shield run out or taken off; amount: exactly so much.
        ShieldLoss = "shield_loss",
        /// A physical hit was evaded.
        Evade = "evade",
        /// Crowd control met immunity by diminishing returns; amount: the status's number.
        Immune = "immune",
        /// Stunned; amount: ticks. This and the next nine stand in the order of [`crate::StatusKind`].
        Stun = "stun",
        /// Slowed; amount: ticks.
        Slow = "slow",
        /// Rooted; amount: ticks.
        Root = "root",
        /// Silenced; amount: ticks.
        Silence = "silence",
        /// Taunted; amount: ticks.
        Taunt = "taunt",
        /// Damage over time begins; amount: ticks.
        Dot = "dot",
        /// Healing over time begins; amount: ticks.
        Hot = "hot",
        /// Shielded; amount: ticks.
        Shield = "shield",
        /// A stat is raised; amount: ticks.
        Buff = "buff",
        /// A stat is lowered; amount: ticks.
        Debuff = "debuff",
        /// A status ends before its time; amount: the status's number.
        StatusEnd = "status_end",
        /// Energy changed by an effect; amount: the signed change.
        Energy = "energy",
        /// A unit is displaced at once (dash, blink, knockback); amount: centimetres.
        Displace = "displace",
        /// A projectile flies from source to target; amount: ticks until it arrives.
        Projectile = "projectile",
        /// A zone opens where target stands; amount: ticks it lasts.
        Zone = "zone",
        /// Fatigue goes up; amount: its step.
        Fatigue = "fatigue",
        /// Target dies; source: whoever dealt the last blow.
        Death = "death",
    }
}
