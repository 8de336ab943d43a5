//! The durable store as plain data: what the traits of `tiltyard-db` promise, each call one step that nothing interrupts.
//!
//! It runs the same conformance suites as the stores that ship (`conformance.rs`). Some promises can be broken on purpose, to
//! see that the checks of a schedule notice.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{
    Commit, Entrant, MatchRecord, MatchState, Paired, Pairing, PendingMatch, Restamp, Restamped, Seat, Stamps, Terms,
};
use tiltyard_db::durable::ratings::{RatingChange, RatingRecord};
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_db::durable::tickets::{
    Cancelled, EndTicket, Ended, Enqueued, NewTicket, Purpose, QueuedTicket, TicketRecord,
};
use tiltyard_protocol::http::tickets::{Mode, TicketState};
use tiltyard_protocol::{
    BootId, BuildHash, Epoch, EventSeq, MatchId, NodeId, PlayerEvent, PlayerId, QueueName, Timestamp,
};

use super::log::Log;
use crate::matchmaking::events::Key;

/// Promises that this store does not keep.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Broken {
    /// Commits are taken whatever their epoch.
    pub(super) fence: bool,
    /// Tickets are matched in whatever state, and as often as asked.
    pub(super) seats: bool,
    /// A result that is refused takes the players' next numbers all the same.
    pub(super) numbers: bool,
}

/// A ticket.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) new: NewTicket,
    pub(super) state: TicketState,
    pub(super) match_id: Option<MatchId>,
    /// The event that told of its end.
    pub(super) told: Option<EventSeq>,
}

/// A minted epoch.
#[derive(Clone, Debug)]
pub(super) struct Minted {
    pub(super) leadership: Leadership,
    /// Matches it made, as its commits counted.
    pub(super) made: usize,
    /// The same, when the next epoch was minted.
    pub(super) closed_with: Option<usize>,
}

/// An attempt that failed: at which match, under which terms, where and when.
pub(super) type Failure = (MatchId, Terms, NodeId, Timestamp);

/// Everything durable.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    pub(super) broken: Broken,
    pub(super) tickets: BTreeMap<Key, Ticket>,
    pub(super) tombstones: BTreeSet<Key>,
    pub(super) accepted: i64,
    pub(super) matches: BTreeMap<MatchId, MatchRecord>,
    /// Which match each ticket has a seat in; more than one only where promises are broken.
    pub(super) seats: Vec<(Key, MatchId)>,
    pub(super) made_under: BTreeMap<MatchId, Leadership>,
    pub(super) epochs: BTreeMap<QueueName, Vec<Minted>>,
    pub(super) ratings: BTreeMap<PlayerId, RatingRecord>,
    pub(super) history: BTreeMap<PlayerId, Vec<RatingChange>>,
    pub(super) logs: BTreeMap<PlayerId, Log>,
    pub(super) failures: Vec<Failure>,
    pub(super) builds: BTreeMap<BuildHash, Bytes>,
    /// Replays that wait for the object store, the oldest first.
    pub(super) spool: Vec<(Timestamp, ReplayRecord, Bytes)>,
}

impl Truth {
    pub(super) fn enqueue(&mut self, tickets: &[NewTicket], slots: usize) -> Vec<Enqueued> {
        tickets.iter().map(|ticket| self.accept(ticket, slots)).collect()
    }

    fn accept(&mut self, new: &NewTicket, slots: usize) -> Enqueued {
        let key = (new.player, new.id);
        if let Some(stored) = self.tickets.get(&key) {
            return if stored.new.request == new.request {
                Enqueued::Already(stored.record())
            } else {
                Enqueued::Conflict
            };
        }
        if self.tombstones.contains(&key) {
            return Enqueued::Cancelled;
        }
        let practice = new.practice_match();
        if practice
            .as_ref()
            .is_some_and(|made| self.matches.contains_key(&made.id))
        {
            return Enqueued::Conflict;
        }
        if self.live(new.player).count() >= slots {
            return Enqueued::SlotsFull;
        }
        let ticket = Ticket {
            new: new.clone(),
            state: if practice.is_some() {
                TicketState::Matched
            } else {
                TicketState::Queued
            },
            match_id: practice.as_ref().map(|made| made.id),
            told: None,
        };
        let record = ticket.record();
        self.tickets.insert(key, ticket);
        self.accepted += 1;
        if let Some(made) = practice {
            self.make(made, None);
        }
        Enqueued::Accepted(record)
    }

