//! Everything one fight reads and writes: the units' slices, what is in the air and on the ground, and the events.

use super::lineup::{self, Lineup};
use super::movement::Displaced;
use super::parts::{Ails, Dice, Gauges, Guards, Guise, Hands, Intent, Legs, Mind, Tally};
use super::pending::{Flight, Zone};
use super::places::Places;
use super::select::Glances;
use super::slots::Slots;
use super::squares::Squares;
use crate::content::{Ability, Content, Effect, Form, Rules};
use crate::kinds::{AbilityId, NO_SLOT, Position, Role, Side, Slot, Stat, StatusKind};
use crate::record::{Decision, Event, EventKind, Vitals};
use crate::rng::{Pcg32, Purpose};
use crate::team::Plan;

/// Units of both sides that are counted faster than ruled out.
const UNITS_FEW: usize = 32;

/// The state of a fight. Slices are indexed by slot.
pub(crate) struct Arena<'w> {
    pub(crate) content: &'w Content,
    pub(crate) rules: &'w Rules,
    abilities: &'w [Ability],
    /// Written by [`Self::assign`] only.
    pub(crate) plans: Vec<&'w Plan>,
    roles: [Slots; Role::ALL.len()],
    /// The first slot of the right side.
    split: usize,
    /// Units that the builds brought; the others are summons.
    pub(crate) heroes: Slots,
    slots: [Slots; 2],
    sides: Vec<Side>,
    alive: [Slots; 2],
    /// Units whose health has reached 0 and that have not fallen yet.
    pub(crate) doomed: Slots,
    /// By slot, the first tick at which the unit may have something to decide; most units have nothing in most ticks.
    pub(crate) due: Vec<u32>,
    /// By slot, the next tick at which a status pulses or ends.
    pub(crate) wakes: Vec<u32>,
    /// Units that may have steps to take.
    pub(crate) walkers: Slots,
    /// What the units that decided something in this tick do, in no order.
    pub(crate) intents: Vec<(usize, Intent)>,
    pub(crate) tick: u32,
    pub(crate) fatigue: Fatigued,
    /// Written by [`Self::stand`] only.
    pub(crate) positions: &'w mut [Position],
    places: [Places; 2],
    /// Units that were put somewhere in this tick.
    pub(crate) moved: Slots,
    pub(crate) vitals: &'w mut [Vitals],
    pub(crate) gauges: &'w mut [Gauges],
    pub(crate) guises: &'w mut [Guise],
    pub(crate) minds: &'w mut [Mind],
    pub(crate) hands: &'w mut [Hands],
    pub(crate) legs: &'w mut [Legs],
    pub(crate) ails: &'w mut [Ails],
    pub(crate) dice: &'w mut [Dice],
    pub(crate) tallies: &'w mut [Tally],
    /// The effects of statuses that hold some, by their number there.
    pub(crate) hooks: Vec<&'w [Effect]>,
    pub(crate) flights: Vec<Flight<'w>>,
    pub(crate) zones: Vec<Zone<'w>>,
    /// Displacements of the phase under way.
    pub(crate) displaced: Vec<Displaced>,
    pub(crate) events: Vec<Event>,
    /// Why abilities were used, if anybody asks.
    pub(crate) decisions: Vec<Decision>,
    pub(crate) explains: bool,
    /// Slots in turn, sides interleaved; one order begins with the left side, the other with the right.
    orders: [Vec<usize>; 2],
    /// By slot, its place in each of those orders.
    turns: [Vec<usize>; 2],
    /// What units that decide have seen in this tick.
    pub(super) glances: Glances,
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

