//! What each command does. Results go to the standard output; with `--json` one object on one line, the last.

mod content;
mod healthcheck;
mod matchmaker;
mod progress;
mod season;
mod serve;
mod sim;

use std::io::{ErrorKind, Write as _};

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::audit;
use crate::cli::{Cli, Command, Options};
use crate::config::{Config, DEFAULT_TOML};
use crate::crash;
use crate::exit::Fatal;
use crate::stores::Plan;

/// Runs a command to its end.
///
/// # Errors
/// Why it did not succeed, with the exit code.
pub fn run(cli: Cli) -> Result<(), Fatal> {
    let Cli { command, options } = cli;
    crash::claim_rules()?;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(load(&options)?),
        Command::Migrate => migrate(&load(&options)?),
        Command::CheckConfig => load(&options).and_then(|_config| print("the configuration is good")),
        Command::DefaultConfig => print(DEFAULT_TOML.trim_end()),
        Command::Healthcheck(args) => healthcheck::run(&load(&options)?, args),
        Command::Audit(args) => audit::run(&load(&options)?, args),
        Command::Content(command) => content::run(&options, command),
        Command::Sim(command) => sim::run(command, &options),
        Command::Matchmaker(command) => matchmaker::run(command),
        Command::Season(command) => season::run(&load(&options)?, command),
    }
}

/// Puts the configuration together and holds it to its rules.
pub(crate) fn load(options: &Options) -> Result<Config, Fatal> {
    Config::load(options.config.as_deref(), options)
        .map_err(|problems| Fatal::new(Fatal::CONFIG, format!("configuration: {}", problems.join("\n  "))))
}

fn migrate(config: &Config) -> Result<(), Fatal> {
    let plan = Plan::of(config).map_err(|problem| Fatal::new(Fatal::CONFIG, problem))?;
    let _lock = plan.lock(&config.data_dir)?;
    runtime()?.block_on(plan.migrate(config))?;
    print("the stores are at this version's schema")
}

/// Makes the runtime of a command.
pub(crate) fn runtime() -> Result<Runtime, Fatal> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fatal::resource("runtime", &error))
}

/// Prints text and a line end. A reader that has seen enough is no failure.
pub(crate) fn print(text: &str) -> Result<(), Fatal> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Fatal::resource("standard output", &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints one object on one line.
pub(crate) fn print_json<T: Serialize>(value: &T) -> Result<(), Fatal> {
    let line = serde_json::to_string(value).map_err(|error| Fatal::resource("JSON", &error))?;
    print(&line)
}
