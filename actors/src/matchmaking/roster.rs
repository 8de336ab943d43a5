//! What a leader holds of its queue: the standing pool, the names behind the pool's numbers, and who met whom a short time ago.

use std::collections::{HashMap, VecDeque};

use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_pairing::points::milli;
use tiltyard_pairing::shadow::Slice;
use tiltyard_pairing::{Demand, FamilyNo, NewTicket, PlayerNo, Pool, Reason, Rules, TicketNo, Waiting};
use tiltyard_protocol::{PlayerId, TicketId, Timestamp, limits};

use super::events::{Key, Pair};
use super::notes::Explanation;

/// A ticket of the pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) key: Key,
    pub(super) enqueued_at: Timestamp,
    player: PlayerNo,
}

/// Two tickets that are to meet, and since when the older one waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    pub(super) since: Timestamp,
    pub(super) pair: Pair,
}

/// A player of the pool.
#[derive(Clone, Copy, Debug)]
struct Known {
    id: PlayerId,
    /// Tickets and remembered meetings; without any the number is free.
    uses: u32,
}

/// Two players who may not meet before a time.
#[derive(Clone, Copy, Debug)]
struct Meeting {
    until_ms: u64,
    players: [PlayerNo; 2],
    reason: Reason,
}

/// The tickets of one queue by name. All times are milliseconds since the Unix epoch.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pool: Pool,
    /// By the pool's numbers of tickets. A ticket is found by way of its player, who has few: a table of a million keys would
    /// cost more than all the rest.
    held: Vec<Option<Held>>,
    players: HashMap<PlayerId, PlayerNo>,
    /// By the pool's numbers of players.
    known: Vec<Known>,
    unused: Vec<PlayerNo>,
    /// In the order in which they end, but for those of a short ban.
    meetings: VecDeque<Meeting>,
}

