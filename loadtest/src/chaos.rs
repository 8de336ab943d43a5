//! The scenario `chaos`: a real cluster under load, rounds of faults, and what must hold all the same.
//!
//! Pure parts: [`plan`] (seed to schedule) and `judge` (what was seen to figures). Around them `cluster` runs the nodes,
//! `proxy` their links, `director` goes through the rounds, `faults` does what the plan says, and `report` tells.

mod cluster;
mod director;
mod faults;
mod judge;
pub mod kind;
mod node;
mod observe;
pub mod plan;
mod probe;
mod proxy;
mod report;
mod services;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use tiltyard_actor_kit::Clock;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::audit::{self, Store};
use crate::breach::{Breach, Check};
use crate::client::chain;
use crate::players::{self, Replays};
use cluster::{Cluster, ClusterOptions};
use director::Director;
pub use faults::Done;
use kind::Kind;
pub(crate) use node::{free_ports, keys, variable};
use plan::Plan;
use report::Frame;
pub use report::Report;
pub(crate) use services::{SUPERUSER, sql_at};

/// Life of a lease, the server's default.
pub const LEASE: Duration = Duration::from_secs(3);
/// Longest that a round may take, each of its faults at its limit.
const ROUND_MAX: Duration = Duration::from_secs(240);
/// How often the audit may fail to read the stores, and the time between two tries.
const AUDIT_TRIES: u32 = 5;
const AUDIT_AGAIN: Duration = Duration::from_secs(5);
/// Time for players to end and the audit to read, beside the rounds.
const ENDS: Duration = Duration::from_secs(600);

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server's binary.
    pub server_binary: PathBuf,
    /// Rounds of 14 s of faults and 6 s of quiet.
    pub rounds: usize,
    /// Decides the schedule; from the clock if absent.
    pub seed: Option<u64>,
    /// Fake players, at least two.
    pub players: usize,
    /// Live tickets of each.
    pub tickets_per_player: usize,
    /// Only faults of these kinds, at their places in the schedule; all that are survivable if empty.
    pub only: Vec<Kind>,
    /// Folder in which the nodes' logs remain.
    pub logs: Option<PathBuf>,
    /// Whether each fault is told on standard error as it happens.
    pub progress: bool,
}

impl Options {
    /// Makes the defaults for a server's binary: three rounds.
    #[must_use]
    pub fn new(server_binary: impl Into<PathBuf>) -> Self {
        Self {
            server_binary: server_binary.into(),
            rounds: 3,
            seed: None,
            players: 40,
            tickets_per_player: 3,
            only: Vec::new(),
            logs: None,
            progress: false,
        }
    }
}

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ChaosError {
    /// A private service cannot be had.
    #[error(transparent)]
    Service(#[from] tiltyard_db_testkit::Error),
    /// The operating system refused something.
    #[error("cannot {what}")]
    System {
        /// What was tried.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A node did not start.
    #[error("{0}")]
    Node(String),
    /// The load failed.
    #[error(transparent)]
    Players(#[from] players::RunError),
    /// A part of this program is broken.
    #[error("the chaos run itself failed: {0}")]
    Harness(String),
}

impl ChaosError {
    fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System {
            what: what.into(),
            source,
        }
    }

    fn harness(error: impl std::fmt::Display) -> Self {
        Self::Harness(error.to_string())
    }
}

/// Runs the scenario; whatever the server does wrong is in the report. It ends by itself, and all it started with it.
///
/// # Errors
/// The cluster could not be started, or this program failed.
pub async fn run(options: Options) -> Result<Report, ChaosError> {
    crate::provide_tls();
    let clock = Clock::system();
    let seed = options
        .seed
        .unwrap_or_else(|| u64::try_from(clock.now_micros()).unwrap_or_default());
    let plan = Plan::new(seed, options.rounds, &options.only);
    let frame = Frame {
        seed,
        rounds: options.rounds,
        lease: LEASE,
        replay: again(&options, seed),
    };
    tell(&options, &format!("seed {seed}; again: {}", frame.replay));
    let cluster = Cluster::start(&ClusterOptions {
        server_binary: options.server_binary.clone(),
        lease: LEASE,
        logs: options.logs.clone(),
    })
    .await?;
    let (stop, stopped) = watch::channel(());
    let load = players::run(load(&options, &cluster, seed, stopped));
    let directing = async {
        let seen = Director::new(&options, &cluster, seed)?.direct(plan).await;
        // The players have no other way to know.
        drop(stop);
        Ok::<_, ChaosError>(seen)
    };
    // Each is some kilobytes of state, too much for one frame of the stack.
    let (played, seen) = tokio::join!(Box::pin(load), Box::pin(directing));
    let (mut played, seen) = (played?, seen?);
    audit(&options, &cluster, &mut played).await;
    let mut report = Report::new(frame, seen, played);
    if !(report.is_safe() && report.is_live()) {
        report.logs = cluster
            .nodes
            .iter()
            .map(|node| (node.id.to_string(), node.log_tail()))
            .collect();
    }
    Ok(report)
}

fn load(options: &Options, cluster: &Cluster, seed: u64, stopped: watch::Receiver<()>) -> players::Options {
    let rounds = u32::try_from(options.rounds).unwrap_or(u32::MAX);
    players::Options {
        players: options.players,
        // A cluster that pairs nobody has failed.
        matches: 1,
        tickets_per_player: options.tickets_per_player,
        seed: Some(seed),
        replays: Replays::Sample,
        timeout: ROUND_MAX.saturating_mul(rounds).saturating_add(ENDS),
        stop: Some(stopped),
        ..players::Options::new(cluster.urls())
    }
}

/// Has the stores audited. An audit that could not read them says nothing about them, so that it is tried again: nodes may
/// still be busy with what the faults left.
async fn audit(options: &Options, cluster: &Cluster, played: &mut players::Report) {
    let store = Store::Environment(cluster.environment());
    let mut tries = AUDIT_TRIES;
    loop {
        tries -= 1;
        match audit::run(&options.server_binary, &store).await {
            Ok(found) => return played.add_audit(found.violations, found.listed),
            Err(error) if tries > 0 => {
                tell(options, &format!("  the audit is tried again: {}", chain(&error)));
                sleep(AUDIT_AGAIN).await;
            }
            Err(error) => return played.add_breach(&Breach::new(Check::Audit, chain(&error))),
        }
    }
}

fn again(options: &Options, seed: u64) -> String {
    let only: String = options
        .only
        .iter()
        .map(|kind| format!(" --only {}", kind.name()))
        .collect();
    let Options {
        server_binary,
        rounds,
        players,
        tickets_per_player,
        ..
    } = options;
    format!(
        "tiltyard-loadtest chaos --rounds {rounds} --seed {seed} --players {players} \
         --tickets-per-player {tickets_per_player} --server-binary {}{only}",
        server_binary.display()
    )
}

/// Tells a line, if wanted. That it cannot be written is no reason to end the run.
fn tell(options: &Options, line: &str) {
    if options.progress
        && let Err(error) = writeln!(io::stderr().lock(), "{line}")
    {
        tracing::debug!(%error, "progress could not be told");
    }
}
