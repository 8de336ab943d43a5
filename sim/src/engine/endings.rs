//! The slow clocks and the last things: fatigue, energy, the roster at the start, and death.

use super::arena::{Arena, By, slot_number};
use super::slots::Slots;
use super::status::Status;
use super::{arrivals, harm, hooks, movement};
use crate::content::Fatigue;
use crate::kinds::{NO_SLOT, Stat, StatusKind};
use crate::limits::TICKS_PER_SECOND;
use crate::record::{EventKind, RosterUnit};

/// Raises fatigue when its tick has come; late steps also take health from everyone.
pub(super) fn fatigue(arena: &mut Arena<'_>) {
    let rules = &arena.rules.fatigue;
    let Some(since) = arena.tick.checked_sub(rules.from) else {
        return;
    };
    if !since.is_multiple_of(rules.every) {
        return;
    }
    let fatigue = &mut arena.fatigue;
    fatigue.step += 1;
    fatigue.damage = wearing(rules, fatigue.step);
    fatigue.healing = (1000 - fatigue.step * rules.healing_down).max(0);
    let step = fatigue.step;
    arena.emit(EventKind::Fatigue, By::NOBODY, usize::from(NO_SLOT), step);
    if arena.tick >= rules.exhaustion_from {
        exhaust(arena, rules.exhaustion);
    }
}

/// Returns damage in permille; a long fight of steep content would go beyond 32 bits.
fn wearing(rules: &Fatigue, step: i32) -> i32 {
    let step = i64::from(step);
    let surged = (step - i64::from(rules.surge_after)).max(0);
    harm::to_i32(1000 + step * i64::from(rules.damage_up) + surged * surged * i64::from(rules.surge))
}

fn exhaust(arena: &mut Arena<'_>, permille: i32) {
    for at in 0..arena.count() {
        let slot = arena.turn(at);
        if arena.vitals[slot].alive {
            let loss = i64::from(arena.vitals[slot].health_max) * i64::from(permille) / 1000;
            harm::lose(arena, By::NOBODY, slot, loss.max(1), false);
        }
    }
}

/// Gives every unit its energy of one second.
pub(super) fn regenerate(arena: &mut Arena<'_>) {
    if !arena.tick.is_multiple_of(TICKS_PER_SECOND) {
        return;
    }
    for slot in 0..arena.count() {
        let gain = arena.stat(slot, Stat::Regeneration);
        let vitals = &mut arena.vitals[slot];
        if vitals.alive {
            vitals.energy = (vitals.energy + gain).min(vitals.energy_max);
        }
    }
}

/// Lets units without health fall; they keep their slot and their place. What falls sets off may make others fall.
pub(super) fn bury(arena: &mut Arena<'_>) {
    while !arena.doomed.is_empty() {
        let doomed = std::mem::take(&mut arena.doomed);
        // A doomed summon may have vanished, and another one may have its slot.
        let is_fallen = |&slot: &usize| arena.vitals[slot].alive && arena.vitals[slot].health == 0;
        let fallen = Slots::of(doomed.filter(is_fallen));
        fall(arena, fallen);
    }
}

/// All fall before the first of them sets anything off, so that no side falls first.
fn fall(arena: &mut Arena<'_>, fallen: Slots) {
    let mut last_words = Vec::new();
    for at in 0..arena.count() {
        let slot = arena.turn(at);
        if fallen.contains(slot) {
            let held = arena.ails[slot]
                .list
                .iter()
                .filter(|status| status.kind == StatusKind::OnDeath);
            let held: Vec<Status> = held.copied().collect();
            drop_dead(arena, slot);
            if !held.is_empty() {
                last_words.push((slot, held));
            }
        }
    }
    for (slot, held) in last_words {
        hooks::on_death(arena, slot, &held);
    }
    movement::settle(arena);
}

fn drop_dead(arena: &mut Arena<'_>, slot: usize) {
    arrivals::lay_down(arena, slot);
    let killer = arena.tallies[slot].last_blow;
    if arena.heroes.contains(slot) {
        arena.tallies[slot].stats.deaths += 1;
    }
    if let Some(killer) = killer {
        let credited = arena.credited(killer);
        arena.tallies[credited].stats.kills += 1;
    }
    let by = By {
        source: killer,
        ..By::NOBODY
    };
    arena.emit(EventKind::Death, by, slot, 0);
}

/// Returns the units as they enter, and the slots that wait for summons.
pub(super) fn roster(arena: &Arena<'_>) -> Vec<RosterUnit> {
    let unit = |slot: usize| {
        let class = arena.heroes.contains(slot).then(|| arena.guises[slot].class);
        let key = class
            .and_then(|class| arena.content.class(class))
            .map(|class| class.key.clone());
        RosterUnit {
            slot: slot_number(slot),
            side: arena.side(slot),
            class,
            class_key: key.unwrap_or_default(),
            health_max: arena.vitals[slot].health_max,
            energy_max: arena.vitals[slot].energy_max,
            position: arena.positions[slot],
        }
    };
    (0..arena.count()).map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::limits::TICKS_MAX;

    #[test]
    fn the_steepest_fatigue_stays_within_its_number() {
        let content = Content::builtin().unwrap();
        // The largest that the content's check lets through.
        let steep = Fatigue {
            from: 1,
            every: 1,
            damage_up: 1_000,
            surge_after: 0,
            surge: 100,
            ..content.rules().fatigue.clone()
        };
        assert_eq!(wearing(&steep, 1), 2_100);
        assert_eq!(wearing(&steep, TICKS_MAX.try_into().unwrap()), i32::MAX);
    }
}
