//! A bounded map whose entries end: the memory behind leases, limits and presence.
//!
//! An ended entry is never seen; its memory is given back a few entries at a time, so that no call pays for a whole crowd.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;

use tokio::time::Instant;

/// Ended entries removed by one insertion. More than one, so that the map shrinks while it is used.
const EVICTIONS_MAX: usize = 64;

/// The map holds as many living entries as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

struct Entry<V> {
    value: V,
    end: Instant,
}

/// Keys with a value and an end, at most `max` of them.
pub(crate) struct Expiring<K, V> {
    max: usize,
    entries: BTreeMap<K, Entry<V>>,
    /// The same keys by end.
    ends: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Clone, V> Expiring<K, V> {
    pub(crate) const fn new(max: usize) -> Self {
        Self {
            max,
            entries: BTreeMap::new(),
            ends: BTreeSet::new(),
        }
    }

    /// Returns the value of a living entry.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q, now: Instant) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let entry = self.entries.get(key).filter(|entry| now < entry.end)?;
        Some(&entry.value)
    }

    /// Returns the value of a living entry, to be changed in place, and its end.
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q, now: Instant) -> Option<(&mut V, Instant)>
    where
        K: Borrow<Q>,
    {
        let entry = self.entries.get_mut(key).filter(|entry| now < entry.end)?;
        Some((&mut entry.value, entry.end))
    }

    /// Returns the living keys of a range, in order.
    pub(crate) fn keys(&self, range: impl RangeBounds<K>, now: Instant) -> impl Iterator<Item = &K> {
        let living = move |(_, entry): &(&K, &Entry<V>)| now < entry.end;
        self.entries.range(range).filter(living).map(|(key, _)| key)
    }

    /// Sets an entry.
    pub(crate) fn put(&mut self, key: K, value: V, end: Instant, now: Instant) -> Result<(), Full> {
        self.evict(now);
        if self.entries.len() >= self.max && !self.entries.contains_key(&key) {
            return Err(Full);
        }
        let entry = Entry { value, end };
        if let Some(old) = self.entries.insert(key.clone(), entry) {
            self.ends.remove(&(old.end, key.clone()));
        }
        self.ends.insert((end, key));
        Ok(())
    }

    /// Removes an entry.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Some((key, entry)) = self.entries.remove_entry(key) {
            self.ends.remove(&(entry.end, key));
        }
    }

    fn evict(&mut self, now: Instant) {
        for _ in 0..EVICTIONS_MAX {
            let Some((end, key)) = self.ends.pop_first() else {
                return;
            };
            if now < end {
                self.ends.insert((end, key));
                return;
            }
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_full_map_refuses_new_keys_until_one_ends() {
        let start = Instant::now();
        let mut map = Expiring::new(2);
        assert_eq!(map.put("a", 1, start + SECOND, start), Ok(()));
        assert_eq!(map.put("b", 2, start + 2 * SECOND, start), Ok(()));
        assert_eq!(map.put("c", 3, start + 2 * SECOND, start), Err(Full));
        assert_eq!(
            map.put("b", 4, start + 2 * SECOND, start),
            Ok(()),
            "a known key has its place"
        );
        let later = start + SECOND;
        assert_eq!(map.put("c", 3, start + 2 * SECOND, later), Ok(()));
        assert_eq!((map.get("a", later), map.get("b", later)), (None, Some(&4)));
    }

    #[test]
    fn ended_entries_give_their_memory_back_in_steps() {
        let start = Instant::now();
        let mut map = Expiring::new(1_000);
        for key in 0..1_000 {
            map.put(key, (), start + SECOND, start).unwrap();
        }
        let later = start + SECOND;
        assert_eq!(map.keys(.., later).count(), 0, "what has ended is not seen");
        map.put(1_000, (), later + SECOND, later).unwrap();
        assert_eq!(map.entries.len(), 1_001 - EVICTIONS_MAX);
        for key in 1_001..1_020 {
            map.put(key, (), later + SECOND, later).unwrap();
        }
        assert_eq!(map.entries.len(), 20);
        assert_eq!(map.ends.len(), 20);
    }

    #[test]
    fn a_moved_end_leaves_one_index_entry() {
        let start = Instant::now();
        let mut map = Expiring::new(10);
        for seconds in 1..5 {
            map.put("a", (), start + seconds * SECOND, start).unwrap();
        }
        assert_eq!(map.ends.len(), 1);
        assert!(map.get("a", start + 3 * SECOND).is_some());
        map.remove("a");
        assert_eq!((map.entries.len(), map.ends.len()), (0, 0));
    }
}
