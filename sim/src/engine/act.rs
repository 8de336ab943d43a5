//! Resolving intents: casts begin, casts complete, abilities are paid for and take effect.

use super::arena::{Arena, By, slot_number};
use super::decide;
use super::effects::{Deed, apply};
use super::parts::{Aimed, Cast, Intent, Legs};
use crate::content::Aim;
use crate::kinds::{Stat, StatusKind};
use crate::record::{Decision, EventKind};

/// A target may leave an ability's range by so much, in percent of it, while it is cast.
const LEASH_PERCENT: i32 = 130;

/// Resolves every intent of this tick, sides interleaved.
pub(super) fn act(arena: &mut Arena<'_>) {
    let mut intents = std::mem::take(&mut arena.intents);
    intents.sort_unstable_by_key(|&(slot, _)| arena.place(slot));
    for &(slot, intent) in &intents {
        match intent {
            Intent::Begin(aimed) => begin(arena, slot, aimed),
            Intent::Finish(aimed) => finish(arena, slot, aimed),
        }
    }
    intents.clear();
    arena.intents = intents;
}

fn begin(arena: &mut Arena<'_>, slot: usize, aimed: Aimed) {
    let (id, ability) = arena.ability_of(slot, aimed.index);
    let ticks = hasted(arena, slot, ability.cast);
    if ticks == 0 {
        explain(arena, slot, aimed);
        return perform(arena, slot, aimed);
    }
    // Whoever was stunned, turned or silenced earlier in this tick would lose the cast at once.
    let is_helpless = arena.is_under(slot, StatusKind::Stun) || arena.is_under(slot, StatusKind::Hex);
    if is_helpless || !decide::is_usable(arena, slot, aimed.index) {
        return;
    }
    let ends = arena.tick + ticks;
    explain(arena, slot, aimed);
    arena.hands[slot].cast = Some(Cast { aimed, ends, ticks });
    arena.due[slot] = ends;
    arena.legs[slot] = Legs::default();
    let ticks = i32::try_from(ticks).unwrap_or(i32::MAX);
    arena.emit(
        EventKind::CastStart,
        By::unit(slot, id),
        usize::from(aimed.target),
        ticks,
    );
}

fn finish(arena: &mut Arena<'_>, slot: usize, aimed: Aimed) {
    arena.hands[slot].cast = None;
    let (id, ability) = arena.ability_of(slot, aimed.index);
    let target = usize::from(aimed.target);
    let range = ability.range * LEASH_PERCENT / 100;
    let is_due = arena.vitals[target].alive != (ability.aim == Aim::Fallen);
    let is_there = is_due && (target == slot || arena.is_within(slot, target, range));
    if is_there && arena.vitals[slot].energy >= ability.cost {
        perform(arena, slot, aimed);
    } else {
        arena.emit(
            EventKind::Interrupt,
            By {
                source: None,
                ability: id,
            },
            slot,
            0,
        );
    }
}

/// Pays for an ability and applies it.
fn perform(arena: &mut Arena<'_>, slot: usize, aimed: Aimed) {
    let (id, ability) = arena.ability_of(slot, aimed.index);
    let cooldown = hasted(arena, slot, ability.cooldown);
    let pause = hasted(arena, slot, arena.rules.global_cooldown);
    let tick = arena.tick;
    let hands = &mut arena.hands[slot];
    hands.cooldowns[usize::from(aimed.index)] = tick + cooldown;
    hands.ready_at = tick + pause;
    // Another effect of this tick may have taken the energy that was there when the unit decided.
    let paid = ability.cost.min(arena.vitals[slot].energy);
    arena.vitals[slot].energy -= paid;
    let credited = arena.credited(slot_number(slot));
    arena.tallies[credited].stats.casts += 1;
    let by = By {
        source: Some(slot_number(slot)),
        ability: id,
    };
    let target = usize::from(aimed.target);
    arena.emit(EventKind::Cast, by, target, paid);
    apply(
        arena,
        Deed {
            by,
            source: slot,
            scale: 1000,
            is_echo: false,
            effects: &ability.effects,
        },
        target,
    );
}

/// Notes why an ability is used, if anybody asks.
fn explain(arena: &mut Arena<'_>, slot: usize, aimed: Aimed) {
    if !arena.explains {
        return;
    }
    let reason = arena.minds[slot].reason;
    arena.decisions.push(Decision {
        tick: arena.tick,
        slot: slot_number(slot),
        ability: arena.ability_of(slot, aimed.index).0,
        target: aimed.target,
        rule: reason.ability,
        strategy: reason.strategy,
    });
}

/// Shortens a time by the unit's haste: 1,000 permille halve it.
fn hasted(arena: &Arena<'_>, slot: usize, ticks: u32) -> u32 {
    let haste = u64::from(arena.stat(slot, Stat::Haste).unsigned_abs());
    u32::try_from(u64::from(ticks) * 1000 / (1000 + haste)).unwrap_or(u32::MAX)
}
