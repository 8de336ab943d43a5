//! The command line of `sim`: fights, and what many fights say, without a server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Fights a sampling command may be asked for: 1,000,000 take half an hour on two cores.
const FIGHTS_MAX: u64 = 1_000_000;
/// Fights of a benchmark: their requests are kept, 3 KB each, so that encoding them is outside the clock.
const BENCH_FIGHTS_MAX: u64 = 100_000;

/// Fights without a server.
#[derive(Debug, Subcommand)]
pub enum SimCommand {
    /// Let two teams fight.
    Run(SimRunArgs),
    /// Measure how fast fights are simulated, from request bytes to replay and result bytes.
    Bench(SimBenchArgs),
    /// Look for fights that panic, are refused, or do not end, among random ones.
    Fuzz(SimFuzzArgs),
    /// Report win rates by class, pair, ability and side, and hold the content to its lints; 1 if one is broken.
    Balance(SimBalanceArgs),
    /// Fight a recorded fight again and name the first segment that differs; 1 if one does.
    Verify(SimVerifyArgs),
    /// Show a replay file.
    Replay(SimReplayArgs),
    /// Fight one match in this process, above all one that was given up, and tell what comes of it; 1 if nothing does.
    Repro(SimReproArgs),
}

/// Arguments of `sim run`.
#[derive(Clone, Debug, Args)]
pub struct SimRunArgs {
    /// A file with a build as JSON, the key of a bot team, or `random:N` for the N-th random team.
    pub left: String,
    /// A file with a build as JSON, the key of a bot team, or `random:N` for the N-th random team.
    pub right: String,
    /// Seed of every die, 1 to 32 hexadecimal digits.
    #[arg(long, default_value = "0")]
    pub seed: String,
    /// Write the replay to this file.
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Print what happened line by line, and for each ability the rule that chose it.
    #[arg(long)]
    pub log: bool,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// How many fights a sampling command fights, and where.
#[derive(Clone, Copy, Debug, Args)]
pub struct SimSampleArgs {
    /// Number of the first fight; fight N is the same fight in every run, and the next ones are N + 1 and so on.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Threads that share the fights; all cores without it. They change no result.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sim bench`.
#[derive(Clone, Debug, Args)]
pub struct SimBenchArgs {
    /// Fights, all of them different.
    #[arg(long, default_value_t = 3000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=BENCH_FIGHTS_MAX))]
    pub fights: u64,
    /// Units a side. More than 8 fit no request: such fights skip decoding and validation.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    pub units: u8,
    /// Which fights, where.
    #[command(flatten)]
    pub sample: SimSampleArgs,
}

/// Arguments of `sim fuzz`.
#[derive(Clone, Debug, Args)]
pub struct SimFuzzArgs {
    /// Fights: half of random teams, a quarter of teams that only heal, a quarter of mirror images.
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=FIGHTS_MAX))]
    pub fights: u64,
    /// Units a side; without it each fight has its own sizes, 1 to 8.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub units: Option<u8>,
    /// Which fights, where.
    #[command(flatten)]
    pub sample: SimSampleArgs,
}

/// Arguments of `sim balance`.
#[derive(Clone, Debug, Args)]
pub struct SimBalanceArgs {
    /// Fights of each kind: random pairs, the same with sides changed, equal teams, teams that only heal; a fiftieth of
    /// it for each pair of bot teams.
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=FIGHTS_MAX))]
    pub fights: u64,
    /// Write the report as one self-contained HTML page to this file.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Which fights, where.
    #[command(flatten)]
    pub sample: SimSampleArgs,
}

/// Arguments of `sim verify`.
#[derive(Clone, Debug, Args)]
pub struct SimVerifyArgs {
    /// A replay file, or the id of a finished match of the configured stores.
    #[arg(value_name = "FILE|MATCH")]
    pub what: String,
    /// The left build of a replay file: a file or a bot's key. Without builds a file is only checked against itself.
    #[arg(long, value_name = "BUILD", requires = "right")]
    pub left: Option<String>,
    /// The right build of a replay file.
    #[arg(long, value_name = "BUILD", requires = "left")]
    pub right: Option<String>,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sim replay`.
#[derive(Clone, Debug, Args)]
pub struct SimReplayArgs {
    /// The file, as `GET /v1/matches/{match}/replay` returns it.
    pub file: PathBuf,
    /// Print all of it as one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sim repro`.
#[derive(Clone, Debug, Args)]
pub struct SimReproArgs {
    /// The id of a match of the configured stores, or a file that `--save` wrote.
    #[arg(value_name = "MATCH|FILE")]
    pub what: String,
    /// Write builds, content and seed to this file, which needs no store.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}
