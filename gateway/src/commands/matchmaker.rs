//! `matchmaker`: what pairing costs, and recorded or drawn arrivals under other rules.

mod rules;
mod table;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use tiltyard_pairing::bench::{self, Figures, Plan};
use tiltyard_pairing::simulation::{self, Outcome, Synthetic};
use tiltyard_pairing::trace::{self, Line};

use super::{print, print_json, progress};
use crate::cli::matchmaker::{BenchArgs, MatchmakerCommand, ReplayArgs, SimulateArgs, TrialArgs};
use crate::exit::{Fatal, chain};
use rules::Trial;

/// Arrivals that fit into the memory of a desk: about 2 GB of lines and what is known of each.
const ARRIVALS_MAX: f64 = 20_000_000.0;
/// Longest recording: pairing runs every second of it, empty ones too.
const RECORDING_DAYS_MAX: u64 = 31;

/// Runs a subcommand.
pub(super) fn run(command: MatchmakerCommand) -> Result<(), Fatal> {
    match command {
        MatchmakerCommand::Bench(args) => bench(args),
        MatchmakerCommand::Replay(args) => replay(&args),
        MatchmakerCommand::Simulate(args) => simulate(&args),
    }
}

/// Processor time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = time.tv_nsec.try_into().unwrap_or(0);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), nanos)
}

fn bench(args: BenchArgs) -> Result<(), Fatal> {
    let plan = Plan {
        tickets: args.tickets,
        repetitions: args.repetitions,
        slices: args.slices,
        seed: args.seed,
    };
    let spinner = progress::spinner();
    let figures = bench::run(plan, cpu, |next| spinner.set_message(next.to_owned()));
    spinner.finish_and_clear();
    if args.json {
        return print_json(&figures);
    }
    print(&summary(&figures))
}

fn summary(figures: &Figures) -> String {
    let mut lines = vec![format!("{} tickets, ms of one core:", figures.tickets)];
    let cold = figures.cold_ms.iter();
    lines.extend(cold.map(|(window, ms)| format!("  cold round, K = {window}: {ms:.2}")));
    lines.push(format!("  cold round, K adapted: {:.2}", figures.cold_adaptive_ms));
    let standing = figures.standing_ms.iter();
    lines.extend(standing.map(|(arrivals, ms)| format!("  standing pool, {arrivals} arrivals: {ms:.2}")));
    lines.push(format!(
        "  reference, sorting as many keys: {:.2}",
        figures.reference_sort_ms
    ));
    lines.push(format!(
        "pairs of an exact matcher's: {:.2} %, mean gap {:.2} points",
        figures.matched_share_of_exact * 100.0,
        figures.mean_gap
    ));
    lines.push(format!(
        "bytes a ticket: {:.0} before the first tick, {:.0} standing",
        figures.bytes_per_ticket, figures.standing_bytes_per_ticket
    ));
    lines.join("\n")
}

fn replay(args: &ReplayArgs) -> Result<(), Fatal> {
    let trials = rules::read(&args.trial.rules)?;
    let name = args.file.display();
    let text = std::fs::read_to_string(&args.file).map_err(|error| invalid(format!("{name}: {error}")))?;
    let lines = trace::parse(&text).map_err(|error| invalid(format!("{name}: {}", chain(&error))))?;
    let longest_ms = RECORDING_DAYS_MAX * 24 * 3_600_000;
    if let Some(last) = lines.last().filter(|last| last.at_ms() > longest_ms) {
        return Err(invalid(format!(
            "{name}: at_ms: the recording ends at {} ms, {RECORDING_DAYS_MAX} days at most; \
             at_ms counts from the beginning of the recording",
            last.at_ms()
        )));
    }
    compare(&lines, &trials, &args.trial)
}

fn simulate(args: &SimulateArgs) -> Result<(), Fatal> {
    let trials = rules::read(&args.trial.rules)?;
    let arrivals = args.rate * f64::from(args.seconds);
    if !(args.rate > 0.0 && arrivals <= ARRIVALS_MAX) {
        return Err(invalid(format!(
            "--rate takes a number over 0, and --rate times --seconds at most {ARRIVALS_MAX} tickets, not {arrivals}"
        )));
    }
    let lines = drawn(args).draw();
    if let Some(path) = &args.record {
        record(path, &lines)?;
    }
    compare(&lines, &trials, &args.trial)
}

fn drawn(args: &SimulateArgs) -> Synthetic {
    Synthetic {
        per_second: args.rate,
        seconds: args.seconds,
        ratings: (args.ratings.mean, args.ratings.deviation),
        spreads: args.spreads.clone(),
        widen_percent: args.widen_percent,
        widen_to: args.widen_to,
        patience_ms: args.patience_ms.map(f64::from),
        seed: args.seed,
    }
}

fn record(path: &Path, lines: &[Line]) -> Result<(), Fatal> {
    let failed = |error: &dyn std::error::Error| Fatal::resource(&path.display().to_string(), error);
    let mut file = BufWriter::new(File::create(path).map_err(|error| failed(&error))?);
    for line in lines {
        let line = trace::write(line).map_err(|error| failed(&error))?;
        writeln!(file, "{line}").map_err(|error| failed(&error))?;
    }
    file.flush().map_err(|error| failed(&error))
}

/// Result of `replay` and `simulate` with `--json`.
#[derive(Serialize)]
struct Comparison<'a> {
    lines: usize,
    trials: Vec<Tried<'a>>,
}

/// One set of rules and what came of it.
#[derive(Serialize)]
struct Tried<'a> {
    #[serde(flatten)]
    trial: &'a Trial,
    #[serde(flatten)]
    outcome: Outcome,
}

fn compare(lines: &[Line], trials: &[Trial], args: &TrialArgs) -> Result<(), Fatal> {
    let bar = progress::bar("lines", lines.len() * trials.len());
    let trials = (0..).zip(trials).map(|(place, trial)| {
        let before = place * lines.len();
        let outcome = simulation::run_watched(lines, trial.setup(), |done| bar.set_position((before + done) as u64));
        Tried { trial, outcome }
    });
    let trials: Vec<_> = trials.collect();
    bar.finish_and_clear();
    let comparison = Comparison {
        lines: lines.len(),
        trials,
    };
    if args.json {
        print_json(&comparison)
    } else {
        print(&table::of(&comparison.trials))
    }
}

fn invalid(message: String) -> Fatal {
    Fatal::new(Fatal::CONFIG, message)
}

#[cfg(test)]
#[path = "matchmaker/tests.rs"]
mod tests;
