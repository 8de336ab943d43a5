//! Sets of slots as bits: who lives, who is whose. Walking the living costs nothing for the dead and the absent.

/// A set of slots; iterates from the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots(u128);

impl Slots {
    pub(crate) const BITS: usize = 128;

    pub(crate) fn of(slots: impl Iterator<Item = usize>) -> Self {
        let mut set = Self::default();
        slots.for_each(|slot| set.insert(slot));
        set
    }

    pub(crate) fn insert(&mut self, slot: usize) {
        self.0 |= 1 << slot;
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        self.0 &= !(1 << slot);
    }

    pub(crate) const fn contains(self, slot: usize) -> bool {
        self.0 >> slot & 1 == 1
    }

    pub(crate) const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Counts the slots below one.
    pub(crate) const fn rank(self, slot: usize) -> usize {
        (self.0 & ((1 << slot) - 1)).count_ones() as usize
    }

    pub(crate) const fn words(self) -> [u64; 2] {
        [self.0 as u64, (self.0 >> 64) as u64]
    }
}

impl Iterator for Slots {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[test]
    fn sets_of_slots_are_sets() {
        let mut set = Slots::of([3, 127, 64].into_iter());
        assert_eq!(set.collect::<Vec<_>>(), [3, 64, 127]);
        set.remove(64);
        assert!(!set.contains(64) && set.contains(3) && set.len() == 2);
        let other = Slots::of([3].into_iter());
        assert_eq!(set.both(other), other);
        assert_eq!(set.without(other).collect::<Vec<_>>(), [127]);
        assert!(set.without(set).is_empty() && set.rank(127) == 1);
    }
}
