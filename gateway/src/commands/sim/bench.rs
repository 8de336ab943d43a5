//! `sim bench`: how fast the simulation's door is: request bytes decoded, validated, fought, recorded, hashed, compressed.
//!
//! Requests are encoded before the clock starts, and the living units of each tick are counted in a fight of their own, which
//! warms caches as well. Times of a fight are processor time of its thread; the throughput is by the wall's clock.

use std::path::Path;

use serde::Serialize;
use tiltyard_protocol::MatchId;
use tiltyard_sim::limits::UNITS_MAX;
use tiltyard_sim::sample::{self, Matchup};
use tiltyard_sim::{Content, Fight, Frame, Recorder, Team};
use tiltyard_sim_wire::{MatchRequest, ReplayRecorder, Versions, encode_request, simulate};

use super::work::Workers;
use super::{clock, figures, invalid, sources};
use crate::cli::SimBenchArgs;
use crate::commands::{print, print_json};
use crate::exit::Fatal;

/// The commit that this program was built from; with `+` if what it is made of had changes.
const BUILD: &str = env!("BUILD_COMMIT");

/// Result of `sim bench --json`.
#[derive(Debug, Serialize)]
struct Report {
    throughput_per_s: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    min_ms: f64,
    max_ms: f64,
    failed: u64,
    ns_per_unit_tick: f64,
    replay_bytes_p50: usize,
    replay_bytes_p95: usize,
    ticks_p50: u32,
    threads: usize,
    build: &'static str,
}

/// A fight that is ready to be measured.
struct Ready {
    what: Input,
    /// Living units, summed over its ticks.
    unit_ticks: u64,
}

enum Input {
    /// As a worker gets it.
    Request(Vec<u8>),
    /// Larger than a request can be.
    Horde(Box<[Team; 2]>, [u8; 16]),
}

/// What one fight took and gave.
#[derive(Clone, Copy)]
struct Measured {
    cpu_ns: u64,
    unit_ticks: u64,
    ticks: u32,
    replay_bytes: usize,
}

/// Measures; a fight that was refused is a failure.
pub(super) fn run(args: &SimBenchArgs, folder: Option<&Path>) -> Result<(), Fatal> {
    let content = sources::content(folder)?;
    let workers = Workers::new(&args.sample, 2 * args.fights);
    let ready = workers.share("preparing", args.fights, Vec::new, |part, number| {
        part.push(prepare(
            &content,
            args.sample.seed.wrapping_add(number),
            args.units.into(),
        )?);
        Ok(())
    })?;
    let ready: Vec<_> = ready.into_iter().flatten().collect();
    let started = clock::wall_ns();
    let parts = workers.share("fighting", args.fights, Vec::new, |part, number| {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        part.push(ready.get(at).and_then(|ready| measure(ready, &content)));
        Ok(())
    })?;
    let wall_ns = clock::wall_ns() - started;
    workers.finish();
    let results: Vec<_> = parts.into_iter().flatten().collect();
    let report = report(&results, wall_ns, workers.threads());
    if args.sample.json {
        print_json(&report)?;
    } else {
        print(&for_people(&report, args.fights, wall_ns))?;
    }
    judge(&report, args.fights)
}

fn judge(report: &Report, total: u64) -> Result<(), Fatal> {
    match report.failed {
        0 => Ok(()),
        failed => Err(Fatal::new(Fatal::CHECK, format!("{failed} of {total} fights failed"))),
    }
}

fn prepare(content: &Content, number: u64, units: usize) -> Result<Ready, Fatal> {
    let seed = sample::seed(number);
    let (teams, what) = if units > UNITS_MAX {
        let team = |number| {
            sample::horde(content, number, units).map_err(|problems| invalid(format!("a sampled team: {problems:?}")))
        };
        let teams = [
            team(number.wrapping_mul(2))?,
            team(number.wrapping_mul(2).wrapping_add(1))?,
        ];
        (teams.clone(), Input::Horde(Box::new(teams), seed))
    } else {
        let [left, right] = Matchup::Random.builds(content, number, [units; 2]);
        let teams = [
            sources::team("a sampled team", &left, content)?,
            sources::team("a sampled team", &right, content)?,
        ];
        let request = MatchRequest {
            match_id: MatchId::from_bytes(seed),
            versions: Versions::current(content, seed),
            left,
            right,
        };
        (teams, Input::Request(encode_request(&request)))
    };
    let mut living = Living(0);
    tiltyard_sim::run(&fight(content, seed, &teams)?, &mut living);
    Ok(Ready {
        what,
        unit_ticks: living.0,
    })
}

fn fight<'a>(content: &'a Content, seed: [u8; 16], [left, right]: &'a [Team; 2]) -> Result<Fight<'a>, Fatal> {
    Fight::new(content, seed, left, right).map_err(|error| Fatal::resource("simulation", &error))
}

