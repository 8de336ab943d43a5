//! What a run reports: throughput, waits, and how many checks failed.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};
use serde::Serialize;

use super::note::Totals;
use crate::breach::{Breach, Check};

/// Failed checks that are kept in full; all are counted.
pub const BREACHES_KEPT: usize = 20;

/// The outcome of a run. Times are wall clock of this process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Different matches whose result some player was told.
    pub matches: usize,
    /// Matches a second, from the first ticket until enough matches were seen.
    pub matches_per_s: f64,
    /// Checks that failed, the audit's violations included. A run passes with 0.
    pub failed_checks: u64,
    /// Median of the waits from the first sending of a ticket to its result event, in ms.
    pub p50_ms: f64,
    /// 95th percentile of the waits.
    pub p95_ms: f64,
    /// 99th percentile of the waits.
    pub p99_ms: f64,
    /// Longest wait.
    pub max_ms: f64,
    /// Waits that were measured: those of players who do not drop their streams themselves.
    pub measured: u64,
    /// Seconds from the first ticket until enough matches were seen.
    pub seconds: f64,
    /// Players.
    pub players: usize,
    /// Tickets accepted.
    pub tickets: u64,
    /// Tickets cancelled at the end.
    pub cancelled: u64,
    /// Tickets that the server returned, or that expired.
    pub returned: u64,
    /// Events told, each counted once.
    pub events: u64,
    /// Events told again after a resume.
    pub repeats: u64,
    /// Replays fetched, decoded and compared.
    pub replays: u64,
    /// Streams dropped on purpose.
    pub drops: u64,
    /// Streams that ended otherwise, or could not be opened.
    pub reconnects: u64,
    /// Requests sent again because they got no answer or were asked to come back.
    pub retries: u64,
    /// Violations that the server's audit found; absent if it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_violations: Option<u64>,
    /// Seed of the run.
    pub seed: u64,
    /// Failed checks by name, the audit's violations included.
    pub failed_by_check: BTreeMap<&'static str, u64>,
    /// The first failed checks.
    pub failures: Vec<String>,
}

/// Collects failed checks: all are counted, the first are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaches {
    count: u64,
    by_check: BTreeMap<&'static str, u64>,
    first: Vec<String>,
}

/// Collects waits.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    micros: Histogram<u64>,
}

/// What the conductor knows at the end.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) matches: usize,
    /// Matches seen, and the time it took, when enough were.
    pub(crate) window: (usize, Duration),
    pub(crate) breaches: Breaches,
    pub(crate) waits: Waits,
    pub(crate) totals: Totals,
}

impl Breaches {
    pub(crate) fn add(&mut self, breach: &Breach) {
        self.count += 1;
        *self.by_check.entry(breach.check.name()).or_default() += 1;
        if self.first.len() < BREACHES_KEPT {
            self.first.push(breach.to_string());
        }
    }
}

impl Waits {
    /// Longest wait told apart from longer ones: far beyond any run's time-out.
    const MAX: Duration = Duration::from_secs(24 * 3600);

    /// Makes an empty collection with three digits.
    pub(crate) fn new() -> Result<Self, CreationError> {
        let micros = Histogram::new_with_bounds(1, Self::MAX.as_secs() * 1_000_000, 3)?;
        Ok(Self { micros })
    }

    pub(crate) fn record(&mut self, wait: Duration) {
        let micros = u64::try_from(wait.min(Self::MAX).as_micros()).unwrap_or(u64::MAX);
        self.micros.saturating_record(micros);
    }

    fn at(&self, quantile: f64) -> f64 {
        millis(self.micros.value_at_quantile(quantile))
    }
}

impl Report {
    pub(crate) fn new(tally: Tally, players: usize, seed: u64, retries: u64) -> Self {
        let Tally {
            matches,
            window: (seen, took),
            breaches,
            waits,
            totals,
        } = tally;
        let Totals {
            tickets,
            cancelled,
            returned,
            events,
            repeats,
            drops,
            reconnects,
            replays,
        } = totals;
        let seconds = took.as_secs_f64();
        Self {
            matches,
            matches_per_s: if seconds > 0.0 {
                rounded(seen as f64 / seconds)
            } else {
                0.0
            },
            failed_checks: breaches.count,
            p50_ms: waits.at(0.5),
            p95_ms: waits.at(0.95),
            p99_ms: waits.at(0.99),
            max_ms: if waits.micros.is_empty() {
                0.0
            } else {
                millis(waits.micros.max())
            },
            measured: waits.micros.len(),
            seconds: rounded(seconds),
            players,
            tickets,
            cancelled,
            returned,
            events,
            repeats,
            replays,
            drops,
            reconnects,
            retries,
            audit_violations: None,
            seed,
            failed_by_check: breaches.by_check,
            failures: breaches.first,
        }
    }

