//! Effects of abilities: each primitive on one target, and the combinators that find more targets.

use super::arena::{Arena, By};
use super::harm::{self, Blow};
use super::movement;
use super::pending::{self, Zone};
use super::select;
use super::status::{self, Status};
use crate::content::{Effect, Reach};
use crate::kinds::{School, Stat, StatusKind};
use crate::record::EventKind;

/// Effects on their way: whose, by which ability, how strong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed<'w> {
    pub(crate) by: By,
    pub(crate) source: usize,
    /// Permille of the full strength.
    pub(crate) scale: i32,
    pub(crate) effects: &'w [Effect],
}

/// Applies every effect in order.
pub(super) fn apply<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, target: usize) {
    for effect in deed.effects {
        match effect {
            Effect::Area { radius, reach, effects } => {
                let center = arena.positions[target];
                pending::apply_around(arena, Deed { effects, ..deed }, center, *radius, *reach);
            }
            Effect::Chain {
                jumps,
                radius,
                falloff,
                effects,
            } => {
                chain(arena, Deed { effects, ..deed }, target, (*jumps, *radius, *falloff));
            }
            Effect::Projectile { speed, effects } => {
                pending::launch(arena, *speed, target, Deed { effects, ..deed });
            }
            Effect::Zone {
                radius,
                ticks,
                period,
                reach,
                effects,
            } => {
                let timing = (*radius, *ticks, *period, *reach);
                zone(arena, Deed { effects, ..deed }, target, timing);
            }
            _ if harm::stands(arena, target) => health(arena, deed, effect, target),
            _ => {}
        }
    }
}

fn zone<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, target: usize, timing: (i32, u32, u32, Reach)) {
    let (radius, ticks, period, reach) = timing;
    let (next, until) = (arena.tick + period, arena.tick + ticks + 1);
    let center = arena.positions[target];
    pending::open(
        arena,
        Zone {
            center,
            radius,
            reach,
            period,
            next,
            until,
            deed,
        },
        target,
    );
}

/// Hits the target, then whoever stands nearest to the last one and was not hit yet.
fn chain<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, target: usize, reach: (u32, i32, i32)) {
    let (jumps, radius, falloff) = reach;
    let (mut at, mut deed, mut hit) = (target, deed, 1_u32 << target);
    apply(arena, deed, at);
    for _ in 0..jumps {
        let next = arena
            .allies(target)
            .filter(|&slot| hit & (1 << slot) == 0 && arena.is_within(at, slot, radius))
            .min_by_key(|&slot| arena.distance2(at, slot));
        let Some(next) = next else { break };
        hit |= 1 << next;
        deed.scale = harm::to_i32(harm::permille(i64::from(deed.scale), 1000 - falloff));
        at = next;
        apply(arena, deed, at);
    }
}

/// Returns `percent` of the source's power, at the deed's strength.
fn points(arena: &Arena<'_>, deed: Deed<'_>, percent: i32) -> i64 {
    let power = i64::from(arena.stat(deed.source, Stat::Power));
    harm::permille(power * i64::from(percent) / 100, deed.scale)
}

fn hit(arena: &mut Arena<'_>, deed: Deed<'_>, target: usize, school: School, points: i64) -> i64 {
    harm::strike(
        arena,
        Blow {
            by: deed.by,
            target,
            school,
            points,
            is_rolled: true,
        },
    )
}

