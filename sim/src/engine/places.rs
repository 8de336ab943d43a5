//! Where a side's living units stand, side by side in 16 bits: distances to all of them take one multiplication for two.

use super::select::{NOBODY, Scored, rank, ranked};
use super::slots::Slots;
use super::squares::Squares;
use crate::kinds::{Position, Slot};

/// A place as `x` and `y`. Fields are at most 30,000 wide and high, so that differences fit as well.
pub(super) type Place = [i16; 2];

/// Places that are looked at together: eight, for two registers of the least x86-64.
const BLOCK: usize = 8;

/// No unit's number among the places.
const ABSENT: u8 = u8::MAX;

/// The places of one side's living units, in the order of their slots. What is left of the last block repeats the first
/// place, so that no loop has a rest: it is never nearer than the first one, and is taken off from counts.
#[derive(Debug)]
pub(crate) struct Places {
    places: [Place; Slots::BITS],
    /// By number, whose place it is.
    slots: [Slot; Slots::BITS],
    /// By slot, its number among the places.
    numbers: [u8; Slots::BITS],
    count: usize,
    /// The places with what fills the last block.
    filled: usize,
    squares: Squares,
}

impl Places {
    /// Takes up the places of some units on a field of these squares.
    pub(crate) fn of(units: Slots, positions: &[Position], squares: Squares) -> Self {
        let mut places = Self {
            places: [[0; 2]; Slots::BITS],
            slots: [0; Slots::BITS],
            numbers: [ABSENT; Slots::BITS],
            count: 0,
            filled: 0,
            squares,
        };
        places.muster(units, positions);
        places
    }

    /// Takes up the places of other units, after someone fell or came.
    pub(crate) fn muster(&mut self, units: Slots, positions: &[Position]) {
        self.numbers = [ABSENT; Slots::BITS];
        self.count = units.len();
        self.filled = self.count.next_multiple_of(BLOCK);
        for (number, slot) in units.enumerate() {
            self.places[number] = packed(positions[slot]);
            (self.slots[number], self.numbers[slot]) = (slot as Slot, number as u8);
        }
        self.fill();
        self.squares.muster(&self.places[..self.count]);
    }

    /// Follows a unit to where it went; the fallen are not followed.
    #[inline]
    pub(crate) fn follow(&mut self, slot: usize, to: Position) {
        let number = usize::from(self.numbers[slot]);
        if let Some(place) = self.places.get_mut(number) {
            let from = std::mem::replace(place, packed(to));
            self.squares.follow(from, *place);
            if number == 0 {
                self.fill();
            }
        }
    }

    fn fill(&mut self) {
        let first = self.places[0];
        self.places[self.count..self.filled].fill(first);
    }

    /// Returns the square of the distance to the nearest unit, and the unit; of equals the one with the lowest slot.
    pub(crate) fn nearest(&self, from: Position) -> Option<Scored> {
        let from = packed(from);
        let places = &self.places[..self.filled];
        let nearest = if self.filled <= BLOCK {
            // So few are looked at faster one after the other.
            let numbered = places[..self.count].iter().zip(0..);
            let ranks = numbered.map(|(place, number)| rank(distance2(place, from), number));
            ranked(ranks.fold(NOBODY, i64::min))
        } else if self.filled <= 64 {
            nearest_of::<64>(places, from)
        } else {
            nearest_of::<{ Slots::BITS }>(places, from)
        };
        nearest.map(|(distance, number)| (distance, usize::from(self.slots[number])))
    }

    /// Counts the units whose squared distance from a point is at most so much.
    pub(crate) fn within(&self, from: Position, limit: i32) -> i32 {
        let from = packed(from);
        // The compiler compares for "above" only.
        let is_far = |place: &Place| i32::from(distance2(place, from) > limit);
        let far: i32 = self.places[..self.filled].iter().map(is_far).sum();
        let fillers = (self.filled - self.count) as i32;
        self.count as i32 - far + fillers * is_far(&self.places[0])
    }

