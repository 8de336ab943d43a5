//! Thinking: every unit looks at one and the same state and decides what to do and where to go.

use super::arena::{Arena, slot_number};
use super::parts::{Aimed, Intent, Reason};
use super::slots::Slots;
use super::{conditions, harm, movement, select};
use crate::build::{Stance, Strategy};
use crate::content::Aim;
use crate::kinds::{School, StatusKind};
use crate::limits::{EVALUATIONS_MAX, THINK_TICKS};
use crate::team::{Deed, Tactic};
use movement::Drive;

/// Kiting units back away from whoever is nearer than this share of their reach, in percent.
const KITE_PERCENT: i32 = 55;
/// Units chase until the target is this deep inside their reach, in percent, so that it cannot slip out at once.
const CHASE_PERCENT: i32 = 90;
/// Protecting units stay this near to their ward, and chase only enemies this near to it, in centimetres.
const WARD_NEAR: i32 = 200;
const WARD_GUARD: i32 = 900;
/// Half the width of the band of `maintain_range`, in centimetres.
const BAND: i32 = 60;

/// Lets every unit that can decide on an intent and a walk. A unit's mind is read by nobody else, so that writing
/// it at once does not change what the next one sees.
pub(super) fn decide(arena: &mut Arena<'_>) {
    for slot in Slots::due(&arena.due, arena.tick) {
        attend(arena, slot);
    }
}

/// Lets a unit decide if its time has come, and notes when to look at it again: in the next tick if it is held up.
fn attend(arena: &mut Arena<'_>, slot: usize) {
    if !harm::stands(arena, slot) || arena.is_under(slot, StatusKind::Stun) {
        return;
    }
    arena.due[slot] = match arena.hands[slot].cast {
        Some(cast) if cast.ends <= arena.tick => {
            arena.intents.push((slot, Intent::Finish(cast.aimed)));
            0
        }
        Some(cast) => cast.ends,
        None => {
            if arena.minds[slot].next_think <= arena.tick {
                think(arena, slot);
            }
            arena.minds[slot].next_think
        }
    };
}

/// What the rules chose.
#[derive(Clone, Copy, Debug, Default)]
struct Choice {
    ability: Option<Aimed>,
    strategy: Option<(Strategy, usize)>,
    reason: Reason,
}

fn think(arena: &mut Arena<'_>, slot: usize) {
    arena.minds[slot].next_think = arena.tick + THINK_TICKS;
    let taunter = select::taunter(arena, slot);
    let natural = taunter.or_else(|| by_stance(arena, slot));
    if taunter.is_some() || select::focus(arena, slot).is_none() {
        arena.minds[slot].focus = natural.map(slot_number);
    }
    let mut spent = 0;
    let choice = choose(arena, slot, &mut spent);
    arena.minds[slot].evaluations += spent;
    let focus = match choice.strategy {
        Some((Strategy::Attack, target)) => Some(target),
        Some((Strategy::Protect, ward)) => attacker_of(arena, slot, ward),
        _ => natural,
    };
    let (_, attack) = arena.ability_of(slot, 0);
    let basic = || basic(arena, slot, focus, choice.strategy, attack.range);
    let ability = choice.ability.or_else(basic);
    let mind = &mut arena.minds[slot];
    mind.focus = focus.map(slot_number);
    mind.reason = choice.reason;
    arena.intents.extend(ability.map(|aimed| (slot, Intent::Begin(aimed))));
    let drive = drive(arena, slot, focus, choice.strategy, attack.range);
    arena.legs[slot] = movement::steer(arena, slot, drive);
    if arena.legs[slot].steps > 0 {
        arena.walkers.insert(slot);
    }
}

/// Goes through the rules for the first ability that can be used and the first strategy that applies.
fn choose(arena: &Arena<'_>, slot: usize, spent: &mut u32) -> Choice {
    let mut choice = Choice::default();
    let plan = arena.plans[slot];
    let is_ready = arena.hands[slot].ready_at <= arena.tick;
    // Between two abilities, which is in most thoughts, there are only strategies to choose.
    if !is_ready && !plan.has_strategies || arena.form(slot).is_some_and(|form| !form.casts) {
        return choice;
    }
    let budget = EVALUATIONS_MAX.saturating_sub(arena.minds[slot].evaluations);
    for tactic in &plan.rules {
        if *spent >= budget {
            break;
        }
        match tactic.deed {
            Deed::Ability(index) if is_ready && choice.ability.is_none() => {
                choice.ability = ability(arena, slot, index, tactic, spent);
                choice.reason.ability = choice.ability.map(|_| tactic.number);
            }
            Deed::Strategy(strategy) if choice.strategy.is_none() => {
                let target = target(arena, slot, tactic, spent);
                choice.strategy = target.map(|target| (strategy, target));
                choice.reason.strategy = choice.strategy.map(|_| tactic.number);
            }
            _ => {}
        }
        if choice.ability.is_some() && choice.strategy.is_some() {
            break;
        }
    }
    choice
}

/// Returns the tactic's target if its condition holds.
fn target(arena: &Arena<'_>, slot: usize, tactic: &Tactic, spent: &mut u32) -> Option<usize> {
    let target = select::select(arena, slot, tactic.target)?;
    conditions::holds(arena, slot, target, &tactic.when, spent).then_some(target)
}

