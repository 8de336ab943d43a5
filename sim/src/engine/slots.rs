//! Sets of slots as bits: who lives, who is whose. Walking the living costs nothing for the dead and the absent.

/// A set of slots; iterates from the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    low: u64,
    high: u64,
}

impl Slots {
    pub(crate) const BITS: usize = 128;

    pub(crate) fn of(slots: impl Iterator<Item = usize>) -> Self {
        let mut set = Self::default();
        set.extend(slots);
        set
    }

    /// Returns the slots whose tick has come, without a branch for each.
    pub(crate) fn due(ticks: &[u32], tick: u32) -> Self {
        let word = |ticks: &[u32]| {
            let highest_first = ticks.iter().rev();
            highest_first.fold(0, |word, &due| word << 1 | u64::from(due <= tick))
        };
        let (low, high) = ticks.split_at(ticks.len().min(64));
        Self {
            low: word(low),
            high: word(high),
        }
    }

    const fn only(slot: usize) -> Self {
        if slot < 64 {
            Self {
                low: 1 << slot,
                high: 0,
            }
        } else {
            Self {
                low: 0,
                high: 1 << (slot - 64),
            }
        }
    }

    pub(crate) fn insert(&mut self, slot: usize) {
        let Self { low, high } = Self::only(slot);
        (self.low, self.high) = (self.low | low, self.high | high);
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        *self = self.without(Self::only(slot));
    }

    pub(crate) const fn contains(self, slot: usize) -> bool {
        !self.both(Self::only(slot)).is_empty()
    }

    pub(crate) const fn both(self, other: Self) -> Self {
        Self {
            low: self.low & other.low,
            high: self.high & other.high,
        }
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            low: self.low | other.low,
            high: self.high | other.high,
        }
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self {
            low: self.low & !other.low,
            high: self.high & !other.high,
        }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.low | self.high == 0
    }

    pub(crate) const fn len(self) -> usize {
        (self.low.count_ones() + self.high.count_ones()) as usize
    }

    /// Counts the slots below one.
    pub(crate) const fn rank(self, slot: usize) -> usize {
        let Self { low, high } = Self::only(slot);
        let below = if high == 0 {
            Self { low: low - 1, high: 0 }
        } else {
            Self {
                low: u64::MAX,
                high: high - 1,
            }
        };
        self.both(below).len()
    }

    pub(crate) const fn bits(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    pub(crate) const fn words(self) -> [u64; 2] {
        [self.low, self.high]
    }
}

impl Extend<usize> for Slots {
    fn extend<T: IntoIterator<Item = usize>>(&mut self, slots: T) {
        slots.into_iter().for_each(|slot| self.insert(slot));
    }
}

impl Iterator for Slots {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.low != 0 {
            let slot = self.low.trailing_zeros() as usize;
            self.low &= self.low - 1;
            Some(slot)
        } else if self.high != 0 {
            let slot = self.high.trailing_zeros() as usize;
            self.high &= self.high - 1;
            Some(64 + slot)
        } else {
            None
        }
    }

    /// Walks one word after the other: the usual fight has no slot in the higher one.
    #[inline]
    fn fold<B, F: FnMut(B, usize) -> B>(self, init: B, mut take: F) -> B {
        let mut folded = init;
        for (mut word, first) in [(self.low, 0), (self.high, 64)] {
            while word != 0 {
                folded = take(folded, first + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
        folded
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

    #[test]
    fn due_are_those_whose_tick_has_come() {
        let ticks: Vec<u32> = (0..100).map(|slot| if slot % 33 == 0 { 7 } else { 8 }).collect();
        assert_eq!(Slots::due(&ticks, 7).collect::<Vec<_>>(), [0, 33, 66, 99]);
        assert_eq!(Slots::due(&ticks, 8).len(), 100);
        assert!(Slots::due(&[], 8).is_empty() && Slots::due(&ticks, 6).is_empty());
    }
}
