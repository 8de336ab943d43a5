//! What outlives its cast: projectiles in the air and zones on the ground.

use super::arena::{Arena, distance2};
use super::effects::{Deed, apply};
use crate::content::Reach;
use crate::kinds::Position;
use crate::limits::{FLIGHTS_MAX, TICKS_PER_SECOND, ZONES_MAX};
use crate::record::EventKind;

/// A projectile. It follows its target and needs as long as the way was when it left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flight<'w> {
    pub(crate) arrives: u32,
    pub(crate) target: usize,
    pub(crate) deed: Deed<'w>,
}

/// A patch of ground, or what surrounds a unit wherever it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone<'w> {
    pub(crate) center: Position,
    /// Whose surroundings it is; it ends with that unit.
    pub(crate) bearer: Option<usize>,
    pub(crate) radius: i32,
    pub(crate) reach: Reach,
    pub(crate) period: u32,
    /// The tick of the next pulse.
    pub(crate) next: u32,
    /// The first tick without it.
    pub(crate) until: u32,
    pub(crate) deed: Deed<'w>,
}

/// Sends a projectile on its way.
pub(super) fn launch<'w>(arena: &mut Arena<'w>, speed: i32, target: usize, deed: Deed<'w>) {
    if arena.flights.len() >= FLIGHTS_MAX {
        return;
    }
    let way = arena.distance2(deed.source, target).isqrt();
    let ticks = (way * TICKS_PER_SECOND.cast_signed() / speed).max(1);
    let arrives = arena.tick + ticks.unsigned_abs();
    arena.flights.push(Flight { arrives, target, deed });
    arena.emit(EventKind::Projectile, deed.by, target, ticks);
}

/// Lets effects wait.
pub(super) fn delay<'w>(arena: &mut Arena<'w>, ticks: u32, target: usize, deed: Deed<'w>) {
    if arena.flights.len() >= FLIGHTS_MAX {
        return;
    }
    let arrives = arena.tick + ticks;
    arena.flights.push(Flight { arrives, target, deed });
    arena.emit(
        EventKind::Delay,
        deed.by,
        target,
        i32::try_from(ticks).unwrap_or(i32::MAX),
    );
}

/// Opens a zone under a unit, or around it.
pub(super) fn open<'w>(arena: &mut Arena<'w>, zone: Zone<'w>, target: usize) {
    if arena.zones.len() >= ZONES_MAX {
        return;
    }
    let ticks = i32::try_from(zone.until - arena.tick).unwrap_or(i32::MAX);
    arena.zones.push(zone);
    let kind = if zone.bearer.is_some() {
        EventKind::Aura
    } else {
        EventKind::Zone
    };
    arena.emit(kind, zone.deed.by, target, ticks);
    arena.emit(EventKind::Radius, zone.deed.by, target, zone.radius);
}

/// Applies what projectiles carry that arrive in this tick, in the order of their launch.
pub(super) fn land(arena: &mut Arena<'_>) {
    let mut at = 0;
    while let Some(&flight) = arena.flights.get(at) {
        if flight.arrives > arena.tick {
            at += 1;
            continue;
        }
        arena.flights.remove(at);
        apply(arena, flight.deed, flight.target);
    }
}

/// Lets zones touch whoever stands in them, and closes those that are over.
pub(super) fn pulse(arena: &mut Arena<'_>) {
    if arena.zones.is_empty() {
        return;
    }
    for at in 0..arena.zones.len() {
        let zone = &mut arena.zones[at];
        if let Some(bearer) = zone.bearer {
            zone.center = arena.positions[bearer];
            if !arena.vitals[bearer].alive {
                zone.until = 0;
                continue;
            }
        }
        if zone.next <= arena.tick {
            zone.next += zone.period;
            let Zone {
                deed,
                center,
                radius,
                reach,
                ..
            } = *zone;
            apply_around(arena, deed, center, radius, reach);
        }
    }
    let tick = arena.tick;
    arena.zones.retain(|zone| zone.until > tick);
}

/// Applies a deed to every unit of the reached side within a radius.
pub(super) fn apply_around<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, center: Position, radius: i32, reach: Reach) {
    let own = arena.side(deed.source);
    let side = if reach == Reach::Enemies { own.other() } else { own };
    let limit = i64::from(radius) * i64::from(radius);
    for slot in arena.living(side) {
        if i64::from(distance2(center, arena.positions[slot])) <= limit {
            apply(arena, deed, slot);
        }
    }
}
