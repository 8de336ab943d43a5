//! Replays: the recording of a fight, playable without any rules and without the content, from any tick.
//!
//! Per segment of 600 ticks a keyframe, waypoints and typed event columns (`protocol/schema/replay.fbs` has the
//! layout). Positions are within 10 cm of the simulated ones; health and shields are exact, because they follow
//! from the events.

mod column;
mod compare;
mod decode;
mod encode;
mod json;
mod keyframe;
mod model;
mod phrase;
mod recorder;
mod track;
mod verb;

use tiltyard_protocol::generated::replay as fb;
use tiltyard_protocol::limits;
use tiltyard_sim::{Event, EventKind, NO_SLOT, Position, TICKS_MAX};

pub use self::compare::Difference;
pub use self::model::{
    KeyframeCast, KeyframeFlight, KeyframeStatus, KeyframeUnit, KeyframeZone, ReplayEvent, ReplaySegment, ReplayUnit,
    UnitState, Waypoint,
};
pub use self::recorder::ReplayRecorder;
use crate::message::Shape;
pub use crate::result::Ending;
use crate::versions::Versions;

/// A replay, its versions and its outcome; nothing in it is a table repeated.
const SHAPE: Shape = Shape {
    message: "replay",
    identifier: fb::REPLAY_IDENTIFIER,
    bytes_max: limits::REPLAY_BYTES_MAX,
    depth_max: 2,
    tables_max: 3,
};
/// A fight of the full length has 17 segments of 600 ticks, and shorter segments would still be readable.
const SEGMENTS_MAX: usize = 128;
/// A short phrase can stand for many events, so that bytes alone do not bound them. The longest fights of 50 against 50
/// have a fifth of this.
const EVENTS_MAX: usize = 1 << 20;

/// Centimetres of one waypoint step: a power of two for the shifts, and half of it below the tolerance.
const STEP_CM: i32 = 1 << STEP_BITS;
const STEP_BITS: u32 = 3;

/// A recorded fight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Versions, content and seed that were simulated.
    pub versions: Versions,
    /// How it ended.
    pub ending: Ending,
    /// Ticks of a full segment.
    pub segment_ticks: u32,
    /// Keys of the classes, summoned classes and forms that take part.
    pub classes: Vec<String>,
    /// Keys of the abilities that occur; [`ReplayEvent::ability`] is an index into them.
    pub abilities: Vec<String>,
    /// The units by slot.
    pub units: Vec<ReplayUnit>,
    /// The fight in order.
    pub segments: Vec<ReplaySegment>,
}

impl Replay {
    /// Reads a compressed replay, as [`ReplayRecorder::finish`] wrote it.
    ///
    /// # Errors
    /// When the bytes are too many before or after decompression, damaged, of another format, or say what cannot be.
    pub fn decode(packed: &[u8]) -> Result<Self, crate::WireError> {
        decode::replay(&crate::pack::unpack(packed)?)
    }

    /// Returns the segment that shows a tick; the line-up, tick 0, is in the first one. `None` after the end.
    #[must_use]
    pub fn segment_at(&self, tick: u32) -> Option<&ReplaySegment> {
        if tick > self.ending.ticks || tick > TICKS_MAX {
            return None;
        }
        let index = tick.saturating_sub(1) / self.segment_ticks.max(1);
        self.segments.get(usize::try_from(index).ok()?)
    }

    /// Returns all units at the end of a tick, by slot. `None` after the end.
    #[must_use]
    pub fn state_at(&self, tick: u32) -> Option<Vec<UnitState>> {
        self.segment_at(tick).map(|segment| segment.state_at(tick))
    }

    /// Returns all events in order.
    pub fn events(&self) -> impl Iterator<Item = &ReplayEvent> {
        self.segments.iter().flat_map(|segment| &segment.events)
    }

    /// Returns the key of an event's ability.
    #[must_use]
    pub fn ability_key(&self, event: &ReplayEvent) -> Option<&str> {
        self.abilities.get(usize::from(event.ability?)).map(String::as_str)
    }

    /// Returns the whole replay as JSON on one line: names instead of numbers, ticks absolute, hashes as text.
    ///
    /// # Errors
    /// None that a replay can cause; serialisation reports errors in general.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl ReplaySegment {
    /// Returns all units at the end of a tick of this segment, by slot.
    fn state_at(&self, tick: u32) -> Vec<UnitState> {
        let mut states: Vec<_> = self
            .keyframe
            .iter()
            .zip(&self.paths)
            .map(|(unit, path)| UnitState {
                class: unit.class,
                position: position_at(path, tick).unwrap_or(unit.position),
                health: unit.health,
                health_max: unit.health_max,
                shield: unit.shield,
            })
            .collect();
        for event in self.events.iter().take_while(|event| event.tick <= tick) {
            let target = event.target.and_then(|slot| states.get_mut(usize::from(slot)));
            if let Some(state) = target {
                state.health = state.health.saturating_add(event.health_change());
                state.shield = state.shield.saturating_add(event.shield_change());
                match event.kind {
                    EventKind::Summon => state.class = u8::try_from(event.amount).ok(),
                    EventKind::Enter => state.health_max = event.amount,
                    _ => {}
                }
            }
        }
        states
    }
}

impl ReplayEvent {
    /// Returns what the event adds to its target's health.
    #[must_use]
    pub fn health_change(&self) -> i32 {
        self.simulated().health_change()
    }

    /// Returns what the event adds to its target's shield.
    #[must_use]
    pub fn shield_change(&self) -> i32 {
        self.simulated().shield_change()
    }

    /// Returns the event as the simulation tells it, which alone knows what a kind changes. Its ability is left out.
    fn simulated(&self) -> Event {
        Event {
            tick: self.tick,
            kind: self.kind,
            ability: tiltyard_sim::AbilityId::NONE,
            source: self.source.unwrap_or(NO_SLOT),
            target: self.target.unwrap_or(NO_SLOT),
            amount: self.amount,
        }
    }
}

/// Returns where a path is at a tick: on the straight line between two waypoints, rounded to the nearest centimetre
/// (halves up), and on the last waypoint after it.
fn position_at(path: &[Waypoint], tick: u32) -> Option<Position> {
    let next = path.partition_point(|waypoint| waypoint.tick <= tick);
    let from = path.get(next.checked_sub(1)?)?;
    let Some(to) = path.get(next) else {
        return Some(Position { x: from.x, y: from.y });
    };
    let (done, whole) = (i64::from(tick - from.tick), i64::from(to.tick - from.tick));
    let between = |from: i32, to: i32| {
        let twice = 2 * (i64::from(to) - i64::from(from)) * done + whole;
        from.saturating_add(i32::try_from(twice.div_euclid(2 * whole)).unwrap_or(i32::MAX))
    };
    Some(Position {
        x: between(from.x, to.x),
        y: between(from.y, to.y),
    })
}
