//! The arithmetic of health: damage through mitigation and shields, healing, shields.
//!
//! All in `i64`, multiplied in permille, cut to `i32` once at the end.

use super::arena::{Arena, By};
use super::hooks;
use crate::kinds::{School, Stat};
use crate::record::EventKind;
use crate::rng::Purpose;

/// Damage on its way to a target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blow {
    pub(crate) by: By,
    pub(crate) target: usize,
    pub(crate) school: School,
    /// Points before fatigue, mitigation and chance.
    pub(crate) points: i64,
    /// Whether it can vary, be critical, and be evaded; pulses cannot.
    pub(crate) is_rolled: bool,
    /// Whether another blow set it off; then it sets off nothing itself.
    pub(crate) is_echo: bool,
}

impl Blow {
    pub(crate) fn pulse(by: By, target: usize, school: School, points: i64) -> Self {
        Self {
            by,
            target,
            school,
            points,
            is_rolled: false,
            is_echo: true,
        }
    }
}

/// Strikes a unit and returns the health and shield it lost.
pub(super) fn strike(arena: &mut Arena<'_>, blow: Blow) -> i64 {
    let Blow {
        by,
        target,
        school,
        points,
        is_rolled,
        is_echo,
    } = blow;
    if !stands(arena, target) {
        return 0;
    }
    let (mut points, mut is_critical) = (points, false);
    if is_rolled {
        if school == School::Physical && evades(arena, target) {
            arena.emit(EventKind::Evade, by, target, 0);
            return 0;
        }
        points = varied(arena, by, points);
        is_critical = rolls_critical(arena, by);
        if is_critical {
            points = permille(points, arena.rules.critical_damage);
        }
    }
    points = permille(points, arena.fatigue.damage);
    points = permille(points, arena.stat(target, Stat::Fragility));
    points = points * 100 / (100 + i64::from(defense(arena, target, school)));
    let absorbed = absorb(arena, by, target, points.max(1));
    let lost = lose(arena, by, target, points.max(1) - absorbed, is_critical);
    credit(arena, by, absorbed + lost);
    if !is_echo {
        hooks::after_blow(arena, &blow, absorbed + lost);
    }
    absorbed + lost
}

/// Says whether anything can still be done to a unit this tick.
pub(super) fn stands(arena: &Arena<'_>, slot: usize) -> bool {
    arena.vitals[slot].alive && arena.vitals[slot].health > 0
}

fn evades(arena: &mut Arena<'_>, target: usize) -> bool {
    let chance = arena.stat(target, Stat::Evasion);
    chance > 0 && arena.dice(target, Purpose::Evasion).permille(chance)
}

fn rolls_critical(arena: &mut Arena<'_>, by: By) -> bool {
    let Some(source) = by.source.map(usize::from) else {
        return false;
    };
    let chance = arena.stat(source, Stat::Critical);
    arena.dice(source, Purpose::Critical).permille(chance)
}

fn varied(arena: &mut Arena<'_>, by: By, points: i64) -> i64 {
    let spread = arena.rules.variance;
    let Some(source) = by.source.map(usize::from) else {
        return points;
    };
    let bound = 2 * spread.unsigned_abs() + 1;
    let roll = arena.dice(source, Purpose::Variance).below(bound);
    permille(points, 1000 - spread + roll)
}

fn defense(arena: &Arena<'_>, target: usize, school: School) -> i32 {
    let stat = if school == School::Physical {
        Stat::Armor
    } else {
        Stat::Resistance
    };
    arena.stat(target, stat) + arena.gauges[target].resist[school.index()]
}

/// Lets shields take what they can, oldest first, and returns how much.
fn absorb(arena: &mut Arena<'_>, by: By, target: usize, points: i64) -> i64 {
    let pool = arena.vitals[target].shield;
    let total = to_i32(points).min(pool);
    if total == 0 {
        return 0;
    }
    let mut left = total;
    for status in &mut arena.ails[target].list {
        if status.kind == crate::kinds::StatusKind::Shield {
            let taken = status.value.min(left);
            status.value -= taken;
            left -= taken;
        }
    }
    arena.vitals[target].shield -= total;
    arena.emit(EventKind::Absorb, by, target, total);
    i64::from(total)
}

/// Takes health, never below 0, past every defense; returns how much.
pub(super) fn lose(arena: &mut Arena<'_>, by: By, target: usize, points: i64, is_critical: bool) -> i64 {
    let health = &mut arena.vitals[target].health;
    let lost = to_i32(points).min(*health);
    if lost <= 0 {
        return 0;
    }
    *health -= lost;
    if *health == 0 {
        arena.doomed.insert(target);
    }
    let kind = if is_critical {
        EventKind::Critical
    } else {
        EventKind::Damage
    };
    arena.emit(kind, by, target, lost);
    if by.source.is_some() {
        arena.tallies[target].last_blow = by.source;
    }
    if arena.ails[target].low_health > 0 {
        hooks::on_low_health(arena, target);
    }
    i64::from(lost)
}

fn credit(arena: &mut Arena<'_>, by: By, points: i64) {
    if let Some(source) = by.source {
        let source = arena.credited(source);
        let damage = &mut arena.tallies[source].stats.damage;
        *damage = damage.saturating_add(u32::try_from(points).unwrap_or(0));
    }
}

/// Returns healing or shield points as the caster gives them.
pub(super) fn given(arena: &mut Arena<'_>, by: By, points: i64) -> i64 {
    let points = varied(arena, by, points);
    mended(arena, by, points)
}

/// Returns healing points without a roll, as pulses need them.
pub(super) fn mended(arena: &Arena<'_>, by: By, points: i64) -> i64 {
    let mending = by
        .source
        .map_or(1000, |source| arena.stat(usize::from(source), Stat::Mending));
    permille(points, mending)
}

/// Gives health, as fatigue and the target's recovery let it.
pub(super) fn heal(arena: &mut Arena<'_>, by: By, target: usize, points: i64) {
    if !stands(arena, target) {
        return;
    }
    let points = permille(points, arena.fatigue.healing);
    let points = to_i32(permille(points, arena.stat(target, Stat::Recovery)));
    let vitals = &mut arena.vitals[target];
    let gained = points.min(vitals.health_max - vitals.health);
    if gained <= 0 {
        return;
    }
    vitals.health += gained;
    arena.emit(EventKind::Heal, by, target, gained);
    if let Some(source) = by.source {
        let source = arena.credited(source);
        let healing = &mut arena.tallies[source].stats.healing;
        *healing = healing.saturating_add(gained.unsigned_abs());
    }
}

pub(super) const fn permille(points: i64, factor: i32) -> i64 {
    points * factor as i64 / 1000
}

pub(super) fn to_i32(points: i64) -> i32 {
    i32::try_from(points).unwrap_or(i32::MAX)
}
