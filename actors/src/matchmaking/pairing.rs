//! Pairing as a pure function: who meets whom among the queued tickets of one moment.
//!
//! Rounds: each player takes part in a round with one ticket, the players stand in order of rating, and a dynamic programme
//! over that order chooses neighbours so that as many meet as can, and among those choices the one of least total gap.
//! With equal spreads some optimal matching pairs neighbours only, so a round is optimal then (research/matchmaking.md 2.1).
//! With mixed ones a narrow ticket may stand between two that fit each other: a last pass lets leftovers look past it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_protocol::PlayerId;

/// Rounds of one tick: a player with many tickets meets at most this many opponents in it.
const ROUNDS_MAX: usize = 4;

/// How many leftovers a leftover looks past.
const REACH: usize = 64;

/// Two tickets that may meet.
pub(crate) type Pair = [QueuedTicket; 2];

/// Pairs of players who meet in this tick, the smaller id first.
type Met = BTreeSet<[PlayerId; 2]>;

/// Pairs tickets, each at most once.
pub(crate) fn pair(tickets: &[&QueuedTicket]) -> Vec<Pair> {
    let mut by_rating = tickets.to_vec();
    by_rating.sort_by(|a, b| {
        a.rating
            .total_cmp(&b.rating)
            .then((a.player, a.id).cmp(&(b.player, b.id)))
    });
    let mut pairs = Vec::new();
    let mut met = Met::new();
    for pass in 0..=ROUNDS_MAX {
        let found = if pass < ROUNDS_MAX {
            round(&one_each(&by_rating), &met)
        } else {
            leftovers(&by_rating, &met)
        };
        let taken: BTreeSet<_> = found
            .iter()
            .flatten()
            .map(|ticket| (ticket.player, ticket.id))
            .collect();
        met.extend(found.iter().map(|[left, right]| players(left, right)));
        by_rating.retain(|ticket| !taken.contains(&(ticket.player, ticket.id)));
        pairs.extend(found.into_iter().map(|[left, right]| [left.clone(), right.clone()]));
    }
    pairs
}

/// Lets each leftover, in order of rating, meet the nearest one above it that fits.
fn leftovers<'a>(by_rating: &[&'a QueuedTicket], met: &Met) -> Vec<[&'a QueuedTicket; 2]> {
    let mut met = met.clone();
    let mut taken = vec![false; by_rating.len()];
    let mut pairs = Vec::new();
    for (i, left) in by_rating.iter().enumerate() {
        let above = (i + 1..by_rating.len()).take(REACH).filter(|j| !taken[*j]);
        let in_reach = above.take_while(|j| gap(left, by_rating[*j]) <= f64::from(left.spread));
        let fits = |j: &usize| may_meet(left, by_rating[*j]) && !met.contains(&players(left, by_rating[*j]));
        if let Some(j) = in_reach.filter(|_| !taken[i]).find(fits) {
            (taken[i], taken[j]) = (true, true);
            met.insert(players(left, by_rating[j]));
            pairs.push([*left, by_rating[j]]);
        }
    }
    pairs
}

fn players(a: &QueuedTicket, b: &QueuedTicket) -> [PlayerId; 2] {
    [a.player.min(b.player), a.player.max(b.player)]
}

/// Leaves one ticket of each player, the widest and among those the oldest, in order of rating.
fn one_each<'a>(by_rating: &[&'a QueuedTicket]) -> Vec<&'a QueuedTicket> {
    let preference = |ticket: &QueuedTicket| (Reverse(ticket.spread), ticket.enqueued_at, ticket.id);
    let mut chosen = BTreeMap::new();
    for ticket in by_rating {
        let entry = chosen.entry(ticket.player).or_insert(*ticket);
        if preference(ticket) < preference(entry) {
            *entry = ticket;
        }
    }
    by_rating
        .iter()
        .filter(|ticket| chosen[&ticket.player].id == ticket.id)
        .copied()
        .collect()
}

/// One choice of neighbours: how many pairs, then how small their gaps (negated, in thousandths of a point).
type Worth = (u32, i64);

/// Chooses disjoint neighbours of greatest worth: `best[i] = max(best[i-1], best[i-2] + worth of (i-2, i-1))`.
fn round<'a>(tickets: &[&'a QueuedTicket], met: &Met) -> Vec<[&'a QueuedTicket; 2]> {
    let mut best: Vec<Worth> = vec![(0, 0); tickets.len() + 1];
    for i in 2..=tickets.len() {
        best[i] = best[i - 1].max(taking(&best, tickets, i, met).unwrap_or_default());
    }
    let mut pairs = Vec::new();
    let mut i = tickets.len();
    while i >= 2 {
        if best[i] > best[i - 1] && taking(&best, tickets, i, met) == Some(best[i]) {
            pairs.push([tickets[i - 2], tickets[i - 1]]);
            i -= 2;
        } else {
            i -= 1;
        }
    }
    pairs
}

