//! Says what a fight costs: processor time of this thread a fight and a living unit-tick, and sizes of replays.
//!
//! `cargo run --release -p tiltyard-sim-wire --example speed -- PART FIGHTS`; PART is one of
//! `simulate` (2x5, request bytes to replay bytes), `run` (2x5, nothing recorded), `record` (2x5 with replay),
//! `run50` and `record50` (2x50), and `floor` (plain arrays, `sim/benches/parts/floor.rs`). Teams and seeds are the
//! sampler's, so that two programs can be compared: by their digests, and under `valgrind --tool=callgrind`, whose
//! instruction counts other work on the machine does not change.
#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a report for people, in times a fight"
)]

#[path = "../../benches/parts/floor.rs"]
mod floor;

use rustix::time::{ClockId, clock_gettime};
use tiltyard_protocol::MatchId;
use tiltyard_sim::{Content, Fight, Frame, Outcome, Recorder, Team, run, sample, validate};
use tiltyard_sim_wire::{MatchRequest, ReplayRecorder, Versions, encode_request, simulate};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let part = args
        .next()
        .ok_or("which part? simulate, run, record, run50, record50 or floor")?;
    let fights: u64 = args.next().map_or(Ok(100), |text| text.parse())?;
    let content = Content::builtin()?;
    let mut report = Report::default();
    for number in 0..fights {
        match part.as_str() {
            "simulate" => report.simulate(&content, number)?,
            "floor" => report.floor(number),
            _ => report.fight(&content, number, part.starts_with("record"), part.ends_with("50"))?,
        }
    }
    report.print(&part);
    Ok(())
}

/// What was measured, a value a fight.
#[derive(Default)]
struct Report {
    cpu_ns: Vec<u64>,
    ticks: Vec<u64>,
    replay_bytes: Vec<u64>,
    unit_ticks: u64,
    /// Over all state hashes and replays.
    digest: u64,
}

impl Report {
    fn simulate(&mut self, content: &Content, number: u64) -> Result<(), Failure> {
        let request = MatchRequest {
            match_id: MatchId::from_bytes([7; 16]),
            versions: Versions::current(content, sample::seed(number)),
            left: sample::build(content, 2 * number, 5),
            right: sample::build(content, 2 * number + 1, 5),
        };
        let bytes = encode_request(&request);
        let simulated = self.timed(|| simulate(&bytes, content))?;
        let teams = [validate(&request.left, content), validate(&request.right, content)];
        let [left, right] = teams.map(|team| team.map_err(|problems| format!("{problems:?}")));
        self.count(content, number, &left?, &right?)?;
        self.add(&simulated.outcome, &simulated.replay_bytes);
        Ok(())
    }

    fn fight(&mut self, content: &Content, number: u64, is_recorded: bool, is_large: bool) -> Result<(), Failure> {
        let team = |number| {
            let team = if is_large {
                sample::horde(content, number, 50)
            } else {
                validate(&sample::build(content, number, 5), content)
            };
            team.map_err(|problems| format!("{problems:?}"))
        };
        let (left, right) = (team(2 * number)?, team(2 * number + 1)?);
        let fight = Fight::new(content, sample::seed(number), &left, &right)?;
        let versions = Versions::current(content, sample::seed(number));
        let (outcome, replay) = self.timed(|| {
            if !is_recorded {
                return Ok((run(&fight, &mut ()), Vec::new()));
            }
            let mut recorder = ReplayRecorder::new();
            let outcome = run(&fight, &mut recorder);
            recorder
                .finish(&versions, &outcome, content)
                .map(|replay| (outcome, replay))
        })?;
        self.count(content, number, &left, &right)?;
        self.add(&outcome, &replay);
        Ok(())
    }

    fn floor(&mut self, number: u64) {
        let (unit_ticks, sum) = self.timed(|| floor::fight(std::hint::black_box(number)));
        self.unit_ticks += unit_ticks;
        self.digest = self.digest.rotate_left(7) ^ sum.cast_unsigned();
    }

    fn timed<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = cpu_ns();
        let done = work();
        self.cpu_ns.push(cpu_ns().saturating_sub(begun));
        done
    }

    /// Counts the living of each tick, in a fight of its own.
    fn count(&mut self, content: &Content, number: u64, left: &Team, right: &Team) -> Result<(), Failure> {
        let mut living = Living(0);
        run(&Fight::new(content, sample::seed(number), left, right)?, &mut living);
        self.unit_ticks += living.0;
        Ok(())
    }

    fn add(&mut self, outcome: &Outcome, replay: &[u8]) {
        self.ticks.push(u64::from(outcome.ticks));
        self.replay_bytes.push(replay.len() as u64);
        let mix = |digest: u64, word: u64| (digest ^ word).wrapping_mul(0x0100_0000_01b3);
        let bytes = replay.iter().map(|&byte| u64::from(byte));
        self.digest = bytes.fold(mix(self.digest, outcome.state_hash), mix);
    }

    fn print(mut self, part: &str) {
        let total: u64 = self.cpu_ns.iter().sum();
        let fights = self.cpu_ns.len();
        println!(
            "{part}: {fights} fights, {:.0}/s a core, {:.1} ns a living unit-tick, digest {:016x}",
            fights as f64 * 1e9 / total.max(1) as f64,
            total as f64 / self.unit_ticks.max(1) as f64,
            self.digest,
        );
        line("  processor time in us", &mut self.cpu_ns, 1000);
        line("  ticks", &mut self.ticks, 1);
        line("  replay bytes", &mut self.replay_bytes, 1);
    }
}

fn line(name: &str, values: &mut [u64], unit: u64) {
    values.sort_unstable();
    let at = |percent: usize| {
        values
            .get(values.len().saturating_sub(1) * percent / 100)
            .map_or(0, |value| value / unit)
    };
    println!("{name}: p50 {} p95 {} p99 {} max {}", at(50), at(95), at(99), at(100));
}

/// Counts living units.
struct Living(u64);

impl Recorder for Living {
    fn tick(&mut self, frame: &Frame<'_>) {
        self.0 += frame.vitals.iter().filter(|unit| unit.alive).count() as u64;
    }
}

/// Returns the processor time that this thread has had.
fn cpu_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}