/// Counts living units.
struct Living(u64);

impl Recorder for Living {
    fn tick(&mut self, frame: &Frame<'_>) {
        self.0 += frame.vitals.iter().filter(|unit| unit.alive).count() as u64;
    }
}

/// Fights once under the clock; `None` if the fight was refused.
fn measure(ready: &Ready, content: &Content) -> Option<Measured> {
    let started = clock::thread_cpu_ns();
    let (ticks, replay) = match &ready.what {
        Input::Request(bytes) => {
            let simulated = simulate(bytes, content).ok()?;
            (simulated.outcome.ticks, simulated.replay_bytes)
        }
        Input::Horde(teams, seed) => {
            let mut recorder = ReplayRecorder::new();
            let outcome = tiltyard_sim::run(&fight(content, *seed, teams).ok()?, &mut recorder);
            let versions = Versions::current(content, *seed);
            (outcome.ticks, recorder.finish(&versions, &outcome, content).ok()?)
        }
    };
    Some(Measured {
        cpu_ns: clock::thread_cpu_ns() - started,
        unit_ticks: ready.unit_ticks,
        ticks,
        replay_bytes: replay.len(),
    })
}

fn report(results: &[Option<Measured>], wall_ns: u64, threads: usize) -> Report {
    let good: Vec<Measured> = results.iter().flatten().copied().collect();
    let times = sorted(&good, |fight| fight.cpu_ns);
    let bytes = sorted(&good, |fight| fight.replay_bytes);
    let ticks = sorted(&good, |fight| fight.ticks);
    let time = |permille| figures::ms(figures::at(&times, permille).unwrap_or(0));
    let unit_ticks = good.iter().map(|fight| fight.unit_ticks).sum();
    Report {
        throughput_per_s: figures::per_second(good.len() as u64, wall_ns),
        p50_ms: time(500),
        p95_ms: time(950),
        p99_ms: time(990),
        min_ms: time(0),
        max_ms: time(1000),
        failed: (results.len() - good.len()) as u64,
        ns_per_unit_tick: figures::ratio(times.iter().sum(), unit_ticks),
        replay_bytes_p50: figures::at(&bytes, 500).unwrap_or(0),
        replay_bytes_p95: figures::at(&bytes, 950).unwrap_or(0),
        ticks_p50: figures::at(&ticks, 500).unwrap_or(0),
        threads,
        build: BUILD,
    }
}

fn sorted<T: Ord>(fights: &[Measured], of: impl Fn(&Measured) -> T) -> Vec<T> {
    let mut values: Vec<T> = fights.iter().map(of).collect();
    values.sort_unstable();
    values
}

fn for_people(report: &Report, total: u64, wall_ns: u64) -> String {
    let Report {
        throughput_per_s,
        p50_ms,
        p95_ms,
        p99_ms,
        min_ms,
        max_ms,
        failed,
        ns_per_unit_tick,
        replay_bytes_p50,
        replay_bytes_p95,
        ticks_p50,
        threads,
        build,
    } = report;
    let completed = total - failed;
    let seconds = figures::ms(wall_ns) / 1000.0;
    format!(
        "completed {completed}/{total} ({throughput_per_s}/sec) in {seconds:.3} s on {threads} threads\n\
         total       {total}\n\
         failed      {failed}\n\
         throughput  {throughput_per_s}/sec\n\
         p50         {p50_ms} ms\n\
         p95         {p95_ms} ms\n\
         p99         {p99_ms} ms\n\
         min         {min_ms} ms\n\
         max         {max_ms} ms\n\
         (a fight's times are processor time of its thread: {ns_per_unit_tick} ns a living unit and tick,\n\
         {ticks_p50} ticks at the median; replays {replay_bytes_p50} bytes at the median, {replay_bytes_p95} at p95; build {build})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_and_measure_nothing() {
        let fight = |cpu_ns, replay_bytes| {
            Some(Measured {
                cpu_ns,
                unit_ticks: 1_000,
                ticks: 10,
                replay_bytes,
            })
        };
        let results = [fight(3_000_000, 9), None, fight(1_000_000, 7)];
        let report = report(&results, 1_000_000_000, 2);
        assert_eq!((report.failed, report.throughput_per_s), (1, 2.0));
        assert_eq!((report.min_ms, report.p50_ms, report.max_ms), (1.0, 1.0, 3.0));
        assert_eq!((report.ns_per_unit_tick, report.replay_bytes_p50), (2_000.0, 7));
        assert!(for_people(&report, 3, 1_000_000_000).starts_with("completed 2/3 (2/sec)"));
        assert_eq!(judge(&report, 3).unwrap_err().to_string(), "1 of 3 fights failed");
        assert!(judge(&Report { failed: 0, ..report }, 3).is_ok());
    }
}
