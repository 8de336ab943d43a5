//! Selectors: who, among the living, a rule or stance means.

use std::cell::Cell;

use super::arena::Arena;
use super::slots::Slots;
use super::{arrivals, status};
use crate::build::Selector;
use crate::kinds::{Role, Side, Stat, StatusKind};

/// Units this near count as crowding a unit, in centimetres.
const CROWD: i32 = 500;

/// A unit and its score; of two, the one with the lower score is meant, and of equals the one with the lower slot.
pub(super) type Scored = (i32, usize);

/// What was seen in a tick: units think on one state, so that all of a side share most answers.
#[derive(Debug)]
pub(crate) struct Glances {
    /// By side and selector, whom it means regardless of who looks.
    sides: [[Cell<Glance>; Selector::ALL.len()]; 2],
    /// By slot, the nearest enemy.
    nearest: Vec<Cell<Glance>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Glance {
    /// When it was seen; 0 is before the first tick.
    tick: u32,
    lowest: Option<Scored>,
}

impl Glances {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            sides: Default::default(),
            nearest: vec![Cell::default(); slots],
        }
    }
}

fn remembered(cell: &Cell<Glance>, tick: u32, look: impl FnOnce() -> Option<Scored>) -> Option<Scored> {
    let last = cell.get();
    if last.tick == tick {
        return last.lowest;
    }
    let lowest = look();
    cell.set(Glance { tick, lowest });
    lowest
}

/// Returns the unit that a selector means to a unit, if there is one. Only while units decide: what was seen by one
/// holds for the others until they act.
pub(super) fn select(arena: &Arena<'_>, slot: usize, selector: Selector) -> Option<usize> {
    if selector.is_enemy() {
        return match taunter(arena, slot) {
            Some(taunter) => Some(taunter),
            None => enemy(arena, slot, selector),
        };
    }
    match selector {
        Selector::NearestAlly => arena
            .allies(slot)
            .filter(|&ally| ally != slot)
            .min_by_key(|&ally| arena.distance2(slot, ally)),
        Selector::WeakestAlly
        | Selector::StrongestAlly
        | Selector::AfflictedAlly
        | Selector::ThreatenedAlly
        | Selector::FallenAlly => of_side(arena, arena.side(slot), selector).map(|(_, ally)| ally),
        _ => Some(slot),
    }
}

fn enemy(arena: &Arena<'_>, slot: usize, selector: Selector) -> Option<usize> {
    let near = |enemy: usize| arena.distance2(slot, enemy);
    let far = |enemy: usize| -near(enemy);
    let all = arena.enemies(slot);
    let of_side = || of_side(arena, arena.side(slot).other(), selector);
    match selector {
        Selector::Current => focus(arena, slot),
        Selector::FarthestEnemy => best(arena, slot, lowest(all, far), |enemy| Some(far(enemy))),
        Selector::CastingEnemy => best_of(arena, slot, Slots::of(all.filter(|&enemy| is_casting(arena, enemy)))),
        Selector::UntouchedEnemy => {
            let is_untouched = |&enemy: &usize| !status::has(arena, enemy, StatusKind::Dot);
            best_of(arena, slot, Slots::of(all.filter(is_untouched)))
        }
        Selector::WeakestEnemy => best(arena, slot, of_side(), |enemy| Some(health_permille(arena, enemy))),
        Selector::HealthiestEnemy => best(arena, slot, of_side(), |enemy| Some(-health_permille(arena, enemy))),
        Selector::StrongestEnemy => best(arena, slot, of_side(), |enemy| Some(-arena.stat(enemy, Stat::Power))),
        Selector::ClusteredEnemy => best(arena, slot, of_side(), |enemy| {
            Some(-crowd(arena, arena.side(enemy), enemy))
        }),
        Selector::BacklineEnemy => best(arena, slot, of_side(), |enemy| Some(-depth(arena, enemy))),
        Selector::EmpoweredEnemy => best(arena, slot, of_side(), |enemy| empowered(arena, enemy)),
        _ => best(arena, slot, nearest(arena, slot), |enemy| Some(near(enemy))),
    }
}

/// Returns whom a selector means among a side's units, whoever looks.
fn of_side(arena: &Arena<'_>, side: Side, selector: Selector) -> Option<Scored> {
    // What an ally and an enemy mean by it is the same.
    let selector = match selector {
        Selector::WeakestAlly => Selector::WeakestEnemy,
        Selector::StrongestAlly => Selector::StrongestEnemy,
        other => other,
    };
    let living = arena.living(side);
    let power = |unit: usize| -arena.stat(unit, Stat::Power);
    let cell = &arena.glances.sides[side.index()][selector as usize];
    remembered(cell, arena.tick, || match selector {
        Selector::WeakestEnemy => lowest(living, |unit| health_permille(arena, unit)),
        Selector::HealthiestEnemy => lowest(living, |unit| -health_permille(arena, unit)),
        Selector::StrongestEnemy => lowest(living, power),
        Selector::BacklineEnemy => lowest(living, |unit| -depth(arena, unit)),
        Selector::EmpoweredEnemy => {
            let scored = |unit| empowered(arena, unit).map(|score| (score, unit));
            living.filter_map(scored).min()
        }
        Selector::AfflictedAlly => lowest(living, |unit| -count(status::count(arena, unit, true))),
        Selector::ClusteredEnemy => lowest(living, |unit| -crowd(arena, side, unit)),
        Selector::ThreatenedAlly => lowest(living, |unit| -crowd(arena, side.other(), unit)),
        Selector::FallenAlly => {
            let can_return = |&unit: &usize| arrivals::can_return(arena, unit);
            arena
                .fallen(side)
                .filter(can_return)
                .map(|unit| (power(unit), unit))
                .min()
        }
        _ => None,
    })
}

