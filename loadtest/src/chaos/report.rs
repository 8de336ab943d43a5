//! What a chaos run reports: what was done and seen, what broke, how long anybody waited, and how to do it again.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::faults::Done;
use super::judge::{Epoch, Quiet, Span, complaints, covered_ms, falling, outage_ms, takeover_ms};
use super::kind::Kind;
use crate::players;

/// Longest time from the healing of the last fault until whoever was paired knows the result.
const TOLD_MAX_MS: u64 = 5_000;
/// Longest time that a client may be without an answer after a fault.
const OUTAGE_MAX_MS: u64 = 5_000;
/// Longest time beyond the lease in which a dead leader is followed by another.
const TAKEOVER_GRACE_MS: u64 = 500;
/// Longest time in which a leader that is asked to end is followed by another.
const HANDOVER_MAX_MS: u64 = 200;

/// All that a run saw, before it is judged.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) done: Vec<Done>,
    pub(super) quiets: Vec<Quiet>,
    pub(super) epochs: Vec<Epoch>,
    /// For each probe when its writes succeeded.
    pub(super) successes: Vec<Vec<u64>>,
    /// Nodes that ended though nobody had made them.
    pub(super) deaths: Vec<String>,
    /// What kept the run from its plan.
    pub(super) broken: Option<String>,
}

/// The outcome of a run. Times are wall clock of this machine.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Faults whose effect was seen.
    pub faults: usize,
    /// Faults of the schedule.
    pub planned: usize,
    /// Faults whose effect was seen, by kind.
    pub faults_by_kind: BTreeMap<&'static str, usize>,
    /// Freezes of processes among them.
    pub freezes: usize,
    /// Failed checks of the players, the audit's violations and epochs that fell: what must never be.
    pub violations: u64,
    /// The first of them.
    pub violations_listed: Vec<String>,
    /// What was slower than it should be, or was not there when it should be.
    pub late: Vec<String>,
    /// Longest time from a leader's death to the next epoch, or from the healing of what kept others from being elected.
    pub takeover_ms_max: Option<u64>,
    /// Takeovers measured.
    pub takeovers: usize,
    /// Longest time from asking a leader to end to the next epoch.
    pub handover_ms_max: Option<u64>,
    /// Hand-overs measured.
    pub handovers: usize,
    /// Longest time from a fault's end (of a process: its start) to the next success of a client, without the time in
    /// which PostgreSQL or Redis itself was down.
    pub outage_ms_max: Option<u64>,
    /// Time in which PostgreSQL or Redis itself was down.
    pub store_down_ms: u64,
    /// Matches whose result some player was told.
    pub matches: usize,
    /// Crash points at which a node was seen to abort.
    pub crash_points: Vec<&'static str>,
    /// Seed of the run.
    pub seed: u64,
    /// Rounds of the run.
    pub rounds: usize,
    /// What does the same again.
    pub replay: String,
    /// The fake players' own report.
    pub players: players::Report,
    /// Every fault of the schedule with what came of it.
    pub schedule: Vec<Done>,
    /// Ends of the nodes' logs, if something was wrong.
    #[serde(skip)]
    pub logs: Vec<(String, String)>,
}

/// What a report is made of beside what was seen.
pub(super) struct Frame {
    pub(super) seed: u64,
    pub(super) rounds: usize,
    pub(super) lease: Duration,
    pub(super) replay: String,
}

impl Report {
    /// Judges a run.
    pub(super) fn new(frame: Frame, seen: Seen, players: players::Report) -> Self {
        let lease_ms = u64::try_from(frame.lease.as_millis()).unwrap_or(u64::MAX);
        let mut late: Vec<String> = seen.broken.iter().cloned().collect();
        late.extend(seen.deaths.iter().map(|death| format!("ended by itself: {death}")));
        for (round, quiet) in seen.quiets.iter().enumerate() {
            late.extend(complaints(round, quiet, TOLD_MAX_MS));
        }
        if players.returned > 0 {
            late.push(format!("{} tickets were returned", players.returned));
        }
        let takeover = succession(&seen, is_takeover, lease_ms + TAKEOVER_GRACE_MS, &mut late);
        let handover = succession(&seen, |kind| kind == Kind::LeaderDrain, HANDOVER_MAX_MS, &mut late);
        let outage = outages(&seen, &mut late);
        let fell = falling(&seen.epochs);
        let listed = players.failures.iter().chain(&fell).cloned().collect();
        let observed = || seen.done.iter().filter(|done| done.observed);
        let mut faults_by_kind = BTreeMap::new();
        for done in observed() {
            *faults_by_kind.entry(done.planned.kind.name()).or_default() += 1;
        }
        let mut crash_points: Vec<_> = observed().filter_map(|done| done.planned.point).collect();
        crash_points.sort_unstable();
        crash_points.dedup();
        Self {
            faults: observed().count(),
            planned: seen.done.len(),
            faults_by_kind,
            freezes: observed().filter(|done| done.planned.kind.is_freeze()).count(),
            violations: players.failed_checks + fell.len() as u64,
            violations_listed: listed,
            late,
            takeover_ms_max: takeover.iter().copied().max(),
            takeovers: takeover.len(),
            handover_ms_max: handover.iter().copied().max(),
            handovers: handover.len(),
            outage_ms_max: outage,
            store_down_ms: covered_ms(Span { from: 0, to: u64::MAX }, &down(&seen)),
            matches: players.matches,
            crash_points,
            seed: frame.seed,
            rounds: frame.rounds,
            replay: frame.replay,
            players,
            schedule: seen.done,
            logs: Vec::new(),
        }
    }

