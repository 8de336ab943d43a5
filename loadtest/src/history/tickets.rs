//! The player's tickets: each one that was accepted ends exactly once.

use std::collections::BTreeMap;
use std::fmt;

use tiltyard_protocol::{MatchId, TicketId};
use tokio::time::Instant;

use crate::breach::{Breach, Check};

/// How a ticket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In this match.
    Result(MatchId),
    /// Cancelled, as the server answered.
    Cancelled,
    /// Given back by the server.
    Returned,
    /// Without an opponent.
    Expired,
}

/// What an event for a ticket means that this client did not send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Latecomers {
    /// It was sent by an earlier run and ended while this one began.
    #[default]
    Earlier,
    /// It is somebody else's.
    Foreign,
}

#[derive(Debug)]
struct Ticket {
    sent_at: Option<Instant>,
    accepted: bool,
    end: Option<End>,
}

/// All tickets, ended ones included: a second end must be noticed.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    known: BTreeMap<TicketId, Ticket>,
    open: usize,
    pub(super) latecomers: Latecomers,
}

impl Tickets {
    pub(super) fn adopt(&mut self, id: TicketId) {
        self.insert(
            id,
            Ticket {
                sent_at: None,
                accepted: true,
                end: None,
            },
        );
    }

    pub(super) fn sent(&mut self, id: TicketId, now: Instant) {
        self.insert(
            id,
            Ticket {
                sent_at: Some(now),
                accepted: false,
                end: None,
            },
        );
    }

    pub(super) fn accepted(&mut self, id: TicketId) {
        if let Some(ticket) = self.known.get_mut(&id) {
            ticket.accepted = true;
        }
    }

    pub(super) fn refused(&mut self, id: TicketId) {
        if self.known.get(&id).is_some_and(|ticket| ticket.end.is_none()) {
            self.known.remove(&id);
            self.open -= 1;
        }
    }

    /// Ends a ticket and returns when it was sent.
    pub(super) fn end(&mut self, id: TicketId, end: End) -> Result<Option<Instant>, Breach> {
        if !self.known.contains_key(&id) && self.latecomers == Latecomers::Earlier {
            self.adopt(id);
        }
        let Some(ticket) = self.known.get_mut(&id) else {
            let detail = format!("ticket {id} was never sent by this player, and ended: {end}");
            return Err(Breach::new(Check::EventForeign, detail));
        };
        match ticket.end {
            Some(first) => {
                let detail = format!("ticket {id} ended twice: {first}, then {end}");
                Err(Breach::new(Check::TicketEndedTwice, detail))
            }
            None => {
                ticket.end = Some(end);
                self.open -= 1;
                Ok(ticket.sent_at)
            }
        }
    }

    pub(super) fn end_of(&self, id: TicketId) -> Option<End> {
        self.known.get(&id).and_then(|ticket| ticket.end)
    }

    pub(super) fn is_queued(&self, id: TicketId) -> bool {
        self.known
            .get(&id)
            .is_some_and(|ticket| ticket.accepted && ticket.end.is_none())
    }

    pub(super) fn open(&self) -> impl Iterator<Item = TicketId> + '_ {
        self.known
            .iter()
            .filter(|(_, ticket)| ticket.end.is_none())
            .map(|(id, _)| *id)
    }

    pub(super) const fn open_count(&self) -> usize {
        self.open
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn insert(&mut self, id: TicketId, ticket: Ticket) {
        if self.known.insert(id, ticket).is_none() {
            self.open += 1;
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result(id) => write!(f, "result of match {id}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Returned => f.write_str("returned"),
            Self::Expired => f.write_str("expired"),
        }
    }
}
