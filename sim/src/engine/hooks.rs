//! What blows, falls and low health set off: statuses that hold effects, and blows that go back.
//!
//! Whatever is set off is an echo and sets off nothing itself (a stack that is full is no blow, and keeps what it was).

use super::arena::{Arena, By};
use super::effects::{Deed, apply};
use super::harm::{self, Blow};
use super::select;
use super::status::{self, Status};
use crate::content::Effect;
use crate::kinds::StatusKind;
use crate::record::EventKind;

/// Puts a status that holds effects on a unit.
pub(super) fn attach<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, effect: &Effect, target: usize) {
    let hook = number(arena, deed.effects);
    let hold = |kind, ticks, value| Status::new(kind, deed.by, ticks, value).holding(hook);
    let status = match *effect {
        Effect::Stack { limit, ticks, .. } => {
            let limit = i32::try_from(limit).unwrap_or(i32::MAX);
            return stack(arena, deed, target, limit, hold(StatusKind::Stack, ticks, 0));
        }
        Effect::OnHit { ticks, pause, .. } => Status {
            next: pause,
            ..hold(StatusKind::OnHit, ticks, i32::try_from(pause).unwrap_or(i32::MAX))
        },
        Effect::OnDeath { ticks, .. } => hold(StatusKind::OnDeath, ticks, 0),
        Effect::OnLowHealth { below, ticks, .. } => hold(StatusKind::OnLowHealth, ticks, below),
        _ => return,
    };
    status::put(arena, target, status);
}

/// Returns the number that stands for effects in a status: components hold no references.
fn number<'w>(arena: &mut Arena<'w>, effects: &'w [Effect]) -> u16 {
    let known = arena.hooks.iter().position(|known| std::ptr::eq(*known, effects));
    let at = known.unwrap_or_else(|| {
        arena.hooks.push(effects);
        arena.hooks.len() - 1
    });
    // Content has fewer effects than that.
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn stack<'w>(arena: &mut Arena<'w>, deed: Deed<'w>, target: usize, limit: i32, stack: Status) {
    let count = status::count_up(arena, target, &stack, limit);
    if count >= limit {
        return apply(arena, deed, target);
    }
    if status::put(arena, target, Status { value: count, ..stack }) {
        arena.emit(EventKind::StackCount, deed.by, target, count);
    }
}

/// Does what a blow sets off: the striker's own effects, and what the one struck sends back.
pub(super) fn after_blow(arena: &mut Arena<'_>, blow: &Blow, points: i64) {
    let Some(source) = blow.by.source.map(usize::from) else {
        return;
    };
    let target = blow.target;
    if arena.ails[source].hits_more {
        strike_more(arena, source, target);
    }
    let reflect = arena.ails[target].reflect;
    if reflect > 0 && source != target {
        let by = reflector(arena, target);
        let points = harm::permille(points, reflect);
        harm::strike(arena, Blow::pulse(by, source, blow.school, points));
    }
}

fn strike_more(arena: &mut Arena<'_>, source: usize, target: usize) {
    for at in 0..arena.ails[source].list.len() {
        let Some(&status) = arena.ails[source].list.get(at) else {
            break;
        };
        if status.kind != StatusKind::OnHit || status.next > arena.tick {
            continue;
        }
        arena.ails[source].list[at].next = arena.tick + status.value.unsigned_abs();
        set_off(arena, &status, source, target);
    }
}

/// Returns in whose name blows go back: the unit's own, by the ability that gave it the first such status.
fn reflector(arena: &Arena<'_>, slot: usize) -> By {
    let mut list = arena.ails[slot].list.iter();
    let status = list.find(|status| status.kind == StatusKind::Reflect);
    status.map_or(By::NOBODY, |status| By::unit(slot, status.by.ability))
}

/// Sets off what waits for low health, each once.
pub(super) fn on_low_health(arena: &mut Arena<'_>, slot: usize) {
    let health = select::health_permille(arena, slot);
    if arena.vitals[slot].health <= 0 || health >= arena.ails[slot].low_health * 10 {
        return;
    }
    let fits = |status: &Status| health < status.value * 10;
    while let Some(status) = status::use_up(arena, slot, StatusKind::OnLowHealth, fits) {
        set_off(arena, &status, slot, slot);
    }
}

/// Sets off what waits for a unit's fall.
pub(super) fn on_death(arena: &mut Arena<'_>, slot: usize, statuses: &[Status]) {
    for status in statuses {
        set_off(arena, status, slot, slot);
    }
}

/// Applies what a status holds, in the name of whoever strikes, or of whoever put it there.
fn set_off(arena: &mut Arena<'_>, status: &Status, bearer: usize, target: usize) {
    let Some(&effects) = arena.hooks.get(usize::from(status.hook)) else {
        return;
    };
    let source = if status.kind == StatusKind::OnHit {
        Some(bearer)
    } else {
        status.by.source.map(usize::from)
    };
    let Some(source) = source else { return };
    let by = By::unit(source, status.by.ability);
    arena.emit(EventKind::Trigger, by, target, i32::from(status.kind as u8));
    apply(
        arena,
        Deed {
            by,
            source,
            scale: 1000,
            is_echo: true,
            effects,
        },
        target,
    );
}