    /// Returns how many units can be within [`super::squares::SURE`] of a point at most.
    pub(crate) fn at_most(&self, from: Position) -> i32 {
        self.squares.at_most(packed(from))
    }
}

/// Returns the least square of a distance and which of the places first has it, of no more than `N` places; clearing room
/// for more than there are would take longer than looking.
fn nearest_of<const N: usize>(places: &[Place], from: Place) -> Option<Scored> {
    let mut distances = [0; N];
    let mut least = i32::MAX;
    for (distance, place) in distances.iter_mut().zip(places) {
        *distance = distance2(place, from);
        least = least.min(*distance);
    }
    Some((least, first_of(&distances[..places.len()], least)?))
}

/// Returns where a number first stands; it compares a block at a time.
fn first_of(numbers: &[i32], wanted: i32) -> Option<usize> {
    let is_wanted = |&number: &i32| number == wanted;
    let blocks = numbers.as_chunks::<BLOCK>().0;
    let has = |block: &[i32; BLOCK]| block.iter().fold(false, |any, number| any | is_wanted(number));
    let at = blocks.iter().position(has)?;
    Some(at * BLOCK + blocks[at].iter().position(is_wanted)?)
}

#[allow(clippy::cast_possible_truncation, reason = "a field is at most 30,000 wide and high")]
const fn packed(position: Position) -> Place {
    [position.x as i16, position.y as i16]
}

/// Returns the square of a distance, in the one form that the compiler multiplies and adds by one instruction.
const fn distance2(a: &Place, b: Place) -> i32 {
    let (dx, dy) = (a[0].wrapping_sub(b[0]) as i32, a[1].wrapping_sub(b[1]) as i32);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::arena;
    use crate::engine::squares::SURE;

    /// Points of the largest field, some of them at one spot.
    fn point() -> impl Strategy<Value = Position> {
        let anywhere = (0..=30_000, 0..=30_000).prop_map(|(x, y)| Position { x, y });
        let corner = (0..2, 0..2).prop_map(|(x, y)| Position {
            x: x * 30_000,
            y: y * 30_000,
        });
        let crowded = (0..40, 0..40).prop_map(|(x, y)| Position { x: x * 25, y: y * 25 });
        prop_oneof![anywhere, corner, crowded]
    }

    fn check(places: &Places, living: Slots, positions: &[Position], from: Position, limit: i32) {
        let far = |slot: usize| arena::distance2(from, positions[slot]);
        assert_eq!(places.nearest(from), living.map(|slot| (far(slot), slot)).min());
        let near = living.filter(|&slot| far(slot) <= limit).count();
        assert_eq!(places.within(from, limit), i32::try_from(near).unwrap());
        assert!(places.at_most(from) >= places.within(from, SURE * SURE));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn packed_places_answer_as_positions_do(
            positions in prop::collection::vec(point(), Slots::BITS),
            who in prop::collection::vec(0..Slots::BITS, 0..70),
            moves in prop::collection::vec((0..Slots::BITS, point(), any::<bool>()), 0..40),
            from in point(),
            limit in prop_oneof![Just(250_000), 0..=1_800_000_000],
            has_squares in any::<bool>(),
        ) {
            let mut positions = positions;
            let mut living = Slots::of(who.into_iter());
            let squares = if has_squares { Squares::new(30_000, 30_000) } else { Squares::default() };
            let mut places = Places::of(living, &positions, squares);
            check(&places, living, &positions, from, limit);
            for (slot, to, is_fall) in moves {
                if is_fall {
                    living.remove(slot);
                    places.muster(living, &positions);
                }
                positions[slot] = to;
                places.follow(slot, to);
                check(&places, living, &positions, from, limit);
                check(&places, living, &positions, positions[slot], limit);
            }
        }
    }
}
