//! Writes the plots of `actors/docs` and prints its tables: `cargo run --release -p tiltyard-pairing --example report -- actors/docs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

mod plot;

use std::path::Path;
use std::time::Duration;

use plot::Curve;
use rustix::time::{ClockId, clock_gettime};
use tiltyard_pairing::bench::{self, Figures, Plan, run};
use tiltyard_pairing::random::Random;
use tiltyard_pairing::simulation::{self, Outcome, Setup, Synthetic};

/// Rates of arrival and how many seconds of each are simulated.
const RATES: [(f64, u32); 5] = [
    (1.0, 7_200),
    (10.0, 3_600),
    (100.0, 1_200),
    (1_000.0, 300),
    (10_000.0, 60),
];

/// Slices that are held against the exact matcher.
const SLICES: u32 = 1_000;

/// Processor time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder for the plots")?;
    waits(Path::new(&folder))?;
    cost(Path::new(&folder))?;
    quality();
    Ok(())
}

/// What one tick finds of an exact matcher's pairs, by seed.
fn quality() {
    println!("| seed | slices of 300 | pairs of the exact matcher's % | gap mean |");
    println!("|---|---|---|---|");
    for seed in 1..=3 {
        eprintln!("exact matcher, seed {seed} ...");
        let (share, gap) = bench::against_exact(SLICES, &mut Random::new(seed));
        println!("| {seed} | {SLICES} | {:.3} | {gap:.2} |", share * 100.0);
    }
}

fn cost(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| tickets | K = 1 ms | K = 2 | K = 3 | K = 4 | adapted | reference sort ms | +100 ms | +1,000 | +10,000 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut all = Vec::new();
    for tickets in [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000] {
        eprintln!("{tickets} tickets ...");
        let plan = Plan {
            tickets,
            slices: 0,
            ..Plan::default()
        };
        let figures = run(plan, cpu, |_| {});
        let times = figures
            .cold_ms
            .values()
            .chain([&figures.cold_adaptive_ms, &figures.reference_sort_ms]);
        let standing = ["100", "1000", "10000"].map(|arrivals| &figures.standing_ms[arrivals]);
        let cells: Vec<_> = times.chain(standing).map(|ms| format!("{ms:.3}")).collect();
        println!("| {tickets} | {} |", cells.join(" | "));
        all.push(figures);
    }
    let curve = |name: &str, value: &dyn Fn(&Figures) -> f64| Curve {
        name: name.to_owned(),
        points: all
            .iter()
            .map(|figures| (f64::from(figures.tickets), value(figures)))
            .collect(),
    };
    let curves = [
        curve("cold, K = 1", &|figures| figures.cold_ms["1"]),
        curve("cold, K = 3", &|figures| figures.cold_ms["3"]),
        curve("cold, K = 4", &|figures| figures.cold_ms["4"]),
        curve("standing, +100", &|figures| figures.standing_ms["100"]),
        curve("standing, +1,000", &|figures| figures.standing_ms["1000"]),
        curve("reference sort", &|figures| figures.reference_sort_ms),
    ];
    let svg = plot::draw("Cost of a tick", "tickets in the pool", "ms of one core", &curves)?;
    std::fs::write(folder.join("pairing-cost.svg"), svg)?;
    Ok(())
}

fn waits(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| arrivals/s | widening | tick ms | matched % | wait p50 ms | p95 | p99 | max s | gap mean | p50 | p95 | p99 | oldest at the end s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut outcomes = Vec::new();
    for (rate, seconds) in RATES {
        eprintln!("{rate} tickets a second ...");
        for widen_percent in [0, 100] {
            let arrivals = Synthetic {
                widen_percent,
                ..Synthetic::at_rate(rate, seconds)
            };
            let outcome = simulation::run(&arrivals.draw(), Setup::default());
            print_row(rate, widen_percent, &outcome);
            if widen_percent == 0 {
                outcomes.push((rate, outcome));
            }
        }
    }
    let curve = |name: &str, value: &dyn Fn(&Outcome) -> f64| Curve {
        name: name.to_owned(),
        points: outcomes.iter().map(|(rate, outcome)| (*rate, value(outcome))).collect(),
    };
    let curves = [
        curve("wait p50, ms", &|outcome| outcome.wait_ms.p50),
        curve("wait p95, ms", &|outcome| outcome.wait_ms.p95),
        curve("wait p99, ms", &|outcome| outcome.wait_ms.p99),
        curve("gap mean, points", &|outcome| outcome.gap.mean),
        curve("gap p99, points", &|outcome| outcome.gap.p99),
    ];
    let svg = plot::draw(
        "Waits and gaps without widening",
        "arrivals a second",
        "ms, points",
        &curves,
    )?;
    std::fs::write(folder.join("pairing-waits.svg"), svg)?;
    Ok(())
}

fn print_row(rate: f64, widen_percent: u32, outcome: &Outcome) {
    let (wait, gap) = (outcome.wait_ms, outcome.gap);
    println!(
        "| {rate} | {} | {:.0} | {:.2} | {:.0} | {:.0} | {:.0} | {:.1} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} |",
        if widen_percent == 0 { "none" } else { "to 1,000" },
        outcome.tick_ms,
        outcome.matched_share * 100.0,
        wait.p50,
        wait.p95,
        wait.p99,
        wait.max / 1e3,
        gap.mean,
        gap.p50,
        gap.p95,
        gap.p99,
        outcome.oldest_fixed_ms.max(outcome.oldest_widening_ms) as f64 / 1e3,
    );
}
