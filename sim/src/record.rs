//! What a fight tells while it runs: roster, events, frames and segments, to whoever implements [`Recorder`].
//!
//! A replay, a statistic and a test are recorders. Health is exact: begin with each roster entry's `health_max`, and
//! apply [`Event::health_change`] of every event to its target.

use crate::fight::Outcome;
use crate::kinds::{AbilityId, ClassId, Position, Side, Slot, StatusKind, vocabulary};

/// Listens to a fight. Every method does nothing unless implemented; `()` listens to nothing.
pub trait Recorder {
    /// Whether [`Self::decision`] wants to know; collecting reasons costs nothing where nobody does.
    const EXPLAINS: bool = false;

    /// Is told the units by slot before the first tick.
    fn begin(&mut self, _roster: &[RosterUnit]) {}
    /// Is told why an ability is used, before the events of the same tick, if [`Self::EXPLAINS`].
    fn decision(&mut self, _decision: &Decision) {}
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

/// One unit as it enters the fight, or a slot that waits for a summon; its index in the roster is its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterUnit {
    /// The unit's number.
    pub slot: Slot,
    /// Whom it fights for.
    pub side: Side,
    /// Number of its class; none for a slot that waits for a summon.
    pub class: Option<ClassId>,
    /// Key of its class; empty for a slot that waits for a summon.
    pub class_key: String,
    /// Its health at the start, which is also its maximum; 0 for a slot that waits for a summon.
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
    /// Units that may stand elsewhere than at the end of the tick before, as bits; all others stand where they stood.
    pub moved: u128,
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
    /// What is under way, for whoever begins to look here.
    pub details: &'a Details,
}

/// What is under way at the end of a tick.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Details {
    /// By slot.
    pub units: Vec<UnitDetails>,
    /// Zones and auras, in the order of their opening.
    pub zones: Vec<ZoneView>,
    /// Projectiles and delayed effects, in the order of their launch.
    pub flights: Vec<FlightView>,
}

/// What a unit is, does and carries.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct UnitDetails {
    /// Its class; none while no summon has the slot.
    pub class: Option<ClassId>,
    /// The form it is turned into.
    pub form: Option<ClassId>,
    /// The cast under way.
    pub cast: Option<CastView>,
    /// Its statuses, oldest first.
    pub statuses: Vec<StatusView>,
}

/// A cast under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CastView {
    /// What is cast.
    pub ability: AbilityId,
    /// On whom.
    pub target: Slot,
    /// Ticks it takes in all.
    pub ticks: u32,
    /// Ticks until it takes effect.
    pub ticks_left: u32,
}

/// A status on a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusView {
    /// What.
    pub kind: StatusKind,
    /// By which ability.
    pub ability: AbilityId,
    /// By whom, or [`crate::NO_SLOT`].
    pub source: Slot,
    /// Ticks until it wears off.
    pub ticks_left: u32,
    /// What is left of a shield, or the count of a stack; 0 for other kinds.
    pub amount: i32,
}

/// A zone on the ground or an aura around a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneView {
    /// By which ability.
    pub ability: AbilityId,
    /// By whom.
    pub source: Slot,
    /// Around whom it goes, or [`crate::NO_SLOT`] for a zone.
    pub bearer: Slot,
    /// Where it is.
    pub center: Position,
    /// Centimetres.
    pub radius: i32,
    /// Ticks until it ends.
    pub ticks_left: u32,
}

/// A projectile in the air, or effects that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlightView {
    /// By which ability.
    pub ability: AbilityId,
    /// By whom.
    pub source: Slot,
    /// To whom.
    pub target: Slot,
    /// Ticks until it arrives.
    pub ticks_left: u32,
}

/// Why a unit began to use an ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub tick: u32,
    /// Who.
    pub slot: Slot,
    /// Which ability.
    pub ability: AbilityId,
    /// On whom.
    pub target: Slot,
    /// The place in the unit's rules of the rule that chose it; none for the basic attack, which needs no rule.
    pub rule: Option<u8>,
    /// The place of the rule that chose the strategy in force; none where the stance decided.
    pub strategy: Option<u8>,
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
            EventKind::Damage | EventKind::Critical | EventKind::Vanish => -self.amount,
            EventKind::Heal | EventKind::Enter | EventKind::Resurrect => self.amount,
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
        /// Stunned; amount: ticks. This and the next sixteen stand in the order of [`crate::StatusKind`].
        Stun = "stun",
        /// Slowed; amount: ticks.
        Slow = "slow",
        /// Rooted; amount: ticks.
        Root = "root",
        /// Silenced; amount: ticks.
        Silence = "silence",
        /// Taunted; amount: ticks.
        Taunt = "taunt",
        /// Turned into a harmless form; amount: ticks.
        Hex = "hex",
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
        /// Blows go back; amount: ticks.
        Reflect = "reflect",
        /// Turned into another form; amount: ticks.
        Form = "form",
        /// A stack is counted up; amount: ticks.
        Stack = "stack",
        /// Blows do something more; amount: ticks.
        OnHit = "on_hit",
        /// Something waits for a fall; amount: ticks.
        OnDeath = "on_death",
        /// Something waits for low health; amount: ticks.
        OnLowHealth = "on_low_health",
        /// A status ends before its time; source and ability: whose it was; amount: the status's number.
        StatusEnd = "status_end",
        /// Energy changed by an effect; amount: the signed change.
        Energy = "energy",
        /// A unit is displaced at once (dash, blink, knockback); amount: centimetres.
        Displace = "displace",
        /// A projectile flies from source to target; amount: ticks until it arrives.
        Projectile = "projectile",
        /// Effects wait to happen to target; amount: ticks until they do.
        Delay = "delay",
        /// A zone opens where target stands; amount: ticks it lasts.
        Zone = "zone",
        /// A zone opens around target and goes with it; amount: ticks it lasts.
        Aura = "aura",
        /// Belongs to the zone or aura before; amount: its radius in centimetres.
        Radius = "radius",
        /// Belongs to the stack before; amount: its count.
        StackCount = "stack_count",
        /// Belongs to the form or hex before; amount: the form's class number.
        Transform = "transform",
        /// What a status held is set off on target; amount: the status's number.
        Trigger = "trigger",
        /// Fatigue goes up; amount: its step.
        Fatigue = "fatigue",
        /// Target dies; source: whoever dealt the last blow.
        Death = "death",
        /// Target, a slot without a living unit, becomes a unit summoned by source; amount: its class number.
        Summon = "summon",
        /// Belongs to the summon before; amount: the unit's health, which is also its maximum.
        Enter = "enter",
        /// A summoned unit's time is over; amount: the health it had.
        Vanish = "vanish",
        /// Target rises again where it fell; amount: its health.
        Resurrect = "resurrect",
    }
}
