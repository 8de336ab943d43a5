//! `cluster`: the arguments of the scenario, and its report as a person or a program wants it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use tiltyard_loadtest::cluster::{self, Nodes, Options};
use tiltyard_loadtest::players;

use crate::{CHECKS_FAILED, beside_this};

/// More nodes than this are another machine's business.
const NODES_MAX: u64 = 16;

/// Arguments of `cluster`.
#[derive(Debug, Args)]
pub(crate) struct Cluster {
    /// Nodes that players speak with.
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=NODES_MAX))]
    gateways: usize,
    /// Nodes of which one leads the queue.
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=NODES_MAX))]
    matchmakers: usize,
    /// Nodes that simulate.
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=NODES_MAX))]
    sims: usize,
    /// Fake players.
    #[arg(long, default_value_t = 200)]
    players: usize,
    /// Different matches to see before stopping.
    #[arg(long, default_value_t = 2_000)]
    matches: usize,
    /// Live tickets that each player keeps.
    #[arg(long, default_value_t = 4)]
    tickets_per_player: usize,
    /// Seed of names and choices; from the clock if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// The server's binary; `tiltyard` beside this program if absent.
    #[arg(long)]
    server_binary: Option<PathBuf>,
    /// Seconds after which the run is broken off, and has failed.
    #[arg(long, default_value_t = 600)]
    timeout_s: u64,
    /// Print the report as one line of JSON, the last of standard output.
    #[arg(long)]
    json: bool,
}

impl Cluster {
    /// Runs the scenario and tells by its exit code whether every check held.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let json = self.json;
        let options = self.options()?;
        let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
        let report = runtime.block_on(cluster::run(options))?;
        for failure in &report.players.failures {
            writeln!(io::stderr().lock(), "FAILED {failure}")?;
        }
        let mut out = io::stdout().lock();
        if json {
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
        } else {
            writeln!(out, "{report}")?;
        }
        out.flush().context("the report cannot be printed")?;
        Ok(if report.players.passed() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(CHECKS_FAILED)
        })
    }

    fn options(self) -> anyhow::Result<Options> {
        let binary = self.server_binary.map_or_else(beside_this, Ok)?;
        // Nodes run in a folder of their own.
        let server_binary = binary
            .canonicalize()
            .with_context(|| format!("there is no server's binary {}; see --server-binary", binary.display()))?;
        Ok(Options {
            nodes: Nodes {
                gateways: self.gateways,
                matchmakers: self.matchmakers,
                sims: self.sims,
            },
            load: players::Options {
                players: self.players,
                matches: self.matches,
                tickets_per_player: self.tickets_per_player,
                seed: self.seed,
                timeout: Duration::from_secs(self.timeout_s),
                progress: true,
                server_binary: server_binary.clone(),
                ..players::Options::new(Vec::new())
            },
            server_binary,
        })
    }
}
