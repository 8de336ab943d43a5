//! `sim fuzz`: random fights through the simulation's door, in search of one that panics, is refused, or does not end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use tiltyard_protocol::MatchId;
use tiltyard_sim::sample::{self, Matchup};
use tiltyard_sim::{Content, EndReason, SEGMENT_TICKS};
use tiltyard_sim_wire::replay::Ending;
use tiltyard_sim_wire::{MatchRequest, Replay, Versions, encode_request, simulate};

use super::work::Workers;
use super::{clock, figures, sources};
use crate::cli::SimFuzzArgs;
use crate::commands::{print, print_json};
use crate::exit::{Fatal, chain};

/// Faulty fights that are reported one by one; the others are only counted.
const FAULTS_MAX: usize = 20;
/// Forced draws of 1,000 fights that are too many.
const FORCED_PERMILLE: u64 = 1;

/// Result of `sim fuzz --json`. All but `slowest_*` is the same in every run.
#[derive(Debug, Serialize)]
struct Report {
    fights: u64,
    panics: u64,
    /// Refused by the door, or with a replay that says something else than the result.
    failed: u64,
    draws: u64,
    forced_draws: u64,
    ticks_p50: u32,
    ticks_p99: u32,
    ticks_max: u32,
    /// The fight of `ticks_max`.
    longest_seed: u64,
    /// The fight that took the most processor time.
    slowest_seed: u64,
    slowest_ms: f64,
    /// Fights by length.
    lengths: Vec<Length>,
    kinds: Vec<Kind>,
    faults: Vec<Fault>,
}

/// How many fights ended within a span of ticks.
#[derive(Debug, Serialize)]
struct Length {
    up_to_ticks: u32,
    fights: u64,
}

/// The fights of one kind.
#[derive(Debug, Serialize)]
struct Kind {
    kind: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    fights: u64,
    draws: u64,
    forced_draws: u64,
}

/// A fight that should not have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Fault {
    seed: u64,
    is_panic: bool,
    what: String,
    repro: String,
}

/// What a thread has seen.
#[derive(Default)]
struct Seen {
    kinds: [Counts; KINDS.len()],
    ticks: Vec<u32>,
    panics: u64,
    failed: u64,
    /// (ticks, seed); of equal ones the lowest seed.
    longest: Option<(u32, u64)>,
    /// (nanoseconds, seed)
    slowest: Option<(u64, u64)>,
    faults: Vec<Fault>,
}

/// Kinds of fights, by the last two bits of their number.
const KINDS: [Matchup; 3] = [Matchup::Random, Matchup::HealOnly, Matchup::Mirror];

/// Fuzzes.
pub(super) fn run(args: &SimFuzzArgs) -> Result<(), Fatal> {
    let content = sources::content(&args.content)?;
    let workers = Workers::new(&args.sample, args.fights);
    let parts = workers.share("fuzzing", args.fights, Seen::default, |seen, item| {
        let number = args.sample.seed.wrapping_add(item);
        let started = clock::thread_cpu_ns();
        let fought = attempt(|| fight(&content, number, args.units));
        seen.add(args, number, fought, clock::thread_cpu_ns() - started);
        Ok(())
    })?;
    workers.finish();
    let report = report(parts);
    if args.sample.json {
        print_json(&report)?;
    } else {
        print(&for_people(&report))?;
    }
    verdict(&report)
}

/// Says which kind of fight a number has, as an index into [`KINDS`]: half are random.
const fn kind(number: u64) -> usize {
    match number % 4 {
        0 | 1 => 0,
        2 => 1,
        _ => 2,
    }
}

/// Fights through the door, reads the replay back, and compares.
fn fight(content: &Content, number: u64, units: Option<u8>) -> Result<Ending, String> {
    let varied = |bits: u64| usize::try_from(1 + bits % 8).unwrap_or(1);
    let sizes = units.map_or([varied(number / 4), varied(number / 32)], |units| {
        [usize::from(units); 2]
    });
    let seed = sample::seed(number);
    let [left, right] = KINDS[kind(number)].builds(content, number, sizes);
    let request = MatchRequest {
        match_id: MatchId::from_bytes(seed),
        versions: Versions::current(content, seed),
        left,
        right,
    };
    let simulated = simulate(&encode_request(&request), content).map_err(|error| chain(&error))?;
    let replay = Replay::decode(&simulated.replay_bytes).map_err(|error| format!("its replay: {}", chain(&error)))?;
    let ending = Ending::from(&simulated.outcome);
    if replay.ending == ending {
        Ok(ending)
    } else {
        Err(format!(
            "its replay ends in {:?}, the fight in {ending:?}",
            replay.ending
        ))
    }
}

