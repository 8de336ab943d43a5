//! Does what the plan says, and sees what comes of it: a fault whose effect was not seen does not count.

mod links;
mod processes;
mod stores;

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};

use super::cluster::{Cluster, LOOK_AGAIN};
use super::judge::Span;
use super::kind::{Kind, Peer, Role, Target};
use super::plan::Planned;

/// Longest that one fault may take, its healing included; what takes longer is broken off and told.
const FAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// Time in which an effect must show that is there at once on an idle machine.
const EFFECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time for gateways to be back from the fault before.
const GATEWAYS_TIMEOUT: Duration = Duration::from_secs(5);

/// What came of a fault: what was seen, or why nothing was.
pub(super) type Evidence = Result<String, String>;

/// A fault that was done.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    /// What was planned.
    #[serde(flatten)]
    pub planned: Planned,
    /// When it began, in ms since the Unix epoch.
    #[serde(skip)]
    pub(crate) span: Span,
    /// Whether its effect was seen.
    pub observed: bool,
    /// What was seen, or why nothing was.
    pub evidence: String,
    /// The node that was led astray, if the plan does not name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The queues that a leader lost by it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
}

/// What a fault tells of itself while it is done.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// When it took effect; when it was begun if it does not say.
    pub(super) began_ms: Option<u64>,
    /// When it was healed; when it was through if it does not say.
    pub(super) healed_ms: Option<u64>,
    pub(super) node: Option<String>,
    pub(super) queues: Vec<String>,
}

/// Does a fault and heals it.
pub(crate) async fn commit(cluster: &Cluster, planned: Planned) -> Done {
    let mut notes = Notes::default();
    let started = cluster.now_ms();
    let done = timeout(FAULT_TIMEOUT, act(cluster, &planned, &mut notes)).await;
    let evidence = done.unwrap_or_else(|_elapsed| Err(format!("not through after {} s", FAULT_TIMEOUT.as_secs())));
    let from = notes.began_ms.unwrap_or(started);
    let to = notes.healed_ms.unwrap_or_else(|| cluster.now_ms()).max(from);
    let observed = evidence.is_ok();
    let evidence = evidence.unwrap_or_else(|why| why);
    tracing::info!(kind = planned.kind.name(), target = %planned.target, observed, evidence, "fault");
    Done {
        planned,
        span: Span { from, to },
        observed,
        evidence,
        node: notes.node,
        queues: notes.queues,
    }
}

async fn act(cluster: &Cluster, planned: &Planned, notes: &mut Notes) -> Evidence {
    let length = Duration::from_millis(planned.length_ms);
    let at_edge = planned.target.node().is_some_and(|node| node.role() == Role::Gateway);
    // A client that has no gateway left would say nothing about the server.
    if at_edge && !until(GATEWAYS_TIMEOUT, async || gateways_answer(cluster).await).await {
        return Err("a gateway was still away".to_owned());
    }
    match (planned.kind, planned.target) {
        (Kind::LeaderCrash, _) => processes::crash_leader(cluster, planned, notes).await,
        (_, Target::Leader) => processes::leader(cluster, planned, notes).await,
        (_, Target::Node(node)) => processes::node(cluster, cluster.node(node)?, planned, notes).await,
        (kind, Target::Link(node, peer)) => links::hurt(cluster, cluster.node(node)?, peer, kind, length).await,
        (kind, Target::Service(Peer::Redis)) => stores::redis(cluster, kind, length, notes).await,
        (kind, Target::Service(Peer::Postgres)) => stores::postgres(cluster, kind, length, planned.pick, notes).await,
        (kind, Target::Service(Peer::Bucket)) => stores::bucket(cluster, kind, length).await,
        (kind, Target::Service(Peer::Clients)) => Err(format!("nobody can do {} to clients", kind.name())),
    }
}

async fn gateways_answer(cluster: &Cluster) -> bool {
    for gateway in cluster.nodes_of(Role::Gateway) {
        if !cluster.is_alive(gateway).await {
            return false;
        }
    }
    true
}

/// Waits until something is so; says whether it came to be.
pub(super) async fn until(within: Duration, mut so: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + within;
    loop {
        if so().await {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Makes an error of the harness a reason why nothing was seen.
pub(super) fn failed(error: impl std::fmt::Display) -> String {
    format!("the harness failed: {error}")
}
