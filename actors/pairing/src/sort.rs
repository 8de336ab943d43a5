//! Sorting entries by rating and number. Entries are kept apart by a high digit from the moment they come in, since a cold
//! million is mostly waiting for memory: a tick then reads each bucket from memory once and orders it where it lies in the cache.

use crate::entry::Entry;
use crate::points::MILLI;

/// Entries that are kept together, a kilobyte: long enough to be read at memory's full speed.
const CHUNK: usize = 64;
/// Under this many a bucket's counters cost more than its comparisons.
const COUNTED_MIN: usize = 48;
/// Buckets: few enough that the places where the next entries go stay in the nearest caches while all else comes in.
const BUCKETS: usize = 512;
/// Bits of the low digit, the place in a bucket: a crowded bucket of a million fits the second cache twice.
const LOW_BITS: u32 = 13;
const CELLS: usize = 1 << LOW_BITS;
/// Two digits hold the 4,194 points from here on, where ratings are; buckets of what is beyond are compared.
const LOWEST: i32 = -500 * MILLI;

/// Entries of one high digit, in the order in which they came: a list of chunks.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    first: u32,
    last: u32,
    len: u32,
}

/// Entries that come in to be sorted.
#[derive(Debug)]
pub(crate) struct Unsorted {
    buckets: Box<[Bucket; BUCKETS]>,
    chunks: Vec<[Entry; CHUNK]>,
    /// For each chunk the next one of its bucket, if it has one; as many as are used.
    next: Vec<u32>,
    len: usize,
    /// The bucket that is being ordered.
    ordered: Vec<Entry>,
}

impl Default for Unsorted {
    fn default() -> Self {
        Self {
            buckets: Box::new([Bucket::default(); BUCKETS]),
            chunks: Vec::new(),
            next: Vec::new(),
            len: 0,
            ordered: Vec::new(),
        }
    }
}

impl Unsorted {
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.chunks.capacity() * size_of::<[Entry; CHUNK]>()
            + self.next.capacity() * size_of::<u32>()
            + self.ordered.capacity() * size_of::<Entry>()
            + size_of::<[Bucket; BUCKETS]>()
    }

    /// All of them, in no order that matters.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.buckets.iter().flat_map(|bucket| self.pieces(*bucket)).flatten()
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let bucket = &mut self.buckets[high_digit(&entry)];
        let at = bucket.len as usize % CHUNK;
        if at == 0 {
            let chunk = self.next.len();
            if chunk == self.chunks.len() {
                self.chunks.push([Entry::default(); CHUNK]);
            }
            self.next.push(0);
            let number = u32::try_from(chunk).unwrap_or(u32::MAX);
            if bucket.len == 0 {
                bucket.first = number;
            } else {
                self.next[bucket.last as usize] = number;
            }
            bucket.last = number;
        }
        self.chunks[bucket.last as usize][at] = entry;
        bucket.len += 1;
        self.len += 1;
    }

    pub(crate) fn clear(&mut self) {
        self.buckets.fill(Bucket::default());
        self.next.clear();
        self.len = 0;
    }

    /// Takes all out, in order of (rating, number), in place of what `sorted` held.
    pub(crate) fn sort_into(&mut self, sorted: &mut Vec<Entry>) {
        sorted.clear();
        sorted.reserve(self.len);
        let mut ordered = std::mem::take(&mut self.ordered);
        let mut places = [0; CELLS];
        for (digit, bucket) in self.buckets.iter().enumerate() {
            let start = sorted.len();
            let is_edge = digit == 0 || digit == BUCKETS - 1;
            if is_edge || (bucket.len as usize) < COUNTED_MIN {
                self.pieces(*bucket).for_each(|piece| sorted.extend_from_slice(piece));
                sorted[start..].sort_unstable_by_key(Entry::key);
            } else {
                let cell = self.count(*bucket, &mut places, &mut ordered);
                sorted.extend_from_slice(&ordered[..bucket.len as usize]);
                compare_within(cell, &mut sorted[start..]);
            }
        }
        self.ordered = ordered;
        self.clear();
    }

    /// A bucket's entries, chunk by chunk.
    fn pieces(&self, bucket: Bucket) -> impl Iterator<Item = &[Entry]> {
        let (mut chunk, mut left) = (bucket.first as usize, bucket.len as usize);
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let piece = &self.chunks[chunk][..left.min(CHUNK)];
            left -= piece.len();
            chunk = self.next[chunk] as usize;
            Some(piece)
        })
    }

    /// Moves a bucket's entries to `ordered` in order of cells, as many as there are entries, and says which cell one is in.
    fn count(
        &self,
        bucket: Bucket,
        places: &mut [u32; CELLS],
        ordered: &mut Vec<Entry>,
    ) -> impl Fn(&Entry) -> usize + Copy + use<> {
        let len = bucket.len as usize;
        if ordered.len() < len {
            ordered.resize(len, Entry::default());
        }
        let bits = (len.ilog2() + 1).min(LOW_BITS);
        let cell = move |entry: &Entry| low_digit(entry) >> (LOW_BITS - bits);
        let places = &mut places[..1 << bits];
        places.fill(0);
        for piece in self.pieces(bucket) {
            for entry in piece {
                places[cell(entry)] += 1;
            }
        }
        let mut start = 0;
        for count in &mut *places {
            start += std::mem::replace(count, start);
        }
        for piece in self.pieces(bucket) {
            for entry in piece {
                let place = &mut places[cell(entry)];
                ordered[*place as usize] = *entry;
                *place += 1;
            }
        }
        cell
    }
}

/// Says which bucket an entry belongs to; the first and the last take all that is beyond.
fn high_digit(entry: &Entry) -> usize {
    usize::try_from((entry.rating - LOWEST) >> LOW_BITS).map_or(0, |digit| digit.min(BUCKETS - 1))
}

/// Says where an entry belongs within its bucket, if that is neither the first nor the last.
const fn low_digit(entry: &Entry) -> usize {
    (entry.rating - LOWEST) as usize & (CELLS - 1)
}

/// Brings the entries of each cell in order. Where a cell is one rating and numbers came ascending, they are already.
fn compare_within(cell: impl Fn(&Entry) -> usize, entries: &mut [Entry]) {
    if !entries.is_sorted_by_key(Entry::key) {
        for run in entries.chunk_by_mut(|a, b| cell(a) == cell(b)) {
            run.sort_unstable_by_key(Entry::key);
        }
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
                let mut held: Vec<_> = unsorted.iter().copied().collect();
                held.sort_by_key(Entry::key);
                expected.sort_by_key(Entry::key);
                assert_eq!(held, expected);
                unsorted.sort_into(&mut sorted);
                assert_eq!(sorted, expected);
                assert!(unsorted.is_empty());
            }
        }
    }
}