/// The cheap questions come first: most rules fail on a cooldown.
fn ability(arena: &Arena<'_>, slot: usize, index: u8, tactic: &Tactic, spent: &mut u32) -> Option<Aimed> {
    if !is_usable(arena, slot, index) {
        return None;
    }
    let (_, ability) = arena.ability_of(slot, index);
    let target = match ability.aim {
        Aim::Caster => slot,
        _ if select::is_beyond(arena, slot, tactic.target, ability.range) => return None,
        Aim::Enemy | Aim::Ally | Aim::Fallen => select::select(arena, slot, tactic.target)?,
    };
    let is_reached = target == slot || arena.is_within(slot, target, ability.range);
    let holds = is_reached && conditions::holds(arena, slot, target, &tactic.when, spent);
    holds.then(|| Aimed {
        index,
        target: slot_number(target),
    })
}

/// Says whether an ability is off cooldown, affordable and not silenced.
#[inline]
pub(super) fn is_usable(arena: &Arena<'_>, slot: usize, index: u8) -> bool {
    arena.hands[slot].cooldowns[usize::from(index)] <= arena.tick && is_affordable(arena, slot, index)
}

/// Says whether an ability is affordable and not silenced.
fn is_affordable(arena: &Arena<'_>, slot: usize, index: u8) -> bool {
    let (_, ability) = arena.ability_of(slot, index);
    let is_silenced = ability.school != School::Physical && arena.is_under(slot, StatusKind::Silence);
    arena.vitals[slot].energy >= ability.cost && (index == 0 || !is_silenced)
}

/// Returns the basic attack on the current target, if it is ready and reaches.
fn basic(
    arena: &Arena<'_>,
    slot: usize,
    focus: Option<usize>,
    strategy: Option<(Strategy, usize)>,
    reach: i32,
) -> Option<Aimed> {
    let focus = focus?;
    let is_fleeing = matches!(strategy, Some((Strategy::FallBack, _)));
    if is_fleeing || arena.hands[slot].ready_at > arena.tick || !is_usable(arena, slot, 0) {
        return None;
    }
    // A harmful form attacks only with what it has itself.
    if arena
        .form(slot)
        .is_some_and(|form| form.is_harmful && form.basic.is_none())
    {
        return None;
    }
    arena.is_within(slot, focus, reach).then(|| Aimed {
        index: 0,
        target: slot_number(focus),
    })
}

/// Returns whom the stance attacks if nobody taunts.
fn by_stance(arena: &Arena<'_>, slot: usize) -> Option<usize> {
    let nearest = || select::nearest_kept(arena, slot);
    match arena.plans[slot].stance {
        Stance::Focus(role) => select::nearest_of_role(arena, slot, role).or_else(nearest),
        Stance::Protect(unit) => match ward(arena, slot, unit) {
            Some(ward) => attacker_of(arena, slot, ward),
            None => nearest(),
        },
        _ => nearest(),
    }
}

/// Returns the unit that `protect` means, while it lives.
fn ward(arena: &Arena<'_>, slot: usize, unit: i32) -> Option<usize> {
    let ward = arena.slot_of(arena.side(slot), usize::try_from(unit).ok()?)?;
    arena.vitals[ward].alive.then_some(ward)
}

fn attacker_of(arena: &Arena<'_>, slot: usize, ward: usize) -> Option<usize> {
    select::nearest_to(arena, arena.side(slot).other(), ward).map(|(_, enemy)| enemy)
}

fn drive(
    arena: &Arena<'_>,
    slot: usize,
    focus: Option<usize>,
    strategy: Option<(Strategy, usize)>,
    reach: i32,
) -> Drive {
    let Some(focus) = focus else { return Drive::Stay };
    match strategy {
        Some((Strategy::Approach, target)) if target != slot => Drive::Chase(target, WARD_NEAR),
        Some((Strategy::FallBack, _)) => select::nearest_seen(arena, slot).map_or(Drive::Stay, Drive::Flee),
        Some((Strategy::Hold | Strategy::Approach, _)) => Drive::Stay,
        Some((Strategy::Protect, ward)) if ward != slot => guard(arena, focus, ward, reach),
        _ => stance_drive(arena, slot, focus, reach),
    }
}

fn stance_drive(arena: &Arena<'_>, slot: usize, focus: usize, reach: i32) -> Drive {
    let chase = Drive::Chase(focus, reach * CHASE_PERCENT / 100);
    match arena.plans[slot].stance {
        Stance::Aggressive | Stance::Focus(_) => chase,
        Stance::Hold if arena.fatigue.step > 0 => chase,
        Stance::Hold => Drive::Stay,
        Stance::MaintainRange(range) => {
            let far = (range + BAND).min(reach * CHASE_PERCENT / 100);
            Drive::Band(focus, (range - BAND).min(far - BAND).max(0), far)
        }
        Stance::Kite => match select::nearest_seen(arena, slot) {
            Some(near) if arena.is_within(slot, near, reach * KITE_PERCENT / 100) => Drive::Flee(near),
            _ => chase,
        },
        Stance::Protect(unit) => match ward(arena, slot, unit) {
            Some(ward) => guard(arena, focus, ward, reach),
            None => chase,
        },
    }
}

fn guard(arena: &Arena<'_>, focus: usize, ward: usize, reach: i32) -> Drive {
    if arena.is_within(ward, focus, WARD_GUARD.max(reach)) {
        Drive::Chase(focus, reach * CHASE_PERCENT / 100)
    } else {
        Drive::Chase(ward, WARD_NEAR)
    }
}
