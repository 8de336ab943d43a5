//! `sim`: fights without a server, and replay files.

use std::path::Path;

use serde::Serialize;
use tiltyard_protocol::MatchId;
use tiltyard_sim::{Build, Content, Outcome, validate};
use tiltyard_sim_wire::{MatchRequest, Replay, Simulated, Versions, encode_request, simulate};

use super::{print, print_json};
use crate::cli::SimCommand;
use crate::exit::Fatal;

/// Result of `sim run --json`.
#[derive(Serialize)]
struct RunReport<'a> {
    versions: &'a Versions,
    winner: Option<&'static str>,
    reason: &'static str,
    ticks: u32,
    state_hash: String,
    units: &'a [tiltyard_sim::UnitStats],
    replay_bytes: usize,
}

/// Runs a subcommand.
pub(super) fn run(command: SimCommand) -> Result<(), Fatal> {
    match command {
        SimCommand::Run {
            left,
            right,
            seed,
            replay,
            json,
        } => {
            let simulated = fight(&left, &right, &seed)?;
            if let Some(path) = replay {
                std::fs::write(&path, &simulated.replay_bytes)
                    .map_err(|error| Fatal::resource(&path.display().to_string(), &error))?;
            }
            if json {
                print_json(&report(&simulated))
            } else {
                print(&summary(&simulated.outcome))
            }
        }
        SimCommand::Replay { file, json } => show_replay(&file, json),
    }
}

fn fight(left: &str, right: &str, seed: &str) -> Result<Simulated, Fatal> {
    let content = Content::builtin().map_err(|error| Fatal::resource("content", &error))?;
    let seed = u128::from_str_radix(seed, 16)
        .map_err(|error| invalid(format!("--seed takes 1 to 32 hexadecimal digits: {error}")))?;
    let request = MatchRequest {
        match_id: MatchId::from_bytes([0; 16]),
        versions: Versions::current(&content, seed.to_be_bytes()),
        left: build_of(left, &content)?,
        right: build_of(right, &content)?,
    };
    simulate(&encode_request(&request), &content).map_err(|error| Fatal::resource("simulation", &error))
}

/// Takes a bot's key, or a file with a build.
fn build_of(name: &str, content: &Content) -> Result<Build, Fatal> {
    if let Some(bot) = content.bot(name) {
        return Ok(bot.build.clone());
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        let bots: Vec<_> = content.bots().iter().map(|bot| bot.key.as_str()).collect();
        invalid(format!(
            "{name} is no bot team ({}) and no readable file: {error}",
            bots.join(", ")
        ))
    })?;
    let build: Build = serde_json::from_str(&text).map_err(|error| invalid(format!("{name}: {error}")))?;
    validate(&build, content).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        invalid(format!("{name} breaks the rules:\n  {}", lines.join("\n  ")))
    })?;
    Ok(build)
}

fn show_replay(file: &Path, json: bool) -> Result<(), Fatal> {
    let bytes = std::fs::read(file).map_err(|error| invalid(format!("{}: {error}", file.display())))?;
    let replay = Replay::decode(&bytes).map_err(|error| Fatal::resource(&file.display().to_string(), &error))?;
    if json {
        return print_json(&replay);
    }
    let ending = replay.ending;
    let winner = ending.winner.map_or("nobody", tiltyard_sim::Side::key);
    print(&format!(
        "{winner} won by {} after {} ticks; {} units, state {:016x}",
        ending.reason.key(),
        ending.ticks,
        replay.units.len(),
        ending.state_hash
    ))
}

fn report(simulated: &Simulated) -> RunReport<'_> {
    let outcome = &simulated.outcome;
    RunReport {
        versions: &simulated.request.versions,
        winner: outcome.winner.map(tiltyard_sim::Side::key),
        reason: outcome.reason.key(),
        ticks: outcome.ticks,
        state_hash: format!("{:016x}", outcome.state_hash),
        units: &outcome.units,
        replay_bytes: simulated.replay_bytes.len(),
    }
}

fn summary(outcome: &Outcome) -> String {
    let winner = outcome.winner.map_or("nobody", tiltyard_sim::Side::key);
    format!(
        "{winner} won by {} after {} ticks; state {:016x}",
        outcome.reason.key(),
        outcome.ticks,
        outcome.state_hash
    )
}

fn invalid(message: String) -> Fatal {
    Fatal::new(Fatal::CONFIG, message)
}