fn taking(best: &[Worth], tickets: &[&QueuedTicket], i: usize, met: &Met) -> Option<Worth> {
    let (left, right) = (tickets[i - 2], tickets[i - 1]);
    let meet = may_meet(left, right) && !met.contains(&players(left, right));
    meet.then(|| (best[i - 2].0 + 1, best[i - 2].1 - thousandths(gap(left, right))))
}

/// The one predicate of who may meet whom.
fn may_meet(a: &QueuedTicket, b: &QueuedTicket) -> bool {
    a.player != b.player && gap(a, b) <= f64::from(a.spread.min(b.spread))
}

fn gap(a: &QueuedTicket, b: &QueuedTicket) -> f64 {
    (a.rating - b.rating).abs()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a gap is at most a spread, which is 16 bits"
)]
fn thousandths(points: f64) -> i64 {
    (points * 1_000.0) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tiltyard_protocol::{BuildHash, TicketId, Timestamp};

    use super::*;

    fn ticket(player: u8, n: u8, rating: f64, spread: u16) -> QueuedTicket {
        QueuedTicket {
            player: PlayerId::from_bytes([player; 16]),
            id: TicketId::from_bytes([n; 16]),
            build: BuildHash::of(b"x"),
            spread,
            rating,
            enqueued_at: Timestamp::from_micros(i64::from(n)),
        }
    }

    fn paired(tickets: &[QueuedTicket]) -> Vec<Pair> {
        pair(&tickets.iter().collect::<Vec<_>>())
    }

    #[test]
    fn as_many_as_possible_meet_before_gaps_count() {
        let tickets = [
            ticket(1, 1, 0.0, 100),
            ticket(2, 2, 90.0, 100),
            ticket(3, 3, 100.0, 100),
            ticket(4, 4, 190.0, 100),
        ];
        assert_eq!(
            paired(&tickets).len(),
            2,
            "the nearest pair would leave the outer two alone"
        );
    }

    #[test]
    fn nobody_meets_himself_and_both_spreads_hold() {
        assert!(paired(&[ticket(1, 1, 1500.0, 400), ticket(1, 2, 1500.0, 400)]).is_empty());
        assert!(paired(&[ticket(1, 1, 1500.0, 400), ticket(2, 2, 1600.0, 50)]).is_empty());
    }

    #[test]
    fn many_tickets_of_few_players_meet_different_opponents_first() {
        let tickets: Vec<_> = (0..4)
            .flat_map(|p| (0..4).map(move |n| ticket(p, p * 4 + n, 1500.0, 400)))
            .collect();
        let pairs = paired(&tickets);
        let opponents: BTreeSet<_> = pairs.iter().map(|[a, b]| (a.player, b.player)).collect();
        assert_eq!(opponents.len(), pairs.len(), "no pair of players twice in one tick");
        assert!(pairs.len() >= 3);
    }

    #[test]
    fn a_narrow_ticket_does_not_stand_between_two_that_fit() {
        let wide = [ticket(1, 1, 1500.0, 400), ticket(3, 3, 1600.0, 400)];
        let tickets = [wide[0].clone(), ticket(2, 2, 1550.0, 10), wide[1].clone()];
        assert_eq!(paired(&tickets), [wide]);
    }

    #[test]
    fn a_players_narrow_ticket_does_not_hide_his_wide_one() {
        let tickets = [
            ticket(1, 1, 1500.0, 10),
            ticket(1, 2, 1500.0, 400),
            ticket(2, 3, 1600.0, 400),
        ];
        assert_eq!(paired(&tickets).len(), 1);
    }

    proptest! {
        #[test]
        fn each_ticket_is_used_once_and_a_round_matches_exhaustive_search(
            specs in proptest::collection::vec((0_u16..600, 1_u16..300), 0..9),
        ) {
            let tickets: Vec<_> = (0..).zip(&specs).map(|(n, (rating, spread))| ticket(n, n, f64::from(*rating), *spread)).collect();
            let pairs = paired(&tickets);
            let used: BTreeSet<_> = pairs.iter().flatten().map(|ticket| ticket.id).collect();
            prop_assert_eq!(used.len(), pairs.len() * 2);
            prop_assert!(pairs.iter().all(|[a, b]| may_meet(a, b)));
            let mut sorted: Vec<_> = tickets.iter().collect();
            sorted.sort_by(|a, b| a.rating.total_cmp(&b.rating).then(a.player.cmp(&b.player)));
            prop_assert_eq!(round(&sorted, &Met::new()).len(), most_neighbours(&sorted));
        }
    }

    fn most_neighbours(tickets: &[&QueuedTicket]) -> usize {
        match tickets {
            [left, right, rest @ ..] => {
                let skip = most_neighbours(&tickets[1..]);
                if may_meet(left, right) {
                    skip.max(1 + most_neighbours(rest))
                } else {
                    skip
                }
            }
            _ => 0,
        }
    }
}
