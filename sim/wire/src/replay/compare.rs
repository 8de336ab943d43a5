//! Where two replays part, and whether one agrees with itself.

use std::fmt;

use serde::Serialize;
use tiltyard_sim::{EndReason, EventKind, Side};

use super::{Replay, ReplayEvent, ReplaySegment};

/// Centimetres that a waypoint may be off, which is what a replay promises.
const ERROR_CM_MAX: u32 = 10;

/// The first place where a replay is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Number of the segment, from 0; none where the head differs.
    pub segment: Option<usize>,
    /// The first and the last tick of the segment; zeros where the head differs.
    pub ticks: [u32; 2],
    /// What differs, for people.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = self.ticks;
        match self.segment {
            None => write!(f, "the head: {}", self.what),
            Some(number) => write!(f, "segment {number} (ticks {from} to {to}): {}", self.what),
        }
    }
}

impl Difference {
    /// Returns a difference that is in no segment.
    #[must_use]
    pub fn head(what: impl Into<String>) -> Self {
        Self {
            segment: None,
            ticks: [0; 2],
            what: what.into(),
        }
    }

    fn segment(number: usize, segment: &ReplaySegment, what: String) -> Self {
        Self {
            segment: Some(number),
            ticks: [segment.start_tick + 1, segment.start_tick + segment.ticks],
            what,
        }
    }
}

impl Replay {
    /// Returns where another replay of the same fight parts from this one: the first segment that differs, or the head
    /// if all segments are equal. The program that wrote them may differ (`versions.engine`).
    #[must_use]
    pub fn first_difference(&self, again: &Self) -> Option<Difference> {
        let mut segments = self.segments.iter().zip(&again.segments).enumerate();
        let parting = segments.find(|(_, (ours, theirs))| ours != theirs);
        let in_segments = parting.map(|(number, (ours, theirs))| {
            Difference::segment(number, ours, segment_difference(self, ours, again, theirs))
        });
        // Classes and abilities are numbered as they come up, so that a head differs wherever a segment does.
        in_segments.or_else(|| self.head_difference(again))
    }

    fn head_difference(&self, again: &Self) -> Option<Difference> {
        let (ours, theirs) = (self.ending, again.ending);
        if self.segments.len() != again.segments.len() || ours != theirs {
            return Some(Difference::head(format!(
                "it ends in {ours:?}, fought again in {theirs:?}"
            )));
        }
        let (ours, theirs) = (&self.versions, &again.versions);
        let is_same = (ours.rules, ours.content, &ours.rng, ours.seed)
            == (theirs.rules, theirs.content, &theirs.rng, theirs.seed);
        if !is_same {
            return Some(Difference::head(format!(
                "it names {ours:?}, fought again with {theirs:?}"
            )));
        }
        if (&self.units, &self.classes, &self.abilities) != (&again.units, &again.classes, &again.abilities) {
            return Some(Difference::head("other units, classes or abilities"));
        }
        None
    }

    /// Returns the first place where the replay contradicts itself: each keyframe must follow from the segment before it
    /// (health, shields and classes exactly, positions within 10 cm), no health may leave its bounds, and the end must be what
    /// the head says. `None` does not say that the fight was fought by the rules; only fighting it again does.
    #[must_use]
    pub fn contradiction(&self) -> Option<Difference> {
        for (number, segment) in self.segments.iter().enumerate() {
            let found = health_problem(segment).or_else(|| {
                let next = self.segments.get(number + 1)?;
                continuation_problem(segment, next)
            });
            if let Some(what) = found {
                return Some(Difference::segment(number, segment, what));
            }
        }
        let last = self.segments.last()?;
        if last.state_hash != self.ending.state_hash {
            let (ours, theirs) = (last.state_hash, self.ending.state_hash);
            let what = format!("it ends in state {ours:016x}, the head says {theirs:016x}");
            return Some(Difference::segment(self.segments.len() - 1, last, what));
        }
        self.winner_problem().map(Difference::head)
    }

