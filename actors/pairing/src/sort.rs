//! Sorting entries by rating and number: a radix sort for batches, since a cold million is mostly sorting.

use crate::entry::Entry;

/// Under this many a comparison sort is faster.
const RADIX_MIN: usize = 1_024;
/// Bits of a digit: two digits hold all ratings within 4,194 points of each other, three hold any.
const DIGIT_BITS: u32 = 11;
const DIGITS_MAX: usize = 3;
const MASK: u32 = (1 << DIGIT_BITS) - 1;

type Counts = [u32; 1 << DIGIT_BITS];

/// What one look at a batch says of it.
struct Range {
    low: i32,
    high: i32,
    /// Whether the numbers ascend: a stable sort by rating alone leaves equal ratings in order then.
    ascending: bool,
}

/// Sorts by (rating, number), lowest digit first; `scratch` holds what `entries` holds while it moves.
pub(crate) fn sort(entries: &mut Vec<Entry>, scratch: &mut Vec<Entry>) {
    let n = entries.len();
    if n < RADIX_MIN {
        entries.sort_unstable_by_key(Entry::key);
        return;
    }
    let range = range_of(entries);
    let bits = u32::BITS - range.high.abs_diff(range.low).leading_zeros();
    let digits = bits.div_ceil(DIGIT_BITS) as usize;
    if scratch.len() < n {
        scratch.resize(n, Entry::default());
    }
    let digit_of = |entry: &Entry, digit: usize| {
        ((entry.rating.abs_diff(range.low) >> (digit as u32 * DIGIT_BITS)) & MASK) as usize
    };
    let mut counts = [[0; 1 << DIGIT_BITS]; DIGITS_MAX];
    for entry in entries.iter() {
        for (digit, counts) in counts.iter_mut().enumerate().take(digits) {
            counts[digit_of(entry, digit)] += 1;
        }
    }
    for (digit, counts) in counts.iter_mut().enumerate().take(digits) {
        scatter(entries, &mut scratch[..n], counts, |entry| digit_of(entry, digit));
        std::mem::swap(entries, scratch);
        entries.truncate(n);
    }
    if !range.ascending {
        for run in entries.chunk_by_mut(|a, b| a.rating == b.rating) {
            run.sort_unstable_by_key(|entry| entry.slot);
        }
    }
}

fn range_of(entries: &[Entry]) -> Range {
    let mut range = Range {
        low: i32::MAX,
        high: i32::MIN,
        ascending: true,
    };
    let mut before = 0;
    for entry in entries {
        range.low = range.low.min(entry.rating);
        range.high = range.high.max(entry.rating);
        range.ascending &= before <= entry.slot;
        before = entry.slot;
    }
    range
}

/// Moves entries to their digits' places, in the order in which they come. The counts become where each place begins.
fn scatter(from: &[Entry], to: &mut [Entry], counts: &mut Counts, digit: impl Fn(&Entry) -> usize) {
    let mut start = 0;
    for count in counts.iter_mut() {
        start += std::mem::replace(count, start);
    }
    for entry in from {
        let place = &mut counts[digit(entry)];
        to[*place as usize] = *entry;
        *place += 1;
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
        for (n, width) in [
            (10, 100),
            (5_000, 3_000_000),
            (200_000, 30_000),
            (200_000, u32::MAX / 4),
            (5_000, 7),
            (3_000, 1),
        ] {
            let mut entries: Vec<_> = (0..n)
                .map(|slot| Entry::new(random.below(width).cast_signed() - 50, 0, n - slot, Traits::default()))
                .collect();
            let mut expected = entries.clone();
            expected.sort_by_key(Entry::key);
            sort(&mut entries, &mut Vec::new());
            assert_eq!(entries, expected);
        }
    }
}
