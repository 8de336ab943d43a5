//! Selectors: who, among the living, a rule or stance means.

use super::arena::{Arena, distance2};
use super::slots::Slots;
use super::{arrivals, status};
use crate::build::Selector;
use crate::kinds::{Position, Role, Side, Stat, StatusKind};

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
    match selector {
        Selector::NearestAlly => arena
            .allies(slot)
            .filter(|&ally| ally != slot)
            .min_by_key(|&ally| arena.distance2(slot, ally)),
        Selector::WeakestAlly => arena.allies(slot).min_by_key(|&ally| health_permille(arena, ally)),
        Selector::StrongestAlly => arena.allies(slot).min_by_key(|&ally| -arena.stat(ally, Stat::Power)),
        Selector::AfflictedAlly => arena
            .allies(slot)
            .min_by_key(|&ally| -count(status::count(arena, ally, true))),
        Selector::ThreatenedAlly => {
            let crowd = Crowd::of(arena, slot);
            arena.allies(slot).min_by_key(|&ally| -crowd.around(arena, ally))
        }
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
        Selector::ClusteredEnemy => {
            let crowd = Crowd::of(arena, slot);
            best(arena, slot, |_| true, |enemy| -crowd.around(arena, enemy))
        }
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
    let mut current = Slots::default();
    current.extend(arena.minds[slot].focus.map(usize::from));
    let fitting = |enemy: &usize| fits(*enemy);
    let scored = |enemy: usize| (score(enemy), enemy);
    let enemies = arena.enemies(slot);
    let other = enemies.without(current).filter(fitting).map(scored).min();
    let Some((held, current)) = enemies.both(current).find(fitting).map(scored) else {
        return other.map(|(_, enemy)| enemy);
    };
    let held = i64::from(held) * if held >= 0 { 72 } else { 118 };
    let stays = other.is_none_or(|(score, enemy)| (held, current) < (i64::from(score) * 100, enemy));
    if stays {
        Some(current)
    } else {
        other.map(|(_, enemy)| enemy)
    }
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

/// Where the living enemies of a unit stand, side by side in memory: they are counted around many units at once.
struct Crowd {
    places: [Position; Slots::BITS],
    count: usize,
}

impl Crowd {
    fn of(arena: &Arena<'_>, viewer: usize) -> Self {
        let mut crowd = Self {
            places: [Position::default(); Slots::BITS],
            count: 0,
        };
        for (place, enemy) in crowd.places.iter_mut().zip(arena.enemies(viewer)) {
            *place = arena.positions[enemy];
            crowd.count += 1;
        }
        crowd
    }

    /// Counts those that crowd a unit, itself included if it is one of them.
    fn around(&self, arena: &Arena<'_>, slot: usize) -> i32 {
        let center = arena.positions[slot];
        let is_near = |place: &Position| i32::from(distance2(center, *place) <= CROWD * CROWD);
        self.places[..self.count].iter().map(is_near).sum()
    }
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
