//! The matchmaker's time machine: arrivals, recorded or drawn, run through a pool on a clock of their own.
//!
//! The same arrivals under two sets of rules can be held beside each other: waits, gaps, and how many found an opponent.

use std::collections::HashMap;

use serde::Serialize;

use crate::points::{milli, points};
use crate::random::Random;
use crate::trace::{Line, Why};
use crate::{FamilyNo, NewTicket, PlayerNo, Pool, Rules, TicketNo, pace};

/// Arrivals to be drawn.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// Tickets a second, on average.
    pub per_second: f64,
    /// How long they arrive.
    pub seconds: u32,
    /// Mean and deviation of the ratings.
    pub ratings: (f64, f64),
    /// Spreads, evenly.
    pub spreads: Vec<u16>,
    /// Of 100 tickets, how many may be widened.
    pub widen_percent: u32,
    /// Up to how many points.
    pub widen_to: u16,
    /// Mean time after which a ticket that still waits is cancelled.
    pub patience_ms: Option<f64>,
    /// Seed of all that is drawn.
    pub seed: u64,
}

impl Synthetic {
    /// Arrivals at a rate: ratings from N(1500, 300), spreads evenly from 10, 25, 50, 100, 200, each player once, no cancels.
    #[must_use]
    pub fn at_rate(per_second: f64, seconds: u32) -> Self {
        Self {
            per_second,
            seconds,
            ratings: (1_500.0, 300.0),
            spreads: crate::bench::SPREADS.to_vec(),
            widen_percent: 0,
            widen_to: 1_000,
            patience_ms: None,
            seed: 1,
        }
    }

    /// Draws them: independent arrivals, so times between them are exponentially distributed.
    #[must_use]
    pub fn draw(&self) -> Vec<Line> {
        let mut random = Random::new(self.seed);
        let mut lines = Vec::new();
        let mut at_ms = 0.0;
        for ticket in 0.. {
            at_ms += random.exponential(1_000.0 / self.per_second);
            if at_ms >= f64::from(self.seconds) * 1_000.0 {
                break;
            }
            let spread = self.spreads[random.below(u32::try_from(self.spreads.len()).unwrap_or(1)) as usize];
            let widens = random.below(100) < self.widen_percent;
            lines.push(Line::Arrived {
                at_ms: whole(at_ms),
                ticket,
                player: ticket,
                rating: random.normal(self.ratings.0, self.ratings.1),
                spread,
                widen_to: widens.then_some(self.widen_to),
            });
            if let Some(patience_ms) = self.patience_ms {
                lines.push(Line::Left {
                    at_ms: whole(at_ms + random.exponential(patience_ms)),
                    ticket,
                    why: Why::Cancelled,
                });
            }
        }
        lines.sort_by_key(Line::at_ms);
        lines
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time within the run"
)]
const fn whole(ms: f64) -> u64 {
    ms as u64
}

/// Rules to be tried.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// How the pool pairs.
    pub rules: Rules,
    /// Length of a tick in ms; `None` adapts it to the arrivals.
    pub tick_ms: Option<u64>,
}

/// Percentiles of what was observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Mean.
    pub mean: f64,
    /// Half were at most this.
    pub p50: f64,
    /// 95 % were at most this.
    pub p95: f64,
    /// 99 % were at most this.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Percentiles {
    fn of(mut observed: Vec<i64>, unit: f64) -> Self {
        observed.sort_unstable();
        let at = |percent: usize| {
            let index = (observed.len() * percent).div_ceil(100).saturating_sub(1);
            observed.get(index).map_or(0.0, |value| *value as f64 / unit)
        };
        Self {
            mean: observed.iter().sum::<i64>() as f64 / unit / observed.len().max(1) as f64,
            p50: at(50),
            p95: at(95),
            p99: at(99),
            max: at(100),
        }
    }
}

