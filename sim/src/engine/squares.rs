//! How many units of a side can be near a place at most: looked up, so that few places need a count.
//!
//! The field lies in squares of 256 cm. Each square knows how many units stand in the five by five around it, which is
//! everyone within [`SURE`] of any of its places and some more. Units change squares seldom, and only that costs.

use super::places::Place;

/// Bits of a square's edge in centimetres.
const EDGE_BITS: u32 = 8;
/// Squares that a unit counts in on each side of its own.
const REACH: usize = 2;
/// Edge of the squares that a unit counts in.
const WINDOW: usize = 2 * REACH + 1;
/// Centimetres: whoever is no farther than this is counted.
pub(crate) const SURE: i32 = (REACH << EDGE_BITS) as i32;

/// The squares of a field, with [`REACH`] more around it; or none, which rule nobody out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Squares {
    columns: usize,
    /// From a window's first square to its middle.
    middle: usize,
    /// By row and column, the units in the window around.
    counts: Vec<u8>,
}

impl Squares {
    pub(crate) fn new(width: i32, height: i32) -> Self {
        let along = |extent: i32| (extent.unsigned_abs() as usize >> EDGE_BITS) + WINDOW;
        Self {
            columns: along(width),
            middle: REACH * along(width) + REACH,
            counts: vec![0; along(width) * along(height)],
        }
    }

    /// Counts the units at these places, and nobody else.
    pub(crate) fn muster(&mut self, places: &[Place]) {
        self.counts.fill(0);
        if !self.counts.is_empty() {
            places.iter().for_each(|&place| self.count(place, 1));
        }
    }

    /// Follows a unit from one place to another.
    #[inline]
    pub(crate) fn follow(&mut self, from: Place, to: Place) {
        if square(from) != square(to) && !self.counts.is_empty() {
            self.count(from, u8::MAX);
            self.count(to, 1);
        }
    }

    /// Returns how many units can be within [`SURE`] of a place at most.
    #[inline]
    pub(crate) fn at_most(&self, place: Place) -> i32 {
        let [column, row] = square(place);
        let at = row * self.columns + column + self.middle;
        self.counts.get(at).map_or(i32::MAX, |&count| i32::from(count))
    }

    /// Adds to the squares around a place; the largest number takes one off.
    fn count(&mut self, place: Place, change: u8) {
        let [column, row] = square(place);
        let rows = self.counts.chunks_exact_mut(self.columns).skip(row).take(WINDOW);
        for counts in rows {
            let window = &mut counts[column..column + WINDOW];
            window.iter_mut().for_each(|count| *count = count.wrapping_add(change));
        }
    }
}

/// Returns the column and row of the square that a place is in; no place of a field is negative.
const fn square([x, y]: Place) -> [usize; 2] {
    [
        x.cast_unsigned() as usize >> EDGE_BITS,
        y.cast_unsigned() as usize >> EDGE_BITS,
    ]
}
