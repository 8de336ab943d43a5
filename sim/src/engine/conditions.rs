//! Conditions of rules, evaluated on the state before the tick. Every look is counted against the unit's budget.

use super::arena::Arena;
use super::{select, status};
use crate::build::Condition;

/// Evaluates a condition for a unit and its selected target.
pub(super) fn holds(arena: &Arena<'_>, slot: usize, target: usize, condition: &Condition, spent: &mut u32) -> bool {
    *spent += 1;
    let mut child = |child: &Condition| holds(arena, slot, target, child, spent);
    match *condition {
        Condition::All(ref children) => children.iter().all(child),
        Condition::Any(ref children) => children.iter().any(child),
        Condition::Not(ref inner) => !child(inner),
        Condition::Always => true,
        Condition::SelfHealthBelow(percent) => is_below(arena, slot, percent),
        Condition::SelfHealthAbove(percent) => is_above(arena, slot, percent),
        Condition::SelfEnergyAbove(percent) => {
            let vitals = &arena.vitals[slot];
            vitals.energy * 100 > percent * vitals.energy_max
        }
        Condition::SelfHas(kind) => status::has(arena, slot, kind),
        _ => holds_of_target(arena, slot, target, condition),
    }
}

fn is_below(arena: &Arena<'_>, slot: usize, percent: i32) -> bool {
    select::is_health_below(arena, slot, percent * 10)
}

fn is_above(arena: &Arena<'_>, slot: usize, percent: i32) -> bool {
    !select::is_health_below(arena, slot, percent * 10 + 1)
}

fn holds_of_target(arena: &Arena<'_>, slot: usize, target: usize, condition: &Condition) -> bool {
    match *condition {
        Condition::TargetHealthBelow(percent) => is_below(arena, target, percent),
        Condition::TargetHealthAbove(percent) => is_above(arena, target, percent),
        Condition::TargetHas(kind) => status::has(arena, target, kind),
        Condition::TargetRole(role) => arena.plans[target].role == role,
        Condition::TargetCasting => select::is_casting(arena, target),
        Condition::TargetWithin(range) => arena.is_within(slot, target, range),
        Condition::EnemiesNearTarget { range, count } => {
            enemies_near(arena, slot, target, range) >= count && count >= 0
        }
        _ => holds_of_field(arena, slot, condition),
    }
}

/// Counts a unit's enemies within a range of a unit.
fn enemies_near(arena: &Arena<'_>, slot: usize, center: usize, range: i32) -> i32 {
    let enemies = arena.places(arena.side(slot).other());
    enemies.within(arena.positions[center], range.saturating_mul(range))
}

fn holds_of_field(arena: &Arena<'_>, slot: usize, condition: &Condition) -> bool {
    match *condition {
        Condition::EnemyHealthBelow(percent) => arena.enemies(slot).any(|enemy| is_below(arena, enemy, percent)),
        Condition::EnemyCasting => arena.enemies(slot).any(|enemy| select::is_casting(arena, enemy)),
        Condition::EnemiesWithin { range, count } => enemies_near(arena, slot, slot, range) >= count && count >= 0,
        Condition::AlliesWithin { range, count } => {
            let others = arena.allies(slot).filter(|&ally| ally != slot);
            reaches(others.filter(|&ally| arena.is_within(slot, ally, range)).count(), count)
        }
        Condition::AlliesBelow { percent, count } => {
            let hurt = arena.allies(slot).filter(|&ally| is_below(arena, ally, percent));
            reaches(hurt.count(), count)
        }
        Condition::AllyHas(kind) => arena.allies(slot).any(|ally| status::has(arena, ally, kind)),
        Condition::AlliesFallen(count) => reaches(arena.fallen(arena.side(slot)).len(), count),
        Condition::Outnumbered => arena.enemies(slot).len() > arena.allies(slot).len(),
        Condition::TickAfter(tick) => arena.tick > tick.unsigned_abs(),
        Condition::FatigueBegun => arena.fatigue.step > 0,
        _ => false,
    }
}

fn reaches(found: usize, count: i32) -> bool {
    usize::try_from(count).is_ok_and(|count| found >= count)
}
