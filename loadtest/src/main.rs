//! The load test's command line: runs a scenario, prints its report, and says by its exit code whether every check held.

mod chaos_cli;
mod cluster_cli;
mod services;
mod takeover_cli;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tiltyard_loadtest::audit::Store;
use tiltyard_loadtest::players::{self, Options, Replays, Report};

use crate::chaos_cli::Chaos;
use crate::cluster_cli::Cluster;
use crate::services::Services;
use crate::takeover_cli::Takeover;

/// Exit code of a run in which a check failed.
const CHECKS_FAILED: u8 = 3;

/// Load tests for Tiltyard: fake players against a running server, and the checks that only clients can make.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// Players who keep tickets queued, watch their results, lose and resume their streams, and check everything.
    Players(Players),
    /// A cluster of real nodes under load while processes, stores and links fail by a seeded schedule, then every check.
    ///
    /// Starts two gateways, three matchmaker nodes and three simulation nodes of the server's binary on a private PostgreSQL,
    /// Redis and S3, with a fault proxy on every link; all of it ends with the run. Exits with 3 if something happened that
    /// must never happen, with 4 if something was only too late.
    Chaos(Chaos),
    /// Nodes of each role in numbers of your choice on private services, under load; says what a match costs in each part.
    Cluster(Cluster),
    /// A leader of a long queue is killed, and the time is taken until another leads with the whole queue.
    ///
    /// Also tells what a queued ticket costs in memory. Exits with 4 if it took longer than the lease and two seconds.
    Takeover(Takeover),
    /// Runs a command beside a PostgreSQL, a Redis and an S3 server of its own, which end with it and leave nothing.
    ///
    /// The command finds them in `TILTYARD_DATABASE_URL`, `TILTYARD_REDIS_URL`, `TILTYARD_REPLAY_URL`, `AWS_ACCESS_KEY_ID` and
    /// `AWS_SECRET_ACCESS_KEY`. PostgreSQL keeps what it commits through a power failure (fsync = on, in TMPDIR), since
    /// figures measured here are published; Redis keeps nothing on disk. Exits with the command's code.
    Services(Services),
}

#[derive(Debug, Args)]
struct Players {
    /// A server; given several times, players are spread over them and move when one is away.
    #[arg(long = "url", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    urls: Vec<String>,
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
    /// Replays to fetch and check, by one of a match's two players.
    #[arg(long, value_enum, default_value_t = ReplayChoice::All)]
    replays: ReplayChoice,
    /// Spread of every ticket, in rating points; the widest if absent.
    #[arg(long)]
    spread: Option<u16>,
    /// Folder of the server's embedded stores, to be audited at the end.
    #[arg(long, conflicts_with = "audit")]
    data_dir: Option<PathBuf>,
    /// Audit at the end the stores that `TILTYARD_DATABASE_URL` and `TILTYARD_REPLAY_URL` name.
    #[arg(long)]
    audit: bool,
    /// The server's binary, which does the audit; `tiltyard` beside this program if absent.
    #[arg(long)]
    server_binary: Option<PathBuf>,
    /// Seconds after which the run is broken off, and has failed.
    #[arg(long, default_value_t = 600)]
    timeout_s: u64,
    /// Print the report as one line of JSON, the last of standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReplayChoice {
    None,
    Sample,
    All,
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().scenario {
        Scenario::Players(args) => play(args),
        Scenario::Chaos(chaos) => chaos.run(),
        Scenario::Cluster(cluster) => cluster.run(),
        Scenario::Takeover(takeover) => takeover.run(),
        Scenario::Services(services) => services.run(),
    }
}

fn play(args: Players) -> anyhow::Result<ExitCode> {
    let json = args.json;
    let options = args.options()?;
    let runtime = tokio::runtime::Runtime::new().context("the runtime cannot be started")?;
    let report = runtime.block_on(players::run(options))?;
    print(&report, json)?;
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(CHECKS_FAILED)
    })
}

impl Players {
    fn options(self) -> anyhow::Result<Options> {
        let defaults = Options::new(self.urls);
        let store = self
            .data_dir
            .map(Store::DataDir)
            .or(self.audit.then(|| Store::Environment(Vec::new())));
        Ok(Options {
            players: self.players,
            matches: self.matches,
            tickets_per_player: self.tickets_per_player,
            seed: self.seed,
            replays: match self.replays {
                ReplayChoice::None => Replays::None,
                ReplayChoice::Sample => Replays::Sample,
                ReplayChoice::All => Replays::All,
            },
            spread: self.spread.unwrap_or(defaults.spread),
            store,
            server_binary: self.server_binary.map_or_else(beside_this, Ok)?,
            timeout: Duration::from_secs(self.timeout_s),
            progress: true,
            ..defaults
        })
    }
}

fn beside_this() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("the path of this program is unknown")?;
    Ok(this.with_file_name(format!("tiltyard{}", std::env::consts::EXE_SUFFIX)))
}

/// Prints failed checks on standard error and the report on standard output.
fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut errors = io::stderr().lock();
    for failure in &report.failures {
        writeln!(errors, "FAILED {failure}")?;
    }
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
    } else {
        writeln!(out, "{report}")?;
    }
    out.flush().context("the report cannot be printed")
}
