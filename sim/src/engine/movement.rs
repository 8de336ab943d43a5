//! Legs: choosing a straight walk of a few steps, taking them, and being moved at once.

use super::arena::{Arena, By};
use super::parts::Legs;
use crate::kinds::{Position, Stat, StatusKind};
use crate::limits::{THINK_TICKS, TICKS_PER_SECOND};
use crate::record::EventKind;

/// Centimetres between two units that stand face to face.
const ARM: i32 = 100;

/// Where a unit wants to be, decided with every thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    Stay,
    /// Go up to a unit until it is within range.
    Chase(usize, i32),
    /// Keep between two distances from a unit.
    Band(usize, i32, i32),
    /// Get away from a unit.
    Flee(usize),
}

/// Turns a wish into a walk until the next thought.
pub(super) fn steer(arena: &Arena<'_>, slot: usize, drive: Drive) -> Legs {
    match drive {
        Drive::Stay => Legs::default(),
        Drive::Chase(target, range) => toward(arena, slot, target, range),
        Drive::Band(target, near, far) => {
            if arena.is_within(slot, target, near) {
                away(arena, slot, target)
            } else {
                toward(arena, slot, target, far)
            }
        }
        Drive::Flee(target) => away(arena, slot, target),
    }
}

fn toward(arena: &Arena<'_>, slot: usize, target: usize, range: i32) -> Legs {
    if arena.is_within(slot, target, range) {
        return Legs::default();
    }
    let (from, to) = (arena.positions[slot], arena.positions[target]);
    let way = arena.distance2(slot, target).isqrt();
    let stride = stride(arena, slot);
    if stride == 0 {
        return Legs::default();
    }
    let steps = (way - range).div_euclid(stride) + 1;
    Legs {
        dx: (to.x - from.x) * stride / way.max(1),
        dy: (to.y - from.y) * stride / way.max(1),
        steps: steps.unsigned_abs().min(THINK_TICKS),
    }
}

fn away(arena: &Arena<'_>, slot: usize, target: usize) -> Legs {
    let (from, to) = (arena.positions[target], arena.positions[slot]);
    let way = arena.distance2(slot, target).isqrt().max(1);
    let stride = stride(arena, slot);
    let dx = (to.x - from.x) * stride / way;
    Legs {
        dx,
        dy: (to.y - from.y) * stride / way,
        steps: THINK_TICKS,
    }
}

/// Returns the centimetres of one step.
fn stride(arena: &Arena<'_>, slot: usize) -> i32 {
    arena.stat(slot, Stat::Speed) / TICKS_PER_SECOND.cast_signed()
}

/// Everyone who walks and can takes a step.
pub(super) fn walk(arena: &mut Arena<'_>) {
    for slot in arena.walkers {
        if arena.legs[slot].steps == 0 {
            arena.walkers.remove(slot);
            continue;
        }
        let is_held = arena.is_under(slot, StatusKind::Stun) || arena.is_under(slot, StatusKind::Root);
        if is_held || arena.hands[slot].cast.is_some() {
            continue;
        }
        let legs = &mut arena.legs[slot];
        legs.steps -= 1;
        let Position { x, y } = arena.positions[slot];
        let to = Position {
            x: x + legs.dx,
            y: y + legs.dy,
        };
        arena.stand(slot, inside(arena, to));
    }
}

pub(super) fn inside(arena: &Arena<'_>, position: Position) -> Position {
    let Position { x, y } = position;
    Position {
        x: x.clamp(0, arena.rules.width),
        y: y.clamp(0, arena.rules.height),
    }
}

/// Moves a unit straight away from a point.
pub(super) fn shove(arena: &mut Arena<'_>, by: By, slot: usize, from: Position, distance: i32) {
    let at = arena.positions[slot];
    let way = super::arena::distance2(at, from).isqrt();
    // Whoever stands on the very spot is moved towards its own edge.
    let (dx, dy, way) = if way == 0 {
        (
            if arena.side(slot) == crate::kinds::Side::Left {
                -1
            } else {
                1
            },
            0,
            1,
        )
    } else {
        (at.x - from.x, at.y - from.y, way)
    };
    let part = |part: i32| super::harm::to_i32(i64::from(part) * i64::from(distance) / i64::from(way));
    let to = inside(
        arena,
        Position {
            x: at.x + part(dx),
            y: at.y + part(dy),
        },
    );
    place(arena, by, slot, to);
}

/// Brings a unit up to another one, at most so far.
pub(super) fn dash(arena: &mut Arena<'_>, by: By, slot: usize, target: usize, distance: i32) {
    let (at, to) = (arena.positions[slot], arena.positions[target]);
    let way = arena.distance2(slot, target).isqrt();
    let length = (way - ARM).min(distance);
    if length <= 0 {
        return;
    }
    let part = |part: i32| super::harm::to_i32(i64::from(part) * i64::from(length) / i64::from(way));
    let to = Position {
        x: at.x + part(to.x - at.x),
        y: at.y + part(to.y - at.y),
    };
    place(arena, by, slot, inside(arena, to));
}

/// Notes a displacement. It waits until every intent is resolved, so that whoever is resolved later still acts on
/// the positions that it decided on (two units that leap at each other change places, whoever is first).
fn place(arena: &mut Arena<'_>, by: By, slot: usize, to: Position) {
    let from = arena.positions[slot];
    arena.displaced.push(Displaced {
        by,
        slot,
        dx: to.x - from.x,
        dy: to.y - from.y,
    });
}

/// A displacement on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Displaced {
    by: By,
    slot: usize,
    dx: i32,
    dy: i32,
}

/// Carries out every displacement; several of one unit add up.
#[inline]
pub(super) fn settle(arena: &mut Arena<'_>) {
    if !arena.displaced.is_empty() {
        displace(arena);
    }
}

fn displace(arena: &mut Arena<'_>) {
    for at in 0..arena.displaced.len() {
        let Displaced { by, slot, dx, dy } = arena.displaced[at];
        let from = arena.positions[slot];
        let to = inside(
            arena,
            Position {
                x: from.x + dx,
                y: from.y + dy,
            },
        );
        let way = super::arena::distance2(from, to).isqrt();
        arena.stand(slot, to);
        arena.legs[slot] = Legs::default();
        arena.emit(EventKind::Displace, by, slot, way);
    }
    arena.displaced.clear();
}