impl<'w> Arena<'w> {
    /// Fetches the slices, once.
    pub(crate) fn new(content: &'w Content, lineup: &Lineup<'w>, guards: &'w mut Guards<'_>) -> Self {
        let (count, units) = (lineup.count(), lineup.units.len());
        let slots = [lineup.slots(Side::Left), lineup.slots(Side::Right)];
        let heroes = Slots::of(0..units);
        // An absent unit's plan is never read; a summon brings its own.
        let absent = lineup.units.first().map(|unit| unit.0);
        let plans = lineup.units.iter().map(|unit| unit.0).chain(absent.into_iter().cycle());
        let plans: Vec<&Plan> = plans.take(count).collect();
        let mut roles = [Slots::default(); Role::ALL.len()];
        (plans.iter().zip(0..)).for_each(|(plan, slot)| roles[plan.role.index()].insert(slot));
        let orders = [Side::Left, Side::Right].map(|first| lineup::interleaved(slots, first));
        let turns = orders.each_ref().map(|order| lineup::turns(order));
        let alive = slots.map(|side| side.both(heroes));
        let positions = &mut guards.positions.as_mut_slice()[..count];
        let squares = if units > UNITS_FEW {
            Squares::new(content.rules().width, content.rules().height)
        } else {
            Squares::default()
        };
        Self {
            content,
            rules: content.rules(),
            abilities: content.abilities(),
            plans,
            roles,
            split: lineup.split,
            heroes,
            slots,
            sides: (0..count)
                .map(|slot| {
                    if slots[0].contains(slot) {
                        Side::Left
                    } else {
                        Side::Right
                    }
                })
                .collect(),
            doomed: Slots::default(),
            due: (0..count).map(|slot| if slot < units { 0 } else { u32::MAX }).collect(),
            wakes: vec![u32::MAX; count],
            walkers: Slots::default(),
            intents: Vec::with_capacity(count),
            alive,
            tick: 0,
            fatigue: Fatigued {
                step: 0,
                damage: 1000,
                healing: 1000,
            },
            places: alive.map(|side| Places::of(side, positions, squares.clone())),
            positions,
            moved: Slots::default(),
            vitals: &mut guards.vitals.as_mut_slice()[..count],
            gauges: &mut guards.gauges.as_mut_slice()[..count],
            guises: &mut guards.guises.as_mut_slice()[..count],
            minds: &mut guards.minds.as_mut_slice()[..count],
            hands: &mut guards.hands.as_mut_slice()[..count],
            legs: &mut guards.legs.as_mut_slice()[..count],
            ails: &mut guards.ails.as_mut_slice()[..count],
            dice: &mut guards.dice.as_mut_slice()[..count],
            tallies: &mut guards.tallies.as_mut_slice()[..count],
            hooks: Vec::new(),
            flights: Vec::new(),
            zones: Vec::new(),
            displaced: Vec::new(),
            events: Vec::with_capacity(64),
            decisions: Vec::new(),
            explains: false,
            orders,
            turns,
            glances: Glances::new(count),
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
        self.orders[self.parity()][at]
    }

    /// Returns at which turn a unit is this tick.
    pub(crate) fn place(&self, slot: usize) -> usize {
        self.turns[self.parity()][slot]
    }

    const fn parity(&self) -> usize {
        (self.tick.count_ones() & 1) as usize
    }

    pub(crate) fn side(&self, slot: usize) -> Side {
        self.sides[slot]
    }

    /// Returns the slot of a side's unit by its index in the build.
    pub(crate) fn slot_of(&self, side: Side, index: usize) -> Option<usize> {
        let slot = if side == Side::Left { index } else { self.split + index };
        (self.slots[side.index()].contains(slot) && self.heroes.contains(slot)).then_some(slot)
    }

    /// Returns the living units of a side.
    pub(crate) fn living(&self, side: Side) -> Slots {
        self.alive[side.index()]
    }

    pub(crate) fn allies(&self, slot: usize) -> Slots {
        self.living(self.side(slot))
    }

    pub(crate) fn enemies(&self, slot: usize) -> Slots {
        self.living(self.side(slot).other())
    }

    /// Returns a side's units that have fallen, without its summons.
    pub(crate) fn fallen(&self, side: Side) -> Slots {
        self.slots[side.index()].both(self.heroes).without(self.living(side))
    }

    /// Returns a side's slots that wait for a summon.
    pub(crate) fn vacant(&self, side: Side) -> Slots {
        self.slots[side.index()].without(self.heroes).without(self.living(side))
    }

    /// Returns a unit's place on its own side, which is the same for both units of a mirrored pair.
    pub(crate) fn rank(&self, slot: usize) -> usize {
        self.slots[self.side(slot).index()].rank(slot)
    }

    /// Returns the living summons of both sides, the left one's first.
    pub(crate) fn summons(&self) -> Slots {
        let [left, right] = self.alive;
        left.or(right).without(self.heroes)
    }

    /// Says whether a side goes on fighting; summons alone do not.
    pub(crate) fn stands(&self, side: Side) -> bool {
        !self.living(side).both(self.heroes).is_empty()
    }

    /// Marks a unit as living or not, wherever that is kept.
    pub(crate) fn set_alive(&mut self, slot: usize, is_alive: bool) {
        self.vitals[slot].alive = is_alive;
        self.due[slot] = if is_alive { 0 } else { u32::MAX };
        let side = self.side(slot).index();
        if is_alive {
            self.alive[side].insert(slot);
        } else {
            self.alive[side].remove(slot);
        }
        self.places[side].muster(self.alive[side], self.positions);
    }

    /// Lets a unit come with this plan.
    pub(crate) fn assign(&mut self, slot: usize, plan: &'w Plan) {
        self.roles[self.plans[slot].role.index()].remove(slot);
        self.roles[plan.role.index()].insert(slot);
        self.plans[slot] = plan;
    }

    /// Returns the slots whose plan is of a role.
    pub(crate) fn of_role(&self, role: Role) -> Slots {
        self.roles[role.index()]
    }

    /// Puts a unit somewhere on the field.
    pub(crate) fn stand(&mut self, slot: usize, at: Position) {
        self.positions[slot] = at;
        self.moved.insert(slot);
        self.places[self.side(slot).index()].follow(slot, at);
    }

    /// Returns where the living units of a side stand.
    pub(crate) fn places(&self, side: Side) -> &Places {
        &self.places[side.index()]
    }

    /// Returns whose deeds a unit's are: a summon's are its summoner's.
    pub(crate) fn credited(&self, slot: Slot) -> usize {
        usize::from(self.guises[usize::from(slot)].owner.unwrap_or(slot))
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

    /// Returns an ability by its index in the unit's plan; 0 is the basic attack, which a form replaces.
    #[inline]
    pub(crate) fn ability_of(&self, slot: usize, index: u8) -> (AbilityId, &'w Ability) {
        let own = self.plans[slot].abilities[usize::from(index)];
        let id = if index == 0 { self.basic(slot, own) } else { own };
        (id, self.ability(id))
    }

    fn basic(&self, slot: usize, own: AbilityId) -> AbilityId {
        self.form(slot).and_then(|form| form.basic).unwrap_or(own)
    }

    /// Returns the form that a unit is in.
    pub(crate) fn form(&self, slot: usize) -> Option<&'w Form> {
        let index = self.ails[slot].form?;
        self.content.forms().get(usize::from(index))
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

/// Slots are below 128 by the size of their sets.
#[allow(clippy::cast_possible_truncation, reason = "slots are below Slots::BITS = 128")]
pub(crate) const fn slot_number(slot: usize) -> Slot {
    slot as Slot
}

pub(crate) const fn distance2(a: Position, b: Position) -> i32 {
    let (dx, dy) = (a.x - b.x, a.y - b.y);
    dx * dx + dy * dy
}
