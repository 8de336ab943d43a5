//! Faults of processes: killed, frozen, asked to end, and aborted at a point of their work.

use std::sync::Arc;
use std::time::Duration;

use tiltyard_db_testkit::{Ended, Program};
use tokio::time::{Instant, sleep, sleep_until};

use super::{EFFECT_TIMEOUT, Evidence, Notes, failed, until};
use crate::chaos::cluster::{Cluster, NO_SERVICE, blocking};
use crate::chaos::kind::{Kind, NodeId, Role};
use crate::chaos::node::Node;
use crate::chaos::observe::Leader;
use crate::chaos::plan::Planned;

/// Time for a victim to be there: it may still be starting after the fault before.
const VICTIM_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a node that was asked to end; its own limit is 30 s.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(35);
/// Time before a node is started again that found a service away.
const START_AGAIN: Duration = Duration::from_millis(250);
/// Which passing of a crash point aborts a gateway or a simulation node, so that the points before it have been passed as well;
/// a leader aborts at its first.
const PASSING: u32 = 2;
/// Signal numbers of Linux.
const KILLED: Ended = Ended::Signal(9);
const ABORTED: Ended = Ended::Signal(6);

/// Does a fault to whoever leads.
pub(super) async fn leader(cluster: &Cluster, planned: &Planned, notes: &mut Notes) -> Evidence {
    let Leader { node, queues } = cluster
        .leader(planned.pick, VICTIM_TIMEOUT)
        .await
        .ok_or("nobody led a queue")?;
    notes.node = Some(node.to_string());
    let victim = cluster.node(node)?;
    let evidence = node_unasked(cluster, victim, planned, notes).await?;
    let led = queues.join(", ");
    notes.queues = queues;
    Ok(format!("{evidence}; it led {led}"))
}

/// Does a fault to a node that answers.
pub(super) async fn node(cluster: &Cluster, node: &Node, planned: &Planned, notes: &mut Notes) -> Evidence {
    if !until(VICTIM_TIMEOUT, async || cluster.is_alive(node).await).await {
        return Err(format!("{} was not there", node.id));
    }
    node_unasked(cluster, node, planned, notes).await
}

async fn node_unasked(cluster: &Cluster, node: &Node, planned: &Planned, notes: &mut Notes) -> Evidence {
    let length = Duration::from_millis(planned.length_ms);
    let program = node.program().ok_or("it never ran")?;
    notes.began_ms = Some(cluster.now_ms());
    match planned.kind {
        Kind::LeaderKill | Kind::GatewayKill | Kind::SimKill => kill(node, &program, length).await,
        Kind::LeaderFreeze | Kind::GatewayFreeze | Kind::SimFreeze => freeze(cluster, node, &program, length).await,
        Kind::LeaderDrain | Kind::GatewayDrain | Kind::SimDrain => drain(node, &program, length).await,
        Kind::GatewayCrash | Kind::SimCrash => crash(cluster, node, planned, notes).await,
        other => Err(format!("{} is not done to a process", other.name())),
    }
}

async fn kill(node: &Node, program: &Arc<Program>, away: Duration) -> Evidence {
    node.hold();
    let dying = Arc::clone(program);
    blocking(move || dying.kill()).await.map_err(failed)?;
    let ended = program.ended();
    sleep(away).await;
    node.start(None).map_err(failed)?;
    match ended {
        Some(KILLED) => Ok(format!("killed, away for {} ms", away.as_millis())),
        other => Err(format!("it had ended before: {other:?}")),
    }
}

async fn freeze(cluster: &Cluster, node: &Node, program: &Arc<Program>, length: Duration) -> Evidence {
    let end = Instant::now() + length;
    program.pause();
    let stands = until(EFFECT_TIMEOUT, async || program.is_frozen()).await;
    let answers = cluster.is_alive(node).await;
    sleep_until(end).await;
    program.resume();
    match (stands, answers) {
        (true, false) => Ok(format!("stood still for {} ms and did not answer", length.as_millis())),
        (false, _) => Err(format!("it did not stand still: {:?}", program.ended())),
        (true, true) => Err("it answered while it stood still".to_owned()),
    }
}

