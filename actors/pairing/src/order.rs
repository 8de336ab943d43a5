//! The standing order: waiting tickets by rating in blocks, so that a change costs its block and not the whole.
//!
//! Each block knows how low and how high the spreads of its tickets reach. A ticket that looks for others skips whole blocks
//! in which nobody reaches it: looking for all that fit costs few steps even among a million that do not.

use std::ops::ControlFlow;

use crate::entry::Entry;

/// Entries of a block: two kilobytes.
const CAPACITY: usize = 128;
/// How full blocks are when many are filled at once.
const FILL: usize = 96;
/// Neighbours that are together smaller than this become one.
const MERGE_UNDER: usize = 64;

/// One block's place and summary, in the order of rating.
#[derive(Clone, Copy, Debug)]
struct Summary {
    /// No entry of the block has a smaller key.
    first: u64,
    /// Lowest and highest rating within the spread of any entry.
    low: i32,
    high: i32,
    block: u32,
    len: u32,
}

impl Summary {
    fn of(block: u32, entries: &[Entry]) -> Self {
        Self {
            first: entries.first().map_or(0, Entry::key),
            low: entries.iter().map(Entry::low).min().unwrap_or(i32::MAX),
            high: entries.iter().map(Entry::high).max().unwrap_or(i32::MIN),
            block,
            len: u32::try_from(entries.len()).unwrap_or(u32::MAX),
        }
    }
}

/// Waiting tickets in order of rating.
#[derive(Debug, Default)]
pub(crate) struct Order {
    entries: Vec<Entry>,
    summaries: Vec<Summary>,
    unused: Vec<u32>,
    len: usize,
}

