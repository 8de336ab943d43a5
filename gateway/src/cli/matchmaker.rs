//! The command line of `matchmaker`: what pairing costs, and the time machine.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

/// Pairing without a server: what it costs, and what other rules would have done.
#[derive(Debug, Subcommand)]
pub enum MatchmakerCommand {
    /// Measure pairing on one core: cold rounds, a standing pool, and slices against an exact matcher.
    Bench(BenchArgs),
    /// Run recorded arrivals under other rules and hold waits, gaps and matched share side by side.
    Replay(ReplayArgs),
    /// Do the same with drawn arrivals.
    Simulate(SimulateArgs),
}

/// Arguments of `matchmaker bench`.
#[derive(Clone, Copy, Debug, Args)]
pub struct BenchArgs {
    /// Tickets of the cold round and of the standing pool.
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub tickets: u32,
    /// Repetitions of each measurement, of which the least counts.
    #[arg(long, default_value_t = 15, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub repetitions: u32,
    /// Slices of 300 tickets that are held against the exact matcher.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub slices: u32,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// Which rules are tried, and how the comparison is printed.
#[derive(Clone, Debug, Args)]
pub struct TrialArgs {
    /// A rules file (TOML: `window`, `widen_for_ms`, `age_bonus`, `tick_ms`), beside the defaults; may be given several times.
    // The same id as the server's configuration, which these commands do not read.
    #[arg(id = "config", long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Print one JSON object on one line.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `matchmaker replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The recording: a JSON object a line.
    pub file: PathBuf,
    /// What is tried on it.
    #[command(flatten)]
    pub trial: TrialArgs,
}

/// Arguments of `matchmaker simulate`.
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// Tickets a second, on average.
    #[arg(long, value_name = "N")]
    pub rate: f64,
    /// How long tickets arrive.
    #[arg(long, default_value_t = 600, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=864_000))]
    pub seconds: u32,
    /// Mean and deviation of the ratings.
    #[arg(long, default_value = "1500,300", value_name = "MEAN,DEVIATION")]
    pub ratings: Normal,
    /// Spreads in points, evenly.
    #[arg(long, default_values_t = [10, 25, 50, 100, 200], value_delimiter = ',', value_name = "N,..", value_parser = clap::value_parser!(u16).range(1..=4_095))]
    pub spreads: Vec<u16>,
    /// Of 100 tickets, how many allow their spread to be widened.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub widen_percent: u32,
    /// Up to how many points.
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4_095))]
    pub widen_to: u16,
    /// Mean time after which a ticket that still waits is cancelled; without it, never.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..))]
    pub patience_ms: Option<u32>,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Write the arrivals to this file as well, as a recording.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// What is tried on them.
    #[command(flatten)]
    pub trial: TrialArgs,
}

/// A normal distribution, written `mean,deviation`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Mean in points.
    pub mean: f64,
    /// Standard deviation in points.
    pub deviation: f64,
}

impl FromStr for Normal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "takes two numbers, MEAN,DEVIATION: 1500,300";
        let (mean, deviation) = text.split_once(',').ok_or(wanted)?;
        let number = |part: &str| {
            part.trim()
                .parse::<f64>()
                .map_err(|error| format!("{wanted} ({error})"))
        };
        let (mean, deviation) = (number(mean)?, number(deviation)?);
        if mean.abs() <= 100_000.0 && (0.0..=100_000.0).contains(&deviation) {
            Ok(Self { mean, deviation })
        } else {
            Err("takes a mean and a deviation of at most 100,000 points".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_two_finite_numbers() {
        let normal = Normal {
            mean: 1_500.0,
            deviation: 300.0,
        };
        assert_eq!("1500, 300".parse(), Ok(normal));
        for wrong in ["1500", "1500,", "a,b", "NaN,1", "1500,-1", "1500,inf"] {
            assert!(wrong.parse::<Normal>().is_err(), "{wrong}");
        }
    }
}
