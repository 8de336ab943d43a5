//! Selectors: who, among the living, a rule or stance means.

use super::arena::Arena;
use super::{arrivals, status};
use crate::build::Selector;
use crate::kinds::{Role, Side, Stat, StatusKind};

/// Units this near count as crowding a unit, in centimetres.
const CROWD: i32 = 500;

/// Returns the unit that a selector means to a unit, if there is one.
pub(super) fn select(arena: &Arena<'_>, slot: usize, selector: Selector) -> Option<usize> {
    if selector.is_enemy() {
        return match taunter(arena, slot) {
            Some(taunter) => Some(taunter),
            None => enemy(arena, slot, selector),
        };
    }
    let least = |score: &dyn Fn(usize) -> i32| arena.allies(slot).min_by_key(|&ally| score(ally));
    match selector {
        Selector::NearestAlly => arena
            .allies(slot)
            .filter(|&ally| ally != slot)
            .min_by_key(|&ally| arena.distance2(slot, ally)),
        Selector::WeakestAlly => least(&|ally| health_permille(arena, ally)),
        Selector::StrongestAlly => least(&|ally| -arena.stat(ally, Stat::Power)),
        Selector::AfflictedAlly => least(&|ally| -count(status::count(arena, ally, true))),
        Selector::ThreatenedAlly => least(&|ally| -count(crowd(arena, ally, slot))),
        Selector::FallenAlly => fallen_ally(arena, slot),
        _ => Some(slot),
    }
}

fn fallen_ally(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    let fallen = arena.fallen(arena.side(slot));
    let can_return = fallen.filter(|&ally| arrivals::can_return(arena, ally));
    can_return.min_by_key(|&ally| -arena.stat(ally, Stat::Power))
}

fn enemy(arena: &Arena<'_>, slot: usize, selector: Selector) -> Option<usize> {
    let near = |enemy: usize| arena.distance2(slot, enemy);
    match selector {
        Selector::Current => focus(arena, slot),
        Selector::FarthestEnemy => best(arena, slot, |_| true, |enemy| -near(enemy)),
        Selector::WeakestEnemy => best(arena, slot, |_| true, |enemy| health_permille(arena, enemy)),
        Selector::HealthiestEnemy => best(arena, slot, |_| true, |enemy| -health_permille(arena, enemy)),
        Selector::StrongestEnemy => best(arena, slot, |_| true, |enemy| -arena.stat(enemy, Stat::Power)),
        Selector::CastingEnemy => best(arena, slot, |enemy| is_casting(arena, enemy), near),
        Selector::ClusteredEnemy => best(arena, slot, |_| true, |enemy| -count(crowd(arena, enemy, slot))),
        Selector::BacklineEnemy => best(arena, slot, |_| true, |enemy| -depth(arena, enemy)),
        Selector::UntouchedEnemy => best(arena, slot, |enemy| !status::has(arena, enemy, StatusKind::Dot), near),
        Selector::EmpoweredEnemy => {
            let helpful = |enemy| count(status::count(arena, enemy, false));
            best(arena, slot, |enemy| helpful(enemy) > 0, |enemy| -helpful(enemy))
        }
        _ => best(arena, slot, |_| true, near),
    }
}

/// Returns the enemy with the lowest score. The current target's score counts as lower than it is (by 28 % of a
/// squared distance, which is 15 % of the distance), so that units do not dither.
fn best(arena: &Arena<'_>, slot: usize, fits: impl Fn(usize) -> bool, score: impl Fn(usize) -> i32) -> Option<usize> {
    let current = arena.minds[slot].focus.map(usize::from);
    arena.enemies(slot).filter(|&enemy| fits(enemy)).min_by_key(|&enemy| {
        let score = i64::from(score(enemy)) * 100;
        match (current == Some(enemy), score >= 0) {
            (false, _) => score,
            (true, true) => score / 100 * 72,
            (true, false) => score / 100 * 118,
        }
    })
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
    arena.enemies(slot).min_by_key(|&enemy| arena.distance2(slot, enemy))
}

/// Returns the nearest enemy of a role, sticking to the current target.
pub(super) fn nearest_of_role(arena: &Arena<'_>, slot: usize, role: Role) -> Option<usize> {
    let is_it = |enemy: usize| arena.plans[enemy].role == role;
    best(arena, slot, is_it, |enemy| arena.distance2(slot, enemy))
}

/// Returns a unit's health in permille of its maximum.
pub(super) fn health_permille(arena: &Arena<'_>, slot: usize) -> i32 {
    let vitals = &arena.vitals[slot];
    vitals.health * 1000 / vitals.health_max.max(1)
}

pub(super) fn is_casting(arena: &Arena<'_>, slot: usize) -> bool {
    arena.hands[slot].cast.is_some()
}

/// Counts the enemies of `viewer` that crowd a unit, itself included.
fn crowd(arena: &Arena<'_>, slot: usize, viewer: usize) -> usize {
    arena
        .enemies(viewer)
        .filter(|&enemy| arena.is_within(slot, enemy, CROWD))
        .count()
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
