//! The binary `tiltyard`: reads its command line, runs the command, ends with a code and one line.

use std::process::ExitCode;

use clap::Parser as _;
use tiltyard_gateway::{Cli, provide_tls, run};

#[expect(
    clippy::print_stderr,
    reason = "the one line for people, also when logging has not started"
)]
fn main() -> ExitCode {
    provide_tls();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fatal) => {
            eprintln!("tiltyard: {fatal}");
            fatal.code()
        }
    }
}
