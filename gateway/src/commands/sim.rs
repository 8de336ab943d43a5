//! `sim`: fights without a server, and what many fights say.
//!
//! Each command samples fights by number (`tiltyard_sim::sample`), so that whatever it finds can be had again by that
//! number. What the figures mean is decided in `tiltyard_sim`; threads, clocks and presentation are here.

mod balance;
mod bench;
mod case;
mod clock;
mod figures;
mod fuzz;
mod replay;
mod repro;
mod run;
mod sources;
mod verify;
mod work;

use crate::cli::{Options, SimCommand};
use crate::exit::Fatal;

/// Runs a subcommand.
pub(super) fn run(command: SimCommand, options: &Options) -> Result<(), Fatal> {
    let content = options.content.as_deref();
    match command {
        SimCommand::Run(args) => run::run(&args, content),
        SimCommand::Bench(args) => bench::run(&args, content),
        SimCommand::Fuzz(args) => fuzz::run(&args, content),
        SimCommand::Balance(args) => balance::run(&args, content),
        SimCommand::Verify(args) => verify::run(&args, options),
        SimCommand::Replay(args) => replay::run(&args),
        SimCommand::Repro(args) => repro::run(&args, options),
    }
}

/// An argument or a file is wrong.
fn invalid(message: impl Into<String>) -> Fatal {
    Fatal::new(Fatal::CONFIG, message)
}
