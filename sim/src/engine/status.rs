//! Lasting states: how they are put on, pulse, wear off and are taken off, and what follows from them.

use super::arena::{Arena, By};
use super::derive::refresh;
use super::harm::{self, Blow};
use super::slots::Slots;
use crate::kinds::{School, Stat, StatusKind};
use crate::limits::STATUSES_MAX;
use crate::record::EventKind;

/// One lasting state of one unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    pub(crate) kind: StatusKind,
    pub(crate) by: By,
    /// The first tick without it.
    pub(crate) until: u32,
    /// The tick of the next pulse.
    pub(crate) next: u32,
    /// Ticks between pulses; 0 for a status that has none.
    pub(crate) period: u32,
    /// What is left of a shield, the points of a pulse, or the permille of a change.
    pub(crate) value: i32,
    pub(crate) stat: Stat,
    pub(crate) school: School,
    /// The number of the effects it holds.
    pub(crate) hook: u16,
    /// Whether it can be cleansed; if not, it can be dispelled.
    pub(crate) is_harmful: bool,
}

/// Stands for "no effects".
const NO_HOOK: u16 = u16::MAX;

impl Status {
    pub(crate) fn new(kind: StatusKind, by: By, ticks: u32, value: i32) -> Self {
        let (stat, school) = (Stat::Speed, School::Physical);
        Self {
            kind,
            by,
            until: ticks,
            next: u32::MAX,
            period: 0,
            value,
            stat,
            school,
            hook: NO_HOOK,
            is_harmful: kind.is_harmful(),
        }
    }

    pub(crate) fn holding(self, hook: u16) -> Self {
        Self { hook, ..self }
    }

    fn is_same(&self, other: &Self) -> bool {
        let what = |status: &Self| (status.kind, status.by, status.stat, status.hook);
        what(self) == what(other)
    }

    pub(crate) fn pulsing(self, period: u32, school: School) -> Self {
        Self {
            period,
            next: period,
            school,
            ..self
        }
    }

    pub(crate) fn on(self, stat: Stat) -> Self {
        Self { stat, ..self }
    }
}

/// Puts a status on a unit and says whether it took; its ticks are still relative. The same one from the same
/// source is renewed.
pub(super) fn put(arena: &mut Arena<'_>, target: usize, status: Status) -> bool {
    let mut status = status;
    if status.kind.is_crowd_control() {
        status.until = diminish(arena, target, status);
        if status.until == 0 {
            let number = i32::from(status.kind as u8);
            arena.emit(EventKind::Immune, status.by, target, number);
            return false;
        }
    }
    let ticks = status.until;
    status.until += arena.tick;
    if status.period > 0 {
        status.next += arena.tick;
    }
    if status.kind.depends_on_source() {
        let source = status.by.source.map(usize::from);
        status.is_harmful = source.is_some_and(|source| arena.side(source) != arena.side(target));
    }
    let list = &mut arena.ails[target].list;
    if let Some(old) = list.iter_mut().find(|old| old.is_same(&status)) {
        let before = std::mem::replace(old, status);
        if before.kind == StatusKind::Shield {
            lose_shield(arena, target, &before);
        }
    } else if list.len() < STATUSES_MAX {
        list.push(status);
    } else {
        return false;
    }
    arena.emit(
        begins(status.kind),
        status.by,
        target,
        i32::try_from(ticks).unwrap_or(i32::MAX),
    );
    if status.kind == StatusKind::Shield {
        arena.vitals[target].shield += status.value;
        arena.emit(EventKind::ShieldGain, status.by, target, status.value);
    }
    refresh(arena, target);
    true
}

/// Returns how often a stack was counted on a unit with this time, and takes it off if that is enough.
pub(super) fn count_up(arena: &mut Arena<'_>, target: usize, stack: &Status, limit: i32) -> i32 {
    let list = &arena.ails[target].list;
    let Some(at) = list.iter().position(|old| old.is_same(stack)) else {
        return 1;
    };
    let count = list[at].value + 1;
    if count >= limit {
        remove(arena, target, at);
        refresh(arena, target);
    }
    count
}

/// Takes a status off before its time.
fn remove(arena: &mut Arena<'_>, slot: usize, at: usize) -> Status {
    let status = arena.ails[slot].list.remove(at);
    lose_shield(arena, slot, &status);
    arena.emit(EventKind::StatusEnd, status.by, slot, i32::from(status.kind as u8));
    status
}

/// Uses up the first status of a kind that holds effects and fits, and returns it.
pub(super) fn use_up(
    arena: &mut Arena<'_>,
    slot: usize,
    kind: StatusKind,
    fits: impl Fn(&Status) -> bool,
) -> Option<Status> {
    let list = &arena.ails[slot].list;
    let at = list.iter().position(|status| status.kind == kind && fits(status))?;
    let status = remove(arena, slot, at);
    refresh(arena, slot);
    Some(status)
}

