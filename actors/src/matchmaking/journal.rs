//! What came to a queue and left it, as its leader heard of it: kept only for a recorder.

use std::time::Duration;

use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_pairing::trace::Why;

use super::events::Key;
use super::roster::{Held, millis};

/// One thing that was heard of. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// A leadership ended: what follows is another recording.
    Ended,
    /// A ticket came.
    Arrived {
        at_ms: u64,
        key: Key,
        rating: f64,
        spread: u16,
        widen_to: Option<u16>,
    },
    /// A ticket left.
    Left { at_ms: u64, key: Key, why: Why },
}

/// Entries since they were taken last; nothing unless somebody records.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Life of a ticket of this queue, by which an expired one is told from a cancelled one; `None` if nobody records.
    ticket_life: Option<Duration>,
    entries: Vec<Entry>,
}

impl Journal {
    /// Makes a journal that somebody takes from.
    pub(crate) const fn of(ticket_life: Duration) -> Self {
        Self {
            ticket_life: Some(ticket_life),
            entries: Vec::new(),
        }
    }

    pub(super) fn arrived(&mut self, ticket: &QueuedTicket, at_ms: u64) {
        if self.ticket_life.is_some() {
            self.entries.push(Entry::Arrived {
                at_ms,
                key: (ticket.player, ticket.id),
                rating: ticket.rating,
                spread: ticket.spread,
                widen_to: ticket.widen_to,
            });
        }
    }

    pub(super) fn left(&mut self, held: &Held, matched: bool, at_ms: u64) {
        let Some(life) = self.ticket_life else { return };
        let is_old = at_ms >= millis(held.enqueued_at.after(life));
        let why = match (matched, is_old) {
            (true, _) => Why::Matched,
            (false, true) => Why::Expired,
            (false, false) => Why::Cancelled,
        };
        let key = held.key;
        self.entries.push(Entry::Left { at_ms, key, why });
    }

    pub(super) fn ended(&mut self) {
        if self.ticket_life.is_some() {
            self.entries.push(Entry::Ended);
        }
    }

    pub(super) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }
}
