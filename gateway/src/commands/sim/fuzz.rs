//! `sim fuzz`: random fights through the simulation's door, in search of one that panics, is refused, or does not end.

mod report;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::Serialize;
use tiltyard_protocol::MatchId;
use tiltyard_sim::sample::{self, Matchup};
use tiltyard_sim::{Content, EndReason};
use tiltyard_sim_wire::replay::Ending;
use tiltyard_sim_wire::{MatchRequest, Replay, Versions, encode_request, simulate};

use super::work::Workers;
use super::{clock, sources};
use crate::cli::SimFuzzArgs;
use crate::commands::{print, print_json};
use crate::exit::{Fatal, chain};

/// Faulty fights that are reported one by one; the others are only counted.
const FAULTS_MAX: usize = 20;

/// Fights of a kind, and those that nobody won.
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
pub(super) fn run(args: &SimFuzzArgs, folder: Option<&Path>) -> Result<(), Fatal> {
    let content = sources::content(folder)?;
    let workers = Workers::new(&args.sample, args.fights);
    let parts = workers.share("fuzzing", args.fights, Seen::default, |seen, item| {
        let number = args.sample.seed.wrapping_add(item);
        let started = clock::thread_cpu_ns();
        let fought = attempt(|| fight(&content, number, args.units));
        let cpu_ns = clock::thread_cpu_ns() - started;
        seen.add(number, fought, cpu_ns, || repro(args, folder, number));
        Ok(())
    })?;
    workers.finish();
    let report = report::report(parts);
    if args.sample.json {
        print_json(&report)?;
    } else {
        print(&report::for_people(&report))?;
    }
    report::verdict(&report)
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
    fn add(&mut self, number: u64, fought: Result<Ending, Failure>, cpu_ns: u64, repro: impl FnOnce() -> String) {
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
                        repro: repro(),
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
fn repro(args: &SimFuzzArgs, folder: Option<&Path>, number: u64) -> String {
    let units = args.units.map_or_else(String::new, |units| format!(" --units {units}"));
    let content = folder.map_or_else(String::new, |folder| format!(" --content '{}'", folder.display()));
    format!("tiltyard sim fuzz --fights 1 --seed {number}{units}{content}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::SimSampleArgs;

    #[test]
    fn the_repro_is_of_one_fight_of_the_same_kind_and_content() {
        let args = SimFuzzArgs {
            fights: 4,
            units: Some(3),
            sample: SimSampleArgs {
                seed: 0,
                threads: Some(1),
                json: true,
            },
        };
        assert_eq!(
            repro(&args, Some(Path::new("my content")), 7),
            "tiltyard sim fuzz --fights 1 --seed 7 --units 3 --content 'my content'"
        );
    }
}
