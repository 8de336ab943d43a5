//! Why a ticket still waits: how many others wait, and what keeps each of them from meeting it.

use serde::{Deserialize, Serialize};

use super::book::State;
use super::{Pool, Reason, TicketNo};
use crate::points::{MILLI, points};

/// What a ticket sees of the pool. Each other ticket is counted once, under the first of these that applies, from the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Other tickets that wait.
    pub others: usize,
    /// Tickets of the same player or family.
    pub same_family: usize,
    /// Tickets too far away for this ticket's spread.
    pub outside_own_spread: usize,
    /// Tickets near enough, but for which this one is too far away.
    pub outside_their_spread: usize,
    /// Tickets that would fit, but one of the two players blocks the other.
    pub blocked: usize,
    /// Tickets that would fit, but the two players met a short time ago.
    pub recent: usize,
    /// Tickets that fit: the next tick looks at them.
    pub fitting: usize,
    /// Least difference in rating to a ticket of another family, in points.
    pub nearest_gap: Option<f64>,
    /// The spread that counts at present, in points: widened if the ticket allows it.
    pub spread: u16,
    /// Whether another ticket of the same player stands in its place; this one follows when that one is paired.
    pub behind_own_ticket: bool,
}

impl Pool {
    /// Explains why a ticket still waits; `None` if it does not. Looks at every ticket: for questions, not for each tick.
    #[must_use]
    pub fn explain(&self, ticket: TicketNo) -> Option<Waiting> {
        let state = self.book.state(ticket.0);
        if matches!(state, State::Free | State::Aside) {
            return None;
        }
        let own = self.book.slot(ticket.0);
        let player = self.book.player(own.player);
        let mut waiting = Waiting {
            spread: own.spread,
            behind_own_ticket: state == State::Benched,
            ..Waiting::default()
        };
        let mut nearest = None;
        for other in self.book.waiting().filter(|other| *other != ticket.0) {
            waiting.others += 1;
            let their = self.book.slot(other);
            let owner = self.book.player(their.player);
            if owner.family == player.family {
                waiting.same_family += 1;
                continue;
            }
            let gap = owner.rating.abs_diff(player.rating);
            nearest = Some(nearest.map_or(gap, |nearest: u32| nearest.min(gap)));
            let outside = |spread: u16| gap > u32::from(spread) * MILLI.unsigned_abs();
            let count = match self.book.reason(own.player, their.player) {
                _ if outside(own.spread) => &mut waiting.outside_own_spread,
                _ if outside(their.spread) => &mut waiting.outside_their_spread,
                Some(Reason::Blocked) => &mut waiting.blocked,
                Some(Reason::Recent) => &mut waiting.recent,
                Some(Reason::Edge) => &mut waiting.outside_own_spread,
                Some(Reason::Met) | None => &mut waiting.fitting,
            };
            *count += 1;
        }
        waiting.nearest_gap = nearest.map(|gap| points(gap.into()));
        Some(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FamilyNo, NewTicket, PlayerNo};
    use super::*;

    #[test]
    fn each_other_ticket_is_counted_under_what_keeps_it_away() {
        let mut pool = Pool::default();
        let mut add = |player: u32, rating: i32, spread: u16| {
            pool.set_player(PlayerNo(player), FamilyNo(player), rating * MILLI);
            let ticket = NewTicket {
                player: PlayerNo(player),
                spread,
                widen_to: None,
                enqueued_ms: 0,
            };
            pool.insert(ticket, 0)
        };
        let own = add(0, 1_500, 100);
        let narrower = add(0, 1_500, 50);
        add(1, 1_700, 400);
        add(2, 1_560, 50);
        add(3, 1_540, 100);
        add(4, 1_530, 100);
        add(6, 1_600, 100);
        let gone = add(5, 1_500, 100);
        pool.remove(gone);
        pool.exclude(PlayerNo(0), PlayerNo(3), Reason::Recent);
        pool.exclude(PlayerNo(0), PlayerNo(6), Reason::Edge);
        pool.exclude(PlayerNo(0), PlayerNo(4), Reason::Blocked);
        let expected = Waiting {
            others: 6,
            same_family: 1,
            outside_own_spread: 2,
            outside_their_spread: 1,
            blocked: 1,
            recent: 1,
            fitting: 0,
            nearest_gap: Some(30.0),
            spread: 100,
            behind_own_ticket: false,
        };
        assert_eq!(pool.explain(own), Some(expected));
        assert!(pool.explain(narrower).unwrap().behind_own_ticket);
        assert_eq!(pool.explain(gone), None);
    }
}