    fn winner_problem(&self) -> Option<String> {
        let end = self.state_at(self.ending.ticks)?;
        // Summons, whose slots are empty at the start, win nothing by themselves.
        let stands = |side: Side| {
            let mut units = self.units.iter().zip(&end);
            units.any(|(unit, state)| unit.side == side && unit.class.is_some() && state.health > 0)
        };
        let standing = [stands(Side::Left), stands(Side::Right)];
        let expected = match (self.ending.reason, self.ending.winner) {
            (EndReason::Elimination, Some(winner)) => [winner == Side::Left, winner == Side::Right],
            (EndReason::MutualKill, None) => [false, false],
            (EndReason::TimeLimit, None) => [true, true],
            (reason, winner) => return Some(format!("{} with the winner {winner:?}", reason.key())),
        };
        (standing != expected).then(|| {
            format!(
                "{} with the winner {:?}, but left and right stand: {standing:?}",
                self.ending.reason.key(),
                self.ending.winner
            )
        })
    }
}

/// Says what differs in two segments that do.
fn segment_difference(replay: &Replay, ours: &ReplaySegment, other: &Replay, theirs: &ReplaySegment) -> String {
    if ours.keyframe != theirs.keyframe || ours.zones != theirs.zones || ours.flights != theirs.flights {
        return "another state at its start".to_owned();
    }
    let events = ours.events.iter().zip(&theirs.events);
    let parting = events.take_while(|(ours, theirs)| ours == theirs).count();
    if parting < ours.events.len().max(theirs.events.len()) {
        let [ours, theirs] =
            [(replay, ours), (other, theirs)].map(|(replay, segment)| event_text(replay, segment.events.get(parting)));
        return format!("event {parting} is {ours}, fought again {theirs}");
    }
    if ours.ticks != theirs.ticks {
        return format!("{} ticks, fought again {}", ours.ticks, theirs.ticks);
    }
    if ours.paths != theirs.paths {
        return "other paths".to_owned();
    }
    format!(
        "state {:016x} at its end, fought again {:016x}",
        ours.state_hash, theirs.state_hash
    )
}

fn event_text(replay: &Replay, event: Option<&ReplayEvent>) -> String {
    let Some(event) = event else {
        return "missing".to_owned();
    };
    let slot = |slot: Option<u8>| slot.map_or_else(|| "nobody".to_owned(), |slot| format!("#{slot}"));
    format!(
        "{} {} of {} on {} with {} at tick {}",
        event.kind.key(),
        replay.ability_key(event).unwrap_or("without ability"),
        slot(event.source),
        slot(event.target),
        event.amount,
        event.tick
    )
}

/// Plays a segment's events and looks at each health they make.
fn health_problem(segment: &ReplaySegment) -> Option<String> {
    let mut units: Vec<_> = segment
        .keyframe
        .iter()
        .map(|unit| (unit.health, unit.health_max))
        .collect();
    let is_good = |&(health, max): &(i32, i32)| (0..=max).contains(&health);
    if let Some(slot) = units.iter().position(|unit| !is_good(unit)) {
        return Some(format!("unit #{slot} starts with an impossible health"));
    }
    for event in &segment.events {
        let target = event.target.and_then(|slot| units.get_mut(usize::from(slot)));
        let Some(unit) = target else { continue };
        if event.kind == EventKind::Enter {
            unit.1 = event.amount;
        }
        unit.0 = unit.0.saturating_add(event.health_change());
        if !is_good(unit) {
            return Some(format!("health {} of {} at tick {}", unit.0, unit.1, event.tick));
        }
    }
    None
}

/// Says where the next keyframe is not what a segment leads to.
fn continuation_problem(segment: &ReplaySegment, next: &ReplaySegment) -> Option<String> {
    let end = segment.state_at(next.start_tick);
    end.iter()
        .zip(&next.keyframe)
        .enumerate()
        .find_map(|(slot, (end, next))| {
            // A summon that has left keeps its class in a state, and gives its slot back in a keyframe.
            let is_same = end.class == next.class || (next.class.is_none() && next.health == 0);
            let exact = (end.health, end.health_max, end.shield) == (next.health, next.health_max, next.shield);
            let near = end.position.x.abs_diff(next.position.x) <= ERROR_CM_MAX
                && end.position.y.abs_diff(next.position.y) <= ERROR_CM_MAX;
            (!is_same || !exact || !near)
                .then(|| format!("unit #{slot} ends as {end:?}, the next keyframe has {next:?}"))
        })
}
