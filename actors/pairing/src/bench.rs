//! What pairing costs and how good it is, as one result: a cold round, a standing pool, and slices against an exact matcher.
//!
//! Time is processor time of the calling thread, read from an argument. A cold round counts the whole tick with all tickets
//! waiting: making entries, sorting, the programme with its further passes, the bookkeeping of what was paired. Taking the
//! tickets in as they arrive is not part of the tick and is given apart.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::exact::maximum_matching;
use crate::points::{MILLI, milli};
use crate::random::Random;
use crate::{FamilyNo, NewTicket, PlayerNo, Pool, Rules, TicketNo};

/// Spreads of the mix, evenly.
pub const SPREADS: [u16; 5] = [10, 25, 50, 100, 200];
/// Tickets of a slice that an exact matcher pairs as well.
const SLICE: u32 = 300;
/// Points between two standing tickets: with spreads of one point, none of them fits another.
const STANDING_STEP: i32 = 2;

/// What is measured, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Tickets of the cold round and of the standing pool; at most a million stand.
    pub tickets: u32,
    /// Repetitions of each; the least time counts, since other work on the machine only adds to it.
    pub repetitions: u32,
    /// Slices that are held against the exact matcher.
    pub slices: u32,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            tickets: 1_000_000,
            repetitions: 15,
            slices: 100,
            seed: 1,
        }
    }
}

/// The result; times are in ms of processor time, gaps in points.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Tickets of the cold round and of the standing pool.
    pub tickets: u32,
    /// What the machine is worth at this moment: the standard library's unstable sort of as many random 64-bit keys.
    pub reference_sort_ms: f64,
    /// Taking all tickets in, before the round: per ticket, in ns.
    pub insert_ns: f64,
    /// A tick with all tickets new, by window.
    pub cold_ms: BTreeMap<String, f64>,
    /// The same, with the window that the batch's size chooses.
    pub cold_adaptive_ms: f64,
    /// Tickets paired by that round, of all.
    pub cold_matched: f64,
    /// Gap of a pair in that round, by window.
    pub cold_mean_gap: BTreeMap<String, f64>,
    /// A tick of a pool in which `tickets` stand and none fits another, by arrivals.
    pub standing_ms: BTreeMap<String, f64>,
    /// Pairs of slices of 300, of those that an exact matcher of maximum cardinality finds.
    pub matched_share_of_exact: f64,
    /// Gap of a pair in these slices.
    pub mean_gap: f64,
    /// Heap bytes of the pool per ticket taken in, before the first tick.
    pub bytes_per_ticket: f64,
    /// Heap bytes of a pool whose tickets all stand, per ticket.
    pub standing_bytes_per_ticket: f64,
}

/// A ticket to be: rating in thousandths, spread in points.
pub type Drawn = (i32, u16);

/// Draws tickets: ratings from N(1500, 300), spreads evenly from the mix.
#[must_use]
pub fn draw(n: u32, random: &mut Random) -> Vec<Drawn> {
    (0..n)
        .map(|_| {
            let rating = milli(random.normal(1_500.0, 300.0));
            (rating, SPREADS[random.below(5) as usize])
        })
        .collect()
}

/// Puts tickets into a pool, each of a player of its own, from player `first` on.
pub fn fill(pool: &mut Pool, first: u32, drawn: &[Drawn]) {
    for (player, (rating, spread)) in (first..).zip(drawn) {
        pool.set_player(PlayerNo(player), FamilyNo(player), *rating);
        let ticket = NewTicket {
            player: PlayerNo(player),
            spread: *spread,
            widen_to: None,
            enqueued_ms: 0,
        };
        pool.insert(ticket, 0);
    }
}

/// A pool in which `n` tickets stand, two points apart with spreads of one, so that nobody fits anybody.
#[must_use]
pub fn standing_pool(n: u32) -> Pool {
    let mut pool = Pool::default();
    let low = -(i32::try_from(n).unwrap_or(i32::MAX) / 2) * STANDING_STEP;
    let drawn: Vec<_> = (0_i32..)
        .take(n as usize)
        .map(|i| ((low + i * STANDING_STEP) * MILLI, 1))
        .collect();
    fill(&mut pool, 0, &drawn);
    pool.tick(0);
    pool
}

