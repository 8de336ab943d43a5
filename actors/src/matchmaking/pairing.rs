//! Pairing as a pure function: who meets whom among the queued tickets of one moment.
//!
//! Rounds: each player takes part in a round with one ticket, the players stand in order of rating, and a dynamic programme
//! over that order chooses neighbours so that as many meet as can, and among those choices the one of least total gap.
//! With equal spreads some optimal matching pairs neighbours only, so a round is optimal then (research/matchmaking.md 2.1).

use std::collections::{BTreeMap, BTreeSet};

use tiltyard_db::durable::tickets::QueuedTicket;

/// Rounds of one tick: a player with many tickets meets at most this many opponents in it.
const ROUNDS_MAX: usize = 4;

/// Two tickets that may meet.
pub(crate) type Pair = [QueuedTicket; 2];

/// Pairs tickets, each at most once.
pub(crate) fn pair(tickets: &[&QueuedTicket]) -> Vec<Pair> {
    let mut by_rating = tickets.to_vec();
    by_rating.sort_by(|a, b| {
        a.rating
            .total_cmp(&b.rating)
            .then(a.player.cmp(&b.player))
            .then(a.enqueued_at.cmp(&b.enqueued_at))
            .then(a.id.cmp(&b.id))
    });
    let mut pairs = Vec::new();
    let mut met = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        let found = round(&one_each(&by_rating), &met);
        if found.is_empty() {
            break;
        }
        let taken: BTreeSet<_> = found
            .iter()
            .flatten()
            .map(|ticket| (ticket.player, ticket.id))
            .collect();
        met.extend(found.iter().map(|[left, right]| (left.player, right.player)));
        by_rating.retain(|ticket| !taken.contains(&(ticket.player, ticket.id)));
        pairs.extend(found.into_iter().map(|[left, right]| [left.clone(), right.clone()]));
    }
    pairs
}

/// Leaves each player's oldest ticket, in order of rating.
fn one_each<'a>(by_rating: &[&'a QueuedTicket]) -> Vec<&'a QueuedTicket> {
    let mut oldest = BTreeMap::new();
    for ticket in by_rating {
        let entry = oldest.entry(ticket.player).or_insert(*ticket);
        if (ticket.enqueued_at, ticket.id) < (entry.enqueued_at, entry.id) {
            *entry = ticket;
        }
    }
    by_rating
        .iter()
        .filter(|ticket| oldest[&ticket.player].id == ticket.id)
        .copied()
        .collect()
}

/// One choice of neighbours: how many pairs, then how small their gaps (negated, in thousandths of a point).
type Worth = (u32, i64);

/// Chooses disjoint neighbours of greatest worth: `best[i] = max(best[i-1], best[i-2] + worth of (i-2, i-1))`.
fn round<'a>(
    tickets: &[&'a QueuedTicket],
    met: &BTreeSet<(tiltyard_protocol::PlayerId, tiltyard_protocol::PlayerId)>,
) -> Vec<[&'a QueuedTicket; 2]> {
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

fn taking(
    best: &[Worth],
    tickets: &[&QueuedTicket],
    i: usize,
    met: &BTreeSet<(tiltyard_protocol::PlayerId, tiltyard_protocol::PlayerId)>,
) -> Option<Worth> {
    let (left, right) = (tickets[i - 2], tickets[i - 1]);
    let meet = may_meet(left, right)
        && !met.contains(&(left.player, right.player))
        && !met.contains(&(right.player, left.player));
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
    use tiltyard_protocol::{BuildHash, PlayerId, TicketId, Timestamp};

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
            prop_assert_eq!(round(&sorted, &BTreeSet::new()).len(), most_neighbours(&sorted));
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
