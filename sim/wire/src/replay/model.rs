//! A decoded replay's parts as plain data.

use serde::Serialize;
use tiltyard_sim::{EventKind, Position, Side, StatusKind};

/// A unit; its index is its slot. Slots without a class wait for summons, of which events and keyframes tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayUnit {
    /// Whom it fights for.
    pub side: Side,
    /// Key of its class.
    pub class: Option<String>,
    /// Its health at the start, which is also its maximum.
    pub health_max: i32,
    /// Its energy at the start, which is also its maximum.
    pub energy_max: i32,
}

/// A part of a fight that can be played on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaySegment {
    /// The tick whose end the keyframe shows; the segment covers the ticks after it.
    pub start_tick: u32,
    /// Ticks covered.
    pub ticks: u32,
    /// Hash over everything that can change the outcome, at the end of the segment.
    pub state_hash: u64,
    /// The units by slot.
    pub keyframe: Vec<KeyframeUnit>,
    /// Zones and auras under way.
    pub zones: Vec<KeyframeZone>,
    /// Projectiles and delayed effects under way.
    pub flights: Vec<KeyframeFlight>,
    /// Where each slot goes, beginning with the keyframe; ticks rise.
    pub paths: Vec<Vec<Waypoint>>,
    /// What happens, in order.
    pub events: Vec<ReplayEvent>,
}

/// A unit at the start of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyframeUnit {
    /// Its class, an index into [`super::Replay::classes`]; none while no unit has the slot.
    pub class: Option<u8>,
    /// The form that it is turned into, an index into [`super::Replay::classes`].
    pub form: Option<u8>,
    /// Where it stands.
    pub position: Position,
    /// 0 when dead or absent.
    pub health: i32,
    /// Maximum health.
    pub health_max: i32,
    /// Damage that its shields still absorb.
    pub shield: i32,
    /// Energy.
    pub energy: i32,
    /// Maximum energy.
    pub energy_max: i32,
    /// The cast under way.
    pub cast: Option<KeyframeCast>,
    /// Its statuses, oldest first.
    pub statuses: Vec<KeyframeStatus>,
}

/// A cast under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyframeCast {
    /// An index into [`super::Replay::abilities`].
    pub ability: u16,
    /// On whom.
    pub target: Option<u8>,
    /// Ticks it takes in all.
    pub ticks: u16,
    /// Ticks until it takes effect.
    pub ticks_left: u16,
}

/// A status under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyframeStatus {
    /// What.
    pub kind: StatusKind,
    /// By which ability, an index into [`super::Replay::abilities`].
    pub ability: Option<u16>,
    /// By whom.
    pub source: Option<u8>,
    /// Ticks until it wears off.
    pub ticks_left: u16,
    /// What is left of a shield, or the count of a stack.
    pub amount: i32,
}

/// A zone or aura under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyframeZone {
    /// Where it is.
    pub center: Position,
    /// Centimetres.
    pub radius: i32,
    /// By which ability, an index into [`super::Replay::abilities`].
    pub ability: Option<u16>,
    /// By whom.
    pub source: Option<u8>,
    /// The unit it goes with; none for a zone, which stays.
    pub bearer: Option<u8>,
    /// Ticks until it ends.
    pub ticks_left: u16,
}

/// A projectile or delayed effect under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyframeFlight {
    /// By which ability, an index into [`super::Replay::abilities`].
    pub ability: Option<u16>,
    /// By whom.
    pub source: Option<u8>,
    /// To whom.
    pub target: Option<u8>,
    /// Ticks until it arrives.
    pub ticks_left: u16,
}

/// A corner of a unit's path, in centimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Waypoint {
    /// When the unit is there.
    pub tick: u32,
    /// Along the line between the teams.
    pub x: i32,
    /// Across it.
    pub y: i32,
}

/// Something that happened; what `amount` means is the kind's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayEvent {
    /// When.
    pub tick: u32,
    /// What.
    pub kind: EventKind,
    /// By which ability, an index into [`super::Replay::abilities`].
    pub ability: Option<u16>,
    /// Who did it.
    pub source: Option<u8>,
    /// To whom.
    pub target: Option<u8>,
    /// How much. Of a summon and a transformation: an index into [`super::Replay::classes`].
    pub amount: i32,
}

/// What a replay tells of a unit at one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UnitState {
    /// Its class, an index into [`super::Replay::classes`]; none while no unit has had the slot.
    pub class: Option<u8>,
    /// Where it stands, within 10 cm.
    pub position: Position,
    /// Exact health; 0 when dead or absent.
    pub health: i32,
    /// Maximum health.
    pub health_max: i32,
    /// Exact strength of its shields.
    pub shield: i32,
}
