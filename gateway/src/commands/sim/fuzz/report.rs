//! What a fuzzing run found, put together so that it does not depend on which thread found it.

use serde::Serialize;
use tiltyard_sim::SEGMENT_TICKS;

use super::{Counts, FAULTS_MAX, Fault, KINDS, Seen, longer};
use crate::commands::sim::figures;
use crate::exit::Fatal;

/// Forced draws of 1,000 fights that are too many.
const FORCED_PERMILLE: u64 = 1;

/// Result of `sim fuzz --json`. All but `slowest_*` is the same in every run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
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

/// Puts the threads' parts together.
pub(super) fn report(parts: Vec<Seen>) -> Report {
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

/// Says whether anything was found.
pub(super) fn verdict(report: &Report) -> Result<(), Fatal> {
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

/// Returns the report for a terminal.
pub(super) fn for_people(report: &Report) -> String {
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
    use crate::commands::sim::fuzz::attempt;
    use tiltyard_sim::EndReason;
    use tiltyard_sim_wire::replay::Ending;

    #[test]
    fn a_panic_is_counted_and_named_with_its_repro() {
        let mut seen = Seen::default();
        let panicking = attempt(|| panic!("slot {} is beyond the last", 24));
        seen.add(7, panicking, 5, || "once more with seed 7".to_owned());
        seen.add(8, attempt(|| Err("refused".to_owned())), 9, String::new);
        let report = report(vec![seen]);
        assert_eq!((report.panics, report.failed, report.fights), (1, 1, 2));
        assert_eq!((report.slowest_seed, report.faults.len()), (8, 2));
        let text = verdict(&report).unwrap_err().to_string();
        assert!(
            text.contains("seed 7: slot 24 is beyond the last; once more with seed 7"),
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
        seen.add(0, Ok(ending(EndReason::MutualKill)), 1, String::new);
        assert!(verdict(&report(vec![seen])).is_ok());
        let mut seen = Seen::default();
        for number in 1..=1000 {
            let reason = if number == 1 {
                EndReason::TimeLimit
            } else {
                EndReason::Elimination
            };
            seen.add(number, Ok(ending(reason)), 1, String::new);
        }
        let report = report(vec![seen]);
        assert!(verdict(&report).unwrap_err().to_string().contains("1 of 1000 fights"));
        assert_eq!((report.longest_seed, report.lengths.last().unwrap().fights), (1, 1000));
    }
}