    pub(super) fn live(&self, player: PlayerId) -> impl Iterator<Item = &Ticket> {
        let own = self.tickets.values().filter(move |ticket| ticket.new.player == player);
        own.filter(|ticket| matches!(ticket.state, TicketState::Queued | TicketState::Matched))
    }

    fn make(&mut self, made: PendingMatch, leadership: Option<&Leadership>) {
        for key in made.seats.iter().filter_map(|seat| seat.entrant.player()) {
            self.seats.push((key, made.id));
        }
        self.made_under
            .extend(leadership.map(|leadership| (made.id, leadership.clone())));
        let state = MatchState::Pending;
        self.matches.insert(made.id, MatchRecord { pending: made, state });
    }

    pub(super) fn cancel(&mut self, key: Key) -> Cancelled {
        match self.tickets.get_mut(&key) {
            Some(ticket) if ticket.state == TicketState::Queued => {
                ticket.state = TicketState::Cancelled;
                Cancelled::Done
            }
            Some(ticket) if ticket.state == TicketState::Cancelled => Cancelled::Already,
            Some(ticket) => Cancelled::TooLate(ticket.state),
            None if self.tombstones.insert(key) => Cancelled::Recorded,
            None => Cancelled::Already,
        }
    }

    pub(super) fn end(&mut self, end: &EndTicket, at: Timestamp) -> Ended {
        let key = (end.player, end.id);
        if self
            .tickets
            .get(&key)
            .is_none_or(|ticket| ticket.state != TicketState::Queued)
        {
            return Ended::NotQueued;
        }
        let appended = self.append(end.player, &end.event, at);
        let state = match end.event {
            PlayerEvent::TicketExpired { .. } => TicketState::Expired,
            PlayerEvent::TicketReturned { .. } | PlayerEvent::Result(_) => TicketState::Returned,
        };
        self.set_ended(key, state, Some(appended.seq));
        Ended::Done(appended)
    }

    pub(super) fn set_ended(&mut self, key: Key, state: TicketState, told: Option<EventSeq>) {
        if let Some(ticket) = self.tickets.get_mut(&key) {
            (ticket.state, ticket.told) = (state, told);
        }
    }

    /// Returns the queued tickets of a queue by key.
    pub(super) fn queued<'a>(&'a self, queue: &'a QueueName) -> impl Iterator<Item = QueuedTicket> + 'a {
        let queued = self
            .tickets
            .values()
            .filter(|ticket| ticket.state == TicketState::Queued);
        queued.filter_map(move |ticket| match &ticket.new.purpose {
            Purpose::Ranked {
                queue: of,
                spread,
                widen_to,
            } if of == queue => Some(QueuedTicket {
                player: ticket.new.player,
                id: ticket.new.id,
                build: ticket.new.build,
                spread: *spread,
                widen_to: *widen_to,
                rating: self.rating(ticket.new.player).rating.rating,
                enqueued_at: ticket.new.enqueued_at,
            }),
            Purpose::Ranked { .. } | Purpose::Practice { .. } => None,
        })
    }

    pub(super) fn rating(&self, player: PlayerId) -> RatingRecord {
        self.ratings.get(&player).copied().unwrap_or(RatingRecord::START)
    }

    pub(super) fn mint(&mut self, queue: &QueueName, boot: BootId) -> Leadership {
        let epochs = self.epochs.entry(queue.clone()).or_default();
        let epoch = Epoch(epochs.last().map_or(0, |last| last.leadership.epoch.0) + 1);
        if let Some(last) = epochs.last_mut() {
            last.closed_with = Some(last.made);
        }
        let leadership = Leadership {
            queue: queue.clone(),
            epoch,
            boot,
        };
        epochs.push(Minted {
            leadership: leadership.clone(),
            made: 0,
            closed_with: None,
        });
        leadership
    }

