//! The command line of `season`.

use clap::{Args, Subcommand};
use tiltyard_protocol::PlayerId;

/// Seasons: archive every rated player and draw the ratings together.
#[derive(Debug, Subcommand)]
pub enum SeasonCommand {
    /// End a season, beside running servers with PostgreSQL, with the server stopped otherwise. Killed half way, the same command
    /// goes on where it was.
    Close(SeasonCloseArgs),
    /// List seasons.
    List(SeasonListArgs),
}

/// Arguments of `season close`.
#[derive(Clone, Debug, Args)]
pub struct SeasonCloseArgs {
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// Share of a rating's distance from 1500 that is kept, 0 to 1.
    #[arg(long, value_name = "SHARE")]
    pub keep: f64,
    /// Least rating deviation afterwards, in points.
    #[arg(long, default_value_t = 120.0, value_name = "POINTS")]
    pub deviation: f64,
    /// Players archived and reset in one transaction.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub batch: u16,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `season list`.
#[derive(Clone, Debug, Args)]
pub struct SeasonListArgs {
    /// Show this player's archived standings beside the seasons.
    #[arg(long, value_name = "ID")]
    pub player: Option<PlayerId>,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}
