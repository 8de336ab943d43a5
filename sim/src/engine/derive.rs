//! What follows from a unit's statuses, worked out once whenever the list changes instead of at each question.

use super::arena::Arena;
use super::parts::CONTROLS;
use super::status::Status;
use crate::content::Stats;
use crate::kinds::{Slot, Stat, StatusKind};
use crate::limits::STATUSES_MAX;
use crate::validate::changed;

/// Permille of a blow that goes back at most, however many statuses say so.
const REFLECT_MAX: i32 = 600;

/// Works out again what follows from the list: controls, changed stats, and when to look next.
pub(super) fn refresh(arena: &mut Arena<'_>, slot: usize) {
    let forms = arena.content.forms();
    let mut changes = Stats::default();
    let ails = &mut arena.ails[slot];
    let mut fresh = Derived::default();
    for status in &ails.list {
        fresh.kinds |= 1 << status.kind.index();
        fresh.counts[usize::from(status.is_harmful)] += 1;
        fresh.wake = fresh
            .wake
            .min(status.until)
            .min(if status.period > 0 { status.next } else { u32::MAX });
        if let Some(latest) = fresh.until.get_mut(status.kind.index()) {
            if status.kind == StatusKind::Taunt && status.until > *latest {
                fresh.taunter = status.by.source;
            }
            *latest = status.until.max(*latest);
        }
        match status.kind {
            StatusKind::Buff => changes[status.stat.index()] += gain(status),
            StatusKind::Debuff | StatusKind::Slow => changes[status.stat.index()] -= gain(status),
            StatusKind::Reflect => fresh.reflect = REFLECT_MAX.min(fresh.reflect + status.value),
            StatusKind::OnHit => fresh.hits_more = true,
            StatusKind::OnLowHealth => fresh.low_health = fresh.low_health.max(status.value),
            StatusKind::Form | StatusKind::Hex => fresh.form = u8::try_from(status.value).ok(),
            _ => {}
        }
    }
    arena.wakes[slot] = fresh.wake;
    (ails.until, ails.taunter) = (fresh.until, fresh.taunter);
    (ails.reflect, ails.hits_more, ails.low_health) = (fresh.reflect, fresh.hits_more, fresh.low_health);
    (ails.form, ails.kinds, ails.counts) = (fresh.form, fresh.kinds, fresh.counts);
    if let Some(form) = fresh.form.and_then(|form| forms.get(usize::from(form))) {
        form.stats.iter().for_each(|&(stat, by)| changes[stat.index()] += by);
    }
    let before = std::mem::replace(&mut ails.changes, changes);
    if before != changes {
        let gauges = &mut arena.gauges[slot];
        for &stat in Stat::ALL {
            let at = stat.index();
            if before[at] != changes[at] {
                gauges.now[at] = changed(stat, gauges.base[at], changes[at]);
            }
        }
    }
}

/// Works out the stats of a unit that comes into the fight with nothing on it.
pub(super) fn begin(arena: &mut Arena<'_>, slot: usize) {
    arena.ails[slot].changes = Stats::default();
    let gauges = &mut arena.gauges[slot];
    for &stat in Stat::ALL {
        gauges.now[stat.index()] = changed(stat, gauges.base[stat.index()], 0);
    }
}

const _: () = assert!(StatusKind::ALL.len() <= u32::BITS as usize && STATUSES_MAX <= u8::MAX as usize);

/// What follows from a list of statuses.
struct Derived {
    wake: u32,
    kinds: u32,
    counts: [u8; 2],
    until: [u32; CONTROLS],
    taunter: Option<Slot>,
    reflect: i32,
    hits_more: bool,
    low_health: i32,
    form: Option<u8>,
}

impl Default for Derived {
    fn default() -> Self {
        Self {
            wake: u32::MAX,
            kinds: 0,
            counts: [0; 2],
            until: [0; CONTROLS],
            taunter: None,
            reflect: 0,
            hits_more: false,
            low_health: 0,
            form: None,
        }
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