    pub(super) fn commit(&mut self, leadership: &Leadership, pairings: &[Pairing], at: Timestamp) -> Commit {
        if !self.leads(leadership) && !self.broken.fence {
            return Commit::Fenced;
        }
        let outcomes: Vec<_> = pairings
            .iter()
            .map(|pairing| self.pair(leadership, pairing, at))
            .collect();
        let made = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Paired::Done(_)))
            .count();
        let epochs = self.epochs.entry(leadership.queue.clone()).or_default();
        if let Some(minted) = epochs.iter_mut().find(|minted| minted.leadership == *leadership) {
            minted.made += made;
        }
        Commit::Outcomes(outcomes)
    }

    fn leads(&self, leadership: &Leadership) -> bool {
        let newest = self.epochs.get(&leadership.queue).and_then(|epochs| epochs.last());
        newest.is_some_and(|newest| newest.leadership == *leadership)
    }

    /// Returns the pending matches, the oldest first.
    pub(super) fn pending(&self) -> Vec<&PendingMatch> {
        let pending = self.matches.values();
        let pending = pending.filter(|record| record.state == MatchState::Pending);
        let mut pending: Vec<_> = pending.map(|record| &record.pending).collect();
        pending.sort_by_key(|made| (made.created_at, made.id));
        pending
    }

    pub(super) fn restamp(&mut self, leadership: &Leadership, restamp: &Restamp, limit: usize) -> Restamped {
        if !self.leads(leadership) {
            return Restamped::Fenced;
        }
        let stranded = self.pending().into_iter();
        let stranded = stranded.filter(|made| !restamp.kept.contains(&made.stamps.rules_version));
        let stranded: Vec<_> = stranded.map(|made| made.id).take(limit).collect();
        for id in &stranded {
            if let Some(record) = self.matches.get_mut(id) {
                record.pending.stamps = Stamps {
                    engine: restamp.engine.clone(),
                    rules_version: restamp.terms.rules_version,
                    content: restamp.terms.content,
                    rng: restamp.rng.clone(),
                    seed: record.pending.stamps.seed,
                };
            }
        }
        Restamped::Done(stranded)
    }

    fn pair(&mut self, leadership: &Leadership, pairing: &Pairing, at: Timestamp) -> Paired {
        if self.matches.contains_key(&pairing.match_id) {
            return Paired::Already;
        }
        let gone = pairing.seats.map(|key| !self.may_be_matched(key, &leadership.queue));
        let [left, right] = pairing.seats.map(|key| self.tickets.get(&key));
        let (Some(left), Some(right), [false, false]) = (left, right, gone) else {
            return Paired::Gone { gone };
        };
        if left.new.player == right.new.player {
            return Paired::Gone { gone };
        }
        let ratings = [left, right].map(|ticket| self.rating(ticket.new.player).rating.rating);
        if (ratings[0] - ratings[1]).abs() > f64::from(widest(left).min(widest(right))) {
            return Paired::OutOfSpread { ratings };
        }
        let seats = [left, right].map(|ticket| Seat {
            entrant: Entrant::Player {
                player: ticket.new.player,
                ticket: ticket.new.id,
            },
            build: ticket.new.build,
        });
        let made = PendingMatch {
            id: pairing.match_id,
            mode: Mode::Ranked,
            stamps: pairing.stamps.clone(),
            seats,
            created_at: at,
        };
        for key in pairing.seats {
            if let Some(ticket) = self.tickets.get_mut(&key) {
                (ticket.state, ticket.match_id) = (TicketState::Matched, Some(made.id));
            }
        }
        self.make(made.clone(), Some(leadership));
        Paired::Done(Box::new(made))
    }

    /// Says whether a ticket is queued there and has no seat.
    fn may_be_matched(&self, key: Key, in_queue: &QueueName) -> bool {
        let is_there = |ticket: &Ticket| {
            let queue = match &ticket.new.purpose {
                Purpose::Ranked { queue, .. } => Some(queue),
                Purpose::Practice { .. } => None,
            };
            queue == Some(in_queue) && (self.broken.seats || ticket.state == TicketState::Queued)
        };
        let is_seated = self.seats.iter().any(|(seated, _)| *seated == key);
        self.tickets.get(&key).is_some_and(is_there) && (self.broken.seats || !is_seated)
    }
}

impl Ticket {
    pub(super) fn record(&self) -> TicketRecord {
        let ranked = match &self.new.purpose {
            Purpose::Ranked { queue, spread, .. } => Some((queue.clone(), *spread)),
            Purpose::Practice { .. } => None,
        };
        TicketRecord {
            player: self.new.player,
            id: self.new.id,
            build: self.new.build,
            ranked,
            state: self.state,
            enqueued_at: self.new.enqueued_at,
            match_id: self.match_id,
        }
    }
}

/// Returns the widest spread that a ticket's owner allows.
pub(super) fn widest(ticket: &Ticket) -> u16 {
    match ticket.new.purpose {
        Purpose::Ranked { spread, widen_to, .. } => widen_to.unwrap_or(spread),
        Purpose::Practice { .. } => 0,
    }
}
