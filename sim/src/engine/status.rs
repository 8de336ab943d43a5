//! Lasting states: how they are put on, pulse, wear off and are taken off, and what follows from them.

use super::arena::{Arena, By};
use super::harm::{self, Blow};
use super::parts::CONTROLS;
use crate::kinds::{School, Slot, Stat, StatusKind};
use crate::limits::STATUSES_MAX;
use crate::record::EventKind;
use crate::validate::changed;

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
}

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
        }
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

/// Puts a status on a unit; its ticks are still relative. The same one from the same source is renewed.
pub(super) fn put(arena: &mut Arena<'_>, target: usize, status: Status) {
    let mut status = status;
    if status.kind.is_crowd_control() {
        status.until = diminish(arena, target, status);
        if status.until == 0 {
            let number = i32::from(status.kind as u8);
            return arena.emit(EventKind::Immune, status.by, target, number);
        }
    }
    let ticks = status.until;
    status.until += arena.tick;
    if status.period > 0 {
        status.next += arena.tick;
    }
    let same = |old: &Status| old.kind == status.kind && old.by == status.by && old.stat == status.stat;
    let list = &mut arena.ails[target].list;
    if let Some(old) = list.iter_mut().find(|old| same(old)) {
        let before = std::mem::replace(old, status);
        if before.kind == StatusKind::Shield {
            lose_shield(arena, target, &before);
        }
    } else if list.len() < STATUSES_MAX {
        list.push(status);
    } else {
        return;
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
    for at in 0..arena.count() {
        let slot = arena.turn(at);
        if arena.ails[slot].wake <= arena.tick && arena.vitals[slot].alive {
            pulse(arena, slot);
            expire(arena, slot);
        }
    }
}

/// A pulse never changes the length of the list: used-up shields stay until they expire.
fn pulse(arena: &mut Arena<'_>, slot: usize) {
    for at in 0..arena.ails[slot].list.len() {
        let status = arena.ails[slot].list[at];
        if status.next > arena.tick {
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

/// Takes off up to `count` harmful statuses, those that would last longest first.
pub(super) fn cleanse(arena: &mut Arena<'_>, by: By, slot: usize, count: u32) {
    for _ in 0..count {
        let list = &arena.ails[slot].list;
        let harmful = list.iter().enumerate().filter(|(_, status)| status.kind.is_harmful());
        let Some((at, _)) = harmful.max_by_key(|(_, status)| status.until) else {
            break;
        };
        let status = arena.ails[slot].list.remove(at);
        arena.emit(EventKind::StatusEnd, by, slot, i32::from(status.kind as u8));
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

/// Counts the harmful statuses on a unit.
pub(super) fn harmful(arena: &Arena<'_>, slot: usize) -> usize {
    arena.ails[slot]
        .list
        .iter()
        .filter(|status| status.kind.is_harmful())
        .count()
}

pub(super) fn has(arena: &Arena<'_>, slot: usize, kind: StatusKind) -> bool {
    let list = &arena.ails[slot].list;
    list.iter()
        .any(|status| status.kind == kind && (kind != StatusKind::Shield || status.value > 0))
}

/// Works out again what follows from the list: controls, changed stats, and when to look next.
fn refresh(arena: &mut Arena<'_>, slot: usize) {
    let mut changes = [0_i32; Stat::COUNT];
    let mut until = [0_u32; CONTROLS];
    let (mut wake, mut taunter): (u32, Option<Slot>) = (u32::MAX, None);
    let ails = &mut arena.ails[slot];
    for status in &ails.list {
        wake = wake.min(status.until).min(status.next);
        if let Some(latest) = until.get_mut(status.kind.index()) {
            if status.kind == StatusKind::Taunt && status.until > *latest {
                taunter = status.by.source;
            }
            *latest = status.until.max(*latest);
        }
        match status.kind {
            StatusKind::Buff => changes[status.stat.index()] += gain(status),
            StatusKind::Debuff | StatusKind::Slow => changes[status.stat.index()] -= gain(status),
            _ => {}
        }
    }
    (ails.wake, ails.until, ails.taunter) = (wake, until, taunter);
    let gauges = &mut arena.gauges[slot];
    for &stat in Stat::ALL {
        let at = stat.index();
        gauges.now[at] = changed(stat, gauges.base[at], changes[at]);
    }
}

/// Returns what a buff adds to its stat; fragility is the one stat of which less is better.
fn gain(status: &Status) -> i32 {
    if status.stat == Stat::Fragility {
        -status.value
    } else {
        status.value
    }
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
    }
}
