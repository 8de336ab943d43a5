//! A slice for the shadow audit: who stands near one of the arrivals, right before a tick.

use std::ops::ControlFlow;

use super::book::State;
use super::{Entry, FamilyNo, PlayerNo, Pool, Traits};
use crate::points::SPREAD_LIMIT;
use crate::shadow::{SLICE_MAX, Sampled, Slice};

impl Pool {
    /// Returns up to [`SLICE_MAX`] tickets that stand nearest to one of the arrivals, chosen by `pick`; `None` without arrivals.
    /// Looks at every arrival: for once in a while.
    #[must_use]
    pub fn slice(&self, pick: usize) -> Option<Slice> {
        let mut near: Vec<u32> = self.arrivals.iter().map(|entry| entry.slot).collect();
        near.retain(|slot| self.book.state(*slot) == State::Arrived);
        near.sort_unstable();
        near.dedup();
        let rating = |slot: u32| self.book.player(self.book.slot(slot).player).rating;
        let middle = rating(*near.get(pick.checked_rem(near.len())?)?);
        if near.len() > SLICE_MAX / 2 {
            near.select_nth_unstable_by_key(SLICE_MAX / 2, |slot| rating(*slot).abs_diff(middle));
            near.truncate(SLICE_MAX / 2);
        }
        self.add_standing(middle, &mut near);
        let tickets: Vec<Sampled> = near.iter().map(|slot| self.sampled(*slot)).collect();
        let pairs = (1..tickets.len()).flat_map(|n| (0..n).map(move |m| [m, n]));
        let players = pairs.map(|pair| pair.map(|at| tickets[at].player));
        let excluded = players.filter(|[a, b]| self.book.reason(a.0, b.0).is_some()).collect();
        Some(Slice { tickets, excluded })
    }

    /// Adds those of the order whose spread reaches the middle, as many on either side as there is room for.
    fn add_standing(&self, middle: i32, near: &mut Vec<u32>) {
        let spread = SPREAD_LIMIT;
        let anybody = Entry::new(
            middle,
            u32::MAX,
            0,
            Traits {
                spread,
                ..Traits::default()
            },
        );
        let room = (SLICE_MAX - near.len()) / 2;
        for up in [false, true] {
            let most = near.len() + room;
            let visit = |entry: &Entry| {
                near.push(entry.slot);
                if near.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            };
            if up {
                self.order.above(&anybody, visit);
            } else {
                self.order.below(&anybody, visit);
            }
        }
    }

    fn sampled(&self, slot: u32) -> Sampled {
        let known = self.book.slot(slot);
        let player = self.book.player(known.player);
        Sampled {
            player: PlayerNo(known.player),
            family: FamilyNo(player.family),
            rating: player.rating,
            spread: known.spread,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NewTicket, Reason};
    use super::*;
    use crate::points::MILLI;

    fn add(pool: &mut Pool, player: u32, rating: i32, spread: u16) {
        pool.set_player(PlayerNo(player), FamilyNo(player), rating * MILLI);
        let ticket = NewTicket {
            player: PlayerNo(player),
            spread,
            widen_to: None,
            enqueued_ms: 0,
        };
        pool.insert(ticket, 0);
    }

    #[test]
    fn a_slice_holds_the_arrivals_and_who_stands_near_them() {
        let mut pool = Pool::default();
        for player in 0..1_000 {
            add(&mut pool, player, 3 * i32::try_from(player).unwrap(), 2);
        }
        assert_eq!(pool.tick(0).len(), 0);
        assert_eq!(pool.slice(0), None, "nobody arrived");
        add(&mut pool, 2_000, 1_500, 2);
        add(&mut pool, 2_001, 100, 2);
        pool.exclude(PlayerNo(2_000), PlayerNo(500), Reason::Recent);
        let slice = pool.slice(0).unwrap();
        let players: Vec<u32> = slice.tickets.iter().map(|ticket| ticket.player.0).collect();
        assert_eq!(
            players,
            [2_000, 2_001, 500],
            "only who reaches the middle stands near it"
        );
        assert_eq!(slice.excluded, [[PlayerNo(2_000), PlayerNo(500)]]);
    }

    #[test]
    fn a_slice_is_bounded() {
        let mut pool = Pool::default();
        for player in 0..2_000 {
            add(&mut pool, player, 1_500, 400);
        }
        let slice = pool.slice(7).unwrap();
        assert_eq!(slice.tickets.len(), SLICE_MAX / 2);
    }
}
