//! The scenario `players`: fake players who queue, watch their results come in, lose their streams, and check everything.

mod builds;
mod cast;
mod conductor;
mod core;
mod log;
mod note;
mod player;
mod reading;
mod referee;
mod report;

pub(crate) use builds::team;
pub use report::{BREACHES_KEPT, Report};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cast::Cast;
use conductor::{Conductor, Msg};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use report::{Tally, Waits};
use tiltyard_actor_kit::{AskError, Child, Clock, Handle, Intensity, Kind, Root, Supervisor};
use tiltyard_protocol::limits;
use tokio::sync::watch;

use crate::audit::{self, Store};
use crate::breach::{Breach, Check};
use crate::client::{Client, ClientError, ClientOptions};

/// News that may wait at the conductor: hundreds from each of some hundred players.
const CONDUCTOR_MAILBOX: usize = 1 << 18;
/// What the conductor needs beyond the run's own time.
const CLOSING_TIME: Duration = Duration::from_secs(30);
/// Time for players to let go of their connections.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Which replays are fetched and checked, by one of a match's two players.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replays {
    /// None.
    None,
    /// One in ten.
    Sample,
    /// Every one.
    #[default]
    All,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The servers of one deployment, as `http://127.0.0.1:8080`; players are spread over them.
    pub urls: Vec<String>,
    /// Players, at least two.
    pub players: usize,
    /// Different matches to see before stopping; where `stop` decides, the fewest that may have been seen then.
    pub matches: usize,
    /// Live tickets that each player keeps.
    pub tickets_per_player: usize,
    /// Seed of names and choices; by default from the clock, so that each run has players of its own.
    pub seed: Option<u64>,
    /// Which replays are checked.
    pub replays: Replays,
    /// Spread of every ticket. The widest by default: a narrow one strands players when few of them play long.
    pub spread: u16,
    /// The server's store, to be audited at the end.
    pub store: Option<Store>,
    /// The server's binary, for the audit; needed with a store.
    pub server_binary: PathBuf,
    /// Time after which the run is broken off, and has failed.
    pub timeout: Duration,
    /// Whether to show progress on standard error, if that is a terminal.
    pub progress: bool,
    /// Ends the run as soon as it changes or its sender is gone, whatever number of matches were seen.
    pub stop: Option<watch::Receiver<()>>,
}

impl Options {
    /// Makes the defaults for a deployment.
    #[must_use]
    pub fn new(urls: Vec<String>) -> Self {
        Self {
            urls,
            players: 200,
            matches: 2_000,
            tickets_per_player: 4,
            seed: None,
            replays: Replays::default(),
            spread: limits::SPREAD_MAX,
            store: None,
            server_binary: PathBuf::from("tiltyard"),
            timeout: Duration::from_secs(600),
            progress: false,
            stop: None,
        }
    }
}

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The options ask for what cannot be.
    #[error("{0}")]
    Options(String),
    /// The address is not usable.
    #[error("the client cannot be made")]
    Client(#[from] ClientError),
    /// A part of this program is broken.
    #[error("the load test itself failed: {0}")]
    Harness(String),
}

/// Runs the scenario; whatever the server does wrong is in the report.
///
/// # Errors
/// The run could not be made, or this program failed.
pub async fn run(options: Options) -> Result<Report, RunError> {
    check(&options)?;
    let seed = options
        .seed
        .unwrap_or_else(|| u64::try_from(Clock::system().now_micros()).unwrap_or_default());
    let client = Client::new(
        &options.urls,
        ClientOptions {
            seed,
            ..ClientOptions::default()
        },
    )?;
    let tally = play(&options, seed, client.clone()).await?;
    let mut report = Report::new(tally, options.players, seed, client.retries());
    if let Some(store) = &options.store {
        match audit::run(&options.server_binary, store).await {
            Ok(found) => report.add_audit(found.violations, found.listed),
            Err(error) => report.add_breach(&Breach::new(Check::Audit, describe(&error))),
        }
    }
    Ok(report)
}

fn check(options: &Options) -> Result<(), RunError> {
    let bad = |what: String| Err(RunError::Options(what));
    if options.players < 2 {
        return bad("a match needs two players".to_owned());
    }
    if !(1..=limits::TICKETS_PER_PLAYER_MAX).contains(&options.tickets_per_player) {
        return bad(format!(
            "a player may have 1 to {} live tickets",
            limits::TICKETS_PER_PLAYER_MAX
        ));
    }
    if !(1..=limits::SPREAD_MAX).contains(&options.spread) {
        return bad(format!("a spread is 1 to {}", limits::SPREAD_MAX));
    }
    Ok(())
}

/// Plays until every player has handed in its figures.
async fn play(options: &Options, seed: u64, client: Client) -> Result<Tally, RunError> {
    let broken = |error: &dyn std::error::Error| RunError::Harness(describe(error));
    let cast = Arc::new(Cast::new(options, seed, client).map_err(|error| broken(&error))?);
    let waits = Waits::new().map_err(|error| broken(&error))?;
    let bar = bar(options);
    let conductor = Handle::new();
    let make = move || Conductor::new(Arc::clone(&cast), bar.clone(), waits.clone());
    let child = Child::new(Kind::new("conductor", CONDUCTOR_MAILBOX), conductor.clone(), make);
    // A harness that restarts would forget what it saw: its first failure ends the run.
    let once = Intensity {
        restarts: 0,
        within: Duration::from_secs(1),
    };
    let root = Supervisor::new("loadtest", once, seed).child(child).start().await;
    let asked = conductor.ask(Msg::WhenDone, options.timeout.saturating_add(CLOSING_TIME));
    let outcome = tokio::select! {
        tally = asked => tally.map_err(|error: AskError| broken(&error)),
        why = root.failed() => Err(RunError::Harness(why)),
    };
    let_go(root).await;
    outcome
}

/// Ends the players. Requests still under way are cut: every figure is in.
async fn let_go(root: Root) {
    if let Err(stragglers) = root.drain(DRAIN_TIME).await {
        tracing::debug!(%stragglers, "players were cut off");
    }
}

fn bar(options: &Options) -> ProgressBar {
    let target = if options.progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(options.matches as u64), target);
    let style = "matches {wide_bar} {pos}/{len} ({per_sec}, {elapsed})";
    match ProgressStyle::with_template(style) {
        Ok(style) => bar.with_style(style),
        Err(_template) => bar,
    }
}

/// Writes an error with its sources.
fn describe(error: &dyn std::error::Error) -> String {
    crate::client::chain(error)
}
