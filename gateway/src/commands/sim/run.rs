//! `sim run`: one fight, told as much as one wants to know.

use std::path::Path;

use serde::Serialize;
use tiltyard_protocol::MatchId;
use tiltyard_sim::story::Story;
use tiltyard_sim::{Content, Fight, Outcome, Side, UnitStats};
use tiltyard_sim_wire::{MatchRequest, Simulated, Versions, encode_request, simulate};

use super::sources;
use crate::cli::SimRunArgs;
use crate::commands::{print, print_json};
use crate::exit::Fatal;

/// Result of `sim run --json`.
#[derive(Serialize)]
struct Report<'a> {
    versions: &'a Versions,
    winner: Option<&'static str>,
    reason: &'static str,
    ticks: u32,
    state_hash: String,
    units: &'a [UnitStats],
    replay_bytes: usize,
}

/// Lets two teams fight.
pub(super) fn run(args: &SimRunArgs, folder: Option<&Path>) -> Result<(), Fatal> {
    let content = sources::content(folder)?;
    let request = MatchRequest {
        match_id: MatchId::from_bytes([0; 16]),
        versions: Versions::current(&content, sources::seed(&args.seed)?),
        left: sources::build(&args.left, &content)?,
        right: sources::build(&args.right, &content)?,
    };
    let simulated =
        simulate(&encode_request(&request), &content).map_err(|error| Fatal::resource("simulation", &error))?;
    if let Some(path) = &args.replay {
        std::fs::write(path, &simulated.replay_bytes)
            .map_err(|error| Fatal::resource(&path.display().to_string(), &error))?;
    }
    if args.log {
        print(&log(&request, &content)?)?;
    }
    if args.json {
        print_json(&report(&simulated))
    } else {
        print(&summary(&simulated.outcome))
    }
}

/// Fights it once more for somebody who listens: the log says what a replay does not, why.
fn log(request: &MatchRequest, content: &Content) -> Result<String, Fatal> {
    let left = sources::team("the left build", &request.left, content)?;
    let right = sources::team("the right build", &request.right, content)?;
    let fight = Fight::new(content, request.versions.seed, &left, &right)
        .map_err(|error| Fatal::resource("simulation", &error))?;
    let mut story = Story::new(content, &request.left, &request.right);
    tiltyard_sim::run(&fight, &mut story);
    Ok(story.lines().join("\n"))
}

fn report(simulated: &Simulated) -> Report<'_> {
    let outcome = &simulated.outcome;
    Report {
        versions: &simulated.request.versions,
        winner: outcome.winner.map(Side::key),
        reason: outcome.reason.key(),
        ticks: outcome.ticks,
        state_hash: format!("{:016x}", outcome.state_hash),
        units: &outcome.units,
        replay_bytes: simulated.replay_bytes.len(),
    }
}

fn summary(outcome: &Outcome) -> String {
    format!(
        "{} won by {} after {} ticks; state {:016x}",
        outcome.winner.map_or("nobody", Side::key),
        outcome.reason.key(),
        outcome.ticks,
        outcome.state_hash
    )
}