/// What became of the arrivals.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Tickets that arrived.
    pub tickets: usize,
    /// Tickets that found an opponent.
    pub matched: usize,
    /// Tickets that left before.
    pub left: usize,
    /// Tickets that still waited at the end.
    pub waiting: usize,
    /// Share of the matched among those who arrived.
    pub matched_share: f64,
    /// Time from arrival to pairing, in ms, of the matched.
    pub wait_ms: Percentiles,
    /// Difference in rating of a pair, in points.
    pub gap: Percentiles,
    /// Longest time a ticket without permission to widen has waited at the end, in ms.
    pub oldest_fixed_ms: u64,
    /// The same among those with permission.
    pub oldest_widening_ms: u64,
    /// Ticks that were run.
    pub ticks: u64,
    /// Mean length of a tick in ms.
    pub tick_ms: f64,
}

/// Runs arrivals through a pool under the given rules, until the last line's tick.
#[must_use]
pub fn run(lines: &[Line], setup: Setup) -> Outcome {
    run_watched(lines, setup, |_done| {})
}

/// The same; `progress` is told after each tick how many lines have been taken.
#[must_use]
pub fn run_watched(lines: &[Line], setup: Setup, mut progress: impl FnMut(usize)) -> Outcome {
    let mut run = Run::new(setup);
    let all = lines.len();
    let mut lines = lines.iter().peekable();
    let mut now_ms = 0;
    while lines.peek().is_some() {
        progress(all - lines.len());
        now_ms += run.tick_length();
        while let Some(line) = lines.next_if(|line| line.at_ms() <= now_ms) {
            run.take(line);
        }
        run.tick(now_ms);
    }
    run.outcome(now_ms)
}

/// A ticket under way.
#[derive(Clone, Copy)]
struct Waiting {
    name: u64,
    since_ms: u64,
    widens: bool,
}

struct Run {
    setup: Setup,
    pool: Pool,
    /// Tickets by their number in the pool.
    waiting: HashMap<TicketNo, Waiting>,
    by_name: HashMap<u64, TicketNo>,
    players: HashMap<u64, PlayerNo>,
    waits: Vec<i64>,
    gaps: Vec<i64>,
    outcome: Outcome,
    now_ms: u64,
}

impl Run {
    fn new(setup: Setup) -> Self {
        Self {
            setup,
            pool: Pool::new(setup.rules),
            waiting: HashMap::new(),
            by_name: HashMap::new(),
            players: HashMap::new(),
            waits: Vec::new(),
            gaps: Vec::new(),
            outcome: Outcome::default(),
            now_ms: 0,
        }
    }

    fn tick_length(&self) -> u64 {
        self.setup.tick_ms.unwrap_or_else(|| {
            let length = pace::tick_length(self.pool.demand().per_second(self.now_ms));
            u64::try_from(length.as_millis()).unwrap_or(u64::MAX).max(1)
        })
    }

    fn take(&mut self, line: &Line) {
        match *line {
            // Whoever recorded it may have heard of a ticket twice.
            Line::Arrived { ticket, .. } if self.by_name.contains_key(&ticket) => {}
            Line::Arrived {
                at_ms,
                ticket,
                player,
                rating,
                spread,
                widen_to,
            } => {
                let next = PlayerNo(u32::try_from(self.players.len()).unwrap_or(u32::MAX));
                let player = *self.players.entry(player).or_insert(next);
                self.pool.set_player(player, FamilyNo(player.0), milli(rating));
                let new = NewTicket {
                    player,
                    spread,
                    widen_to,
                    enqueued_ms: at_ms,
                };
                let number = self.pool.insert(new, at_ms);
                self.outcome.tickets += 1;
                self.by_name.insert(ticket, number);
                let widens = widen_to.is_some();
                self.waiting.insert(
                    number,
                    Waiting {
                        name: ticket,
                        since_ms: at_ms,
                        widens,
                    },
                );
            }
            Line::Left { why: Why::Matched, .. } => {}
            Line::Left {
                ticket,
                why: Why::Cancelled | Why::Expired,
                ..
            } => {
                if let Some(number) = self.by_name.remove(&ticket) {
                    self.pool.remove(number);
                    self.waiting.remove(&number);
                    self.outcome.left += 1;
                }
            }
        }
    }