/// Why there is no outcome.
enum Failure {
    Panic(String),
    Refused(String),
}

/// Lets a fight panic without taking the others along.
fn attempt<T>(fight: impl FnOnce() -> Result<T, String>) -> Result<T, Failure> {
    // Nothing of a fight outlives it, so nothing half done is seen.
    match catch_unwind(AssertUnwindSafe(fight)) {
        Ok(fought) => fought.map_err(Failure::Refused),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Err(Failure::Panic(
                text.unwrap_or_else(|| "a panic without a message".to_owned()),
            ))
        }
    }
}

impl Seen {
    fn add(&mut self, args: &SimFuzzArgs, number: u64, fought: Result<Ending, Failure>, cpu_ns: u64) {
        let counts = &mut self.kinds[kind(number)];
        counts.fights += 1;
        self.slowest = self.slowest.max(Some((cpu_ns, number)));
        match fought {
            Ok(ending) => {
                counts.draws += u64::from(ending.winner.is_none());
                counts.forced_draws += u64::from(ending.reason == EndReason::TimeLimit);
                self.ticks.push(ending.ticks);
                self.longest = longer(self.longest, Some((ending.ticks, number)));
            }
            Err(failure) => {
                let (is_panic, what) = match failure {
                    Failure::Panic(what) => (true, what),
                    Failure::Refused(what) => (false, what),
                };
                self.panics += u64::from(is_panic);
                self.failed += u64::from(!is_panic);
                // A thread's numbers rise, so these are its lowest.
                if self.faults.len() < FAULTS_MAX {
                    self.faults.push(Fault {
                        seed: number,
                        is_panic,
                        what,
                        repro: repro(args, number),
                    });
                }
            }
        }
    }
}

/// Returns the longer of two fights, of equal ones that with the lower number.
fn longer(one: Option<(u32, u64)>, other: Option<(u32, u64)>) -> Option<(u32, u64)> {
    one.into_iter()
        .chain(other)
        .max_by_key(|&(ticks, number)| (ticks, std::cmp::Reverse(number)))
}

/// Returns the command that fights this fight alone.
fn repro(args: &SimFuzzArgs, number: u64) -> String {
    let units = args.units.map_or_else(String::new, |units| format!(" --units {units}"));
    let content = args.content.content.as_ref();
    let content = content.map_or_else(String::new, |folder| format!(" --content '{}'", folder.display()));
    format!("tiltyard sim fuzz --fights 1 --seed {number}{units}{content}")
}

fn report(parts: Vec<Seen>) -> Report {
    let mut all = Seen::default();
    for part in parts {
        let Seen {
            kinds,
            ticks,
            panics,
            failed,
            longest,
            slowest,
            faults,
        } = part;
        for (sum, counts) in all.kinds.iter_mut().zip(kinds) {
            sum.fights += counts.fights;
            sum.draws += counts.draws;
            sum.forced_draws += counts.forced_draws;
        }
        all.ticks.extend(ticks);
        all.panics += panics;
        all.failed += failed;
        all.longest = longer(all.longest, longest);
        all.slowest = all.slowest.max(slowest);
        all.faults.extend(faults);
    }
    all.ticks.sort_unstable();
    all.faults.sort_by_key(|fault| fault.seed);
    all.faults.truncate(FAULTS_MAX);
    let sum = |of: fn(&Counts) -> u64| all.kinds.iter().map(of).sum();
    let (ticks_max, longest_seed) = all.longest.unwrap_or_default();
    let (slowest_ns, slowest_seed) = all.slowest.unwrap_or_default();
    let kinds = KINDS.iter().zip(all.kinds).map(|(kind, counts)| Kind {
        kind: kind.key(),
        counts,
    });
    Report {
        fights: sum(|counts| counts.fights),
        panics: all.panics,
        failed: all.failed,
        draws: sum(|counts| counts.draws),
        forced_draws: sum(|counts| counts.forced_draws),
        ticks_p50: figures::at(&all.ticks, 500).unwrap_or(0),
        ticks_p99: figures::at(&all.ticks, 990).unwrap_or(0),
        ticks_max,
        longest_seed,
        slowest_seed,
        slowest_ms: figures::ms(slowest_ns),
        lengths: lengths(&all.ticks),
        kinds: kinds.collect(),
        faults: all.faults,
    }
}

