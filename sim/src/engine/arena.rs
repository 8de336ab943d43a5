//! Everything one fight reads and writes: the units' slices, what is in the air and on the ground, and the events.

use super::movement::Displaced;
use super::parts::{Ails, Dice, Gauges, Guards, Hands, Legs, Mind, Tally};
use super::pending::{Flight, Zone};
use crate::content::{Ability, Content, Rules};
use crate::fight::Fight;
use crate::kinds::{AbilityId, NO_SLOT, Position, Side, Slot, Stat, StatusKind};
use crate::record::{Event, EventKind, Vitals};
use crate::rng::{Pcg32, Purpose};
use crate::team::Plan;

/// The state of a fight. Slices are indexed by slot.
pub(crate) struct Arena<'w> {
    pub(crate) rules: &'w Rules,
    abilities: &'w [Ability],
    pub(crate) plans: Vec<&'w Plan>,
    /// The first slot of the right side.
    split: usize,
    pub(crate) tick: u32,
    pub(crate) fatigue: Fatigued,
    pub(crate) positions: &'w mut [Position],
    pub(crate) vitals: &'w mut [Vitals],
    pub(crate) gauges: &'w mut [Gauges],
    pub(crate) minds: &'w mut [Mind],
    pub(crate) hands: &'w mut [Hands],
    pub(crate) legs: &'w mut [Legs],
    pub(crate) ails: &'w mut [Ails],
    pub(crate) dice: &'w mut [Dice],
    pub(crate) tallies: &'w mut [Tally],
    pub(crate) flights: Vec<Flight<'w>>,
    pub(crate) zones: Vec<Zone<'w>>,
    /// Displacements of the phase under way.
    pub(crate) displaced: Vec<Displaced>,
    pub(crate) events: Vec<Event>,
    /// Slots in turn, sides interleaved; one order begins with the left side, the other with the right.
    orders: [Vec<usize>; 2],
}

/// How far fatigue has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fatigued {
    pub(crate) step: i32,
    /// Damage in permille.
    pub(crate) damage: i32,
    /// Healing and shields in permille.
    pub(crate) healing: i32,
}

/// The units of both teams with their places on the field.
pub(crate) fn lineup<'w>(fight: &Fight<'w>) -> Vec<(&'w Plan, Position)> {
    let width = fight.content.rules().width;
    let left = fight.left.units.iter().map(|plan| (plan, plan.position));
    let right = fight.right.units.iter().map(|plan| {
        let Position { x, y } = plan.position;
        (plan, Position { x: width - x, y })
    });
    left.chain(right).collect()
}

impl<'w> Arena<'w> {
    /// Fetches the slices, once.
    pub(crate) fn new(content: &'w Content, plans: Vec<&'w Plan>, split: usize, guards: &'w mut Guards<'_>) -> Self {
        let count = plans.len();
        Self {
            rules: content.rules(),
            abilities: content.abilities(),
            split,
            tick: 0,
            fatigue: Fatigued {
                step: 0,
                damage: 1000,
                healing: 1000,
            },
            positions: &mut guards.positions.as_mut_slice()[..count],
            vitals: &mut guards.vitals.as_mut_slice()[..count],
            gauges: &mut guards.gauges.as_mut_slice()[..count],
            minds: &mut guards.minds.as_mut_slice()[..count],
            hands: &mut guards.hands.as_mut_slice()[..count],
            legs: &mut guards.legs.as_mut_slice()[..count],
            ails: &mut guards.ails.as_mut_slice()[..count],
            dice: &mut guards.dice.as_mut_slice()[..count],
            tallies: &mut guards.tallies.as_mut_slice()[..count],
            flights: Vec::new(),
            zones: Vec::new(),
            displaced: Vec::new(),
            events: Vec::with_capacity(64),
            orders: [
                interleaved(split, count, Side::Left),
                interleaved(split, count, Side::Right),
            ],
            plans,
        }
    }

    /// Returns the number of slots.
    pub(crate) fn count(&self) -> usize {
        self.plans.len()
    }

    /// Returns who is at turn `at` this tick. Sides alternate, and so does going first: by the Thue-Morse sequence,
    /// because with plain `tick & 1` one side would go first for good wherever two mirrored units act every even
    /// number of ticks.
    pub(crate) fn turn(&self, at: usize) -> usize {
        self.orders[(self.tick.count_ones() & 1) as usize][at]
    }

