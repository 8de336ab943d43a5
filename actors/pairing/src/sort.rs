//! Sorting entries by rating and number: by the high digit first, then each bucket where it lies in the cache, since a cold
//! million is mostly sorting.

use crate::entry::Entry;

/// Under this many a comparison sort is faster.
const RADIX_MIN: usize = 1_024;
/// Up to this many fit the cache whole, and are moved twice by their digits, lowest first.
const WHOLE_MAX: usize = 1 << 17;
/// Under this many a bucket's counters cost more than its comparisons.
const COUNTED_MIN: usize = 192;
/// Bits of a digit: two digits hold all ratings within 4,194 points of each other; buckets of a wider batch are compared.
const DIGIT_BITS: u32 = 11;

type Counts = [u32; 1 << DIGIT_BITS];

/// What one look at a batch says of it.
struct Range {
    low: i32,
    high: i32,
    /// Whether the numbers ascend: a stable sort by rating alone leaves equal ratings in order then.
    ascending: bool,
}

/// Sorts by (rating, number); `scratch` holds what `entries` holds while it moves.
pub(crate) fn sort(entries: &mut [Entry], scratch: &mut Vec<Entry>) {
    let n = entries.len();
    if n < RADIX_MIN {
        entries.sort_unstable_by_key(Entry::key);
        return;
    }
    let range = range_of(entries);
    let bits = u32::BITS - range.high.abs_diff(range.low).leading_zeros();
    let low_bits = bits.saturating_sub(DIGIT_BITS);
    if scratch.len() < n {
        scratch.resize(n, Entry::default());
    }
    let scratch = &mut scratch[..n];
    let high = |entry: &Entry| (entry.rating.abs_diff(range.low) >> low_bits) as usize;
    let mask = (1 << low_bits.min(DIGIT_BITS)) - 1;
    let low = |entry: &Entry| (entry.rating.abs_diff(range.low) & mask) as usize;
    let (mut ends, mut counts) = ([0; 1 << DIGIT_BITS], [0; 1 << DIGIT_BITS]);
    if n <= WHOLE_MAX && low_bits <= DIGIT_BITS {
        count_and_scatter(entries, scratch, &mut counts, low);
        count_and_scatter(scratch, entries, &mut ends, high);
    } else {
        count_and_scatter(entries, scratch, &mut ends, high);
        sort_buckets(scratch, entries, &ends, |from, to| {
            let counted = from.len() >= COUNTED_MIN && low_bits <= DIGIT_BITS;
            if counted {
                count_and_scatter(from, to, &mut counts, low);
            }
            counted
        });
    }
    if !range.ascending {
        for run in entries.chunk_by_mut(|a, b| a.rating == b.rating) {
            run.sort_unstable_by_key(|entry| entry.slot);
        }
    }
}

/// Brings each bucket to its place in order: by `counted`, or by comparison if that says no.
fn sort_buckets(
    from: &[Entry],
    to: &mut [Entry],
    ends: &Counts,
    mut counted: impl FnMut(&[Entry], &mut [Entry]) -> bool,
) {
    let mut start = 0;
    for end in ends {
        let bucket = start..*end as usize;
        start = bucket.end;
        let (from, to) = (&from[bucket.clone()], &mut to[bucket]);
        if !counted(from, to) {
            to.copy_from_slice(from);
            to.sort_unstable_by_key(Entry::key);
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

/// Moves entries to their digits' places, in the order in which they come. The counts become where each place ends.
fn count_and_scatter(from: &[Entry], to: &mut [Entry], counts: &mut Counts, digit: impl Fn(&Entry) -> usize) {
    counts.fill(0);
    for entry in from {
        counts[digit(entry)] += 1;
    }
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