/// Counts sorted lengths by replay segments.
fn lengths(ticks: &[u32]) -> Vec<Length> {
    let longest = ticks.last().copied().unwrap_or(0);
    let ends = (1..=longest.div_ceil(SEGMENT_TICKS)).map(|segment| segment * SEGMENT_TICKS);
    let within = |end: u32| ticks.partition_point(|&length| length <= end) as u64;
    ends.map(|end| Length {
        up_to_ticks: end,
        fights: within(end) - within(end - SEGMENT_TICKS),
    })
    .collect()
}

fn verdict(report: &Report) -> Result<(), Fatal> {
    let mut problems = Vec::new();
    if report.panics + report.failed > 0 {
        problems.push(format!("{} panics, {} failures:", report.panics, report.failed));
        problems.extend(
            report
                .faults
                .iter()
                .map(|fault| format!("  seed {}: {}; {}", fault.seed, fault.what, fault.repro)),
        );
    }
    if report.forced_draws > 0 && report.forced_draws * 1000 >= report.fights * FORCED_PERMILLE {
        let (forced, fights) = (report.forced_draws, report.fights);
        problems.push(format!(
            "{forced} of {fights} fights reach the last tick, fewer than 0.1 % allowed"
        ));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Fatal::new(Fatal::CHECK, problems.join("\n")))
    }
}

fn for_people(report: &Report) -> String {
    let mut lines = vec![format!(
        "{} fights: {} panics, {} failed, {} draws of which {} forced",
        report.fights, report.panics, report.failed, report.draws, report.forced_draws
    )];
    for Kind { kind, counts } in &report.kinds {
        let Counts {
            fights,
            draws,
            forced_draws,
        } = counts;
        lines.push(format!(
            "  {kind:10} {fights:8} fights, {draws} draws of which {forced_draws} forced"
        ));
    }
    lines.push(format!(
        "ticks: p50 {}, p99 {}, max {} (seed {}); slowest: {} ms (seed {})",
        report.ticks_p50,
        report.ticks_p99,
        report.ticks_max,
        report.longest_seed,
        report.slowest_ms,
        report.slowest_seed
    ));
    for Length { up_to_ticks, fights } in &report.lengths {
        let bar = usize::try_from(fights * 60 / report.fights.max(1)).unwrap_or(0);
        lines.push(format!("  up to {up_to_ticks:5} ticks {fights:8} {}", "#".repeat(bar)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{SimContentArgs, SimSampleArgs};

    fn args() -> SimFuzzArgs {
        SimFuzzArgs {
            fights: 4,
            units: Some(3),
            sample: SimSampleArgs {
                seed: 0,
                threads: Some(1),
                json: true,
            },
            content: SimContentArgs { content: None },
        }
    }

    #[test]
    fn a_panic_is_counted_and_named_with_its_repro() {
        let mut seen = Seen::default();
        let bad: Option<Ending> = None;
        let panicking = attempt(|| Ok(bad.expect("a slot beyond the last")));
        seen.add(&args(), 7, panicking, 5);
        seen.add(&args(), 8, attempt(|| Err("refused".to_owned())), 9);
        let report = report(vec![seen]);
        assert_eq!((report.panics, report.failed, report.fights), (1, 1, 2));
        assert_eq!((report.slowest_seed, report.faults.len()), (8, 2));
        let text = verdict(&report).unwrap_err().to_string();
        assert!(
            text.contains("seed 7: a slot beyond the last; tiltyard sim fuzz --fights 1 --seed 7 --units 3"),
            "{text}"
        );
    }

    #[test]
    fn too_many_forced_draws_are_a_failure() {
        let ending = |reason| Ending {
            winner: None,
            reason,
            ticks: 10_000,
            state_hash: 0,
        };
        let mut seen = Seen::default();
        seen.add(&args(), 0, Ok(ending(EndReason::MutualKill)), 1);
        assert!(verdict(&report(vec![seen])).is_ok());
        let mut seen = Seen::default();
        for number in 1..=1000 {
            let reason = if number == 1 {
                EndReason::TimeLimit
            } else {
                EndReason::Elimination
            };
            seen.add(&args(), number, Ok(ending(reason)), 1);
        }
        let report = report(vec![seen]);
        assert!(verdict(&report).unwrap_err().to_string().contains("1 of 1000 fights"));
        assert_eq!((report.longest_seed, report.lengths.last().unwrap().fights), (1, 1000));
    }
}
