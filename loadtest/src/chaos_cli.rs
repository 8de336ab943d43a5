//! `chaos`: the arguments of the scenario, and its report as a person or a program wants it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tiltyard_loadtest::chaos::kind::Kind;
use tiltyard_loadtest::chaos::plan::Plan;
use tiltyard_loadtest::chaos::{self, Options, Report};

use crate::{CHECKS_FAILED, beside_this};

/// Exit code of a run in which nothing forbidden happened, but something was too late.
const TOO_LATE: u8 = 4;

/// Arguments of `chaos`.
#[derive(Debug, Args)]
pub(crate) struct Chaos {
    /// Length of the run in minutes, a fraction allowed; rounded up to rounds of 20 s.
    #[arg(long, default_value_t = 1.0, conflicts_with = "rounds")]
    minutes: f64,
    /// Length of the run in rounds of 20 s.
    #[arg(long)]
    rounds: Option<usize>,
    /// Decides which fault hits whom, when, and for how long; from the clock if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// The server's binary; `tiltyard` beside this program if absent. Only one with the feature `fail-points` has crash
    /// points.
    #[arg(long)]
    server_binary: Option<PathBuf>,
    /// Fake players that play all the time.
    #[arg(long, default_value_t = 40)]
    players: usize,
    /// Live tickets that each player keeps.
    #[arg(long, default_value_t = 3)]
    tickets_per_player: usize,
    /// Do only faults of this kind, where they stand in the whole schedule; may be repeated.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    only: Vec<Kind>,
    /// Keep the nodes' logs in this folder.
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
    /// Print the report as one line of JSON, the last of standard output.
    #[arg(long)]
    json: bool,
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::named(name).ok_or_else(|| {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("one of {}", names.join(", "))
    })
}

impl Chaos {
    /// Runs the scenario and tells by its exit code how it went.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let json = self.json;
        let options = self.options()?;
        let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
        let report = runtime.block_on(chaos::run(options))?;
        print(&report, json)?;
        Ok(match (report.is_safe(), report.is_live()) {
            (false, _) => ExitCode::from(CHECKS_FAILED),
            (true, false) => ExitCode::from(TOO_LATE),
            (true, true) => ExitCode::SUCCESS,
        })
    }

    fn options(self) -> anyhow::Result<Options> {
        let seconds = Duration::try_from_secs_f64(self.minutes * 60.0).context("--minutes is no length of time")?;
        let binary = self.server_binary.map_or_else(beside_this, Ok)?;
        // Nodes run in a folder of their own.
        let binary = binary
            .canonicalize()
            .with_context(|| format!("there is no server's binary {}; see --server-binary", binary.display()))?;
        Ok(Options {
            rounds: self.rounds.unwrap_or_else(|| Plan::rounds_in(seconds)),
            seed: self.seed,
            players: self.players,
            tickets_per_player: self.tickets_per_player,
            only: self.only,
            logs: self.logs.map(std::path::absolute).transpose()?,
            progress: true,
            ..Options::new(binary)
        })
    }
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut errors = io::stderr().lock();
    for (node, tail) in &report.logs {
        writeln!(errors, "-- the end of {node}'s log\n{tail}")?;
    }
    if json {
        // What is wrong is told to people as well.
        for what in report.violations_listed.iter().chain(&report.late) {
            writeln!(errors, "FAILED {what}")?;
        }
    }
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
    } else {
        writeln!(out, "{report}")?;
    }
    out.flush().context("the report cannot be printed")
}