/// Returns the ticks that are left of crowd control after diminishing returns, and counts it.
fn diminish(arena: &mut Arena<'_>, target: usize, status: Status) -> u32 {
    let (tick, rules) = (arena.tick, arena.rules);
    let seen = &mut arena.ails[target].diminished[status.kind.index()];
    if tick >= seen.forget_at {
        seen.count = 0;
    }
    let permille = rules.diminishing.get(seen.count as usize).copied().unwrap_or(0);
    let ticks = u64::from(status.until) * u64::from(permille.unsigned_abs()) / 1000;
    let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
    if ticks > 0 {
        seen.count += 1;
        seen.forget_at = tick + ticks + rules.diminishing_forget;
    }
    ticks
}

/// Lets every status pulse and end whose tick has come.
pub(super) fn upkeep(arena: &mut Arena<'_>) {
    let due = Slots::due(&arena.wakes, arena.tick);
    // By turn. What one unit's pulse puts on another lasts beyond this tick, so that nobody becomes due on the way.
    let turns = Slots::of(due.map(|slot| arena.place(slot)));
    for at in turns {
        let slot = arena.turn(at);
        if arena.wakes[slot] <= arena.tick && arena.vitals[slot].alive {
            pulse(arena, slot);
            expire(arena, slot);
        }
    }
}

/// What a pulse sets off may put statuses on the list or take them off; the ones that move are looked at next tick.
fn pulse(arena: &mut Arena<'_>, slot: usize) {
    for at in 0..arena.ails[slot].list.len() {
        let Some(&status) = arena.ails[slot].list.get(at) else {
            break;
        };
        if status.period == 0 || status.next > arena.tick {
            continue;
        }
        arena.ails[slot].list[at].next += status.period;
        let points = i64::from(status.value);
        if status.kind == StatusKind::Dot {
            harm::strike(arena, Blow::pulse(status.by, slot, status.school, points));
        } else {
            harm::heal(arena, status.by, slot, points);
        }
    }
}

fn expire(arena: &mut Arena<'_>, slot: usize) {
    let mut at = 0;
    while let Some(&status) = arena.ails[slot].list.get(at) {
        if status.until > arena.tick {
            at += 1;
            continue;
        }
        arena.ails[slot].list.remove(at);
        lose_shield(arena, slot, &status);
    }
    refresh(arena, slot);
}

/// Accounts for a shield that is gone; does nothing for other kinds.
fn lose_shield(arena: &mut Arena<'_>, slot: usize, status: &Status) {
    if status.kind == StatusKind::Shield && status.value > 0 {
        arena.vitals[slot].shield -= status.value;
        arena.emit(EventKind::ShieldLoss, status.by, slot, status.value);
    }
}

/// Takes off up to `count` statuses that harm (or help) a unit: kinds in the order of the rules, among equals the
/// one that would last longest.
pub(super) fn purge(arena: &mut Arena<'_>, slot: usize, count: u32, is_harmful: bool) {
    let rules = arena.rules;
    let order = if is_harmful {
        &rules.cleanse_order
    } else {
        &rules.dispel_order
    };
    for _ in 0..count {
        let list = arena.ails[slot].list.iter().enumerate();
        let urgent = list
            .filter(|(_, status)| status.is_harmful == is_harmful)
            .filter_map(|(at, status)| {
                let rank = order.iter().position(|kind| *kind == status.kind)?;
                Some((rank, u32::MAX - status.until, at))
            });
        let Some((_, _, at)) = urgent.min() else { break };
        remove(arena, slot, at);
    }
    refresh(arena, slot);
}

/// Takes everything off a unit that falls.
pub(super) fn clear(arena: &mut Arena<'_>, slot: usize) {
    while let Some(status) = arena.ails[slot].list.pop() {
        lose_shield(arena, slot, &status);
    }
    refresh(arena, slot);
}

/// Counts the statuses that harm (or help) a unit.
pub(super) fn count(arena: &Arena<'_>, slot: usize, is_harmful: bool) -> i32 {
    i32::from(arena.ails[slot].counts[usize::from(is_harmful)])
}

/// Says whether a unit has a status of a kind; a shield that is used up is none.
pub(super) fn has(arena: &Arena<'_>, slot: usize, kind: StatusKind) -> bool {
    let is_listed = arena.ails[slot].kinds & 1 << kind.index() != 0;
    is_listed && (kind != StatusKind::Shield || arena.vitals[slot].shield > 0)
}

const fn begins(kind: StatusKind) -> EventKind {
    match kind {
        StatusKind::Stun => EventKind::Stun,
        StatusKind::Slow => EventKind::Slow,
        StatusKind::Root => EventKind::Root,
        StatusKind::Silence => EventKind::Silence,
        StatusKind::Taunt => EventKind::Taunt,
        StatusKind::Dot => EventKind::Dot,
        StatusKind::Hot => EventKind::Hot,
        StatusKind::Shield => EventKind::Shield,
        StatusKind::Buff => EventKind::Buff,
        StatusKind::Debuff => EventKind::Debuff,
        StatusKind::Hex => EventKind::Hex,
        StatusKind::Reflect => EventKind::Reflect,
        StatusKind::Form => EventKind::Form,
        StatusKind::Stack => EventKind::Stack,
        StatusKind::OnHit => EventKind::OnHit,
        StatusKind::OnDeath => EventKind::OnDeath,
        StatusKind::OnLowHealth => EventKind::OnLowHealth,
    }
}
