//! `sim verify`: fights a recorded fight again and names the first segment that differs.
//!
//! A match is verified from what the stores have of it, beside a running server. A file has no builds: with them it is fought
//! again, without them only held against itself, and the report says so.

use std::path::Path;

use serde::Serialize;
use tiltyard_db::StoreError;
use tiltyard_db::durable::matches::MatchState;
use tiltyard_protocol::MatchId;
use tiltyard_sim_wire::replay::{Difference, Ending};
use tiltyard_sim_wire::rules_version;
use tiltyard_sim_wire::{MatchRequest, Replay, Simulated, Versions, encode_request, simulate};

use super::{invalid, replay, sources};
use crate::cli::{Options, SimVerifyArgs};
use crate::commands::{load, print, print_json, runtime};
use crate::exit::{Fatal, chain};
use crate::refight::{self, Contents};
use crate::stores::{Audited, Plan};

/// Result of `sim verify --json`.
#[derive(Debug, Serialize)]
struct Report {
    what: String,
    verified: bool,
    method: Method,
    checked: &'static str,
    not_checked: Option<&'static str>,
    versions: Versions,
    outcome: Ending,
    segments: usize,
    first_difference: Option<Difference>,
}

/// How a replay was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// A stored match was fought again.
    Match,
    /// A file was fought again with builds from the command line.
    Builds,
    /// A file was held against itself.
    Itself,
}

impl Method {
    const fn checked(self) -> &'static str {
        match self {
            Self::Match => {
                "checksum and size of the replay; result, every event, path, keyframe and state hash against the fight fought \
                 again from the stored builds, content and seed"
            }
            Self::Builds => {
                "every event, path, keyframe and state hash against the fight fought again from these builds, this content \
                 and the file's seed"
            }
            Self::Itself => {
                "the file's format; each keyframe against the segment before it (health, shields and classes exactly, \
                 positions within 10 cm); health within its bounds; winner and last state hash against the head"
            }
        }
    }

    const fn not_checked(self) -> Option<&'static str> {
        match self {
            Self::Match => None,
            Self::Builds => Some("that these are the builds of a match: a file names no match"),
            Self::Itself => {
                Some("that the rules lead to this fight: a file has no builds, so name them by --left and --right")
            }
        }
    }
}

/// Verifies; a difference is a failure.
pub(super) fn run(args: &SimVerifyArgs, options: &Options) -> Result<(), Fatal> {
    let path = Path::new(&args.what);
    let report = match args.what.parse::<MatchId>() {
        Ok(id) if !path.exists() => of_match(id, args, options)?,
        Ok(_) | Err(_) => of_file(path, args, options.content.as_deref())?,
    };
    if args.json {
        print_json(&report)?;
    } else {
        print(&for_people(&report))?;
    }
    match &report.first_difference {
        None => Ok(()),
        Some(difference) => Err(Fatal::new(Fatal::CHECK, format!("{}: {difference}", report.what))),
    }
}

fn of_file(path: &Path, args: &SimVerifyArgs, folder: Option<&Path>) -> Result<Report, Fatal> {
    let stored = replay::read(path)?;
    let (Some(left), Some(right)) = (&args.left, &args.right) else {
        let found = stored.contradiction();
        return Ok(report(&args.what, Method::Itself, &stored, found));
    };
    let content = sources::content(folder)?;
    let request = MatchRequest {
        match_id: MatchId::from_bytes([0; 16]),
        versions: stored.versions.clone(),
        left: sources::build(left, &content)?,
        right: sources::build(right, &content)?,
    };
    let again = simulate(&encode_request(&request), &content)
        .map_err(|error| invalid(format!("{} cannot be fought again: {}", args.what, chain(&error))))?;
    let found = difference(&stored, &again)?;
    Ok(report(&args.what, Method::Builds, &stored, found))
}

fn of_match(id: MatchId, args: &SimVerifyArgs, options: &Options) -> Result<Report, Fatal> {
    if args.left.is_some() || options.content.is_some() {
        let what = "a match has its own builds and content; --left, --right and --content are for replay files";
        return Err(invalid(what));
    }
    let config = load(options)?;
    let plan = Plan::of(&config).map_err(invalid)?;
    runtime()?.block_on(async {
        let stores = plan.open_to_audit(&config).await?;
        let report = verify_match(&stores, id).await;
        stores.close().await?;
        report
    })
}

async fn verify_match(stores: &Audited, id: MatchId) -> Result<Report, Fatal> {
    let failed = |error: StoreError| Fatal::resource("the stores", &error);
    let Some(record) = stores.durable.audit.match_record(id).await.map_err(failed)? else {
        return Err(invalid(format!("no match has the id {id}")));
    };
    let MatchState::Done(done) = &record.state else {
        return Err(invalid(format!(
            "match {id} is not finished; `tiltyard sim repro {id}` fights it"
        )));
    };
    let rules = record.pending.stamps.rules_version;
    let ours = rules_version();
    if rules != ours {
        return Err(invalid(format!(
            "match {id} was fought by rules version {rules}, this program has {ours}; use one that has {rules}"
        )));
    }
    let what = format!("match {id}");
    let unreadable = |problem: String| invalid(format!("{what} cannot be fought again: {problem}"));
    let again = refight::fight(stores, &record, &mut Contents::new())
        .await
        .map_err(failed)?;
    let again = again.map_err(unreadable)?;
    Ok(match refight::replay(stores, done).await.map_err(failed)? {
        Ok(stored) => {
            let in_result = || refight::result_difference(done, &again).map(Difference::head);
            let found = difference(&stored, &again)?.or_else(in_result);
            report(&what, Method::Match, &stored, found)
        }
        Err(problem) => {
            let fought = decoded(&again)?;
            report(&what, Method::Match, &fought, Some(Difference::head(problem)))
        }
    })
}

fn difference(stored: &Replay, again: &Simulated) -> Result<Option<Difference>, Fatal> {
    Ok(stored.first_difference(&decoded(again)?))
}

fn decoded(again: &Simulated) -> Result<Replay, Fatal> {
    Replay::decode(&again.replay_bytes).map_err(|error| Fatal::resource("the replay of the fight", &error))
}

fn report(what: &str, method: Method, replay: &Replay, found: Option<Difference>) -> Report {
    Report {
        what: what.to_owned(),
        verified: found.is_none(),
        method,
        checked: method.checked(),
        not_checked: method.not_checked(),
        versions: replay.versions.clone(),
        outcome: replay.ending,
        segments: replay.segments.len(),
        first_difference: found,
    }
}

fn for_people(report: &Report) -> String {
    let Report {
        what,
        verified,
        method: _,
        checked,
        not_checked,
        versions,
        outcome,
        segments,
        first_difference,
    } = report;
    let verdict = if *verified { "no difference" } else { "NOT as recorded" };
    let mut lines = vec![
        format!("{what}: {verdict} in {segments} segments, {} ticks", outcome.ticks),
        format!(
            "rules {}, content {}, engine {}",
            versions.rules, versions.content, versions.engine
        ),
        format!("checked: {checked}"),
    ];
    lines.extend(not_checked.map(|not| format!("not checked: {not}")));
    lines.extend(
        first_difference
            .as_ref()
            .map(|found| format!("first difference: {found}")),
    );
    lines.join("\n")
}