impl Order {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Bytes held, capacity that waits for use included.
    pub(crate) const fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.summaries.capacity() * size_of::<Summary>()
            + self.unused.capacity() * size_of::<u32>()
    }

    /// All entries, in order.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.summaries.iter().flat_map(|summary| self.block(summary))
    }

    pub(crate) fn insert(&mut self, entry: Entry) {
        let at = self.locate(entry.key());
        let Some(summary) = self.summaries.get(at).copied() else {
            self.append_block(&[entry]);
            self.len += 1;
            return;
        };
        if summary.len as usize == CAPACITY {
            self.split(at);
            self.insert(entry);
            return;
        }
        let index = self.block(&summary).partition_point(|other| other.key() < entry.key());
        let start = start_of(summary.block);
        let end = start + summary.len as usize;
        self.entries.copy_within(start + index..end, start + index + 1);
        self.entries[start + index] = entry;
        let summary = &mut self.summaries[at];
        summary.len += 1;
        summary.first = summary.first.min(entry.key());
        summary.low = summary.low.min(entry.low());
        summary.high = summary.high.max(entry.high());
        self.len += 1;
    }

    /// Takes an entry out by its key.
    pub(crate) fn remove(&mut self, key: u64) -> Option<Entry> {
        let (at, index) = self.find(key)?;
        let summary = self.summaries[at];
        let start = start_of(summary.block);
        let removed = self.entries[start + index];
        let end = start + summary.len as usize;
        self.entries.copy_within(start + index + 1..end, start + index);
        let summary = &mut self.summaries[at];
        summary.len -= 1;
        let extreme = removed.low() == summary.low || removed.high() == summary.high;
        self.len -= 1;
        if summary.len == 0 {
            self.drop_block(at);
        } else {
            if extreme {
                self.summarise(at);
            }
            self.merge(at);
        }
        Some(removed)
    }

    /// The entry with this key, to be changed in what does not move it nor its reach.
    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut Entry> {
        let (at, index) = self.find(key)?;
        self.entries.get_mut(start_of(self.summaries[at].block) + index)
    }

    /// Takes everything out, in order, at the end of `out`.
    pub(crate) fn drain_into(&mut self, out: &mut Vec<Entry>) {
        for summary in &self.summaries {
            let start = start_of(summary.block);
            out.extend_from_slice(&self.entries[start..start + summary.len as usize]);
        }
        self.clear();
    }

    /// Takes these entries, which must be in order, in place of what it held.
    pub(crate) fn load<'a>(&mut self, mut sorted: impl Iterator<Item = &'a Entry>) {
        self.clear();
        let mut block = [Entry::default(); FILL];
        loop {
            let mut filled = 0;
            for (slot, entry) in block.iter_mut().zip(&mut sorted) {
                *slot = *entry;
                filled += 1;
            }
            if filled > 0 {
                self.append_block(&block[..filled]);
                self.len += filled;
            }
            if filled < FILL {
                return;
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        self.unused.extend(self.summaries.iter().map(|summary| summary.block));
        self.summaries.clear();
        self.len = 0;
    }

    /// Visits, nearest first, the entries above `who` that reach it and that it reaches.
    pub(crate) fn above(&self, who: &Entry, mut visit: impl FnMut(&Entry) -> ControlFlow<()>) {
        let first = self.locate(who.key());
        for summary in self.summaries.get(first..).unwrap_or_default() {
            if summary.first > who.key() && rating_of(summary.first) > who.high() {
                return;
            }
            if summary.low > who.rating {
                continue;
            }
            let block = self.block(summary);
            let from = block.partition_point(|other| other.key() <= who.key());
            for other in &block[from..] {
                if other.rating > who.high() {
                    return;
                }
                if other.low() <= who.rating && visit(other).is_break() {
                    return;
                }
            }
        }
    }

    /// Visits, nearest first, the entries below `who` that reach it and that it reaches.
    pub(crate) fn below(&self, who: &Entry, mut visit: impl FnMut(&Entry) -> ControlFlow<()>) {
        let last = self.locate(who.key());
        for summary in self.summaries.iter().take(last + 1).rev() {
            if summary.high < who.rating {
                if rating_of(summary.first) < who.low() {
                    return;
                }
                continue;
            }
            let block = self.block(summary);
            let end = block.partition_point(|other| other.key() < who.key());
            for other in block[..end].iter().rev() {
                if other.rating < who.low() {
                    return;
                }
                if other.high() >= who.rating && visit(other).is_break() {
                    return;
                }
            }
        }
    }

    fn block(&self, summary: &Summary) -> &[Entry] {
        let start = start_of(summary.block);
        &self.entries[start..start + summary.len as usize]
    }

    /// The block in which this key is, or would be.
    fn locate(&self, key: u64) -> usize {
        self.summaries
            .partition_point(|summary| summary.first <= key)
            .saturating_sub(1)
    }

    fn find(&self, key: u64) -> Option<(usize, usize)> {
        let at = self.locate(key);
        let block = self.block(self.summaries.get(at)?);
        let index = block.binary_search_by_key(&key, Entry::key).ok()?;
        Some((at, index))
    }

    fn new_block(&mut self) -> u32 {
        self.unused.pop().unwrap_or_else(|| {
            let block = self.entries.len() / CAPACITY;
            self.entries.resize(self.entries.len() + CAPACITY, Entry::default());
            u32::try_from(block).unwrap_or(u32::MAX)
        })
    }

    fn append_block(&mut self, entries: &[Entry]) {
        let block = self.new_block();
        let start = start_of(block);
        self.entries[start..start + entries.len()].copy_from_slice(entries);
        self.summaries.push(Summary::of(block, entries));
    }

    fn split(&mut self, at: usize) {
        let upper = self.new_block();
        let from = start_of(self.summaries[at].block);
        self.entries
            .copy_within(from + CAPACITY / 2..from + CAPACITY, start_of(upper));
        self.summaries[at].len = (CAPACITY / 2) as u32;
        let start = start_of(upper);
        let summary = Summary::of(upper, &self.entries[start..start + CAPACITY / 2]);
        self.summaries.insert(at + 1, summary);
        self.summarise(at);
    }

    fn summarise(&mut self, at: usize) {
        let summary = self.summaries[at];
        let first = summary.first;
        self.summaries[at] = Summary {
            first,
            ..Summary::of(summary.block, self.block(&summary))
        };
    }

    fn drop_block(&mut self, at: usize) {
        let summary = self.summaries.remove(at);
        self.unused.push(summary.block);
    }

    /// Moves the next block's entries into this one if both are small.
    fn merge(&mut self, at: usize) {
        let Some(next) = self.summaries.get(at + 1).copied() else {
            return;
        };
        let this = self.summaries[at];
        if (this.len + next.len) as usize >= MERGE_UNDER {
            return;
        }
        let from = start_of(next.block);
        let end = start_of(this.block) + this.len as usize;
        self.entries.copy_within(from..from + next.len as usize, end);
        let merged = &mut self.summaries[at];
        merged.len += next.len;
        merged.low = merged.low.min(next.low);
        merged.high = merged.high.max(next.high);
        self.drop_block(at + 1);
    }
}

const fn start_of(block: u32) -> usize {
    block as usize * CAPACITY
}

/// The rating in a key.
const fn rating_of(key: u64) -> i32 {
    ((key >> 32) as u32).cast_signed() ^ i32::MIN
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