async fn drain(node: &Node, program: &Arc<Program>, away: Duration) -> Evidence {
    node.hold();
    program.terminate();
    let ended = until(DRAIN_TIMEOUT, async || program.ended().is_some()).await;
    let how = program.ended();
    sleep(away).await;
    node.start(None).map_err(failed)?;
    match how {
        Some(Ended::Code(0)) if ended => Ok("ended in good order".to_owned()),
        None => Err(format!("it did not end within {} s", DRAIN_TIMEOUT.as_secs())),
        other => Err(format!("it ended otherwise: {other:?}")),
    }
}

/// Starts a node that aborts at a point, waits until it has, and starts it without.
async fn crash(cluster: &Cluster, node: &Node, planned: &Planned, notes: &mut Notes) -> Evidence {
    let point = format!("{}:{PASSING}", armed(cluster, planned)?);
    let deadline = Instant::now() + Duration::from_millis(planned.length_ms) + VICTIM_TIMEOUT;
    let how = loop {
        node.start(Some(&point)).map_err(failed)?;
        until(deadline - Instant::now(), async || node.ended().is_some()).await;
        match node.ended() {
            // It met another fault while it started, and has not come to the point.
            Some(NO_SERVICE) if Instant::now() < deadline => sleep(START_AGAIN).await,
            how => break how,
        }
    };
    // The outage of the clients begins with the abort, not with the arming, which is a kill of its own.
    notes.began_ms = Some(cluster.now_ms());
    node.start(None).map_err(failed)?;
    match how {
        Some(ABORTED) => Ok(format!("aborted at {point}")),
        None => Err(format!("it did not pass {point}")),
        other => Err(format!("it ended before {point}: {other:?}")),
    }
}

/// Has every standby abort at a point of a leader's work, and the leader give way to one of them.
pub(super) async fn crash_leader(cluster: &Cluster, planned: &Planned, notes: &mut Notes) -> Evidence {
    let point = armed(cluster, planned)?;
    let Leader { node: first, queues } = cluster
        .leader(planned.pick, VICTIM_TIMEOUT)
        .await
        .ok_or("nobody led a queue")?;
    let standbys: Vec<NodeId> = NodeId::of(Role::Matchmaker).filter(|node| *node != first).collect();
    for standby in &standbys {
        cluster.node(*standby)?.start(Some(point)).map_err(failed)?;
    }
    for standby in &standbys {
        let node = cluster.node(*standby)?;
        // One that does not get ready leaves the work to the other.
        until(VICTIM_TIMEOUT, async || {
            cluster.is_alive(node).await || node.ended().is_some()
        })
        .await;
    }
    let leader = cluster.node(first)?;
    leader.start(None).map_err(failed)?;
    let has_aborted = |node: &NodeId| cluster.node(*node).is_ok_and(|node| node.ended() == Some(ABORTED));
    let within = Duration::from_millis(planned.length_ms);
    until(within, async || standbys.iter().any(has_aborted)).await;
    let aborted: Vec<String> = standbys
        .iter()
        .filter(|node| has_aborted(node))
        .map(NodeId::to_string)
        .collect();
    notes.began_ms = Some(cluster.now_ms());
    for standby in &standbys {
        // Also those that did not lead: they must not abort at some later time.
        cluster.node(*standby)?.start(None).map_err(failed)?;
    }
    if aborted.is_empty() {
        return Err(format!("no standby passed {point}"));
    }
    notes.queues = queues;
    notes.node = aborted.first().cloned();
    Ok(format!("aborted at {point}: {}", aborted.join(", ")))
}

fn armed(cluster: &Cluster, planned: &Planned) -> Result<&'static str, String> {
    if !cluster.has_crash_points() {
        return Err("the server's binary has no crash points".to_owned());
    }
    planned.point.ok_or_else(|| "the plan names no crash point".to_owned())
}