impl Roster {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            pool: Pool::new(rules),
            ..Self::default()
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.pool.len()
    }

    pub(super) const fn demand(&self) -> &Demand {
        self.pool.demand()
    }

    /// Takes its player's rating, and the ticket in unless it is held or there are too many; says whether it is new.
    pub(super) fn insert(&mut self, ticket: &QueuedTicket, now_ms: u64) -> bool {
        let key = (ticket.player, ticket.id);
        let known = self.players.get(&ticket.player).copied();
        if let Some(player) = known {
            self.rate(player, ticket.rating);
        }
        let is_held = known.is_some_and(|player| self.number_among(player, ticket.id).is_some());
        if is_held || self.len() >= limits::QUEUE_TICKETS_MAX {
            return false;
        }
        let player = known.unwrap_or_else(|| {
            let player = self.new_player(ticket.player);
            self.rate(player, ticket.rating);
            player
        });
        self.known[index(player.0)].uses += 1;
        let new = NewTicket {
            player,
            spread: ticket.spread,
            widen_to: ticket.widen_to,
            enqueued_ms: millis(ticket.enqueued_at),
        };
        let number = self.pool.insert(new, now_ms);
        let place = index(number.0);
        if self.held.len() <= place {
            self.held.resize(place + 1, None);
        }
        self.held[place] = Some(Held {
            key,
            enqueued_at: ticket.enqueued_at,
            player,
        });
        true
    }

    /// Forgets a ticket and returns it; one that is unknown is ignored.
    pub(super) fn remove(&mut self, key: Key) -> Option<Held> {
        let number = self.number(key)?;
        self.pool.remove(number);
        let held = self.held[index(number.0)].take()?;
        self.release_player(held.player);
        Some(held)
    }

    /// Returns the tickets that do not stay; `stays` is told of a ticket whether a match of it is being made.
    pub(super) fn without(&self, stays: impl Fn(&Held, bool) -> bool) -> Vec<Key> {
        let goes = |held: &&Held| !stays(held, self.is_aside(held.key));
        self.held.iter().flatten().filter(goes).map(|held| held.key).collect()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.pool.clear();
        self.held.clear();
        self.players.clear();
        self.known.clear();
        self.unused.clear();
        self.meetings.clear();
    }

    /// Takes a player's newer rating for all of his tickets; unknown players are ignored.
    pub(super) fn set_rating(&mut self, player: PlayerId, rating: f64) {
        if let Some(number) = self.players.get(&player) {
            self.rate(*number, rating);
        }
    }

    fn rate(&mut self, player: PlayerNo, rating: f64) {
        // Nobody is known to share a family: each player is one of his own.
        self.pool.set_player(player, FamilyNo(player.0), milli(rating));
    }

    fn number(&self, (player, ticket): Key) -> Option<TicketNo> {
        self.number_among(*self.players.get(&player)?, ticket)
    }

    fn number_among(&self, player: PlayerNo, ticket: TicketId) -> Option<TicketNo> {
        let is_it = |number: &TicketNo| {
            let held = self.held.get(index(number.0)).and_then(Option::as_ref);
            held.is_some_and(|held| held.key.1 == ticket)
        };
        self.pool.tickets_of(player).find(is_it)
    }

    /// Says whether a ticket is held and was paired.
    pub(super) fn is_aside(&self, key: Key) -> bool {
        self.number(key).is_some_and(|number| self.pool.is_aside(number))
    }

    /// Lets a paired ticket wait again.
    pub(super) fn release(&mut self, key: Key, now_ms: u64) {
        if let Some(number) = self.number(key) {
            self.pool.release(number, now_ms);
        }
    }

    /// Pairs what can be paired and sets it aside; puts it among `pairs` by the age of its older ticket, the oldest first.
    pub(super) fn tick(&mut self, now_ms: u64, pairs: &mut VecDeque<Chosen>) {
        self.forget_meetings(now_ms);
        let held = &self.held;
        let known = |number: TicketNo| held.get(index(number.0)).copied().flatten();
        let named = |[a, b]: &[TicketNo; 2]| {
            let (a, b) = (known(*a)?, known(*b)?);
            Some(Chosen {
                since: a.enqueued_at.min(b.enqueued_at),
                pair: [a.key, b.key],
            })
        };
        let before = pairs.len();
        pairs.extend(self.pool.tick(now_ms).iter().filter_map(named));
        if pairs.len() > before {
            pairs.make_contiguous().sort_by_key(|chosen| chosen.since);
        }
    }

    /// Returns some of those that the next tick looks at, chosen by the time.
    pub(super) fn slice(&self, now_ms: u64) -> Option<Slice> {
        self.pool.slice(usize::try_from(now_ms).unwrap_or(0))
    }

    /// Keeps the players of two held tickets from meeting until a time.
    pub(super) fn part(&mut self, [left, right]: Pair, reason: Reason, until_ms: u64) {
        let number = |key: Key| self.players.get(&key.0).copied();
        let (Some(left), Some(right)) = (number(left), number(right)) else {
            return;
        };
        for player in [left, right] {
            self.known[index(player.0)].uses += 1;
        }
        self.pool.exclude(left, right, reason);
        let at = self.meetings.partition_point(|meeting| meeting.until_ms <= until_ms);
        let players = [left, right];
        self.meetings.insert(
            at,
            Meeting {
                until_ms,
                players,
                reason,
            },
        );
    }

    /// Says whether two held tickets may meet as far as the pool knows.
    pub(super) fn may_meet(&self, pair: Pair) -> bool {
        let [left, right] = pair.map(|key| self.number(key));
        matches!((left, right), (Some(left), Some(right)) if self.pool.may_meet(left, right))
    }

    /// Returns why a ticket still waits, and how long it may if ticks are `tick_ms` long.
    pub(super) fn explain(&self, key: Key, tick_ms: u64, now_ms: u64) -> Explanation {
        let at = Timestamp::from_micros(i64::try_from(now_ms.saturating_mul(1_000)).unwrap_or(i64::MAX));
        let number = self.number(key);
        let waiting = number.and_then(|number| self.pool.explain(number));
        let wait = |(number, waiting): (TicketNo, Waiting)| {
            let rating = self.pool.rating(number);
            self.demand().wait_ms(rating, waiting.spread, tick_ms, now_ms)
        };
        Explanation {
            at,
            waiting,
            expected_wait_ms: number.zip(waiting).and_then(wait),
        }
    }

    fn forget_meetings(&mut self, now_ms: u64) {
        while let Some(meeting) = self.meetings.pop_front_if(|meeting| meeting.until_ms <= now_ms) {
            let [left, right] = meeting.players;
            self.pool.allow(left, right, meeting.reason);
            self.release_player(left);
            self.release_player(right);
        }
    }

    fn new_player(&mut self, id: PlayerId) -> PlayerNo {
        let known = Known { id, uses: 0 };
        let number = self.unused.pop().unwrap_or_else(|| {
            let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
            self.known.push(known);
            PlayerNo(next)
        });
        self.known[index(number.0)] = known;
        self.players.insert(id, number);
        number
    }

    fn release_player(&mut self, number: PlayerNo) {
        let known = &mut self.known[index(number.0)];
        known.uses -= 1;
        if known.uses == 0 {
            self.players.remove(&known.id);
            self.pool.forget_exclusions(number);
            self.unused.push(number);
        }
    }
}