/// Draws arrivals for [`standing_pool`]: anywhere among those who stand, spreads of the mix; each fits one or two of them.
#[must_use]
pub fn draw_near_standing(arrivals: u32, standing: u32, random: &mut Random) -> Vec<Drawn> {
    let width = f64::from(standing) * f64::from(STANDING_STEP);
    (0..arrivals)
        .map(|_| (milli((random.unit() - 0.5) * width), SPREADS[random.below(5) as usize]))
        .collect()
}

/// Runs the plan. `cpu` tells the calling thread's processor time; `progress` is told what comes next.
pub fn run(plan: Plan, cpu: impl Fn() -> Duration, mut progress: impl FnMut(&str)) -> Figures {
    let mut random = Random::new(plan.seed);
    let drawn = draw(plan.tickets, &mut random);
    let mut figures = Figures {
        tickets: plan.tickets,
        reference_sort_ms: reference_sort(plan, &cpu, &mut random),
        insert_ns: 0.0,
        cold_ms: BTreeMap::new(),
        cold_adaptive_ms: 0.0,
        cold_matched: 0.0,
        cold_mean_gap: BTreeMap::new(),
        standing_ms: BTreeMap::new(),
        matched_share_of_exact: 0.0,
        mean_gap: 0.0,
        bytes_per_ticket: 0.0,
        standing_bytes_per_ticket: 0.0,
    };
    for window in [Some(1), Some(2), Some(3), Some(4), None] {
        progress(&window.map_or_else(|| "cold round".to_owned(), |k| format!("cold round, K = {k}")));
        let cold = cold(plan, window, &drawn, &cpu);
        figures.insert_ns = cold.insert_ns;
        figures.bytes_per_ticket = cold.bytes_per_ticket;
        if let Some(k) = window {
            figures.cold_ms.insert(k.to_string(), cold.tick_ms);
            figures.cold_mean_gap.insert(k.to_string(), cold.mean_gap);
        } else {
            (figures.cold_adaptive_ms, figures.cold_matched) = (cold.tick_ms, cold.matched);
        }
    }
    progress("standing pool");
    standing(plan, &cpu, &mut random, &mut figures);
    progress("exact matcher");
    (figures.matched_share_of_exact, figures.mean_gap) = against_exact(plan.slices, &mut random);
    figures
}

fn reference_sort(plan: Plan, cpu: &impl Fn() -> Duration, random: &mut Random) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..plan.repetitions {
        let mut keys: Vec<_> = (0..plan.tickets).map(|_| random.bits()).collect();
        let before = cpu();
        keys.sort_unstable();
        least = least.min(millis(cpu() - before));
    }
    least
}

struct Cold {
    insert_ns: f64,
    tick_ms: f64,
    matched: f64,
    mean_gap: f64,
    bytes_per_ticket: f64,
}

fn cold(plan: Plan, window: Option<usize>, drawn: &[Drawn], cpu: &impl Fn() -> Duration) -> Cold {
    let mut pool = Pool::new(Rules {
        window,
        ..Rules::default()
    });
    let mut least = Cold {
        insert_ns: f64::MAX,
        tick_ms: f64::MAX,
        matched: 0.0,
        mean_gap: 0.0,
        bytes_per_ticket: 0.0,
    };
    for repetition in 0..=plan.repetitions {
        let before = cpu();
        fill(&mut pool, 0, drawn);
        let filled = cpu();
        if repetition == 0 {
            least.bytes_per_ticket = pool.bytes() as f64 / f64::from(plan.tickets.max(1));
        }
        let between = cpu();
        let pairs = pool.tick(0);
        let after = cpu();
        // The first round finds its buffers; the rounds after it are steady.
        if repetition > 0 {
            least.insert_ns = least
                .insert_ns
                .min((filled - before).as_secs_f64() * 1e9 / drawn.len() as f64);
            least.tick_ms = least.tick_ms.min(millis(after - between));
        }
        least.matched = 2.0 * pairs.len() as f64 / drawn.len() as f64;
        let pairs = pairs.to_vec();
        least.mean_gap = mean_gap(&pool, &pairs);
        pool.clear();
    }
    least
}

