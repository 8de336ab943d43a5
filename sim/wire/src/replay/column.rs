//! Columns: laced numbers (see `replay.fbs`), and the replay's own numbers for names of the content.

use tiltyard_sim::{AbilityId, ClassId};

/// The least byte that says "and 16 times the number that follows".
const MORE: u8 = 240;
/// Bits of a number that such a byte holds.
const MORE_BITS: u32 = 4;

/// Appends a number to a laced column.
pub(super) fn lace(column: &mut Vec<u8>, mut number: u32) {
    while number >= u32::from(MORE) {
        // At most 240 + 15.
        let byte = MORE | (number.to_le_bytes()[0] & !MORE);
        column.push(byte);
        number = (number - u32::from(byte)) >> MORE_BITS;
    }
    column.push(number.to_le_bytes()[0]);
}

/// Appends a signed number to a laced column.
pub(super) fn lace_signed(column: &mut Vec<u8>, number: i32) {
    lace(column, ((number << 1) ^ (number >> 31)).cast_unsigned());
}

/// Reads a laced column.
#[derive(Clone, Debug)]
pub(super) struct Laced<'a>(pub(super) &'a [u8]);

impl Laced<'_> {
    /// Returns the next number; `None` when the column has ended, ends within a number, or has one above 32 bits.
    pub(super) fn next(&mut self) -> Option<u32> {
        let mut number: u64 = 0;
        for shift in (0..u32::BITS).step_by(MORE_BITS as usize) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number += u64::from(byte) << shift;
            if byte < MORE {
                return u32::try_from(number).ok();
            }
        }
        None
    }

    /// Returns the next number as a signed one.
    pub(super) fn next_signed(&mut self) -> Option<i32> {
        let number = self.next()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

/// Numbers of the content in the order of their first use, which is how the replay's own lists number them.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) abilities: Vec<AbilityId>,
    pub(super) classes: Vec<ClassId>,
}

impl Names {
    /// Returns the ability's number in the replay; "none" stays none.
    pub(super) fn ability(&mut self, id: AbilityId) -> u16 {
        if id == AbilityId::NONE {
            return AbilityId::NONE.0;
        }
        // Not more abilities than the numbers of abilities.
        u16::try_from(position_of(&mut self.abilities, id)).unwrap_or(u16::MAX)
    }

    /// Returns the class's number in the replay, 255 for none.
    pub(super) fn class(&mut self, id: Option<ClassId>) -> u8 {
        let index = id.map(|id| position_of(&mut self.classes, id));
        // Fewer classes than that take part in one fight.
        index.and_then(|index| u8::try_from(index).ok()).unwrap_or(u8::MAX)
    }
}

fn position_of<T: Copy + PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|&each| each == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Laced, lace, lace_signed};

    proptest! {
        #[test]
        fn laced_numbers_come_back(numbers in proptest::collection::vec(any::<(u32, i32)>(), 0..50), shift in 0..32_u32) {
            let mut column = Vec::new();
            for (number, signed) in &numbers {
                lace(&mut column, number >> shift);
                lace_signed(&mut column, signed >> shift);
            }
            let mut laced = Laced(&column);
            for (number, signed) in &numbers {
                prop_assert_eq!(laced.next(), Some(number >> shift));
                prop_assert_eq!(laced.next_signed(), Some(signed >> shift));
            }
            prop_assert_eq!(laced.next(), None);
        }
    }

    #[test]
    fn numbers_at_the_edge_take_the_bytes_that_the_schema_says() {
        let mut column = Vec::new();
        [0, 239, 240, 255, 256]
            .into_iter()
            .for_each(|number| lace(&mut column, number));
        assert_eq!(column, [0, 239, 240, 0, 255, 0, 240, 1]);
        column.clear();
        [0, -1, 1, -120]
            .into_iter()
            .for_each(|number| lace_signed(&mut column, number));
        assert_eq!(column, [0, 1, 2, 239]);
    }

    #[test]
    fn a_number_cut_short_or_above_32_bits_is_none() {
        assert_eq!(Laced(&[255, 255]).next(), None);
        assert_eq!(Laced(&[255; 9]).next(), None);
        assert_eq!(Laced(&[255, 255, 255, 255, 255, 255, 255, 0]).next(), None);
        let mut column = Vec::new();
        lace(&mut column, u32::MAX);
        assert_eq!(Laced(&column).next(), Some(u32::MAX));
    }
}