    pub(crate) fn side(&self, slot: usize) -> Side {
        if slot < self.split { Side::Left } else { Side::Right }
    }

    fn slots(&self, side: Side) -> std::ops::Range<usize> {
        match side {
            Side::Left => 0..self.split,
            Side::Right => self.split..self.plans.len(),
        }
    }

    /// Returns the slot of a side's unit by its index in the build.
    pub(crate) fn slot_of(&self, side: Side, index: usize) -> Option<usize> {
        self.slots(side).nth(index)
    }

    /// Returns the living units of a side.
    pub(crate) fn living(&self, side: Side) -> impl Iterator<Item = usize> {
        self.slots(side).filter(|&slot| self.vitals[slot].alive)
    }

    pub(crate) fn allies(&self, slot: usize) -> impl Iterator<Item = usize> {
        self.living(self.side(slot))
    }

    pub(crate) fn enemies(&self, slot: usize) -> impl Iterator<Item = usize> {
        self.living(self.side(slot).other())
    }

    /// Counts a side's units that have fallen.
    pub(crate) fn fallen(&self, side: Side) -> usize {
        self.slots(side).len() - self.living(side).count()
    }

    pub(crate) fn stat(&self, slot: usize, stat: Stat) -> i32 {
        self.gauges[slot].now[stat.index()]
    }

    /// Says whether a unit is under some crowd control.
    pub(crate) fn is_under(&self, slot: usize, control: StatusKind) -> bool {
        self.ails[slot].until[control.index()] > self.tick
    }

    pub(crate) fn ability(&self, id: AbilityId) -> &'w Ability {
        &self.abilities[usize::from(id.0)]
    }

    /// Returns an ability by its index in the unit's plan.
    pub(crate) fn ability_of(&self, slot: usize, index: u8) -> (AbilityId, &'w Ability) {
        let id = self.plans[slot].abilities[usize::from(index)];
        (id, self.ability(id))
    }

    /// Returns the square of a distance; both fit `i32` because the field is at most 30,000 wide and high.
    pub(crate) fn distance2(&self, a: usize, b: usize) -> i32 {
        distance2(self.positions[a], self.positions[b])
    }

    pub(crate) fn is_within(&self, a: usize, b: usize, range: i32) -> bool {
        i64::from(self.distance2(a, b)) <= i64::from(range) * i64::from(range)
    }

    pub(crate) fn dice(&mut self, slot: usize, purpose: Purpose) -> &mut Pcg32 {
        &mut self.dice[slot].0[purpose as usize]
    }

    pub(crate) fn emit(&mut self, kind: EventKind, by: By, target: usize, amount: i32) {
        let By { source, ability } = by;
        let target = slot_number(target);
        let source = source.unwrap_or(NO_SLOT);
        self.events.push(Event {
            tick: self.tick,
            kind,
            ability,
            source,
            target,
            amount,
        });
    }
}

/// Who does something, by which ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    pub(crate) source: Option<Slot>,
    pub(crate) ability: AbilityId,
}

impl By {
    /// The rules themselves.
    pub(crate) const NOBODY: Self = Self {
        source: None,
        ability: AbilityId::NONE,
    };

    pub(crate) fn unit(slot: usize, ability: AbilityId) -> Self {
        Self {
            source: Some(slot_number(slot)),
            ability,
        }
    }
}

/// Slots are below 16 by the limits.
#[allow(clippy::cast_possible_truncation, reason = "slots are below SLOTS_MAX = 16")]
pub(crate) const fn slot_number(slot: usize) -> Slot {
    slot as Slot
}

pub(crate) const fn distance2(a: Position, b: Position) -> i32 {
    let (dx, dy) = (a.x - b.x, a.y - b.y);
    dx * dx + dy * dy
}

fn interleaved(split: usize, count: usize, first: Side) -> Vec<usize> {
    let (mut left, mut right) = (0..split, split..count);
    let mut order = Vec::with_capacity(count);
    while order.len() < count {
        let (a, b) = match first {
            Side::Left => (left.next(), right.next()),
            Side::Right => (right.next(), left.next()),
        };
        order.extend(a.into_iter().chain(b));
    }
    order
}
