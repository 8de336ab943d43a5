//! What follows from a unit's statuses, worked out once whenever the list changes instead of at each question.

use super::arena::Arena;
use super::parts::CONTROLS;
use super::status::Status;
use crate::kinds::{Slot, Stat, StatusKind};
use crate::validate::changed;

/// Permille of a blow that goes back at most, however many statuses say so.
const REFLECT_MAX: i32 = 600;

/// Works out again what follows from the list: controls, changed stats, and when to look next.
pub(super) fn refresh(arena: &mut Arena<'_>, slot: usize) {
    let forms = arena.content.forms();
    let mut changes = [0_i32; Stat::COUNT];
    let ails = &mut arena.ails[slot];
    let mut fresh = Derived::default();
    for status in &ails.list {
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
    ails.form = fresh.form;
    if let Some(form) = fresh.form.and_then(|form| forms.get(usize::from(form))) {
        form.stats.iter().for_each(|&(stat, by)| changes[stat.index()] += by);
    }
    let gauges = &mut arena.gauges[slot];
    for &stat in Stat::ALL {
        let at = stat.index();
        gauges.now[at] = changed(stat, gauges.base[at], changes[at]);
    }
}

/// What follows from a list of statuses.
struct Derived {
    wake: u32,
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
