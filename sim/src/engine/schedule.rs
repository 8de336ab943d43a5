//! The whole tick on one page, and the loop around it.

use super::arena::Arena;
use super::lineup::Lineup;
use super::slots::Slots;
use super::{act, arrivals, decide, endings, hash, movement, parts, pending, snapshot, status};
use crate::fight::{EndReason, Fight, Outcome};
use crate::kinds::Side;
use crate::limits::{SEGMENT_TICKS, TICKS_MAX};
use crate::record::{Frame, Recorder, Segment};

/// One tick. Units decide on the state before it; what they decided is then resolved with the sides interleaved, so
/// that neither side moves first. Whoever reaches 0 health still resolves its intent and falls in the last phase.
pub(crate) fn tick(arena: &mut Arena<'_>) {
    arena.tick += 1;
    endings::fatigue(arena); //     damage up, healing down, step by step
    status::upkeep(arena); //       pulses of lasting effects, and their ends
    arrivals::vanish(arena); //     summons whose time is over
    endings::regenerate(arena); //  energy, once a second
    decide::decide(arena); //       every unit thinks on one and the same state
    act::act(arena); //             casts begin and take effect
    movement::settle(arena); //     leaps, blinks and shoves of this phase
    movement::walk(arena); //       everyone takes a step
    pending::land(arena); //        projectiles arrive
    pending::pulse(arena); //       zones touch whoever stands in them
    movement::settle(arena); //     shoves by what landed and pulsed
    endings::bury(arena); //        units without health fall
}

/// Fights it out. Storages are fetched once; the loop only runs plain functions over their slices.
pub(crate) fn run<R: Recorder>(fight: &Fight<'_>, recorder: &mut R) -> Outcome {
    let lineup = Lineup::new(fight);
    let world = parts::world(&lineup, fight.seed);
    let mut guards = parts::Guards::fetch(&world);
    let mut arena = Arena::new(fight.content, &lineup, &mut guards);
    arena.explains = R::EXPLAINS;
    recorder.begin(&endings::roster(&arena));
    let (winner, reason) = loop {
        tick(&mut arena);
        let end = verdict(&arena);
        report(&mut arena, end.is_some(), recorder);
        if let Some(end) = end {
            break end;
        }
    };
    let outcome = Outcome {
        winner,
        reason,
        ticks: arena.tick,
        state_hash: hash::state(&arena),
        units: arena.heroes.map(|slot| arena.tallies[slot].stats).collect(),
    };
    recorder.end(&outcome);
    outcome
}

fn verdict(arena: &Arena<'_>) -> Option<(Option<Side>, EndReason)> {
    match (arena.stands(Side::Left), arena.stands(Side::Right)) {
        (true, false) => Some((Some(Side::Left), EndReason::Elimination)),
        (false, true) => Some((Some(Side::Right), EndReason::Elimination)),
        (false, false) => Some((None, EndReason::MutualKill)),
        (true, true) if arena.tick >= TICKS_MAX => Some((None, EndReason::TimeLimit)),
        (true, true) => None,
    }
}

fn report<R: Recorder>(arena: &mut Arena<'_>, is_last: bool, recorder: &mut R) {
    arena.decisions.iter().for_each(|decision| recorder.decision(decision));
    arena.decisions.clear();
    arena.events.iter().for_each(|event| recorder.event(event));
    arena.events.clear();
    let frame = Frame {
        tick: arena.tick,
        positions: arena.positions,
        vitals: arena.vitals,
        moved: arena.moved.bits(),
    };
    recorder.tick(&frame);
    if is_last || arena.tick.is_multiple_of(SEGMENT_TICKS) {
        let index = (arena.tick - 1) / SEGMENT_TICKS;
        recorder.segment(&Segment {
            index,
            state_hash: hash::state(arena),
            frame,
            details: &snapshot::details(arena),
        });
    }
    arena.moved = Slots::default();
}
