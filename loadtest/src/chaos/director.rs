//! Leads a cluster through the rounds of a plan, and notes what it sees.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, sleep_until};

use super::cluster::Cluster;
use super::faults::{Done, commit, until};
use super::judge::Quiet;
use super::plan::{FAULTS, Plan, Planned, QUIET};
use super::probe::{Probes, play_two};
use super::report::Seen;
use super::{ChaosError, Options, tell};
use crate::client::{Client, ClientOptions};

/// Time for the first match of a run.
const FIRST_MATCH: Duration = Duration::from_secs(120);
/// Leads the cluster through its rounds.
pub(super) struct Director<'a> {
    options: &'a Options,
    cluster: &'a Cluster,
    seed: u64,
    client: Client,
    probes: Probes,
    seen: Seen,
}

impl<'a> Director<'a> {
    pub(super) fn new(options: &'a Options, cluster: &'a Cluster, seed: u64) -> Result<Self, ChaosError> {
        let urls = cluster.urls();
        Ok(Self {
            options,
            cluster,
            seed,
            client: Client::new(&urls, ClientOptions::default()).map_err(ChaosError::harness)?,
            probes: Probes::start(&urls, seed, cluster.clock)?,
            seen: Seen::default(),
        })
    }

    /// Goes through the plan while nodes that end by themselves are started again.
    pub(super) async fn direct(self, plan: Plan) -> Seen {
        let (cluster, deaths) = (self.cluster, Mutex::default());
        let mut seen = tokio::select! {
            seen = self.rounds(plan) => seen,
            never = cluster.keep(&deaths) => match never {},
        };
        seen.deaths = deaths.into_inner().unwrap_or_else(PoisonError::into_inner);
        seen
    }

    async fn rounds(mut self, plan: Plan) -> Seen {
        let began = until(FIRST_MATCH, async || self.cluster.finished().await.is_ok_and(|n| n > 0)).await;
        if !began {
            let seconds = FIRST_MATCH.as_secs();
            self.seen.broken = Some(format!("no match was finished within {seconds} s: no fault was done"));
            return self.seen;
        }
        for (round, lanes) in plan.rounds.into_iter().enumerate() {
            self.faults(round, lanes).await;
            let quiet = self.quiet(round).await;
            self.seen.quiets.push(quiet);
        }
        match self.cluster.epochs().await {
            Ok(epochs) => self.seen.epochs = epochs,
            Err(why) => self.seen.broken = Some(format!("the epochs could not be read: {why}")),
        }
        self.seen.successes = self.probes.successes();
        self.seen
    }

    /// Does a round's faults, each lane's one after another.
    async fn faults(&mut self, round: usize, lanes: Vec<Vec<Planned>>) {
        tell(self.options, &format!("round {round}"));
        let began = Instant::now();
        let lanes = lanes.into_iter().map(|lane| run_lane(self.cluster, began, lane));
        for done in join_all(lanes).await {
            self.seen.done.extend(done);
        }
        self.seen.done.sort_by_key(|done| (done.planned.round, done.span.from));
        for done in self.seen.done.iter().filter(|done| done.planned.round == round) {
            let mark = if done.observed { "seen  " } else { "unseen" };
            let Planned { kind, target, .. } = &done.planned;
            tell(
                self.options,
                &format!("  {mark} {:<20} {target}: {}", kind.name(), done.evidence),
            );
        }
        sleep_until(began + FAULTS).await;
        self.cluster.heal();
    }

    /// Leaves the cluster alone and looks whether it is well at the end.
    async fn quiet(&self, round: usize) -> Quiet {
        let (began, began_ms) = (Instant::now(), self.cluster.now_ms());
        let playing = play_two(&self.client, self.seed, round, self.cluster.clock, QUIET);
        let waiting = sleep_until(began + QUIET);
        let (told, ()) = tokio::join!(playing, waiting);
        let mut quiet = Quiet {
            waiting: Some(self.cluster.waiting_since(began_ms).await),
            told: Some(told),
            ..Quiet::default()
        };
        for node in &self.cluster.nodes {
            match self.cluster.readyz(node).await {
                Ok(text) if !text.contains("degraded") => {}
                Ok(text) => quiet
                    .sick
                    .push(format!("{}: {}", node.id, text.trim().replace('\n', ", "))),
                Err(why) => quiet.sick.push(format!("{}: {why}", node.id)),
            }
        }
        tell(self.options, &format!("  quiet  {quiet:?}"));
        quiet
    }
}

async fn run_lane(cluster: &Cluster, began: Instant, lane: Vec<Planned>) -> Vec<Done> {
    let mut done = Vec::with_capacity(lane.len());
    for planned in lane {
        sleep_until(began + Duration::from_millis(planned.start_ms)).await;
        done.push(commit(cluster, planned).await);
    }
    done
}
