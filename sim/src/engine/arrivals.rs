//! Units that come and go in the middle of a fight: summons take reserved slots, the fallen rise again.

use super::arena::{Arena, By, slot_number};
use super::effects::Deed;
use super::parts::{self, Diminished, Guise, Hands, Legs, Mind, Tally};
use super::{derive, harm, status};
use crate::content::Summon;
use crate::kinds::{Position, Stat};
use crate::limits::THINK_TICKS;
use crate::record::EventKind;

/// Centimetres between a summoner's target and what comes there.
const STEP_ASIDE: i32 = 120;

/// Brings summoned units in beside the target, as many as there is room for.
pub(super) fn summon(arena: &mut Arena<'_>, deed: Deed<'_>, target: usize, what: (&str, u32, u32)) {
    let (key, count, ticks) = what;
    let content = arena.content;
    let Some(summon) = content.summon(key) else { return };
    let room = arena.vacant(arena.side(deed.source));
    for (number, slot) in (0..count).zip(room) {
        enter(arena, deed, slot, summon);
        arena.stand(slot, beside(arena, target, number));
        arena.guises[slot].leaves_at = arena.tick + ticks;
        let by = deed.by;
        arena.emit(EventKind::Summon, by, slot, i32::from(summon.id.0));
        let health = arena.vitals[slot].health;
        arena.emit(EventKind::Enter, by, slot, health);
    }
}

/// Gives the slot to a fresh unit. Its dice go on where the last one's stopped.
fn enter<'w>(arena: &mut Arena<'w>, deed: Deed<'_>, slot: usize, summon: &'w Summon) {
    let plan = &summon.plan;
    let source = slot_number(deed.source);
    let owner = arena.guises[deed.source].owner.unwrap_or(source);
    arena.assign(slot, plan);
    arena.guises[slot] = Guise {
        class: summon.id,
        owner: Some(owner),
        ..Guise::default()
    };
    let strength = strength(arena, usize::from(owner));
    let gauges = &mut arena.gauges[slot];
    (gauges.base, gauges.resist) = (plan.stats, plan.resist);
    for stat in [Stat::Health, Stat::Power] {
        let points = i64::from(plan.stats[stat.index()]);
        gauges.base[stat.index()] = harm::to_i32(harm::permille(points, strength)).max(1);
    }
    let health = gauges.base[Stat::Health.index()];
    arena.vitals[slot] = parts::vitals(plan);
    (arena.vitals[slot].health, arena.vitals[slot].health_max) = (health, health);
    arena.set_alive(slot, true);
    arena.minds[slot] = Mind {
        next_think: arena.tick + 1 + arena.rank(slot) as u32 % THINK_TICKS,
        ..Mind::default()
    };
    (arena.hands[slot], arena.legs[slot]) = (Hands::default(), Legs::default());
    arena.tallies[slot] = Tally::default();
    arena.ails[slot].list.clear();
    arena.ails[slot].diminished = [Diminished::default(); parts::CONTROLS];
    derive::begin(arena, slot);
    derive::refresh(arena, slot);
}

/// Returns what attribute points have made of a summoner's power, in permille; its summons share in it.
fn strength(arena: &Arena<'_>, owner: usize) -> i32 {
    let class = arena.content.class(arena.guises[owner].class);
    let plain = class.map_or(0, |class| class.stats[Stat::Power.index()]).max(1);
    arena.plans[owner].stats[Stat::Power.index()] * 1000 / plain
}

/// Returns a place around a unit, on the side towards the enemy first.
fn beside(arena: &Arena<'_>, target: usize, number: u32) -> Position {
    let Position { x, y } = arena.positions[target];
    let ahead = if arena.side(target) == crate::kinds::Side::Left {
        STEP_ASIDE
    } else {
        -STEP_ASIDE
    };
    let (dx, dy) = match number % 4 {
        0 => (ahead, 0),
        1 => (0, STEP_ASIDE),
        2 => (0, -STEP_ASIDE),
        _ => (-ahead, 0),
    };
    super::movement::inside(arena, Position { x: x + dx, y: y + dy })
}

/// Lets summoned units go whose time is over.
pub(super) fn vanish(arena: &mut Arena<'_>) {
    for slot in arena.summons() {
        if arena.guises[slot].leaves_at <= arena.tick {
            let health = arena.vitals[slot].health;
            arena.vitals[slot].health = 0;
            lay_down(arena, slot);
            arena.emit(EventKind::Vanish, By::NOBODY, slot, health);
        }
    }
}

/// Takes a unit out of the fight: no statuses, no cast, no walk.
pub(super) fn lay_down(arena: &mut Arena<'_>, slot: usize) {
    status::clear(arena, slot);
    arena.set_alive(slot, false);
    arena.hands[slot].cast = None;
    arena.legs[slot] = Legs::default();
}

/// Says whether a fallen unit can come back: not a summon, and not more often than the rules allow.
pub(super) fn can_return(arena: &Arena<'_>, slot: usize) -> bool {
    let is_down = !arena.vitals[slot].alive && arena.heroes.contains(slot);
    is_down && arena.guises[slot].returns < arena.rules.resurrections
}

/// Brings a fallen unit back where it fell. Fatigue weakens it as any healing.
pub(super) fn resurrect(arena: &mut Arena<'_>, deed: Deed<'_>, slot: usize, percent: i32) {
    if !can_return(arena, slot) {
        return;
    }
    let full = i64::from(arena.vitals[slot].health_max);
    let health = harm::to_i32(harm::permille(full * i64::from(percent) / 100, arena.fatigue.healing));
    if health <= 0 {
        return;
    }
    arena.guises[slot].returns += 1;
    arena.vitals[slot].health = health;
    arena.set_alive(slot, true);
    arena.minds[slot].next_think = arena.tick + THINK_TICKS;
    arena.minds[slot].focus = None;
    arena.ails[slot].diminished = [Diminished::default(); parts::CONTROLS];
    arena.emit(EventKind::Resurrect, deed.by, slot, health);
}
