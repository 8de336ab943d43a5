//! What one player was told, and whether it can be true: a pure checker, fed with requests, answers and events.
//!
//! Events may come again (a resumed stream starts where the client says); what must never happen is a gap, a number that
//! says two things, a ticket with two ends or of somebody else, or a rating that does not follow from the one before.

mod chain;
mod tickets;

use chain::Chain;
pub use tickets::End;
use tickets::{Latecomers, Tickets};
use tiltyard_protocol::http::players::RatingView;
use tiltyard_protocol::{EventId, EventSeq, PlayerEvent, TicketId};
use tokio::time::Instant;

use crate::breach::{Breach, Check};

/// The history of one player since its first stream.
#[derive(Debug, Default)]
pub struct History {
    /// Where the first stream began; nothing is known before it.
    start: Option<EventId>,
    last: EventSeq,
    events: Vec<(EventSeq, PlayerEvent)>,
    tickets: Tickets,
    chain: Chain,
    repeats: u64,
    breaches: Vec<Breach>,
}

/// What an event was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Told for the first time; its ticket was sent then, if it was sent by this client.
    Fresh {
        /// When the ticket was sent first.
        sent_at: Option<Instant>,
    },
    /// Told before.
    Repeated,
}

impl History {
    /// Begins at the place that the first stream named; later ones change nothing.
    pub fn hello(&mut self, at: EventId) {
        if self.start.is_none() {
            self.start = Some(at);
            self.last = at.seq;
        }
    }

    /// Knows a live ticket of an earlier run.
    pub fn adopt(&mut self, ticket: TicketId) {
        self.tickets.adopt(ticket);
        self.chain.forget();
    }

    /// Takes the rating that the player begins with. Tickets not sent by this client are foreign from then on.
    pub fn begin(&mut self, rating: &RatingView) {
        self.tickets.latecomers = Latecomers::Foreign;
        if self.tickets.is_empty() {
            self.chain.begin(rating);
        }
    }

    /// Knows that a ticket is being sent.
    pub fn sent(&mut self, ticket: TicketId, now: Instant) {
        self.tickets.sent(ticket, now);
    }

    /// Knows that the server accepted a ticket.
    pub fn accepted(&mut self, ticket: TicketId) {
        self.tickets.accepted(ticket);
    }

    /// Knows that the server refused a ticket for good: no event may speak of it.
    pub fn refused(&mut self, ticket: TicketId) {
        self.tickets.refused(ticket);
    }

    /// Knows that the server answered a cancel with success.
    pub fn cancelled(&mut self, ticket: TicketId) {
        let breach = self.tickets.end(ticket, End::Cancelled).err();
        self.breaches.extend(breach);
    }

    /// Checks an event.
    pub fn event(&mut self, id: EventId, event: &PlayerEvent) -> Received {
        let Some(start) = self.start else {
            self.breach(Check::EventMalformed, format!("event {id} before the hello frame"));
            return Received::Repeated;
        };
        if id.generation != start.generation {
            self.breach(Check::EventResync, format!("event {id} on a log that began at {start}"));
            return Received::Repeated;
        }
        if id.seq <= self.last {
            self.repeats += 1;
            self.compare(id.seq, event);
            return Received::Repeated;
        }
        if id.seq.0 != self.last.0 + 1 {
            let (after, before) = (self.last.0, id.seq.0);
            self.breach(Check::EventLost, format!("event {after} was followed by {before}"));
        }
        self.last = id.seq;
        self.events.push((id.seq, event.clone()));
        self.take(id.seq, event)
    }

    /// Goes on behind a resync, which a log that was never restored must not ask for.
    pub fn resync(&mut self, at: EventId, reason: &str) {
        let cursor = self.cursor().map(|cursor| cursor.to_string()).unwrap_or_default();
        self.breach(
            Check::EventResync,
            format!("cursor {cursor} was answered by {at}: {reason}"),
        );
        self.start = Some(EventId {
            generation: at.generation,
            seq: self.start.unwrap_or(at).seq,
        });
        self.last = at.seq;
        self.chain.forget();
    }

