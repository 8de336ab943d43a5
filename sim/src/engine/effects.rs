//! Effects of abilities: each primitive on one target, and the combinators that find more targets.

use super::arena::{Arena, By};
use super::harm::{self, Blow};
use super::hooks;
use super::pending::{self, Zone};
use super::select;
use super::slots::Slots;
use super::status::{self, Status};
use super::{arrivals, conditions, movement};
use crate::content::Effect;
use crate::kinds::{School, Stat, StatusKind};
use crate::record::EventKind;

/// Effects on their way: whose, by which ability, how strong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed<'w> {
    pub(crate) by: By,
    pub(crate) source: usize,
    /// Permille of the full strength.
    pub(crate) scale: i32,
    /// Whether a blow or a status set it off; such effects set off no others, so that nothing echoes for ever.
    pub(crate) is_echo: bool,
    pub(crate) effects: &'w [Effect],
}

/// Applies every effect in order.
pub(super) fn apply<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, target: usize) {
    for effect in deed.effects {
        match effect {
            Effect::Resurrect { health } => arrivals::resurrect(arena, deed, target, *health),
            Effect::Summon { class, count, ticks } => arrivals::summon(arena, deed, target, (class, *count, *ticks)),
            _ if effect.children() != [&[] as &[Effect], &[]] => combine(arena, deed, effect, target),
            _ if harm::stands(arena, target) => health(arena, deed, effect, target),
            _ => {}
        }
    }
}

/// Combinators: they place their effects elsewhere, later, or under a condition.
fn combine<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, effect: &'w Effect, target: usize) {
    let [effects, otherwise] = effect.children();
    let inner = Deed { effects, ..deed };
    match *effect {
        Effect::Area { radius, reach, .. } => {
            pending::apply_around(arena, inner, arena.positions[target], radius, reach);
        }
        Effect::Chain {
            jumps, radius, falloff, ..
        } => chain(arena, inner, target, (jumps, radius, falloff)),
        Effect::Projectile { speed, .. } => pending::launch(arena, speed, target, inner),
        Effect::Delay { ticks, .. } => pending::delay(arena, ticks, target, inner),
        Effect::Zone {
            radius,
            ticks,
            period,
            reach,
            ..
        }
        | Effect::Aura {
            radius,
            ticks,
            period,
            reach,
            ..
        } => {
            let bearer = matches!(effect, Effect::Aura { .. }).then_some(target);
            let zone = Zone {
                center: arena.positions[target],
                bearer,
                radius,
                reach,
                period,
                next: arena.tick + period,
                until: arena.tick + ticks + 1,
                deed: inner,
            };
            pending::open(arena, zone, target);
        }
        Effect::Condition { ref when, .. } => {
            let holds = conditions::holds(arena, deed.source, target, when, &mut 0);
            let effects = if holds { effects } else { otherwise };
            apply(arena, Deed { effects, ..deed }, target);
        }
        _ if harm::stands(arena, target) => hooks::attach(arena, inner, effect, target),
        _ => {}
    }
}

/// Hits the target, then whoever stands nearest to the last one and was not hit yet.
fn chain<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, target: usize, reach: (u32, i32, i32)) {
    let (jumps, radius, falloff) = reach;
    let (mut at, mut deed, mut hit) = (target, deed, Slots::of([target].into_iter()));
    apply(arena, deed, at);
    for _ in 0..jumps {
        let next = arena
            .allies(target)
            .without(hit)
            .filter(|&slot| arena.is_within(at, slot, radius))
            .min_by_key(|&slot| arena.distance2(at, slot));
        let Some(next) = next else { break };
        hit.insert(next);
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
            is_echo: deed.is_echo,
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
        Effect::Transform { ref form, ticks } => return transform(arena, deed, target, form, ticks),
        Effect::Reflect { permille, ticks } => Status::new(StatusKind::Reflect, by, ticks, permille),
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

/// Turns a unit into another form; a harmful one is crowd control like any other.
fn transform(arena: &mut Arena<'_>, deed: Deed<'_>, target: usize, form: &str, ticks: u32) {
    let by = deed.by;
    let Some((index, form)) = arena.content.form(form) else {
        return;
    };
    let kind = if form.is_harmful {
        StatusKind::Hex
    } else {
        StatusKind::Form
    };
    let index = i32::try_from(index).unwrap_or(i32::MAX);
    let is_on = status::put(arena, target, Status::new(kind, by, ticks, index));
    if is_on {
        arena.emit(EventKind::Transform, by, target, i32::from(form.id.0));
    }
    break_casts(arena, by, target);
}

/// Breaks off a cast that a unit can no longer go on with.
fn break_casts(arena: &mut Arena<'_>, by: By, target: usize) {
    let Some(cast) = arena.hands[target].cast else { return };
    let (_, ability) = arena.ability_of(target, cast.aimed.index);
    let is_silenced = arena.is_under(target, StatusKind::Silence) && ability.school != School::Physical;
    let is_helpless = arena.is_under(target, StatusKind::Stun) || arena.is_under(target, StatusKind::Hex);
    if is_silenced || is_helpless {
        interrupt(arena, by, target);
    }
}

fn interrupt(arena: &mut Arena<'_>, by: By, target: usize) {
    let Some(cast) = arena.hands[target].cast.take() else {
        return;
    };
    arena.due[target] = 0;
    let left = i32::try_from(cast.ends.saturating_sub(arena.tick)).unwrap_or(i32::MAX);
    let (ability, _) = arena.ability_of(target, cast.aimed.index);
    arena.emit(EventKind::Interrupt, By { ability, ..by }, target, left);
}

/// Primitives that move units or energy.
fn displace(arena: &mut Arena<'_>, deed: Deed<'_>, effect: &Effect, target: usize) {
    let by = deed.by;
    match *effect {
        Effect::Cleanse { count } => status::purge(arena, target, count, true),
        Effect::Dispel { count } => status::purge(arena, target, count, false),
        Effect::Pull { distance } => {
            interrupt(arena, by, target);
            movement::dash(arena, by, target, deed.source, distance);
        }
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
