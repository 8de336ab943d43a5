//! The life of a queue's leader as a pure state machine: events in, effects out; no clock, no I/O.
//!
//! Standby -> minting -> loading -> leading, and back to standby on any refusal. What it holds is a copy of what the database
//! says is queued: hints keep it fresh, reading the recent past mends lost hints, and the commit decides in any case.

use std::collections::{BTreeMap, BTreeSet};

use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Paired, PendingMatch};
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::wakeups::Wakeup;
use tiltyard_protocol::{PlayerId, TicketId, Timestamp, limits};

use super::pairing::{self, Pair};

/// Key of a ticket.
pub(crate) type Key = (PlayerId, TicketId);

/// What happens to a leader.
#[derive(Debug)]
pub(crate) enum Event {
    /// The lease was won.
    Elected,
    /// The lease was lost.
    Deposed,
    /// An epoch was minted; `None` if that failed.
    Minted(Option<Leadership>),
    /// A page of the queue was read; `None` if that failed.
    Loaded(Option<Vec<QueuedTicket>>),
    /// The recent past was read.
    Recent(Vec<QueuedTicket>),
    /// The whole queue was read, beginning at this time.
    Compared(Vec<QueuedTicket>, Timestamp),
    /// A hint came.
    Hint(Wakeup),
    /// Time to pair; `congested` if the simulation is behind.
    Tick {
        /// Whether more matches would only wait.
        congested: bool,
    },
    /// A commit has its outcomes.
    Committed(Vec<Pair>, Round),
}

/// How far a commit got: the outcomes of the first pairs, and what is known of the others.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) outcomes: Vec<Paired>,
    pub(crate) rest: Rest,
}

/// What is known of the pairs without an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// There are none, or they are another term's affair.
    Settled,
    /// Nothing: the same statement is sent again and says what happened.
    Unknown,
    /// They were refused: there is another leader.
    Fenced,
}

/// What a leader wants done.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Mint an epoch.
    Mint,
    /// Read the next page of the queue.
    Load {
        /// The last key of the page before.
        after: Option<Key>,
    },
    /// Follow the queue's hints from here on.
    Follow,
    /// Commit these pairs.
    Commit(Leadership, Vec<Pair>),
    /// Have these matches simulated.
    Dispatch(Vec<PendingMatch>),
    /// Give the lease back.
    StepDown,
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Standby,
    Minting,
    Loading(Leadership),
    Leading(Leadership),
}

#[derive(Debug)]
struct Held {
    ticket: QueuedTicket,
    committing: bool,
}

/// A queue's leader, or one who may become it.
#[derive(Debug, Default)]
pub(crate) struct Leader {
    phase: Phase,
    held: BTreeMap<Key, Held>,
    committing: bool,
    /// Pairs whose commit has an unknown outcome.
    doubtful: Option<Vec<Pair>>,
}

/// Pairs committed at a time, so that the first are dispatched while the next are paired.
const ROUND_PAIRS_MAX: usize = 8 * limits::COMMIT_ITEMS_MAX;
/// Tickets read at a time.
pub(crate) const PAGE: usize = 10_000;

