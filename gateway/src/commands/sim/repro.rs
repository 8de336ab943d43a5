//! `sim repro`: fights one match in this process, whatever became of it in a server; for matches that were given up above all.
//!
//! A match comes from the stores, or from a file that `--save` wrote: that holds builds, content and seed, so that a developer
//! needs no store. A panic of the simulation is caught and told, with its place.

use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tiltyard_actors::{AttemptError, attempt};
use tiltyard_db::durable::matches::MatchState;
use tiltyard_protocol::MatchId;
use tiltyard_sim::{RULES_VERSION, Side};
use tiltyard_sim_wire::{Simulated, Versions, encode_request};

use super::case::Case;
use super::invalid;
use crate::cli::{Options, SimReproArgs};
use crate::commands::{load, print, print_json, runtime};
use crate::exit::{Fatal, chain};
use crate::stores::{Audited, Plan};
use crate::{content, crash, refight};

/// Name of the thread, and in a panic's message.
const THREAD: &str = "sim-repro";

/// Result of `sim repro --json`.
#[derive(Debug, Serialize)]
struct Report {
    match_id: MatchId,
    /// What became of the match where it came from: `pending`, `done`, `dead_lettered`.
    state: String,
    /// Why it was given up.
    given_up: Option<String>,
    versions: Versions,
    /// Whether the fight came to an end here.
    fought: bool,
    winner: Option<&'static str>,
    reason: Option<&'static str>,
    ticks: Option<u32>,
    state_hash: Option<String>,
    /// Why it did not.
    problem: Option<String>,
    panicked: bool,
    /// File and line of the panic.
    place: Option<String>,
    saved: Option<PathBuf>,
}

/// Fights; a fight that does not come to an end is a failure.
pub(super) fn run(args: &SimReproArgs, options: &Options) -> Result<(), Fatal> {
    crash::arm()?;
    let path = Path::new(&args.what);
    let case = match args.what.parse::<MatchId>() {
        Ok(id) if !path.exists() => of_match(id, options)?,
        Ok(_) | Err(_) => Case::read(path)?,
    };
    if let Some(file) = &args.save {
        case.write(file)?;
    }
    let (again, place) = fight(&case)?;
    let report = report(&case, again, place, args.save.clone());
    if args.json {
        print_json(&report)?;
    } else {
        print(&for_people(&report))?;
    }
    match report.problem {
        None => Ok(()),
        Some(problem) => Err(Fatal::new(Fatal::CHECK, format!("match {}: {problem}", case.match_id))),
    }
}

fn of_match(id: MatchId, options: &Options) -> Result<Case, Fatal> {
    let config = load(options)?;
    let plan = Plan::of(&config).map_err(invalid)?;
    runtime()?.block_on(async {
        let stores = plan.open_to_audit(&config).await?;
        let case = read_case(&stores, id).await;
        stores.close().await?;
        case
    })
}

async fn read_case(stores: &Audited, id: MatchId) -> Result<Case, Fatal> {
    let failed = |error| Fatal::resource("the stores", &error);
    let Some(record) = stores.durable.audit.match_record(id).await.map_err(failed)? else {
        return Err(invalid(format!("no match has the id {id}")));
    };
    let unreadable = |problem: String| invalid(format!("match {id} cannot be fought: {problem}"));
    let request = refight::request(stores, &record).await.map_err(failed)?;
    let bundle = refight::bundle(stores, &record).await.map_err(failed)?;
    let (state, given_up) = match record.state {
        MatchState::Pending => ("pending", None),
        MatchState::Done(_) => ("done", None),
        MatchState::DeadLettered { why } => ("dead_lettered", Some(why)),
    };
    Ok(Case::of(
        request.map_err(unreadable)?,
        bundle.map_err(unreadable)?,
        state,
        given_up,
    ))
}

/// Fights on a thread like a worker's: the same depth of stack, and a name that a panic's message shows.
fn fight(case: &Case) -> Result<(Result<Simulated, AttemptError>, Option<String>), Fatal> {
    let request = case.request();
    if request.versions.rules != RULES_VERSION {
        return Err(invalid(format!(
            "match {} is of rules version {}, this program has {RULES_VERSION}; use one that has {}",
            case.match_id, request.versions.rules, request.versions.rules
        )));
    }
    let content = content::parse(case.content.as_bytes()).map_err(invalid)?;
    let place = Arc::new(Mutex::new(None));
    watch_panics(Arc::clone(&place));
    let bytes = encode_request(&request);
    let thread = std::thread::Builder::new().name(THREAD.to_owned());
    let fought = thread.spawn(move || attempt(&bytes, &content));
    let fought = fought.map_err(|error| Fatal::resource("a thread", &error))?.join();
    let fought = fought.unwrap_or_else(|_panic| Err(AttemptError::Panicked("outside of the simulation".to_owned())));
    let place = place.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok((fought, place))
}

/// Keeps the place of a panic beside what is printed of it anyway.
fn watch_panics(place: Arc<Mutex<Option<String>>>) {
    let printing = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        *place.lock().unwrap_or_else(PoisonError::into_inner) = panic.location().map(ToString::to_string);
        printing(panic);
    }));
}

fn report(
    case: &Case,
    again: Result<Simulated, AttemptError>,
    place: Option<String>,
    saved: Option<PathBuf>,
) -> Report {
    let outcome = again.as_ref().ok().map(|simulated| &simulated.outcome);
    let fought = outcome.is_some();
    let (winner, reason) = (
        outcome.and_then(|outcome| outcome.winner).map(Side::key),
        outcome.map(|outcome| outcome.reason.key()),
    );
    let ticks = outcome.map(|outcome| outcome.ticks);
    let state_hash = outcome.map(|outcome| format!("{:016x}", outcome.state_hash));
    let panicked = matches!(again, Err(AttemptError::Panicked(_)));
    Report {
        match_id: case.match_id,
        state: case.state.clone(),
        given_up: case.given_up.clone(),
        versions: case.request().versions,
        fought,
        winner,
        reason,
        ticks,
        state_hash,
        problem: again.err().map(|error| chain(&error)),
        panicked,
        place: place.filter(|_| panicked),
        saved,
    }
}

fn for_people(report: &Report) -> String {
    let Report {
        match_id,
        state,
        versions,
        ..
    } = report;
    let mut lines = vec![format!(
        "match {match_id}, {state}: rules {}, content {}, made by engine {}",
        versions.rules, versions.content, versions.engine
    )];
    lines.extend(report.given_up.iter().map(|why| format!("given up: {why}")));
    if let (Some(reason), Some(ticks), Some(hash)) = (report.reason, report.ticks, &report.state_hash) {
        let winner = report.winner.unwrap_or("nobody");
        lines.push(format!(
            "fought here: {winner} won by {reason} after {ticks} ticks; state {hash}"
        ));
    }
    lines.extend(
        report
            .problem
            .iter()
            .map(|problem| format!("not fought here: {problem}")),
    );
    lines.extend(
        report
            .place
            .iter()
            .map(|place| format!("at {place}; RUST_BACKTRACE=1 shows the way there")),
    );
    if let Some(file) = &report.saved {
        let file = file.display();
        lines.push(format!("saved: `tiltyard sim repro {file}` fights it on any machine"));
    }
    lines.join("\n")
}
