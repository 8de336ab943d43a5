//! Which tickets left a short time ago: a reading of the database that began before does not bring them back.

use std::collections::{HashMap, VecDeque};

use tiltyard_protocol::limits;

use super::events::Key;

/// How long a departure is remembered; a reading that began longer ago says nothing.
const REMEMBERED_MS: u64 = 60_000;

/// Departures in their order. All times are milliseconds since the Unix epoch.
#[derive(Debug, Default)]
pub(super) struct Departed {
    /// Up to this time departures may be forgotten.
    floor_ms: u64,
    order: VecDeque<(u64, Key)>,
    last: HashMap<Key, u64>,
}

impl Departed {
    /// Forgets all; readings that began before this count for nothing.
    pub(super) fn begin(&mut self, now_ms: u64) {
        self.order.clear();
        self.last.clear();
        self.floor_ms = now_ms;
    }

    /// Takes a departure in.
    pub(super) fn note(&mut self, key: Key, now_ms: u64) {
        self.order.push_back((now_ms, key));
        self.last.insert(key, now_ms);
        while let Some((at_ms, key)) = self.order.front().copied()
            && (at_ms + REMEMBERED_MS < now_ms || self.order.len() > limits::QUEUE_TICKETS_MAX)
        {
            self.order.pop_front();
            self.floor_ms = self.floor_ms.max(at_ms + 1);
            if self.last.get(&key) == Some(&at_ms) {
                self.last.remove(&key);
            }
        }
    }

    /// Says whether a reading that began at a time can be told from what left since.
    pub(super) const fn covers(&self, began_ms: u64) -> bool {
        began_ms >= self.floor_ms
    }

    /// Says whether a ticket left at a time or after it.
    pub(super) fn since(&self, key: Key, began_ms: u64) -> bool {
        self.last.get(&key).is_some_and(|at_ms| *at_ms >= began_ms)
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_protocol::{PlayerId, TicketId};

    use super::*;

    #[test]
    fn departures_are_remembered_for_a_time_and_older_readings_are_not_covered() {
        let key = |n| (PlayerId::from_bytes([n; 16]), TicketId::from_bytes([n; 16]));
        let mut departed = Departed::default();
        departed.begin(100);
        assert!(!departed.covers(99) && departed.covers(100));
        departed.note(key(1), 200);
        assert!(departed.since(key(1), 200) && !departed.since(key(1), 201) && !departed.since(key(2), 0));
        departed.note(key(1), 300);
        departed.note(key(2), 200 + REMEMBERED_MS + 1);
        assert!(departed.since(key(1), 300), "its second departure is younger");
        assert!(!departed.covers(200) && departed.covers(201));
        departed.note(key(2), 300 + REMEMBERED_MS + 1);
        assert!(!departed.since(key(1), 0));
    }
}
