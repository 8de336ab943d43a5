//! The command line.

mod content;
pub(crate) mod matchmaker;
pub(crate) mod season;
mod sim;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

pub use self::content::{ContentCommand, PublishArgs};
pub use self::sim::{
    SimBalanceArgs, SimBenchArgs, SimCommand, SimFuzzArgs, SimReplayArgs, SimReproArgs, SimRunArgs, SimSampleArgs,
    SimVerifyArgs,
};
use crate::config::{Environment, LogLevel};
use matchmaker::MatchmakerCommand;
use season::SeasonCommand;

/// Tiltyard: a game backend for asynchronous player-versus-player.
#[derive(Debug, Parser)]
#[command(name = "tiltyard", version, about, arg_required_else_help = false)]
pub struct Cli {
    /// What to do; without one, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Configuration of every command.
    #[command(flatten)]
    pub options: Options,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve players until told to stop.
    Serve,
    /// Make or migrate the stores and end.
    Migrate,
    /// Hold the configuration to its rules and end.
    CheckConfig,
    /// Print the commented configuration with its defaults.
    DefaultConfig,
    /// Ask the server on this machine whether it is ready, within 2 s; 0 if it is, 1 if not.
    Healthcheck(HealthcheckArgs),
    /// Check the invariants of the stored data, beside a running server if there is one.
    Audit(AuditArgs),
    /// Check, publish and show content, beside working servers.
    #[command(subcommand)]
    Content(ContentCommand),
    /// Fight and look at fights, without a server.
    #[command(subcommand)]
    Sim(SimCommand),
    /// Measure pairing, and try other rules on recorded or drawn arrivals, without a server.
    #[command(subcommand)]
    Matchmaker(MatchmakerCommand),
    /// End a season of ratings, or list those that have ended.
    #[command(subcommand)]
    Season(SeasonCommand),
}

/// Arguments of `healthcheck`.
#[derive(Clone, Copy, Debug, Args)]
pub struct HealthcheckArgs {
    /// Ask only whether the process answers: a sick store or a drain is no reason to restart it.
    #[arg(long)]
    pub live: bool,
}

/// Arguments of `audit`.
#[derive(Clone, Copy, Debug, Args)]
pub struct AuditArgs {
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
    /// Finished matches to fight again and whose replays to check; 0 for none.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub resimulate: usize,
}

/// Flags that override the configuration. Absent ones override nothing.
#[derive(Debug, Args, Serialize)]
pub struct Options {
    /// Configuration file (TOML); `default-config` prints one.
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Which promises the process holds its configuration to.
    #[arg(long, global = true, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Where players connect; port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// Where operators and /metrics are; port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops_listen: Option<SocketAddr>,
    /// Folder of everything that is stored on this machine.
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Durable store: `sqlite:PATH` or `postgresql://..`.
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// Live store: `memory:`, or `redis://..` beside PostgreSQL.
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis_url: Option<String>,
    /// Replays: `file:PATH` or `s3://bucket/prefix?..`.
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_url: Option<String>,
    /// Folder of content files in place of the built-in content, while nobody has published any; not in production.
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<PathBuf>,
    /// What this process does: gateway, matchmaker, sim, separated by commas.
    #[arg(long, global = true, value_name = "ROLES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<String>,
    /// Least important log level that is written.
    #[arg(long, global = true, value_name = "LEVEL")]
    #[serde(
        rename = "log",
        skip_serializing_if = "Option::is_none",
        serialize_with = "log_level"
    )]
    pub log_level: Option<LogLevel>,
    /// Simulation threads.
    #[arg(long, global = true, value_name = "N")]
    #[serde(
        rename = "sim",
        skip_serializing_if = "Option::is_none",
        serialize_with = "sim_workers"
    )]
    pub sim_workers: Option<usize>,
}

fn log_level<S: serde::Serializer>(level: &Option<LogLevel>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Log {
        level: Option<LogLevel>,
    }
    Log { level: *level }.serialize(serializer)
}

fn sim_workers<S: serde::Serializer>(workers: &Option<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Sim {
        workers: Option<usize>,
    }
    Sim { workers: *workers }.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_override_and_absent_ones_do_not() {
        let cli = Cli::parse_from([
            "tiltyard",
            "audit",
            "--sim-workers",
            "3",
            "--listen",
            "127.0.0.1:0",
            "--roles",
            "sim",
        ]);
        let config = Config::load(None, &cli.options).unwrap();
        assert_eq!((config.sim.workers, config.listen.port()), (3, 0));
        assert!(config.roles.roles().sim && !config.roles.roles().gateway);
        assert_eq!(config.log, Config::default().log);
        assert!(Cli::parse_from(["tiltyard"]).command.is_none());
    }

    #[test]
    fn the_time_machine_takes_several_files_of_rules_as_its_configuration() {
        let line = "tiltyard matchmaker replay arrivals.jsonl --config one.toml --config two.toml";
        match Cli::parse_from(line.split(' ')).command {
            Some(Command::Matchmaker(MatchmakerCommand::Replay(args))) => {
                assert_eq!(args.trial.rules, ["one.toml", "two.toml"].map(PathBuf::from));
            }
            other => panic!("{other:?}"),
        }
    }
}
