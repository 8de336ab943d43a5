//! Selectors: who, among the living, a rule or stance means.

use std::cell::Cell;

use super::arena::Arena;
use super::slots::Slots;
use super::squares::SURE;
use super::{arrivals, status};
use crate::build::Selector;
use crate::kinds::{Role, Side, Stat, StatusKind};

/// Units this near count as crowding a unit, in centimetres.
const CROWD: i32 = 500;

const _: () = assert!(CROWD <= SURE);

/// A unit and its score; of two, the one with the lower score is meant, and of equals the one with the lower slot.
pub(super) type Scored = (i32, usize);

/// Stands for nobody among ranks.
pub(super) const NOBODY: i64 = i64::MAX;

/// Returns a score and its unit as one number, which takes no branch to compare.
pub(super) const fn rank(score: i32, unit: usize) -> i64 {
    (score as i64) << 32 | unit as i64
}

/// Returns the score and the unit of a rank.
pub(super) fn ranked(rank: i64) -> Option<Scored> {
    let unit = (rank & 0xff) as usize;
    i32::try_from(rank >> 32)
        .ok()
        .filter(|_| rank != NOBODY)
        .map(|score| (score, unit))
}

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

/// Says whether a selector can mean nobody within a range, because not even the nearest enemy is.
pub(super) fn is_beyond(arena: &Arena<'_>, slot: usize, selector: Selector, range: i32) -> bool {
    // The current target is as quickly looked up, and a taunter need not be an enemy.
    let is_any_enemy = selector.is_enemy() && selector != Selector::Current && taunter(arena, slot).is_none();
    let is_within = |(distance2, _): Scored| i64::from(distance2) <= i64::from(range) * i64::from(range);
    is_any_enemy && !nearest(arena, slot).is_some_and(is_within)
}

fn enemy(arena: &Arena<'_>, slot: usize, selector: Selector) -> Option<usize> {
    let far = |enemy: usize| -arena.distance2(slot, enemy);
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
        _ => nearest_kept(arena, slot),
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
    let last = cell.get().lowest.map(|(_, unit)| unit);
    remembered(cell, arena.tick, || match selector {
        Selector::WeakestEnemy => weakest(arena, living),
        Selector::HealthiestEnemy => healthiest(arena, living),
        Selector::StrongestEnemy => lowest(living, power),
        Selector::BacklineEnemy => lowest(living, |unit| -depth(arena, unit)),
        Selector::EmpoweredEnemy => {
            let scored = |unit| empowered(arena, unit).map(|score| (score, unit));
            living.filter_map(scored).min()
        }
        Selector::AfflictedAlly => lowest(living, |unit| -status::count(arena, unit, true)),
        Selector::ClusteredEnemy => most_crowded(arena, living, side, last),
        Selector::ThreatenedAlly => most_crowded(arena, living, side.other(), last),
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
    let lowest = units.fold(NOBODY, |lowest, unit| lowest.min(rank(score(unit), unit)));
    ranked(lowest)
}

/// Returns the unit with the least health in permille; it divides only for who has less than those before.
fn weakest(arena: &Arena<'_>, units: Slots) -> Option<Scored> {
    units.fold(None, |weakest, unit| match weakest {
        Some((least, _)) if !is_health_below(arena, unit, least) => weakest,
        _ => Some((health_permille(arena, unit), unit)),
    })
}

/// Returns the unit with the most health in permille, which is its score below zero.
fn healthiest(arena: &Arena<'_>, units: Slots) -> Option<Scored> {
    units.fold(None, |healthiest, unit| match healthiest {
        Some((score, _)) if is_health_below(arena, unit, 1 - score) => healthiest,
        _ => Some((-health_permille(arena, unit), unit)),
    })
}

/// Returns the unit that most units of a side crowd. Whoever it was last is counted first: most of the others cannot have as
/// many around them, and are not counted.
fn most_crowded(arena: &Arena<'_>, units: Slots, by: Side, last: Option<usize>) -> Option<Scored> {
    let places = arena.places(by);
    let last = last.filter(|&unit| units.contains(unit));
    let first = last.map_or(NOBODY, |unit| rank(-crowd(arena, by, unit), unit));
    ranked(units.fold(first, |lowest, unit| {
        if rank(-places.at_most(arena.positions[unit]), unit) < lowest {
            lowest.min(rank(-crowd(arena, by, unit), unit))
        } else {
            lowest
        }
    }))
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

/// Returns the nearest enemy, sticking to the current target.
pub(super) fn nearest_kept(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    best(arena, slot, nearest(arena, slot), |enemy| {
        Some(arena.distance2(slot, enemy))
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

/// Says whether a unit's health is below so many permille of its maximum, without a division.
pub(super) fn is_health_below(arena: &Arena<'_>, slot: usize, permille: i32) -> bool {
    let vitals = &arena.vitals[slot];
    i64::from(vitals.health) * 1000 < i64::from(permille) * i64::from(vitals.health_max.max(1))
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
    let helpful = status::count(arena, slot, false);
    (helpful > 0).then_some(-helpful)
}

/// Returns how far back on its own side a unit stands.
fn depth(arena: &Arena<'_>, slot: usize) -> i32 {
    match arena.side(slot) {
        Side::Left => -arena.positions[slot].x,
        Side::Right => arena.positions[slot].x,
    }
}
