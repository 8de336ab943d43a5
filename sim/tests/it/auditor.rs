//! A recorder that follows a fight from its events alone and compares that with what the simulation shows.

use tiltyard_sim::{Event, EventKind, Frame, NO_SLOT, Outcome, Position, Recorder, RosterUnit, Segment, Vitals};

/// Panics as soon as events and state differ or an invariant is broken.
#[derive(Default)]
pub(crate) struct Auditor {
    followed: Vec<Vitals>,
    /// The ticks of the latest stun: no act after the first and before the second.
    stunned: Vec<(u32, u32)>,
    died_at: Vec<u32>,
    positions: Vec<Position>,
    /// The tick of the latest displacement: the stunned and the dead can be moved, but do not walk.
    displaced_at: Vec<u32>,
    heroes: usize,
    deaths: u32,
    tick: u32,
    pub(crate) segments: Vec<u64>,
    pub(crate) casts: Vec<u64>,
}

impl Auditor {
    fn check_actor(&self, event: &Event) {
        let source = usize::from(event.source);
        assert!(self.died_at[source] >= event.tick, "the dead do not act: {event:?}");
        assert!(
            !self.is_stunned(source, event.tick),
            "the stunned do not act: {event:?}"
        );
    }

    fn is_stunned(&self, slot: usize, tick: u32) -> bool {
        let (from, until) = self.stunned[slot];
        tick > from && tick < until
    }

    fn check_places(&self, frame: &Frame<'_>) {
        let inside = |at: &Position| (0..=30_000).contains(&at.x) && (0..=30_000).contains(&at.y);
        assert!(frame.positions.iter().all(inside));
        let tick = frame.tick;
        for (slot, (at, before)) in frame.positions.iter().zip(&self.positions).enumerate() {
            let is_told = frame.moved >> slot & 1 != 0;
            assert!(is_told || at == before, "who moves is told: {slot} at {tick}");
            let is_still = self.died_at[slot] < tick || self.is_stunned(slot, tick);
            if is_still && self.displaced_at[slot] != tick {
                assert_eq!(at, before, "the dead and the stunned do not walk: {slot} at {tick}");
            }
        }
    }

    fn rise(&mut self, slot: usize, event: &Event) {
        let unit = &mut self.followed[slot];
        assert!(
            !unit.alive && unit.health == event.amount,
            "only the absent come: {event:?}"
        );
        unit.alive = true;
        if event.kind == EventKind::Enter {
            unit.health_max = event.amount;
        }
        self.stunned[slot] = (0, 0);
        self.died_at[slot] = u32::MAX;
    }
}

impl Recorder for Auditor {
    fn begin(&mut self, roster: &[RosterUnit]) {
        for unit in roster {
            let (health_max, energy_max) = (unit.health_max, unit.energy_max);
            let (health, energy) = (health_max, energy_max);
            let vitals = Vitals {
                health,
                health_max,
                shield: 0,
                energy,
                energy_max,
                alive: unit.class.is_some(),
            };
            self.followed.push(vitals);
            self.positions.push(unit.position);
            self.heroes += usize::from(unit.class.is_some());
        }
        self.stunned = vec![(0, 0); roster.len()];
        self.died_at = vec![u32::MAX; roster.len()];
        self.displaced_at = vec![0; roster.len()];
        self.casts = vec![0; 1000];
    }

    fn event(&mut self, event: &Event) {
        assert_eq!(event.tick, self.tick + 1, "events belong to the tick under way");
        if matches!(event.kind, EventKind::Cast | EventKind::CastStart) {
            self.check_actor(event);
        }
        if event.kind == EventKind::Cast {
            self.casts[usize::from(event.ability.0)] += 1;
        }
        if event.target == NO_SLOT {
            return;
        }
        let target = usize::from(event.target);
        self.followed[target].health += event.health_change();
        self.followed[target].shield += event.shield_change();
        match event.kind {
            EventKind::Death => {
                self.followed[target].alive = false;
                self.died_at[target] = event.tick;
                self.deaths += u32::from(target < self.heroes);
            }
            EventKind::Vanish => {
                self.followed[target].alive = false;
                self.died_at[target] = event.tick;
            }
            EventKind::Enter | EventKind::Resurrect => self.rise(target, event),
            // What was decided before the stun is still resolved in its tick.
            EventKind::Stun => {
                let until = event.tick + event.amount.unsigned_abs();
                self.stunned[target] = (event.tick, until);
            }
            EventKind::Displace => self.displaced_at[target] = event.tick,
            EventKind::StatusEnd if event.amount == 0 => self.stunned[target] = (0, 0),
            _ => {}
        }
    }

    fn tick(&mut self, frame: &Frame<'_>) {
        assert_eq!(frame.tick, self.tick + 1);
        self.tick = frame.tick;
        for (slot, (seen, followed)) in frame.vitals.iter().zip(&self.followed).enumerate() {
            assert_eq!(seen.health, followed.health, "health of {slot} at {}", frame.tick);
            assert_eq!(seen.shield, followed.shield, "shield of {slot} at {}", frame.tick);
            assert_eq!(seen.alive, followed.alive, "life of {slot} at {}", frame.tick);
            assert_eq!(
                seen.health_max, followed.health_max,
                "maximum of {slot} at {}",
                frame.tick
            );
            assert!((0..=seen.health_max).contains(&seen.health));
            assert!((0..=seen.energy_max).contains(&seen.energy));
            assert!(seen.shield >= 0 && (seen.health > 0) == seen.alive);
        }
        self.check_places(frame);
        self.positions.clear();
        self.positions.extend_from_slice(frame.positions);
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        assert_eq!(segment.index as usize, self.segments.len());
        assert_eq!(segment.frame.tick, self.tick);
        self.segments.push(segment.state_hash);
    }

    fn end(&mut self, outcome: &Outcome) {
        assert_eq!(outcome.ticks, self.tick);
        assert_eq!(Some(&outcome.state_hash), self.segments.last());
        let deaths: u32 = outcome.units.iter().map(|unit| unit.deaths).sum();
        assert_eq!(deaths, self.deaths);
        assert_eq!(outcome.units.len(), self.heroes);
    }
}
