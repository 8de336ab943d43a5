//! Columns: laced numbers (see `replay.fbs`) and the verb table that takes the place of three event columns.

use tiltyard_sim::{AbilityId, ClassId, Event, EventKind, Slot};

/// The byte that says "255, and there is more".
const MORE: u8 = u8::MAX;

/// Appends a number to a laced column.
pub(super) fn lace(column: &mut Vec<u8>, mut number: u32) {
    while number >= u32::from(MORE) {
        column.push(MORE);
        number -= u32::from(MORE);
    }
    // The loop leaves less than 255.
    column.push(number.to_le_bytes()[0]);
}

/// Reads the next number of a laced column; `None` when it has ended or ends within a number.
pub(super) fn unlace(column: &mut impl Iterator<Item = u8>) -> Option<u32> {
    let mut number: u32 = 0;
    loop {
        let byte = column.next()?;
        number = number.checked_add(u32::from(byte))?;
        if byte != MORE {
            return Some(number);
        }
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

/// What an event says besides its time, target and amount. A unit repeats the same ones all fight long, so one
/// index stands for the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verb {
    pub(super) kind: EventKind,
    pub(super) source: Slot,
    pub(super) ability: AbilityId,
}

/// Numbers verbs in the order of their first use.
#[derive(Debug, Default)]
pub(super) struct Verbs {
    list: Vec<Verb>,
    /// Per source, its verbs' kinds and abilities in one word, and their numbers: lists short enough to be searched
    /// from the front.
    by_source: Vec<Vec<(u32, u32)>>,
}

impl Verbs {
    /// Returns the verb's number.
    pub(super) fn number(&mut self, event: &Event) -> u32 {
        let key = u32::from(event.ability.0) << 8 | u32::from(event.kind as u8);
        let source = usize::from(event.source);
        if self.by_source.len() <= source {
            self.by_source.resize_with(source + 1, Vec::new);
        }
        let known = &mut self.by_source[source];
        if let Some((_, number)) = known.iter().find(|(each, _)| *each == key) {
            return *number;
        }
        // A table of 65,535 abilities, 255 slots and 50 kinds fits a u32.
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        known.push((key, number));
        self.list.push(Verb {
            kind: event.kind,
            source: event.source,
            ability: event.ability,
        });
        number
    }

    /// Returns all verbs by number.
    pub(super) fn list(&self) -> &[Verb] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{lace, unlace};

    proptest! {
        #[test]
        fn laced_numbers_come_back(numbers in proptest::collection::vec(0_u32..2_000, 0..50)) {
            let mut column = Vec::new();
            numbers.iter().for_each(|&number| lace(&mut column, number));
            let mut bytes = column.into_iter();
            let read: Vec<_> = std::iter::from_fn(|| unlace(&mut bytes)).collect();
            prop_assert_eq!(read, numbers);
        }
    }

    #[test]
    fn numbers_at_the_edge_take_the_bytes_that_the_schema_says() {
        let mut column = Vec::new();
        [0, 254, 255, 256, 510]
            .into_iter()
            .for_each(|number| lace(&mut column, number));
        assert_eq!(column, [0, 254, 255, 0, 255, 1, 255, 255, 0]);
    }

    #[test]
    fn a_number_cut_short_is_none() {
        assert_eq!(unlace(&mut [255, 255].into_iter()), None);
    }
}
