//! The standing pool: waiting tickets that fit nobody stay sorted, and a tick looks only at what is new and near it.
//!
//! Of each player one ticket stands in the order, the widest (and among those the oldest): whom a narrower one could meet, it
//! could meet as well, and no ticket of a player stands between his others and their opponents. The rest wait behind it and
//! move up within the same tick when it is taken.
//!
//! After a tick no two tickets in the pool may meet, but for players who met each other in that tick with other tickets:
//! they may again in the next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::demand::Demand;
use crate::entry::{Entry, Traits, age_class, filter_bit, key, may_meet};
use crate::links::{Head, Links, Reason};
use crate::order::Order;
use crate::points::SPREAD_LIMIT;
use crate::sort::Unsorted;
use crate::widening;

mod book;
mod explain;
mod slice;
mod tick;

pub use explain::Waiting;

use book::{Book, Slot, State};

/// A player's number; the caller gives them out, small ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayerNo(pub u32);

/// A family's number: players of one family never meet. By default a player's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyNo(pub u32);

/// A ticket's number, given out by the pool; used again after [`Pool::remove`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketNo(pub u32);

/// A ticket to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// Whose it is; [`Pool::set_player`] comes first.
    pub player: PlayerNo,
    /// Largest difference in rating, in points.
    pub spread: u16,
    /// Permission to widen the spread up to this many points.
    pub widen_to: Option<u16>,
    /// When it was accepted, in ms.
    pub enqueued_ms: u64,
}

/// What can be chosen about pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Ranks that a pair may stand apart, 1 to 4; `None` adapts it to the batch.
    pub window: Option<usize>,
    /// A ticket that may be widened begins so wide that somebody who fits is expected within this time, in ms; 0 never.
    pub widen_for_ms: u64,
    /// Whether older tickets come before fresh ones where not all find an opponent.
    pub age_bonus: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            window: None,
            widen_for_ms: 10_000,
            age_bonus: true,
        }
    }
}

/// A ticket this old at its insertion is loaded, not arriving, and says nothing of demand.
const ARRIVING_MS: u64 = 5_000;

/// The waiting tickets of one queue.
#[derive(Debug, Default)]
pub struct Pool {
    rules: Rules,
    book: Book,
    order: Order,
    /// Tickets that stand nowhere yet, as they were when they came; if `outdated`, one may be in it twice, be gone or changed.
    arrivals: Unsorted,
    outdated: bool,
    /// When a spread widens next: time and ticket; outdated ones are dropped when they come up.
    due: BinaryHeap<Reverse<(u64, u32)>>,
    demand: Demand,
    now_ms: u64,
    scratch: tick::Scratch,
    pairs: Vec<[TicketNo; 2]>,
}