fn lowest(units: Slots, score: impl Fn(usize) -> i32) -> Option<Scored> {
    units.map(|unit| (score(unit), unit)).min()
}

/// Returns the enemy with the lowest score, which the caller has found. The current target's score, if it has one, counts
/// as lower than it is (by 28 % of a squared distance, which is 15 % of the distance), so that units do not dither.
fn best(arena: &Arena<'_>, slot: usize, lowest: Option<Scored>, score: impl Fn(usize) -> Option<i32>) -> Option<usize> {
    let (low, enemy) = lowest?;
    let current = arena.minds[slot].focus.map(usize::from);
    // Whoever has the lowest score has the lowest also after it was lowered.
    let Some(current) = current.filter(|&current| current != enemy && arena.enemies(slot).contains(current)) else {
        return Some(enemy);
    };
    let Some(held) = score(current).map(i64::from) else {
        return Some(enemy);
    };
    let held = held * if held >= 0 { 72 } else { 118 };
    let stays = (held, current) < (i64::from(low) * 100, enemy);
    Some(if stays { current } else { enemy })
}

/// Returns the nearest of some enemies, sticking to the current target.
fn best_of(arena: &Arena<'_>, slot: usize, enemies: Slots) -> Option<usize> {
    let near = |enemy: usize| arena.distance2(slot, enemy);
    best(arena, slot, lowest(enemies, near), |enemy| {
        enemies.contains(enemy).then(|| near(enemy))
    })
}

/// Returns the nearest enemy and the square of its distance, as a unit that decides sees it.
fn nearest(arena: &Arena<'_>, slot: usize) -> Option<Scored> {
    remembered(&arena.glances.nearest[slot], arena.tick, || {
        nearest_to(arena, arena.side(slot).other(), slot)
    })
}

/// Returns the unit of a side that is nearest to a unit, and the square of its distance.
pub(super) fn nearest_to(arena: &Arena<'_>, side: Side, slot: usize) -> Option<Scored> {
    arena.places(side).nearest(arena.positions[slot])
}

/// Returns the taunter whom a unit must attack.
pub(super) fn taunter(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    if !arena.is_under(slot, StatusKind::Taunt) {
        return None;
    }
    let taunter = usize::from(arena.ails[slot].taunter?);
    arena.vitals[taunter].alive.then_some(taunter)
}

/// Returns the current target if it still lives.
pub(super) fn focus(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    let focus = usize::from(arena.minds[slot].focus?);
    arena.vitals[focus].alive.then_some(focus)
}

/// Returns the nearest enemy, without sticking to anyone.
pub(super) fn nearest_enemy(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    nearest_to(arena, arena.side(slot).other(), slot).map(|(_, enemy)| enemy)
}

/// Returns the same to a unit that decides.
pub(super) fn nearest_seen(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    nearest(arena, slot).map(|(_, enemy)| enemy)
}

/// Returns the nearest enemy of a role, sticking to the current target.
pub(super) fn nearest_of_role(arena: &Arena<'_>, slot: usize, role: Role) -> Option<usize> {
    best_of(arena, slot, arena.enemies(slot).both(arena.of_role(role)))
}

/// Returns a unit's health in permille of its maximum.
pub(super) fn health_permille(arena: &Arena<'_>, slot: usize) -> i32 {
    let vitals = &arena.vitals[slot];
    vitals.health * 1000 / vitals.health_max.max(1)
}

pub(super) fn is_casting(arena: &Arena<'_>, slot: usize) -> bool {
    arena.hands[slot].cast.is_some()
}

/// Counts the units of a side that crowd a unit, itself included if it is one of them.
fn crowd(arena: &Arena<'_>, side: Side, slot: usize) -> i32 {
    arena.places(side).within(arena.positions[slot], CROWD * CROWD)
}

/// Scores a unit that carries something helpful.
fn empowered(arena: &Arena<'_>, slot: usize) -> Option<i32> {
    let helpful = count(status::count(arena, slot, false));
    (helpful > 0).then_some(-helpful)
}

/// Returns how far back on its own side a unit stands.
fn depth(arena: &Arena<'_>, slot: usize) -> i32 {
    match arena.side(slot) {
        Side::Left => -arena.positions[slot].x,
        Side::Right => arena.positions[slot].x,
    }
}

fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
