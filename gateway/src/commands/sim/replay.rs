//! `sim replay`: what is in a replay file.

use std::path::Path;

use tiltyard_sim::Side;
use tiltyard_sim_wire::Replay;

use super::invalid;
use crate::cli::SimReplayArgs;
use crate::commands::{print, print_json};
use crate::exit::Fatal;

/// Shows a replay file.
pub(super) fn run(args: &SimReplayArgs) -> Result<(), Fatal> {
    let replay = read(&args.file)?;
    if args.json {
        return print_json(&replay);
    }
    let ending = replay.ending;
    print(&format!(
        "{} won by {} after {} ticks; {} units, state {:016x}",
        ending.winner.map_or("nobody", Side::key),
        ending.reason.key(),
        ending.ticks,
        replay.units.len(),
        ending.state_hash
    ))
}

/// Reads and decodes a replay file.
pub(super) fn read(file: &Path) -> Result<Replay, Fatal> {
    let bytes = std::fs::read(file).map_err(|error| invalid(format!("{}: {error}", file.display())))?;
    Replay::decode(&bytes).map_err(|error| Fatal::resource(&file.display().to_string(), &error))
}
