//! `audit`: the one checker of the invariants in CHECKS.md. It reads the stores beside a working server and takes no lock.
//!
//! What the store can check by itself it checks in one snapshot; what needs computing is computed here: every rating change,
//! and for a sample of matches the whole fight and its replay.

mod fights;
mod ratings;

use serde::Serialize;
use tiltyard_db::StoreError;
use tiltyard_db::durable::audit::TicketCounts;
use tiltyard_gateway_auth::random_bytes;

use crate::cli::AuditArgs;
use crate::commands::{print, print_json, runtime};
use crate::config::Config;
use crate::exit::Fatal;
use crate::stores::{Audited, Plan};

/// Violations reported per invariant; one is enough to be wrong, a hundred to see a pattern.
const VIOLATIONS_MAX: usize = 100;

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Report {
    violations: Vec<Violation>,
    counts: Counts,
    checked: Checked,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Violation {
    invariant: &'static str,
    detail: String,
}

/// Tickets by state.
#[derive(Debug, Default, Serialize)]
struct Counts {
    accepted: i64,
    queued: i64,
    matched: i64,
    finished: i64,
    cancelled: i64,
    expired: i64,
    returned: i64,
}

/// How much was computed again.
#[derive(Debug, Default, Serialize)]
struct Checked {
    rating_changes: usize,
    matches: usize,
    replays: usize,
    /// Matches under rules that this program does not have.
    skipped: usize,
}

impl Report {
    fn violate(&mut self, invariant: &'static str, detail: String) {
        let known = self
            .violations
            .iter()
            .filter(|known| known.invariant == invariant)
            .count();
        if known < VIOLATIONS_MAX {
            self.violations.push(Violation { invariant, detail });
        }
    }
}

impl From<TicketCounts> for Counts {
    fn from(counts: TicketCounts) -> Self {
        let TicketCounts {
            accepted,
            queued,
            matched,
            finished,
            cancelled,
            expired,
            returned,
        } = counts;
        Self {
            accepted,
            queued,
            matched,
            finished,
            cancelled,
            expired,
            returned,
        }
    }
}

/// Audits and reports; violations are a failure.
pub(crate) fn run(config: &Config, args: AuditArgs) -> Result<(), Fatal> {
    let plan = Plan::of(config).map_err(|problem| Fatal::new(Fatal::CONFIG, problem))?;
    let report = runtime()?.block_on(async {
        let stores = plan.open_to_audit(config).await?;
        let report = audit(&stores, args.resimulate).await;
        stores.close().await?;
        report.map_err(|error| Fatal::resource("audit", &error))
    })?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&for_people(&report))?;
    }
    match report.violations.len() {
        0 => Ok(()),
        found => Err(Fatal::new(Fatal::CHECK, format!("{found} violations"))),
    }
}

async fn audit(stores: &Audited, resimulate: usize) -> Result<Report, StoreError> {
    let mut report = Report::default();
    for found in stores.durable.audit.violations(VIOLATIONS_MAX).await? {
        report.violate(found.invariant, found.detail);
    }
    report.counts = stores.durable.audit.ticket_counts().await?.into();
    ratings::check(stores, &mut report).await?;
    let start = random_bytes().first_chunk().copied().unwrap_or_default();
    fights::check(stores, resimulate, start, &mut report).await?;
    Ok(report)
}

fn for_people(report: &Report) -> String {
    let Report {
        violations,
        counts,
        checked,
    } = report;
    let mut lines: Vec<_> = violations
        .iter()
        .map(|found| format!("{}: {}", found.invariant, found.detail))
        .collect();
    lines.push(format!(
        "{} tickets accepted: {} queued, {} matched, {} finished, {} cancelled, {} expired, {} returned",
        counts.accepted,
        counts.queued,
        counts.matched,
        counts.finished,
        counts.cancelled,
        counts.expired,
        counts.returned
    ));
    lines.push(format!(
        "computed again: {} rating changes, {} fights, {} replays ({} skipped)",
        checked.rating_changes, checked.matches, checked.replays, checked.skipped
    ));
    lines.push(format!("{} violations", violations.len()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_are_bounded_per_invariant() {
        let mut report = Report::default();
        for n in 0..2 * VIOLATIONS_MAX {
            report.violate("I3", n.to_string());
        }
        report.violate("I9", "x".to_owned());
        assert_eq!(report.violations.len(), VIOLATIONS_MAX + 1);
    }
}
