//! The slow clocks and the last things: fatigue, energy, the roster at the start, and death.

use super::arena::{Arena, By};
use super::parts::{Intent, Legs};
use super::{harm, status};
use crate::content::Content;
use crate::kinds::{NO_SLOT, Stat};
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
    fatigue.damage = 1000 + fatigue.step * rules.damage_up;
    fatigue.healing = (1000 - fatigue.step * rules.healing_down).max(0);
    let step = fatigue.step;
    arena.emit(EventKind::Fatigue, By::NOBODY, usize::from(NO_SLOT), step);
    if arena.tick >= rules.exhaustion_from {
        exhaust(arena, rules.exhaustion);
    }
}

fn exhaust(arena: &mut Arena<'_>, permille: i32) {
    for slot in 0..arena.count() {
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

/// Lets units without health fall; they keep their slot and their place.
pub(super) fn bury(arena: &mut Arena<'_>) {
    for slot in 0..arena.count() {
        let vitals = arena.vitals[slot];
        if vitals.alive && vitals.health == 0 {
            fall(arena, slot);
        }
    }
}

fn fall(arena: &mut Arena<'_>, slot: usize) {
    status::clear(arena, slot);
    arena.vitals[slot].alive = false;
    arena.hands[slot].cast = None;
    arena.minds[slot].intent = Intent::None;
    arena.legs[slot] = Legs::default();
    arena.tallies[slot].stats.deaths += 1;
    let killer = arena.tallies[slot].last_blow;
    if let Some(killer) = killer {
        arena.tallies[usize::from(killer)].stats.kills += 1;
    }
    arena.emit(
        EventKind::Death,
        By {
            source: killer,
            ..By::NOBODY
        },
        slot,
        0,
    );
}

/// Returns the units as they enter.
pub(super) fn roster(arena: &Arena<'_>, content: &Content) -> Vec<RosterUnit> {
    let unit = |slot: usize| {
        let plan = arena.plans[slot];
        RosterUnit {
            slot: super::arena::slot_number(slot),
            side: arena.side(slot),
            class: plan.class,
            class_key: content
                .class(plan.class)
                .map(|class| class.key.clone())
                .unwrap_or_default(),
            health_max: arena.vitals[slot].health_max,
            energy_max: arena.vitals[slot].energy_max,
            position: arena.positions[slot],
        }
    };
    (0..arena.count()).map(unit).collect()
}