impl Pool {
    /// Creates an empty pool.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Returns how many tickets are held, those set aside included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.book.len()
    }

    /// Says whether no ticket is held.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what arrives where.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Returns bytes held on the heap.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.book.bytes()
            + self.order.bytes()
            + self.scratch.bytes()
            + self.arrivals.bytes()
            + self.due.capacity() * size_of::<Reverse<(u64, u32)>>()
            + self.pairs.capacity() * size_of::<[TicketNo; 2]>()
    }

    /// Makes a player known, or takes a newer rating (thousandths of a point) for all of the player's tickets.
    pub fn set_player(&mut self, player: PlayerNo, family: FamilyNo, rating: i32) {
        let known = self.book.player_or_new(player.0);
        if (known.rating, known.family) == (rating, family.0) {
            return;
        }
        let head = self.take_head_out(player.0);
        let known = self.book.player_or_new(player.0);
        (known.rating, known.family) = (rating, family.0);
        if let Some(slot) = head {
            self.arrive(slot, self.now_ms);
        }
    }

    /// Takes a ticket in; it is paired from the next tick on.
    pub fn insert(&mut self, ticket: NewTicket, now_ms: u64) -> TicketNo {
        let rating = self.book.player_or_new(ticket.player.0).rating;
        let submitted = ticket.spread.min(SPREAD_LIMIT);
        let limit = ticket.widen_to.unwrap_or(0).clamp(submitted, SPREAD_LIMIT);
        let start = if limit > submitted && self.rules.widen_for_ms > 0 {
            let wanted_ms = self.rules.widen_for_ms;
            self.demand.spread_for(rating, submitted, limit, wanted_ms, now_ms)
        } else {
            submitted
        };
        if now_ms.saturating_sub(ticket.enqueued_ms) < ARRIVING_MS {
            self.demand.observe(rating, submitted, now_ms);
        }
        let slot = self.book.add(Slot {
            player: ticket.player.0,
            next: book::NONE,
            enqueued_ms: ticket.enqueued_ms,
            start,
            spread: start,
            limit,
        });
        self.enter(slot, now_ms);
        TicketNo(slot)
    }

    /// Forgets a ticket: cancelled, expired or matched. One that is unknown is ignored.
    pub fn remove(&mut self, ticket: TicketNo) {
        let slot = ticket.0;
        let state = self.book.state(slot);
        if state == State::Free {
            return;
        }
        if state == State::Ordered {
            self.order.remove(self.book.key_of(slot));
        }
        self.outdated |= state == State::Arrived;
        let player = self.book.slot(slot).player;
        self.book.free(slot);
        if state == State::Arrived || state == State::Ordered {
            self.elect(player, self.now_ms);
        }
    }

    /// Lists a player's tickets, those set aside included, in no order that matters.
    pub fn tickets_of(&self, player: PlayerNo) -> impl Iterator<Item = TicketNo> {
        self.book.tickets(player.0).map(TicketNo)
    }

    /// Forgets all tickets of a player.
    pub fn remove_all(&mut self, player: PlayerNo) {
        loop {
            let first = self.book.tickets(player.0).next();
            let Some(slot) = first else { return };
            self.remove(TicketNo(slot));
        }
    }

    /// Forgets all tickets, players and exclusions, and the demand: while it is not watched it changes.
    pub fn clear(&mut self) {
        self.book.clear();
        self.order.clear();
        self.arrivals.clear();
        self.due.clear();
        self.pairs.clear();
        self.demand = Demand::default();
    }

    /// Returns the rating of a ticket's player, in thousandths of a point; 0 for an unknown ticket.
    #[must_use]
    pub fn rating(&self, ticket: TicketNo) -> i32 {
        match self.book.state(ticket.0) {
            State::Free => 0,
            _ => self.book.player(self.book.slot(ticket.0).player).rating,
        }
    }

    /// Lets a ticket wait again that a tick had paired, as its match was not made.
    pub fn release(&mut self, ticket: TicketNo, now_ms: u64) {
        if self.book.state(ticket.0) == State::Aside {
            self.enter(ticket.0, now_ms);
        }
    }

    /// Says whether a ticket was paired and neither removed nor released since.
    #[must_use]
    pub fn is_aside(&self, ticket: TicketNo) -> bool {
        self.book.state(ticket.0) == State::Aside
    }

    /// Says whether two tickets may meet, whatever else becomes of them.
    #[must_use]
    pub fn may_meet(&self, a: TicketNo, b: TicketNo) -> bool {
        if [a, b].iter().any(|ticket| self.book.state(ticket.0) == State::Free) {
            return false;
        }
        let [a, b] = [a, b].map(|ticket| self.book.entry(ticket.0, self.now_ms, false));
        may_meet(&a, &b, |a, b| self.book.excluded(a, b))
    }

    /// Keeps two players from meeting, for one more reason.
    pub fn exclude(&mut self, a: PlayerNo, b: PlayerNo, reason: Reason) {
        if self.book.exclude(a.0, b.0, reason) {
            self.refresh_filter(a.0);
            self.refresh_filter(b.0);
        }
    }

    /// Takes a reason back; if none is left, the two may meet from the next tick on.
    pub fn allow(&mut self, a: PlayerNo, b: PlayerNo, reason: Reason) {
        if !self.book.allow(a.0, b.0, reason) {
            return;
        }
        let free = self.book.reason(a.0, b.0).is_none();
        for player in [a.0, b.0] {
            if !free {
                self.refresh_filter(player);
            } else if let Some(slot) = self.take_head_out(player) {
                self.arrive(slot, self.now_ms);
            }
        }
    }

    /// Forgets all exclusions of a player, whose number may then be given to another.
    pub fn forget_exclusions(&mut self, player: PlayerNo) {
        while let Some((other, reason)) = self.book.first_exclusion(player.0) {
            self.allow(player, PlayerNo(other), reason);
        }
    }

    /// Brings a ticket that waits for the first time, or again, to its place.
    fn enter(&mut self, slot: u32, now_ms: u64) {
        let known = self.book.slot(slot);
        let waited_ms = now_ms.saturating_sub(known.enqueued_ms);
        let spread = widening::widened(known.start, known.limit, waited_ms);
        self.book.slot_mut(slot).spread = spread;
        self.book.set_state(slot, State::Benched);
        self.schedule(slot);
        if self.book.has_siblings(known.player) {
            self.elect(known.player, now_ms);
        } else {
            self.arrive(slot, now_ms);
        }
    }

    fn schedule(&mut self, slot: u32) {
        if let Some(at_ms) = self.book.widens_at(slot) {
            self.due.push(Reverse((at_ms, slot)));
        }
    }

    fn arrive(&mut self, slot: u32, now_ms: u64) {
        self.book.set_state(slot, State::Arrived);
        self.arrivals.push(self.book.entry(slot, now_ms, self.rules.age_bonus));
    }

    /// Takes a player's standing ticket out of the order; it stands nowhere then.
    fn take_head_out(&mut self, player: u32) -> Option<u32> {
        let slot = self.book.head(player)?;
        if self.book.state(slot) == State::Ordered {
            self.order.remove(self.book.key_of(slot));
        } else {
            self.outdated = true;
        }
        self.book.set_state(slot, State::Benched);
        Some(slot)
    }

    /// Lets a player's widest waiting ticket stand for all of them.
    fn elect(&mut self, player: u32, now_ms: u64) {
        let Some(best) = self.book.best(player) else { return };
        if self.book.head(player) != Some(best) {
            self.take_head_out(player);
            self.arrive(best, now_ms);
        } else if self.book.has_siblings(player) {
            self.change_head(player, Entry::with_siblings);
        }
    }

    /// Changes the copy of a player's standing ticket in what does not move it; an arrival's is made anew in the tick.
    fn change_head(&mut self, player: u32, change: impl Fn(Entry) -> Entry) {
        let Some(head) = self.book.head(player) else { return };
        if self.book.state(head) != State::Ordered {
            self.outdated = true;
        } else if let Some(entry) = self.order.get_mut(self.book.key_of(head)) {
            *entry = change(*entry);
        }
    }

    fn refresh_filter(&mut self, player: u32) {
        let filter = self.book.filter(player);
        self.change_head(player, |entry| entry.with_filter(filter));
    }
}

#[cfg(test)]
mod promises;
#[cfg(test)]
mod tests;
