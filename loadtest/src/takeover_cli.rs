//! `takeover`: the arguments of the scenario, and its report as a person or a program wants it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use tiltyard_loadtest::takeover::{self, Options};
use tiltyard_protocol::limits;

use crate::beside_this;

/// Exit code of a run in which the takeover took too long.
const TOO_LATE: u8 = 4;
/// What a leader holds at most; beyond it nobody would lead with the whole queue.
const TICKETS_MAX: u64 = limits::QUEUE_TICKETS_MAX as u64;

/// Arguments of `takeover`.
#[derive(Debug, Args)]
pub(crate) struct Takeover {
    /// Tickets in the queue.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=TICKETS_MAX))]
    tickets: u64,
    /// The server's binary; `tiltyard` beside this program if absent.
    #[arg(long)]
    server_binary: Option<PathBuf>,
    /// Print the report as one line of JSON, the last of standard output.
    #[arg(long)]
    json: bool,
}

impl Takeover {
    /// Runs the scenario and tells by its exit code whether the takeover was in time.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let binary = self.server_binary.map_or_else(beside_this, Ok)?;
        // Nodes run in a folder of their own.
        let server_binary = binary
            .canonicalize()
            .with_context(|| format!("there is no server's binary {}; see --server-binary", binary.display()))?;
        let tickets = self.tickets;
        let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
        let report = runtime.block_on(takeover::run(Options { server_binary, tickets }))?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            writeln!(out, "{report}")?;
        }
        out.flush().context("the report cannot be printed")?;
        Ok(if report.in_time {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(TOO_LATE)
        })
    }
}