    fn tick(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.outcome.ticks += 1;
        let pairs = self.pool.tick(now_ms).to_vec();
        for pair in pairs {
            let [a, b] = pair.map(|ticket| i64::from(self.pool.rating(ticket)));
            self.gaps.push((a - b).abs());
            for ticket in pair {
                self.pool.remove(ticket);
                if let Some(found) = self.waiting.remove(&ticket) {
                    self.by_name.remove(&found.name);
                    let wait = now_ms.saturating_sub(found.since_ms);
                    self.waits.push(i64::try_from(wait).unwrap_or(i64::MAX));
                }
            }
        }
    }

    fn outcome(mut self, now_ms: u64) -> Outcome {
        let oldest = |widens| {
            let waits = self.waiting.values().filter(|waiting| waiting.widens == widens);
            waits.map(|waiting| now_ms - waiting.since_ms).max().unwrap_or(0)
        };
        (self.outcome.oldest_fixed_ms, self.outcome.oldest_widening_ms) = (oldest(false), oldest(true));
        self.outcome.matched = self.waits.len();
        self.outcome.waiting = self.waiting.len();
        self.outcome.matched_share = self.waits.len() as f64 / self.outcome.tickets.max(1) as f64;
        self.outcome.wait_ms = Percentiles::of(self.waits, 1.0);
        self.outcome.gap = Percentiles::of(self.gaps, 1.0 / points(1));
        self.outcome.tick_ms = now_ms as f64 / self.outcome.ticks.max(1) as f64;
        self.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ticket_is_accounted_for_and_the_same_seed_gives_the_same_run() {
        let arrivals = Synthetic {
            patience_ms: Some(5_000.0),
            widen_percent: 30,
            ..Synthetic::at_rate(20.0, 60)
        };
        let lines = arrivals.draw();
        let [one, two] = [Setup::default(); 2].map(|setup| run(&lines, setup));
        assert_eq!(one.tickets, one.matched + one.left + one.waiting);
        assert!(one.matched > 0 && one.left > 0);
        assert_eq!((one.wait_ms, one.gap), (two.wait_ms, two.gap));
    }

    #[test]
    fn longer_ticks_wait_longer_and_pair_nearer() {
        let lines = Synthetic::at_rate(100.0, 60).draw();
        let setup = |tick_ms| Setup {
            tick_ms: Some(tick_ms),
            ..Setup::default()
        };
        let [short, long] = [100, 5_000].map(|tick_ms| run(&lines, setup(tick_ms)));
        assert!(short.wait_ms.p50 < long.wait_ms.p50);
        assert!(short.gap.mean > long.gap.mean);
    }

    #[test]
    fn who_allows_widening_does_not_starve() {
        let allowed = Synthetic {
            widen_percent: 100,
            ..Synthetic::at_rate(2.0, 600)
        };
        let outcome = run(&allowed.draw(), Setup::default());
        assert!(
            outcome.oldest_widening_ms < 120_000 && outcome.wait_ms.max < 240_000.0,
            "{outcome:?}"
        );
    }

    #[test]
    fn a_recording_runs_as_the_arrivals_it_was_made_of() {
        let lines = Synthetic::at_rate(10.0, 20).draw();
        let text: Vec<_> = lines.iter().map(|line| crate::trace::write(line).unwrap()).collect();
        let read = crate::trace::parse(&text.join("\n")).unwrap();
        let [drawn, recorded] = [&lines, &read].map(|lines| run(lines, Setup::default()));
        assert_eq!((drawn.matched, drawn.wait_ms), (recorded.matched, recorded.wait_ms));
    }
}
