//! Sorting entries by rating and number: by a high digit first, then each bucket where it lies in the cache, since a cold
//! million is mostly sorting. The high digits are counted while the entries come in, one by one, so that sorting moves each
//! entry twice and looks at none in vain.

use crate::entry::Entry;
use crate::points::MILLI;

/// Under this many a comparison sort is faster.
const RADIX_MIN: usize = 1_024;
/// Up to this many fit the cache whole, and are moved twice by their digits, lowest first.
const WHOLE_MAX: usize = 1 << 17;
/// Under this many a bucket's counters cost more than its comparisons.
const COUNTED_MIN: usize = 192;
/// Bits of a digit.
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;
/// Two digits hold the 4,194 points from here on, where ratings are; buckets of what is beyond are compared.
const LOWEST: i32 = -500 * MILLI;

type Counts = [u32; DIGITS];

/// Entries that come in to be sorted.
#[derive(Debug)]
pub(crate) struct Unsorted {
    entries: Vec<Entry>,
    /// Entries by high digit.
    counts: Box<Counts>,
    /// Whether the numbers ascend: a stable sort by rating alone leaves equal ratings in order then.
    ascending: bool,
}

impl Default for Unsorted {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            counts: Box::new([0; DIGITS]),
            ascending: true,
        }
    }
}

impl Unsorted {
    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + size_of::<Counts>()
    }

    /// All of them, as they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.counts[high_digit(&entry)] += 1;
        self.ascending &= self.entries.last().is_none_or(|last| last.slot <= entry.slot);
        self.entries.push(entry);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.counts.fill(0);
        self.ascending = true;
    }

    /// Takes all out, as they came.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Entry> {
        self.counts.fill(0);
        self.ascending = true;
        self.entries.drain(..)
    }

    /// Takes all out, in order of (rating, number), in place of what `sorted` held; each is visited once on the way.
    pub(crate) fn sort_into(&mut self, sorted: &mut Vec<Entry>, visit: impl FnMut(&Entry)) {
        let n = self.entries.len();
        if n < RADIX_MIN {
            sorted.clear();
            sorted.append(&mut self.entries);
            sorted.iter().for_each(visit);
            sorted.sort_unstable_by_key(Entry::key);
            self.clear();
            return;
        }
        // What stands in it is overwritten; only growth is filled.
        sorted.resize(n, Entry::default());
        let mut places = [0; DIGITS];
        let ends = &mut self.counts;
        accumulate(ends);
        if n <= WHOLE_MAX {
            count_low_digits(&self.entries, &mut places);
            scatter(&self.entries, sorted, &mut places, low_digit, visit);
            scatter(sorted, &mut self.entries, ends, high_digit, |_| ());
            for edge in [0..ends[0], ends[DIGITS - 2]..ends[DIGITS - 1]] {
                self.entries[edge.start as usize..edge.end as usize].sort_unstable_by_key(Entry::key);
            }
        } else {
            scatter(&self.entries, sorted, ends, high_digit, visit);
            sort_buckets(sorted, &mut self.entries, ends, &mut places);
        }
        std::mem::swap(sorted, &mut self.entries);
        if !self.ascending {
            for run in sorted.chunk_by_mut(|a, b| a.rating == b.rating) {
                run.sort_unstable_by_key(|entry| entry.slot);
            }
        }
        self.clear();
    }
}

/// Says which bucket an entry belongs to; the first and the last take all that is beyond.
fn high_digit(entry: &Entry) -> usize {
    usize::try_from((entry.rating - LOWEST) >> DIGIT_BITS).map_or(0, |digit| digit.min(DIGITS - 1))
}

/// Says where an entry belongs within its bucket, if that is neither the first nor the last.
const fn low_digit(entry: &Entry) -> usize {
    (entry.rating - LOWEST) as usize & (DIGITS - 1)
}

/// Brings each bucket to its place in order.
fn sort_buckets(from: &[Entry], to: &mut [Entry], ends: &Counts, places: &mut Counts) {
    let mut start = 0;
    for (digit, end) in ends.iter().enumerate() {
        let bucket = start..*end as usize;
        start = bucket.end;
        let (from, to) = (&from[bucket.clone()], &mut to[bucket]);
        if from.len() < COUNTED_MIN || digit == 0 || digit == DIGITS - 1 {
            to.copy_from_slice(from);
            to.sort_unstable_by_key(Entry::key);
        } else {
            count_low_digits(from, places);
            scatter(from, to, places, low_digit, |_| ());
        }
    }
}

/// Says where each low digit's places start.
fn count_low_digits(entries: &[Entry], counts: &mut Counts) {
    counts.fill(0);
    for entry in entries {
        counts[low_digit(entry)] += 1;
    }
    accumulate(counts);
}

/// Makes of how many there are where they start.
fn accumulate(counts: &mut Counts) {
    let mut start = 0;
    for count in counts {
        start += std::mem::replace(count, start);
    }
}

/// Moves entries to their digits' places, in the order in which they come. The starts become where each place ends.
fn scatter(
    from: &[Entry],
    to: &mut [Entry],
    starts: &mut Counts,
    digit: impl Fn(&Entry) -> usize,
    mut visit: impl FnMut(&Entry),
) {
    for entry in from {
        let place = &mut starts[digit(entry)];
        to[*place as usize] = *entry;
        *place += 1;
        visit(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Traits;
    use crate::random::Random;

    #[test]
    fn large_and_small_batches_are_in_order_of_rating_then_number() {
        let mut random = Random::new(7);
        let mut unsorted = Unsorted::default();
        let mut sorted = Vec::new();
        for (n, lowest, width) in [
            (10, 0, 100),
            (5_000, 1_500_000, 3_000_000),
            (5_000, -1_500_000, 9_000_000),
            (200_000, 1_500_000, 30_000),
            (200_000, i32::MIN / 4, u32::MAX / 4),
            (5_000, -50, 7),
            (3_000, 0, 1),
        ] {
            for ascending in [false, true] {
                let entries = (0..n).map(|i| {
                    let slot = if ascending { i } else { n - i };
                    let rating = lowest + random.below(width).cast_signed();
                    Entry::new(rating, 0, slot, Traits::default())
                });
                let mut expected: Vec<_> = entries.collect();
                expected.iter().for_each(|entry| unsorted.push(*entry));
                let mut visited = Vec::new();
                unsorted.sort_into(&mut sorted, |entry| visited.push(*entry));
                assert_eq!(visited, expected);
                expected.sort_by_key(Entry::key);
                assert_eq!(sorted, expected);
                assert!(unsorted.is_empty());
            }
        }
    }
}
