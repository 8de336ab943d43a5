//! What the durable store can say of itself: the invariants of `tiltyard audit` over the plain data.

use std::collections::{BTreeMap, BTreeSet};

use tiltyard_db::durable::audit::{TicketCounts, Violation};
use tiltyard_db::durable::matches::{MatchRecord, MatchState};
use tiltyard_db::durable::ratings::{Rating, RatingChange};
use tiltyard_protocol::http::tickets::{Mode, TicketState};

use super::truth::{Ticket, Truth};
use crate::matchmaking::events::Key;

impl Truth {
    /// Returns every broken invariant.
    pub(super) fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        self.seats_hold(&mut found);
        self.tickets_end_once(&mut found);
        self.results_stand(&mut found);
        self.ratings_chain(&mut found);
        self.epochs_fence(&mut found);
        self.logs_have_no_gap(&mut found);
        if self.accepted != i64::try_from(self.tickets.len()).unwrap_or(i64::MAX) {
            let stored = self.tickets.len();
            found.push(broken(
                "I11",
                format!("accepted were {}, stored are {stored}", self.accepted),
            ));
        }
        found
    }

    pub(super) fn counts(&self) -> TicketCounts {
        let of = |state| {
            let tickets = self.tickets.values().filter(|ticket| ticket.state == state);
            i64::try_from(tickets.count()).unwrap_or(i64::MAX)
        };
        TicketCounts {
            accepted: self.accepted,
            queued: of(TicketState::Queued),
            matched: of(TicketState::Matched),
            finished: of(TicketState::Finished),
            cancelled: of(TicketState::Cancelled),
            expired: of(TicketState::Expired),
            returned: of(TicketState::Returned),
        }
    }

    /// No ticket in two matches, none that was cancelled in one, each with the build it was queued with.
    fn seats_hold(&self, found: &mut Vec<Violation>) {
        let mut seated = BTreeMap::<Key, usize>::new();
        for (key, id) in &self.seats {
            *seated.entry(*key).or_default() += 1;
            let (Some(ticket), Some(record)) = (self.tickets.get(key), self.matches.get(id)) else {
                found.push(broken(
                    "I1",
                    format!("a seat of {key:?} in {id} without ticket or match"),
                ));
                continue;
            };
            if ticket.state == TicketState::Cancelled {
                found.push(broken("I2", format!("cancelled {key:?} is in match {id}")));
            } else if (ticket.state, ticket.match_id) != (due(&record.state), Some(*id)) {
                found.push(broken("I1", format!("{key:?} is {:?} beside match {id}", ticket.state)));
            }
            let mut seats = record.pending.seats.iter();
            let seat = seats.find(|seat| seat.entrant.player() == Some(*key));
            if seat.is_none_or(|seat| seat.build != ticket.new.build) {
                found.push(broken("I10", format!("{key:?} fights in {id} with another build")));
            }
        }
        for (key, seats) in seated.iter().filter(|(_, seats)| **seats > 1) {
            found.push(broken("I1", format!("{key:?} has {seats} seats")));
        }
        for key in self.tombstones.iter().filter(|key| self.tickets.contains_key(key)) {
            found.push(broken("I2", format!("{key:?} was accepted after its cancel")));
        }
    }

    /// Whoever is in a match has a seat there, and each end but a cancel is told by one event.
    fn tickets_end_once(&self, found: &mut Vec<Violation>) {
        for (key, ticket) in &self.tickets {
            let seated = self
                .seats
                .iter()
                .any(|seat| (seat.0, Some(seat.1)) == (*key, ticket.match_id));
            if ticket.match_id.is_some() && !seated {
                found.push(broken("I1", format!("{key:?} has no seat in its match")));
            }
            let told = self.events_of(key);
            if told != usize::from(is_told(ticket)) {
                found.push(broken(
                    "I1",
                    format!("{key:?} is {:?} and has {told} events", ticket.state),
                ));
            }
        }
    }

    /// Counts the events that end a ticket, the trimmed ones as if they had been.
    fn events_of(&self, key: &Key) -> usize {
        let (Some(log), Some(ticket)) = (self.logs.get(&key.0), self.tickets.get(key)) else {
            return 0;
        };
        let trimmed = ticket.told.is_some_and(|told| told <= log.trimmed);
        let kept = log.events.values().filter(|record| record.event.ticket() == key.1);
        kept.count() + usize::from(trimmed)
    }

    fn results_stand(&self, found: &mut Vec<Violation>) {
        for record in self.matches.values() {
            let MatchRecord { pending, state } = record;
            let seats = self.seats.iter().filter(|(_, id)| *id == pending.id).count();
            let players = pending.seats.iter().filter_map(|seat| seat.entrant.player()).count();
            if seats != players {
                found.push(broken("I3", format!("match {} has {seats} seats", pending.id)));
            }
            let by_leader = self.made_under.contains_key(&pending.id);
            if by_leader != (pending.mode == Mode::Ranked) {
                found.push(broken("I6", format!("match {} has a leader: {by_leader}", pending.id)));
            }
            if let MatchState::Done(done) = state
                && (done.replay.key.is_empty() || done.replay.size == 0)
            {
                found.push(broken("I9", format!("match {} has no replay", pending.id)));
            }
        }
    }

    fn ratings_chain(&self, found: &mut Vec<Violation>) {
        let mut by_match = BTreeMap::<_, Vec<&RatingChange>>::new();
        for (player, changes) in &self.history {
            let mut last = (0, Rating::START);
            let mut matches = BTreeSet::new();
            for change in changes {
                if change.number != last.0 + 1
                    || bits(change.before) != bits(last.1)
                    || !matches.insert(change.match_id)
                {
                    found.push(broken(
                        "I4",
                        format!("change {} of {player} does not follow", change.number),
                    ));
                }
                last = (change.number, change.after);
                by_match.entry(change.match_id).or_default().push(change);
            }
            let record = self.rating(*player);
            if record.version != last.0 || bits(record.rating) != bits(last.1) {
                found.push(broken("I4", format!("the rating of {player} is not its history's")));
            }
        }
        for (id, changes) in by_match {
            if let [left, right] = changes[..]
                && (bits(left.opponent), bits(right.opponent)) != (bits(right.before), bits(left.before))
            {
                found.push(broken("I4", format!("match {id} was rated against other ratings")));
            }
        }
    }

    fn epochs_fence(&self, found: &mut Vec<Violation>) {
        for (queue, epochs) in &self.epochs {
            for pair in epochs.windows(2) {
                if pair[0].leadership.epoch >= pair[1].leadership.epoch {
                    found.push(broken("I5", format!("{queue} after {:?}", pair[0].leadership)));
                }
            }
            for minted in epochs {
                let under = self.made_under.values().filter(|under| **under == minted.leadership);
                let (made, recorded) = (under.count(), minted.closed_with.unwrap_or(minted.made));
                if made != recorded {
                    let epoch = minted.leadership.epoch.0;
                    found.push(broken(
                        "I6",
                        format!("{queue} {epoch}: {made} matches, recorded {recorded}"),
                    ));
                }
            }
        }
        for (id, under) in &self.made_under {
            let mut epochs = self.epochs.get(&under.queue).into_iter().flatten();
            if !epochs.any(|minted| minted.leadership == *under) {
                found.push(broken("I6", format!("match {id} was made under {under:?}")));
            }
        }
    }

    fn logs_have_no_gap(&self, found: &mut Vec<Violation>) {
        for (player, log) in &self.logs {
            let kept = log.events.keys().map(|seq| seq.0);
            if !kept.eq(log.trimmed.0 + 1..=log.head.0) {
                found.push(broken(
                    "I8",
                    format!("the log of {player} has a gap under {}", log.head.0),
                ));
            }
            for record in log.events.values() {
                if !self.tickets.contains_key(&(*player, record.event.ticket())) {
                    found.push(broken("I8", format!("{player} is told of another's ticket")));
                }
            }
        }
    }
}

pub(super) const fn broken(invariant: &'static str, detail: String) -> Violation {
    Violation { invariant, detail }
}

/// Returns the state of a match's tickets.
const fn due(state: &MatchState) -> TicketState {
    match state {
        MatchState::Pending => TicketState::Matched,
        MatchState::Done(_) => TicketState::Finished,
        MatchState::DeadLettered { .. } => TicketState::Returned,
    }
}

const fn is_told(ticket: &Ticket) -> bool {
    matches!(
        ticket.state,
        TicketState::Finished | TicketState::Expired | TicketState::Returned
    )
}

const fn bits(rating: Rating) -> [u64; 3] {
    [
        rating.rating.to_bits(),
        rating.deviation.to_bits(),
        rating.volatility.to_bits(),
    ]
}