/// Primitives that change health, at once or over time.
fn health(arena: &mut Arena<'_>, deed: Deed<'_>, effect: &Effect, target: usize) {
    let by = deed.by;
    match *effect {
        Effect::Damage { school, power } => {
            let points = points(arena, deed, power);
            hit(arena, deed, target, school, points);
        }
        Effect::Execute {
            school,
            power,
            below,
            bonus,
        } => {
            let mut points = points(arena, deed, power);
            if select::health_permille(arena, target) < below * 10 {
                points += points * i64::from(bonus) / 100;
            }
            hit(arena, deed, target, school, points);
        }
        Effect::Drain { school, power, share } => {
            let points = points(arena, deed, power);
            let taken = hit(arena, deed, target, school, points);
            harm::heal(arena, by, deed.source, taken * i64::from(share) / 100);
        }
        Effect::Heal { power } => {
            let points = points(arena, deed, power);
            let points = harm::given(arena, by, points);
            harm::heal(arena, by, target, points);
        }
        Effect::Dot {
            school,
            power,
            period,
            ticks,
        } => {
            let points = harm::to_i32(points(arena, deed, power));
            let dot = Status::new(StatusKind::Dot, by, ticks, points).pulsing(period, school);
            status::put(arena, target, dot);
        }
        Effect::Hot { power, period, ticks } => {
            let points = points(arena, deed, power);
            let points = harm::to_i32(harm::mended(arena, by, points));
            let hot = Status::new(StatusKind::Hot, by, ticks, points);
            status::put(arena, target, hot.pulsing(period, School::Nature));
        }
        Effect::Shield { power, ticks } => {
            let points = points(arena, deed, power);
            let points = harm::given(arena, by, points);
            let points = harm::to_i32(harm::permille(points, arena.fatigue.healing));
            if points > 0 {
                status::put(arena, target, Status::new(StatusKind::Shield, by, ticks, points));
            }
        }
        _ => control(arena, deed, effect, target),
    }
}

/// Primitives that put states on a unit or take them off.
fn control(arena: &mut Arena<'_>, deed: Deed<'_>, effect: &Effect, target: usize) {
    let by = deed.by;
    let status = match *effect {
        Effect::Stun { ticks } => Status::new(StatusKind::Stun, by, ticks, 0),
        Effect::Slow { permille, ticks } => Status::new(StatusKind::Slow, by, ticks, permille),
        Effect::Root { ticks } => Status::new(StatusKind::Root, by, ticks, 0),
        Effect::Silence { ticks } => Status::new(StatusKind::Silence, by, ticks, 0),
        Effect::Taunt { ticks } => Status::new(StatusKind::Taunt, by, ticks, 0),
        Effect::Buff { stat, permille, ticks } => Status::new(StatusKind::Buff, by, ticks, permille).on(stat),
        Effect::Debuff { stat, permille, ticks } => Status::new(StatusKind::Debuff, by, ticks, permille).on(stat),
        _ => return displace(arena, deed, effect, target),
    };
    status::put(arena, target, status);
    break_casts(arena, by, target);
}

/// Breaks off a cast that a unit can no longer go on with.
fn break_casts(arena: &mut Arena<'_>, by: By, target: usize) {
    let Some(cast) = arena.hands[target].cast else { return };
    let (_, ability) = arena.ability_of(target, cast.aimed.index);
    let is_silenced = arena.is_under(target, StatusKind::Silence) && ability.school != School::Physical;
    if is_silenced || arena.is_under(target, StatusKind::Stun) {
        interrupt(arena, by, target);
    }
}

fn interrupt(arena: &mut Arena<'_>, by: By, target: usize) {
    let Some(cast) = arena.hands[target].cast.take() else {
        return;
    };
    let left = i32::try_from(cast.ends.saturating_sub(arena.tick)).unwrap_or(i32::MAX);
    let (ability, _) = arena.ability_of(target, cast.aimed.index);
    arena.emit(EventKind::Interrupt, By { ability, ..by }, target, left);
}

/// Primitives that move units or energy.
fn displace(arena: &mut Arena<'_>, deed: Deed<'_>, effect: &Effect, target: usize) {
    let by = deed.by;
    match *effect {
        Effect::Cleanse { count } => status::cleanse(arena, by, target, count),
        Effect::Knockback { distance } => {
            interrupt(arena, by, target);
            let from = arena.positions[deed.source];
            movement::shove(arena, by, target, from, distance);
        }
        Effect::Dash { distance } => movement::dash(arena, by, deed.source, target, distance),
        Effect::Blink { distance } => {
            let enemy = select::nearest_enemy(arena, deed.source);
            if let Some(enemy) = enemy {
                let from = arena.positions[enemy];
                movement::shove(arena, by, deed.source, from, distance);
            }
        }
        Effect::Energy { amount } => {
            let vitals = &mut arena.vitals[target];
            let energy = (vitals.energy + amount).clamp(0, vitals.energy_max);
            let change = energy - vitals.energy;
            vitals.energy = energy;
            arena.emit(EventKind::Energy, by, target, change);
        }
        _ => {}
    }
}