    /// Says whether nothing happened that must never happen.
    #[must_use]
    pub const fn is_safe(&self) -> bool {
        self.violations == 0
    }

    /// Says whether everything went on in time.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.late.is_empty()
    }
}

const fn is_takeover(kind: Kind) -> bool {
    matches!(kind, Kind::LeaderKill | Kind::LeaderFreeze | Kind::LeaderCrash)
}

/// Returns the stretches in which a store itself did not serve.
fn down(seen: &Seen) -> Vec<Span> {
    let stopped = seen.done.iter().filter(|done| done.planned.kind.stops_store());
    stopped.map(|done| done.span).collect()
}

/// Returns how long each queue of a lost leader was without one, and adds what took longer than it may.
fn succession(seen: &Seen, counts: impl Fn(Kind) -> bool, max_ms: u64, late: &mut Vec<String>) -> Vec<u64> {
    let hurts = |done: &&Done| done.planned.kind.hurts_election(done.planned.target);
    let hurt: Vec<Span> = seen.done.iter().filter(hurts).map(|done| done.span).collect();
    let mut took = Vec::new();
    for done in seen
        .done
        .iter()
        .filter(|done| done.observed && counts(done.planned.kind))
    {
        for queue in &done.queues {
            let what = || {
                let Done { planned, .. } = done;
                format!(
                    "round {}: after {} of queue {queue}",
                    planned.round,
                    planned.kind.name()
                )
            };
            match takeover_ms(done.span.from, queue, &seen.epochs, &hurt) {
                None => late.push(format!("{} nobody led", what())),
                Some(ms) => {
                    took.push(ms);
                    if ms > max_ms {
                        late.push(format!("{} the next leader came after {ms} ms", what()));
                    }
                }
            }
        }
    }
    took
}

/// Returns the longest outage of any client, and adds those that are longer than they may be.
fn outages(seen: &Seen, late: &mut Vec<String>) -> Option<u64> {
    let down = down(seen);
    let mut longest = None;
    for done in seen.done.iter().filter(|done| done.observed) {
        let from = if done.planned.kind.hits_process() {
            done.span.from
        } else {
            done.span.to
        };
        let what = || format!("round {}: after {}", done.planned.round, done.planned.kind.name());
        for successes in &seen.successes {
            match outage_ms(from, successes, &down) {
                None => late.push(format!("{} a client had no answer until the end", what())),
                Some(ms) => {
                    longest = longest.max(Some(ms));
                    if ms > OUTAGE_MAX_MS {
                        late.push(format!("{} a client had no answer for {ms} ms", what()));
                    }
                }
            }
        }
    }
    longest
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |value: Option<u64>| value.map_or("none".to_owned(), |ms| format!("{ms} ms"));
        writeln!(
            f,
            "faults     {} seen of {} planned in {} rounds",
            self.faults, self.planned, self.rounds
        )?;
        for (kind, count) in &self.faults_by_kind {
            writeln!(f, "           {count:>4} {kind}")?;
        }
        writeln!(f, "points     {}", self.crash_points.join(", "))?;
        writeln!(
            f,
            "takeover   {} at most, of {}",
            ms(self.takeover_ms_max),
            self.takeovers
        )?;
        writeln!(
            f,
            "hand-over  {} at most, of {}",
            ms(self.handover_ms_max),
            self.handovers
        )?;
        writeln!(
            f,
            "outage     {} at most; a store itself was down for {} ms",
            ms(self.outage_ms_max),
            self.store_down_ms
        )?;
        writeln!(f, "{}", self.players)?;
        for what in &self.late {
            writeln!(f, "LATE       {what}")?;
        }
        for what in &self.violations_listed {
            writeln!(f, "VIOLATION  {what}")?;
        }
        writeln!(f, "late       {}", self.late.len())?;
        writeln!(f, "violations {}", self.violations)?;
        write!(f, "again      {}", self.replay)
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
