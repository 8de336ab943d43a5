//! What pairing looks at: 16 bytes a ticket, in the order of rating, and the one predicate of who may meet whom.

use crate::points::{MILLI, SPREAD_LIMIT};

/// Largest class of age.
pub(crate) const AGE_CLASS_MAX: u32 = 15;
/// Waiting time up to which a ticket counts as fresh; each class above doubles it.
const FRESH_MS: u64 = 100;

const AGE_SHIFT: u32 = 12;
const SIBLINGS: u32 = 1 << 16;
const FILTER_SHIFT: u32 = 17;
const FILTER_BITS: u64 = 15;

/// One waiting ticket as pairing sees it: its player's rating, and spread, age class, siblings and exclusion filter packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Thousandths of a point.
    pub(crate) rating: i32,
    /// Bits 0-11 spread in points, 12-15 age class, 16 the player has further tickets, 17-31 exclusion filter.
    packed: u32,
    /// Tickets of one family never meet; a player is of exactly one.
    pub(crate) family: u32,
    /// The ticket's number in the pool.
    pub(crate) slot: u32,
}

impl Default for Entry {
    /// Nobody: an entry that no ticket has.
    fn default() -> Self {
        Self {
            rating: 0,
            packed: 0,
            family: u32::MAX,
            slot: u32::MAX,
        }
    }
}

/// What is packed beside the rating.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traits {
    pub(crate) spread: u16,
    pub(crate) age_class: u32,
    pub(crate) siblings: bool,
    pub(crate) filter: u16,
}

impl Entry {
    pub(crate) fn new(rating: i32, family: u32, slot: u32, traits: Traits) -> Self {
        let spread = u32::from(traits.spread.min(SPREAD_LIMIT));
        let age = traits.age_class.min(AGE_CLASS_MAX) << AGE_SHIFT;
        let siblings = if traits.siblings { SIBLINGS } else { 0 };
        Self {
            rating,
            packed: spread | age | siblings | (u32::from(traits.filter) << FILTER_SHIFT),
            family,
            slot,
        }
    }

    /// Position in the total order: rating first, then the ticket's number.
    pub(crate) const fn key(&self) -> u64 {
        key(self.rating, self.slot)
    }

    /// Spread in thousandths of a point.
    pub(crate) const fn spread(&self) -> i32 {
        (self.packed & (SPREAD_LIMIT as u32)) as i32 * MILLI
    }

    pub(crate) const fn age_class(&self) -> u32 {
        (self.packed >> AGE_SHIFT) & AGE_CLASS_MAX
    }

    pub(crate) const fn has_siblings(&self) -> bool {
        self.packed & SIBLINGS != 0
    }

    pub(crate) const fn with_siblings(mut self) -> Self {
        self.packed |= SIBLINGS;
        self
    }

    pub(crate) const fn with_age_class(mut self, age_class: u32) -> Self {
        self.packed = (self.packed & !(AGE_CLASS_MAX << AGE_SHIFT)) | (age_class << AGE_SHIFT);
        self
    }

    pub(crate) const fn with_filter(mut self, filter: u16) -> Self {
        self.packed = (self.packed & !(u32::MAX << FILTER_SHIFT)) | ((filter as u32) << FILTER_SHIFT);
        self
    }

    /// Lowest rating within the spread.
    pub(crate) const fn low(&self) -> i32 {
        self.rating - self.spread()
    }

    /// Highest rating within the spread.
    pub(crate) const fn high(&self) -> i32 {
        self.rating + self.spread()
    }

    const fn filter(&self) -> u32 {
        self.packed >> FILTER_SHIFT
    }
}

/// Position of a ticket in the order of rating.
#[expect(
    clippy::cast_sign_loss,
    reason = "flipping the sign bit keeps the order of signed numbers"
)]
pub(crate) const fn key(rating: i32, slot: u32) -> u64 {
    (((rating ^ i32::MIN) as u32 as u64) << 32) | slot as u64
}

/// The filter bit of a family: who excludes it has this bit in the filter.
pub(crate) const fn filter_bit(family: u32) -> u16 {
    let spread_out = family.wrapping_mul(0x9E37_79B9);
    1 << ((spread_out as u64 * FILTER_BITS) >> 32)
}

/// Class of a waiting time: 0 while fresh, then one more for each doubling.
pub(crate) const fn age_class(waited_ms: u64) -> u32 {
    let class = (waited_ms / FRESH_MS + 1).ilog2();
    if class < AGE_CLASS_MAX { class } else { AGE_CLASS_MAX }
}

/// The one predicate of who may meet whom: two families, a gap within both spreads, and no exclusion.
///
/// `excluded` takes both tickets' numbers; the filters in the entries say when it need not be asked.
#[inline]
pub(crate) fn may_meet(a: &Entry, b: &Entry, excluded: impl Fn(u32, u32) -> bool) -> bool {
    let near = a.rating.abs_diff(b.rating) <= a.spread().min(b.spread()).unsigned_abs();
    // Without short cuts: whether spreads reach is a coin's toss to a processor that guesses.
    (near & (a.family != b.family)) && !(suspicious(a, b) && excluded(a.slot, b.slot))
}

/// Says whether the filters allow an exclusion; exclusions are symmetric, so both filters must.
#[inline]
fn suspicious(a: &Entry, b: &Entry) -> bool {
    a.filter() != 0
        && b.filter() != 0
        && a.filter() & u32::from(filter_bit(b.family)) != 0
        && b.filter() & u32::from(filter_bit(a.family)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_sixteen_bytes_and_keeps_what_is_packed() {
        assert_eq!(size_of::<Entry>(), 16);
        let entry = Entry::new(
            -5,
            7,
            9,
            Traits {
                spread: 4_000,
                age_class: 3,
                siblings: true,
                filter: 0x7FFF,
            },
        );
        assert_eq!(
            (entry.spread(), entry.age_class(), entry.has_siblings()),
            (4_000_000, 3, true)
        );
        assert_eq!(entry.filter(), 0x7FFF);
        let later = entry.with_age_class(5).with_filter(1);
        assert_eq!((later.spread(), later.age_class(), later.filter()), (4_000_000, 5, 1));
        assert!(later.has_siblings());
    }

    #[test]
    fn keys_are_in_order_of_rating_then_number() {
        assert!(key(-1, 9) < key(0, 0));
        assert!(key(5, 1) < key(5, 2));
        assert!(key(i32::MIN, 0) < key(i32::MAX, 0));
    }

    #[test]
    fn ages_fall_into_doubling_classes() {
        assert_eq!(age_class(0), 0);
        assert_eq!(age_class(99), 0);
        assert_eq!(age_class(100), 1);
        assert_eq!(age_class(300), 2);
        assert_eq!(age_class(u64::from(u32::MAX)), AGE_CLASS_MAX);
    }

    #[test]
    fn every_family_has_a_filter_bit() {
        assert!((0..10_000).all(|family| filter_bit(family).count_ones() == 1 && filter_bit(family) < 1 << 15));
    }
}
