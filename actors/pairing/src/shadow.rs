//! The shadow audit: a small slice of a real queue, paired by the same rules and by the exact matcher, beside the queue's work.

use crate::exact::maximum_matching;
use crate::points::{MILLI, points};
use crate::{FamilyNo, NewTicket, PlayerNo, Pool, Reason, Rules};

/// Tickets of a slice: the exact matcher takes their number cubed.
pub const SLICE_MAX: usize = 300;

/// A ticket of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// Whose it is.
    pub player: PlayerNo,
    /// The player's family.
    pub family: FamilyNo,
    /// The player's rating in thousandths of a point.
    pub rating: i32,
    /// The spread that counts, in points.
    pub spread: u16,
}

/// Tickets that stand near each other, each of another player.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// The tickets.
    pub tickets: Vec<Sampled>,
    /// Players among them who may not meet.
    pub excluded: Vec<[PlayerNo; 2]>,
}

/// What became of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Tickets that were looked at.
    pub tickets: usize,
    /// Pairs that the pool finds.
    pub pairs: usize,
    /// Pairs that can be found at most.
    pub most: usize,
    /// Mean difference in rating of the pool's pairs, in points.
    pub mean_gap: f64,
    /// The same if each of their tickets met the nearest that fits it, which no matching can go below.
    pub least_gap: f64,
}

impl Comparison {
    /// Returns which share of the pairs that can be found the pool finds; `None` if there is nothing to find.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub fn share_of_exact(&self) -> Option<f64> {
        (self.most > 0).then(|| self.pairs as f64 / self.most as f64)
    }
}

/// Pairs a slice in both ways.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "gaps of a few hundred tickets")]
pub fn compare(slice: &Slice, rules: Rules) -> Comparison {
    let tickets = &slice.tickets[..slice.tickets.len().min(SLICE_MAX)];
    let fits = |a: &Sampled, b: &Sampled| {
        let near = a.rating.abs_diff(b.rating) <= u32::from(a.spread.min(b.spread)) * MILLI.unsigned_abs();
        let apart = |pair: &[PlayerNo; 2]| pair.contains(&a.player) && pair.contains(&b.player);
        near && a.player != b.player && a.family != b.family && !slice.excluded.iter().any(apart)
    };
    let edges: Vec<Vec<usize>> = tickets
        .iter()
        .map(|a| (0..tickets.len()).filter(|b| fits(a, &tickets[*b])).collect())
        .collect();
    let most = maximum_matching(&edges).iter().flatten().count() / 2;

    let found = paired(tickets, &slice.excluded, rules);
    let gap = |a: usize, b: usize| i64::from(tickets[a].rating.abs_diff(tickets[b].rating));
    let total: i64 = found.iter().map(|[a, b]| gap(*a, *b)).sum();
    let nearest = |a: &usize| edges[*a].iter().map(|b| gap(*a, *b)).min().unwrap_or(0);
    let least: i64 = found.iter().flatten().map(nearest).sum();
    let count = found.len().max(1) as f64;
    Comparison {
        tickets: tickets.len(),
        pairs: found.len(),
        most,
        mean_gap: points(total) / count,
        least_gap: points(least) / (2.0 * count),
    }
}

/// Pairs tickets as a pool does in which nobody else waits; returns their places.
fn paired(tickets: &[Sampled], excluded: &[[PlayerNo; 2]], rules: Rules) -> Vec<[usize; 2]> {
    let number = |place: usize| PlayerNo(u32::try_from(place).unwrap_or(u32::MAX));
    let place = |player: PlayerNo| tickets.iter().position(|ticket| ticket.player == player);
    let mut pool = Pool::new(rules);
    for (n, ticket) in tickets.iter().enumerate() {
        // Families are numbered like players here; what matters is who shares one.
        let head = tickets.iter().position(|other| other.family == ticket.family);
        pool.set_player(number(n), FamilyNo(number(head.unwrap_or(n)).0), ticket.rating);
    }
    for [a, b] in excluded {
        if let (Some(a), Some(b)) = (place(*a), place(*b)) {
            pool.exclude(number(a), number(b), Reason::Blocked);
        }
    }
    // A fresh pool numbers its tickets in order.
    for (n, ticket) in tickets.iter().enumerate() {
        let new = NewTicket {
            player: number(n),
            spread: ticket.spread,
            widen_to: None,
            enqueued_ms: 0,
        };
        pool.insert(new, 0);
    }
    let pairs = pool.tick(0).iter();
    pairs.map(|pair| pair.map(|ticket| ticket.0 as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(player: u32, rating: i32, spread: u16) -> Sampled {
        Sampled {
            player: PlayerNo(player),
            family: FamilyNo(player),
            rating: rating * MILLI,
            spread,
        }
    }

    #[test]
    fn a_slice_is_paired_in_both_ways() {
        let slice = Slice {
            tickets: vec![
                sampled(7, 1_500, 100),
                sampled(9, 1_520, 100),
                sampled(8, 1_590, 100),
                sampled(5, 1_600, 100),
            ],
            excluded: vec![],
        };
        let expected = Comparison {
            tickets: 4,
            pairs: 2,
            most: 2,
            mean_gap: 15.0,
            least_gap: 15.0,
        };
        let found = compare(&slice, Rules::default());
        assert_eq!((found, found.share_of_exact()), (expected, Some(1.0)));
    }

    #[test]
    fn who_may_not_meet_is_no_pair_of_either() {
        let mut slice = Slice {
            tickets: vec![sampled(7, 1_500, 100), sampled(9, 1_520, 100)],
            excluded: vec![[PlayerNo(9), PlayerNo(7)]],
        };
        let found = compare(&slice, Rules::default());
        assert_eq!((found.pairs, found.most, found.share_of_exact()), (0, 0, None));
        slice.excluded.clear();
        slice.tickets[1].family = FamilyNo(7);
        assert_eq!(compare(&slice, Rules::default()).most, 0);
    }
}