fn standing(plan: Plan, cpu: &impl Fn() -> Duration, random: &mut Random, figures: &mut Figures) {
    let standing = plan.tickets.min(1_000_000);
    let mut pool = standing_pool(standing);
    figures.standing_bytes_per_ticket = pool.bytes() as f64 / f64::from(standing.max(1));
    for arrivals in [100, 1_000, 10_000] {
        let mut least = f64::MAX;
        for _ in 0..=plan.repetitions {
            fill(&mut pool, standing, &draw_near_standing(arrivals, standing, random));
            let before = cpu();
            let pairs = pool.tick(0);
            least = least.min(millis(cpu() - before));
            let pairs = pairs.to_vec();
            restore(&mut pool, standing, arrivals, &pairs);
        }
        figures.standing_ms.insert(arrivals.to_string(), least);
    }
}

/// Removes all arrivals and lets those who stood stand again.
fn restore(pool: &mut Pool, standing: u32, arrivals: u32, pairs: &[[TicketNo; 2]]) {
    for arrival in standing..standing + arrivals {
        pool.remove_all(PlayerNo(arrival));
    }
    for ticket in pairs.iter().flatten() {
        pool.release(*ticket, 0);
    }
    pool.tick(0);
}

/// Share of an exact matcher's pairs that one tick finds in slices, and the mean gap of what it pairs.
#[must_use]
pub fn against_exact(slices: u32, random: &mut Random) -> (f64, f64) {
    let (mut found, mut most, mut gaps) = (0, 0, 0.0);
    for _ in 0..slices {
        let drawn = draw(SLICE, random);
        let mut pool = Pool::default();
        fill(&mut pool, 0, &drawn);
        let pairs = pool.tick(0).to_vec();
        gaps += mean_gap(&pool, &pairs) * pairs.len() as f64;
        found += pairs.len();
        most += maximum_matching(&edges(&drawn)).iter().flatten().count() / 2;
    }
    (found as f64 / most.max(1) as f64, gaps / found.max(1) as f64)
}

/// For each ticket, who is within both spreads.
#[must_use]
pub fn edges(drawn: &[Drawn]) -> Vec<Vec<usize>> {
    let fits = |a: Drawn, b: Drawn| a.0.abs_diff(b.0) <= u32::from(a.1.min(b.1)) * MILLI.unsigned_abs();
    let neighbours = |a: usize| {
        (0..drawn.len())
            .filter(move |b| a != *b && fits(drawn[a], drawn[*b]))
            .collect()
    };
    (0..drawn.len()).map(neighbours).collect()
}

fn mean_gap(pool: &Pool, pairs: &[[TicketNo; 2]]) -> f64 {
    let gap = |[a, b]: &[TicketNo; 2]| i64::from(pool.rating(*a).abs_diff(pool.rating(*b)));
    crate::points::points(pairs.iter().map(gap).sum()) / pairs.len().max(1) as f64
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_plan_fills_every_figure() {
        let plan = Plan {
            tickets: 3_000,
            repetitions: 1,
            slices: 2,
            seed: 1,
        };
        let figures = run(plan, Duration::default, |_| {});
        assert_eq!(figures.cold_ms.len(), 4);
        assert_eq!(
            figures.standing_ms.keys().map(String::as_str).collect::<Vec<_>>(),
            ["100", "1000", "10000"]
        );
        assert!(figures.matched_share_of_exact > 0.98 && figures.matched_share_of_exact <= 1.0);
        assert!(figures.cold_matched > 0.98 && figures.mean_gap > 1.0);
    }

    #[test]
    fn nobody_in_a_standing_pool_fits_anybody_and_arrivals_fit_some() {
        let mut pool = standing_pool(20_000);
        assert_eq!(pool.tick(0).len(), 0);
        fill(&mut pool, 20_000, &draw_near_standing(100, 20_000, &mut Random::new(1)));
        assert!(pool.tick(0).len() >= 90);
    }
}