    /// Compares the log, read again from its start, with what was told the first time.
    pub fn reread(&mut self, log: &[(EventId, PlayerEvent)]) {
        let first = self.start.map_or(0, |start| start.seq.0);
        for (expected, (id, event)) in (first + 1..).zip(log) {
            if id.seq.0 != expected {
                let found = id.seq.0;
                self.breach(
                    Check::EventLost,
                    format!("read again: {found} where {expected} should be"),
                );
                return;
            }
            self.compare(id.seq, event);
        }
        let read = first + i64::try_from(log.len()).unwrap_or(i64::MAX);
        if read < self.last.0 {
            let last = self.last.0;
            self.breach(
                Check::EventLost,
                format!("read again: the log ends at {read}, not at {last}"),
            );
        }
    }

    /// Compares the player's record with the last rating that an event told.
    pub fn me(&mut self, rating: &RatingView) {
        let breach = self.chain.ends_at(rating).err();
        self.breaches.extend(breach);
    }

    /// Compares the tickets that the server lists as live with those that should be.
    pub fn live(&mut self, listed: &[TicketId]) {
        for ticket in listed {
            if let Some(end) = self.tickets.end_of(*ticket) {
                let detail = format!("ticket {ticket} is listed as live after its end: {end}");
                self.breach(Check::TicketStillLive, detail);
            }
        }
    }

    /// Returns the cursor from which a stream goes on.
    #[must_use]
    pub fn cursor(&self) -> Option<EventId> {
        self.start.map(|start| EventId {
            generation: start.generation,
            seq: self.last,
        })
    }

    /// Returns where the first stream began.
    #[must_use]
    pub const fn start(&self) -> Option<EventId> {
        self.start
    }

    /// Returns the tickets without an end: accepted, or sent and not answered.
    pub fn open(&self) -> impl Iterator<Item = TicketId> + '_ {
        self.tickets.open()
    }

    /// Returns how many tickets have no end.
    #[must_use]
    pub const fn open_count(&self) -> usize {
        self.tickets.open_count()
    }

    /// Says whether the ticket was accepted and has no end.
    #[must_use]
    pub fn is_queued(&self, ticket: TicketId) -> bool {
        self.tickets.is_queued(ticket)
    }

    /// Returns how many events were told, and how many of them again.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.events.len() as u64, self.repeats)
    }

    /// Takes the failed checks found since the last call.
    pub fn take_breaches(&mut self) -> Vec<Breach> {
        std::mem::take(&mut self.breaches)
    }

    fn take(&mut self, seq: EventSeq, event: &PlayerEvent) -> Received {
        if let PlayerEvent::Result(result) = event
            && let Some(rating) = result.rating
        {
            let breach = self.chain.follow(seq, rating).err();
            self.breaches.extend(breach);
        }
        let end = match event {
            PlayerEvent::Result(result) => End::Result(result.match_id),
            PlayerEvent::TicketReturned { .. } => End::Returned,
            PlayerEvent::TicketExpired { .. } => End::Expired,
        };
        match self.tickets.end(event.ticket(), end) {
            Ok(sent_at) => Received::Fresh { sent_at },
            Err(breach) => {
                self.breaches.push(breach);
                Received::Fresh { sent_at: None }
            }
        }
    }

    /// Compares an event with what its number said the first time.
    fn compare(&mut self, seq: EventSeq, event: &PlayerEvent) {
        let told = self.events.binary_search_by_key(&seq, |(seq, _)| *seq);
        if let Ok(at) = told
            && self.events[at].1 != *event
        {
            let first = &self.events[at].1;
            let detail = format!("event {} said {first:?}, then {event:?}", seq.0);
            self.breach(Check::EventChanged, detail);
        }
    }

    fn breach(&mut self, check: Check, detail: String) {
        self.breaches.push(Breach::new(check, detail));
    }
}

#[cfg(test)]
#[path = "history/history_tests.rs"]
mod tests;
