//! What a leader pins to the board for other nodes: the state of its queue, and answers to why a ticket still waits.

use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tiltyard_db::StoreError;
use tiltyard_pairing::points::milli;
use tiltyard_pairing::{Demand, Waiting};
use tiltyard_protocol::{PlayerId, QueueName, TicketId, Timestamp};

use super::roster::millis;

/// Life of a queue's snapshot: longer than a takeover.
pub(crate) const SNAPSHOT_LIFE: Duration = Duration::from_secs(10);
/// Life of an explanation; who asks again within it gets the same one.
pub(crate) const EXPLANATION_LIFE: Duration = Duration::from_secs(2);

/// A queue as its leader saw it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    pub at: Timestamp,
    /// Tickets that wait.
    pub tickets: usize,
    /// Length of a tick in ms.
    pub tick_ms: u64,
    /// What arrives where.
    pub(crate) demand: Demand,
}

impl Snapshot {
    /// Returns the expected wait of a ticket in ms; `None` if nobody who fits came lately.
    #[must_use]
    pub fn expected_wait_ms(&self, rating: f64, spread: u16) -> Option<u64> {
        self.demand
            .wait_ms(milli(rating), spread, self.tick_ms, millis(self.at))
    }

    /// Returns how many tickets arrive a minute whose owners a ticket of this rating and spread could meet.
    #[must_use]
    pub fn fitting_per_minute(&self, rating: f64, spread: u16) -> f64 {
        60.0 * self.demand.fitting_per_second(milli(rating), spread, millis(self.at))
    }

    /// Returns how many tickets arrive a minute.
    #[must_use]
    pub fn arriving_per_minute(&self) -> f64 {
        60.0 * self.demand.per_second(millis(self.at))
    }
}

/// Why a ticket still waits, as the leader saw it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// When.
    pub at: Timestamp,
    /// What the leader holds against the ticket; `None` if it is about to be matched, or the leader has not heard of it.
    pub waiting: Option<Waiting>,
    /// Expected wait from here on in ms, if arrivals go on as they were.
    pub expected_wait_ms: Option<u64>,
}

/// Returns the name of a queue's snapshot.
pub(crate) fn snapshot_name(queue: &QueueName) -> String {
    format!("queue:{queue}")
}

/// Returns the name of the explanation of a ticket.
pub(crate) fn explanation_name(player: PlayerId, ticket: TicketId) -> String {
    format!("why:{player}:{ticket}")
}

/// Writes a note. Nothing in ours can fail to be written; an empty one is read as none.
pub(crate) fn write(note: &impl Serialize) -> Bytes {
    serde_json::to_vec(note).unwrap_or_default().into()
}

/// Reads a note; one that another version wrote is as none.
pub(crate) fn read<T: DeserializeOwned>(note: Result<Option<Bytes>, StoreError>) -> Result<Option<T>, StoreError> {
    Ok(note?.and_then(|note| serde_json::from_slice(&note).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_back_and_fits_a_note() {
        let mut demand = Demand::default();
        for n in 0..10_000 {
            demand.observe(milli(f64::from(n % 5_000)), 400, 60_000 + u64::from(n as u32));
        }
        let snapshot = Snapshot {
            at: Timestamp::from_micros(70_000_000),
            tickets: 3,
            tick_ms: 1_000,
            demand,
        };
        let note = write(&snapshot);
        assert!(
            note.len() <= tiltyard_db::live::board::NOTE_BYTES_MAX / 2,
            "{}",
            note.len()
        );
        let read: Snapshot = read(Ok(Some(note))).unwrap().unwrap();
        let figures = |of: &Snapshot| (of.expected_wait_ms(1_500.0, 100), of.arriving_per_minute().to_bits());
        assert_eq!(figures(&read), figures(&snapshot));
        assert!(read.expected_wait_ms(1_500.0, 100).is_some());
    }
}
