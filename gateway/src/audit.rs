//! `audit`: the one checker of the invariants in CHECKS.md. It reads the stores beside a working server and takes no lock.
//!
//! The store checks by itself what it can, row by row in pages and as sums; what needs computing is computed here: every rating
//! change, and for a sample of matches the whole fight and its replay. The permanent auditor in the server uses the same parts.

mod fights;
mod leaders;
mod ratings;

use std::sync::Arc;

use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use tiltyard_actor_kit::Clock;
use tiltyard_db::StoreError;
use tiltyard_db::durable::audit::{self, TicketCounts, Violation, Violations};
use tiltyard_db::live::Live;
use tiltyard_gateway_auth::random_bytes;
use tiltyard_protocol::Timestamp;

use crate::cli::AuditArgs;
use crate::commands::{print, print_json, runtime};
use crate::config::Config;
use crate::exit::{Fatal, chain};
use crate::stores::{Audited, Plan};

/// Violations reported per invariant; one is enough to be wrong, a hundred to see a pattern.
const VIOLATIONS_MAX: usize = 100;
/// Rows of a table checked at a time.
const PAGE: usize = 1_000;

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(rename = "violations", serialize_with = "listed")]
    found: Violations,
    /// What a store did not give, and why.
    unchecked: Vec<String>,
    counts: Counts,
    checked: Checked,
}

/// A broken invariant.
#[derive(Serialize)]
struct Line<'a> {
    invariant: &'a str,
    detail: &'a str,
}

fn listed<S: Serializer>(found: &Violations, serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(found.kept().len()))?;
    for Violation { invariant, detail } in found.kept() {
        list.serialize_element(&Line { invariant, detail })?;
    }
    list.end()
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
    /// Rows of all tables, each against those it belongs with.
    rows: u64,
    rating_changes: usize,
    /// Leaders whose memory was held against what is queued.
    leaders: usize,
    matches: usize,
    replays: usize,
    /// Matches under rules that this program does not have.
    skipped: usize,
    /// Replays that the object store did not give: neither good nor bad.
    unchecked: usize,
}

impl Report {
    fn violate(&mut self, invariant: &'static str, detail: String) {
        self.found.push(Violation { invariant, detail });
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
        let report = match report {
            Ok(mut report) => look_at_leaders(&plan, &stores, config, &mut report)
                .await
                .map(|()| report),
            Err(error) => Err(error),
        };
        stores.close().await?;
        report.map_err(|error| Fatal::resource("audit", &error))
    })?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&for_people(&report))?;
    }
    match report.found.total() {
        0 => Ok(()),
        found => Err(Fatal::new(Fatal::CHECK, format!("{found} violations"))),
    }
}

async fn audit(stores: &Audited, resimulate: usize) -> Result<Report, StoreError> {
    let mut report = Report {
        found: Violations::keeping(VIOLATIONS_MAX),
        unchecked: Vec::new(),
        counts: Counts::default(),
        checked: Checked::default(),
    };
    let store = stores.durable.audit.as_ref();
    let at = Timestamp::from_micros(Clock::system().now_micros());
    report.checked.rows = audit::survey(store, at, PAGE, &mut report.found).await?;
    report.counts = store.ticket_counts().await?.into();
    ratings::check(stores, &mut report).await?;
    let start = random_bytes().first_chunk().copied().unwrap_or_default();
    fights::check(stores, resimulate, start, &mut report).await?;
    Ok(report)
}

/// A live store that is away says nothing about what is stored.
async fn look_at_leaders(
    plan: &Plan,
    stores: &Audited,
    config: &Config,
    report: &mut Report,
) -> Result<(), StoreError> {
    let checked = match plan.open_live().await {
        Ok(None) => return Ok(()),
        Ok(Some(redis)) => {
            let live = Live::of(Arc::clone(&redis));
            let checked = leaders::check(stores, &live, config, report).await;
            redis.close().await;
            checked
        }
        Err(error) => Err(error),
    };
    match checked {
        Err(error @ (StoreError::Unavailable { .. } | StoreError::TimedOut { .. })) => {
            report.unchecked.push(format!("leaders: {}", chain(&error)));
            Ok(())
        }
        checked => checked,
    }
}

fn for_people(report: &Report) -> String {
    let Report {
        found,
        unchecked,
        counts,
        checked,
    } = report;
    let violations = found.kept().iter();
    let mut lines: Vec<_> = violations
        .map(|found| format!("{}: {}", found.invariant, found.detail))
        .collect();
    lines.extend(unchecked.iter().map(|key| format!("unchecked: {key}")));
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
        "{} rows checked; computed again: {} rating changes, {} fights ({} skipped), {} replays ({} unchecked)",
        checked.rows, checked.rating_changes, checked.matches, checked.skipped, checked.replays, checked.unchecked
    ));
    lines.push(format!("{} leaders looked at", checked.leaders));
    lines.push(format!("{} violations", found.total()));
    lines.join("\n")
}
