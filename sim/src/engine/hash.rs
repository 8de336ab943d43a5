//! The state hash: everything that can change the outcome goes in, nothing else.

use super::arena::Arena;
use super::parts::{Ails, Guise, Hands};
use crate::kinds::{Side, Slot};
use crate::rng::mix;

/// Collects words into 64 bits; the order of words counts.
struct Digest(u64);

impl Digest {
    fn word(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word);
    }

    /// Takes two 32-bit numbers as one word.
    fn pair(&mut self, a: i32, b: i32) {
        self.word(u64::from(a.cast_unsigned()) << 32 | u64::from(b.cast_unsigned()));
    }

    fn ticks(&mut self, a: u32, b: u32) {
        self.word(u64::from(a) << 32 | u64::from(b));
    }

    fn slot(&mut self, slot: Option<Slot>) {
        self.word(slot.map_or(u64::MAX, u64::from));
    }
}

/// Hashes the state between two ticks.
pub(super) fn state(arena: &Arena<'_>) -> u64 {
    debug_assert!(arena.intents.is_empty(), "intents do not outlive their tick");
    let mut digest = Digest(u64::from(arena.tick));
    digest.pair(arena.fatigue.step, 0);
    for side in [Side::Left, Side::Right] {
        arena
            .living(side)
            .words()
            .into_iter()
            .for_each(|word| digest.word(word));
    }
    for slot in 0..arena.count() {
        guise(&mut digest, &arena.guises[slot]);
        unit(&mut digest, arena, slot);
        hands(&mut digest, &arena.hands[slot]);
        ails(&mut digest, &arena.ails[slot]);
    }
    in_the_air(&mut digest, arena);
    digest.0
}

fn unit(digest: &mut Digest, arena: &Arena<'_>, slot: usize) {
    let (position, vitals) = (arena.positions[slot], arena.vitals[slot]);
    digest.pair(position.x, position.y);
    digest.pair(vitals.health, vitals.shield);
    digest.pair(vitals.energy, i32::from(vitals.alive));
    let mind = &arena.minds[slot];
    digest.slot(mind.focus);
    digest.ticks(mind.next_think, mind.evaluations);
    let legs = &arena.legs[slot];
    digest.pair(legs.dx, legs.dy);
    digest.ticks(legs.steps, 0);
    digest.slot(arena.tallies[slot].last_blow);
    for stream in &arena.dice[slot].0 {
        digest.word(stream.state());
    }
}

fn guise(digest: &mut Digest, guise: &Guise) {
    digest.ticks(guise.leaves_at, guise.returns << 8 | u32::from(guise.class.0));
    digest.slot(guise.owner);
}

fn hands(digest: &mut Digest, hands: &Hands) {
    if let Some(cast) = hands.cast {
        digest.ticks(
            cast.ends,
            u32::from(cast.aimed.index) << 8 | u32::from(cast.aimed.target),
        );
    }
    digest.ticks(hands.ready_at, 0);
    for pair in hands.cooldowns.chunks(2) {
        digest.ticks(pair[0], pair.get(1).copied().unwrap_or(0));
    }
}

fn ails(digest: &mut Digest, ails: &Ails) {
    for status in &ails.list {
        let kind = u32::from(status.kind as u8) << 16 | u32::from(status.by.ability.0);
        digest.ticks(status.until, kind);
        digest.ticks(status.next, status.period);
        digest.pair(status.value, i32::from(status.stat as u8));
        digest.ticks(u32::from(status.hook), u32::from(status.is_harmful));
        digest.slot(status.by.source);
    }
    for seen in &ails.diminished {
        digest.ticks(seen.count, seen.forget_at);
    }
}

fn in_the_air(digest: &mut Digest, arena: &Arena<'_>) {
    for flight in &arena.flights {
        digest.ticks(flight.arrives, u32::from(flight.deed.by.ability.0));
        digest.slot(flight.deed.by.source);
        digest.pair(i32::from(super::arena::slot_number(flight.target)), flight.deed.scale);
        digest.word(u64::from(flight.deed.is_echo));
    }
    for zone in &arena.zones {
        digest.ticks(zone.until, zone.next);
        digest.pair(zone.center.x, zone.center.y);
        digest.pair(zone.deed.scale, i32::from(zone.deed.by.ability.0));
        digest.slot(zone.deed.by.source);
        digest.slot(zone.bearer.map(super::arena::slot_number));
        digest.word(u64::from(zone.deed.is_echo));
    }
}