    /// Makes the report of a run in which nothing happened, for tests of what is made of it.
    #[cfg(test)]
    pub(crate) fn nothing() -> Self {
        let tally = Tally {
            matches: 0,
            window: (0, Duration::ZERO),
            breaches: Breaches::default(),
            waits: Waits::new().unwrap(),
            totals: Totals::default(),
        };
        Self::new(tally, 0, 0, 0)
    }

    /// Adds what the server's audit found.
    pub(crate) fn add_audit(&mut self, violations: u64, first: impl IntoIterator<Item = String>) {
        self.audit_violations = Some(violations);
        self.count(Check::Audit, violations);
        let room = BREACHES_KEPT.saturating_sub(self.failures.len());
        self.failures.extend(first.into_iter().take(room));
    }

    /// Adds a check that failed after the players were through.
    pub(crate) fn add_breach(&mut self, breach: &Breach) {
        self.count(breach.check, 1);
        self.failures.push(breach.to_string());
    }

    fn count(&mut self, check: Check, failed: u64) {
        self.failed_checks += failed;
        if failed > 0 {
            *self.failed_by_check.entry(check.name()).or_default() += failed;
        }
    }

    /// Says whether every check held.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.failed_checks == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "matches        {} ({}/s over {} s)",
            self.matches, self.matches_per_s, self.seconds
        )?;
        writeln!(
            f,
            "enqueue->event p50 {} ms, p95 {} ms, p99 {} ms, max {} ms ({} measured)",
            self.p50_ms, self.p95_ms, self.p99_ms, self.max_ms, self.measured
        )?;
        writeln!(
            f,
            "tickets        {} accepted by {} players, {} cancelled, {} returned",
            self.tickets, self.players, self.cancelled, self.returned
        )?;
        writeln!(
            f,
            "events         {} told, {} told again; {} replays",
            self.events, self.repeats, self.replays
        )?;
        writeln!(
            f,
            "connections    {} streams dropped, {} lost, {} requests repeated",
            self.drops, self.reconnects, self.retries
        )?;
        match self.audit_violations {
            Some(violations) => writeln!(f, "audit          {violations} violations")?,
            None => writeln!(f, "audit          not run")?,
        }
        write!(f, "failed checks  {} (seed {})", self.failed_checks, self.seed)
    }
}

fn millis(micros: u64) -> f64 {
    // Far below the 2^52 microseconds at which a float would start to round.
    rounded(micros as f64 / 1_000.0)
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let (mut waits, mut breaches) = (Waits::new().unwrap(), Breaches::default());
        (1..=100).for_each(|ms| waits.record(Duration::from_millis(ms)));
        (0..30).for_each(|n| breaches.add(&Breach::new(Check::EventLost, n.to_string())));
        let window = (500, Duration::from_secs(4));
        Tally {
            matches: 510,
            window,
            breaches,
            waits,
            totals: Totals::default(),
        }
    }

    #[test]
    fn a_report_counts_everything_and_keeps_the_first() {
        let mut report = Report::new(tally(), 8, 1, 0);
        assert_eq!(
            (report.matches, report.matches_per_s, report.seconds),
            (510, 125.0, 4.0)
        );
        assert!((49.9..=50.1).contains(&report.p50_ms), "{}", report.p50_ms);
        assert!((99.9..=100.2).contains(&report.max_ms), "{}", report.max_ms);
        assert_eq!((report.failed_checks, report.failures.len()), (30, BREACHES_KEPT));
        report.add_audit(2, ["I1".to_owned()]);
        assert_eq!((report.failed_checks, report.audit_violations), (32, Some(2)));
        let by_check = [("audit", 2), ("event_lost", 30)];
        assert_eq!(report.failed_by_check, BTreeMap::from(by_check));
        assert!(!report.passed());
    }

    #[test]
    fn the_json_has_the_promised_fields_on_one_line() {
        let json = serde_json::to_string(&Report::new(tally(), 8, 1, 0)).unwrap();
        assert!(!json.contains('\n'));
        for field in [
            "matches",
            "matches_per_s",
            "failed_checks",
            "p50_ms",
            "p95_ms",
            "p99_ms",
            "max_ms",
        ] {
            assert!(json.contains(&format!("\"{field}\":")), "{field} in {json}");
        }
    }

    #[test]
    fn a_run_without_matches_divides_by_nothing() {
        let report = Report::nothing();
        assert_eq!((report.matches_per_s, report.p99_ms, report.max_ms), (0.0, 0.0, 0.0));
    }
}