/// Returns a time as the pool counts it; before the epoch is at it.
pub(super) fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.micros()).unwrap_or(0) / 1_000
}

const fn index(number: u32) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use tiltyard_protocol::BuildHash;

    use super::*;

    fn ticket(player: u8, n: u8) -> QueuedTicket {
        QueuedTicket {
            player: PlayerId::from_bytes([player; 16]),
            id: TicketId::from_bytes([n; 16]),
            build: BuildHash::of(b"x"),
            spread: 100,
            widen_to: None,
            rating: 1_500.0,
            enqueued_at: Timestamp::from_micros(0),
        }
    }

    fn key(player: u8, n: u8) -> Key {
        (ticket(player, n).player, ticket(player, n).id)
    }

    fn tick(roster: &mut Roster, now_ms: u64) -> usize {
        let mut pairs = VecDeque::new();
        roster.tick(now_ms, &mut pairs);
        pairs.len()
    }

    #[test]
    fn who_met_does_not_meet_again_before_the_time() {
        let mut roster = Roster::default();
        roster.insert(&ticket(1, 1), 0);
        roster.insert(&ticket(2, 2), 0);
        roster.part([key(1, 1), key(2, 2)], Reason::Recent, 1_000);
        assert_eq!(tick(&mut roster, 0), 0);
        assert_eq!(roster.explain(key(1, 1), 0, 0).waiting.unwrap().recent, 1);
        assert_eq!(tick(&mut roster, 999), 0);
        assert_eq!(tick(&mut roster, 1_000), 1);
    }

    #[test]
    fn a_player_without_tickets_is_remembered_while_a_meeting_is() {
        let mut roster = Roster::default();
        for n in [1, 2] {
            roster.insert(&ticket(n, n), 0);
        }
        roster.part([key(1, 1), key(2, 2)], Reason::Recent, 1_000);
        roster.remove(key(1, 1));
        roster.insert(&ticket(3, 3), 0);
        roster.remove(key(3, 3));
        roster.insert(&ticket(1, 4), 0);
        assert_eq!(tick(&mut roster, 500), 0, "the number was not another's meanwhile");
        assert_eq!(tick(&mut roster, 1_000), 1);
        roster.remove(key(1, 4));
        roster.remove(key(2, 2));
        assert_eq!((roster.players.len(), roster.unused.len()), (0, roster.known.len()));
    }

    #[test]
    fn numbers_are_used_again() {
        let mut roster = Roster::default();
        for n in 1..=50 {
            roster.insert(&ticket(n, n), 0);
            roster.remove(key(n, n));
        }
        assert_eq!((roster.held.len(), roster.known.len(), roster.len()), (1, 1, 0));
    }
}