impl Leader {
    /// Takes an event and says what is to be done.
    pub(crate) fn on(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Elected => self.elected(),
            Event::Deposed => self.retire(),
            Event::Minted(leadership) => self.minted(leadership),
            Event::Loaded(page) => self.loaded(page),
            Event::Recent(tickets) => self.insert_all(tickets),
            Event::Compared(tickets, since) => self.compared(tickets, since),
            Event::Hint(Wakeup::Queued(ticket)) => self.insert_all(vec![ticket]),
            Event::Hint(Wakeup::Left { player, ticket }) => {
                self.held.remove(&(player, ticket));
                Vec::new()
            }
            Event::Hint(Wakeup::Event { .. }) => Vec::new(),
            Event::Tick { congested } => self.tick(congested),
            Event::Committed(pairs, round) => self.committed(pairs, round),
        }
    }

    /// Returns how many tickets are held.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// Says whether matches may be made.
    pub(crate) const fn is_leading(&self) -> bool {
        matches!(self.phase, Phase::Leading(_))
    }

    fn elected(&mut self) -> Vec<Effect> {
        if !matches!(self.phase, Phase::Standby) {
            return Vec::new();
        }
        self.phase = Phase::Minting;
        vec![Effect::Follow, Effect::Mint]
    }

    fn retire(&mut self) -> Vec<Effect> {
        self.phase = Phase::Standby;
        self.held.clear();
        self.doubtful = None;
        Vec::new()
    }

    fn step_down(&mut self) -> Vec<Effect> {
        self.retire();
        vec![Effect::StepDown]
    }

    fn minted(&mut self, leadership: Option<Leadership>) -> Vec<Effect> {
        match (&self.phase, leadership) {
            (Phase::Minting, Some(leadership)) => {
                self.phase = Phase::Loading(leadership);
                vec![Effect::Load { after: None }]
            }
            (Phase::Minting, None) => self.step_down(),
            (Phase::Standby | Phase::Loading(_) | Phase::Leading(_), _) => Vec::new(),
        }
    }

    fn loaded(&mut self, page: Option<Vec<QueuedTicket>>) -> Vec<Effect> {
        let Phase::Loading(leadership) = &self.phase else {
            return Vec::new();
        };
        let Some(page) = page else { return self.step_down() };
        let after = (page.len() >= PAGE).then(|| page.last().map(key)).flatten();
        if after.is_none() {
            self.phase = Phase::Leading(leadership.clone());
        }
        self.insert_all(page);
        after
            .map(|after| Effect::Load { after: Some(after) })
            .into_iter()
            .collect()
    }

    fn insert_all(&mut self, tickets: Vec<QueuedTicket>) -> Vec<Effect> {
        if !matches!(self.phase, Phase::Standby) {
            for ticket in tickets {
                self.insert(ticket);
            }
        }
        Vec::new()
    }

    /// Drops what the database does not have, unless it came or was being committed while the database was read.
    fn compared(&mut self, tickets: Vec<QueuedTicket>, since: Timestamp) -> Vec<Effect> {
        let queued: BTreeSet<_> = tickets.iter().map(key).collect();
        self.held
            .retain(|key, held| held.committing || held.ticket.enqueued_at >= since || queued.contains(key));
        self.insert_all(tickets)
    }

    fn insert(&mut self, ticket: QueuedTicket) {
        self.refresh(ticket.player, ticket.rating);
        if self.held.len() < limits::QUEUE_TICKETS_MAX {
            self.held.entry(key(&ticket)).or_insert(Held {
                ticket,
                committing: false,
            });
        }
    }

    fn tick(&mut self, congested: bool) -> Vec<Effect> {
        let Phase::Leading(leadership) = &self.phase else {
            return Vec::new();
        };
        if self.committing || (congested && self.doubtful.is_none()) {
            return Vec::new();
        }
        let pairs = self.doubtful.take().unwrap_or_else(|| self.next_pairs());
        if pairs.is_empty() {
            return Vec::new();
        }
        let leadership = leadership.clone();
        self.committing = true;
        self.mark(&pairs, true);
        vec![Effect::Commit(leadership, pairs)]
    }

    fn next_pairs(&self) -> Vec<Pair> {
        let free: Vec<_> = self
            .held
            .values()
            .filter(|held| !held.committing)
            .map(|held| &held.ticket)
            .collect();
        let mut pairs = pairing::pair(&free);
        pairs.truncate(ROUND_PAIRS_MAX);
        pairs
    }

    fn mark(&mut self, pairs: &[Pair], committing: bool) {
        for ticket in pairs.iter().flatten() {
            if let Some(held) = self.held.get_mut(&key(ticket)) {
                held.committing = committing;
            }
        }
    }

    fn committed(&mut self, mut pairs: Vec<Pair>, round: Round) -> Vec<Effect> {
        self.committing = false;
        self.mark(&pairs, false);
        let rest = pairs.split_off(round.outcomes.len().min(pairs.len()));
        let mut effects = self.settle(&pairs, round.outcomes);
        match round.rest {
            Rest::Fenced => effects.extend(self.step_down()),
            Rest::Unknown if self.is_leading() => {
                self.mark(&rest, true);
                self.doubtful = Some(rest);
            }
            Rest::Unknown | Rest::Settled => {}
        }
        effects
    }

    fn settle(&mut self, pairs: &[Pair], outcomes: Vec<Paired>) -> Vec<Effect> {
        let mut made = Vec::new();
        for ([left, right], outcome) in pairs.iter().zip(outcomes) {
            match outcome {
                Paired::Done(pending) => {
                    made.push(*pending);
                    self.drop_tickets([left, right], [true, true]);
                }
                // The sweeper dispatches it if its first commit could not say so.
                Paired::Already => self.drop_tickets([left, right], [true, true]),
                Paired::Gone { gone } => self.drop_tickets([left, right], gone),
                Paired::OutOfSpread { ratings } => {
                    self.refresh(left.player, ratings[0]);
                    self.refresh(right.player, ratings[1]);
                }
            }
        }
        if made.is_empty() {
            Vec::new()
        } else {
            vec![Effect::Dispatch(made)]
        }
    }

    fn drop_tickets(&mut self, tickets: [&QueuedTicket; 2], gone: [bool; 2]) {
        for (ticket, gone) in tickets.into_iter().zip(gone) {
            if gone {
                self.held.remove(&key(ticket));
            }
        }
    }

    /// Takes a newer rating for all tickets of a player.
    fn refresh(&mut self, player: PlayerId, rating: f64) {
        let first = (player, TicketId::from_bytes([0; 16]));
        let last = (player, TicketId::from_bytes([u8::MAX; 16]));
        for (_, held) in self.held.range_mut(first..=last) {
            held.ticket.rating = rating;
        }
    }
}

const fn key(ticket: &QueuedTicket) -> Key {
    (ticket.player, ticket.id)
}

#[cfg(test)]
#[path = "leader_tests.rs"]
mod tests;
