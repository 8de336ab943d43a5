//! Faults of links, done by their proxies.

use std::time::Duration;

use tokio::time::sleep;

use super::Evidence;
use crate::chaos::cluster::Cluster;
use crate::chaos::kind::{Kind, Peer};
use crate::chaos::node::Node;
use crate::chaos::proxy::{Effects, Mood};

/// How much later portions come on a slow link: long against any answer, short against every time-out.
const SLOW: Duration = Duration::from_millis(150);

/// Hurts a link for a while; it counts if there was traffic to be hurt.
pub(super) async fn hurt(_cluster: &Cluster, node: &Node, peer: Peer, kind: Kind, length: Duration) -> Evidence {
    let link = node.link(peer).ok_or_else(|| format!("{} has no such link", node.id))?;
    let mood = mood(kind)?;
    let before = link.effects();
    link.set(mood);
    sleep(length).await;
    link.set(Mood::Well);
    let effects = link.effects().since(before);
    if effects.any() {
        Ok(told(effects))
    } else {
        Err("nothing passed that could be hurt".to_owned())
    }
}

fn mood(kind: Kind) -> Result<Mood, String> {
    match kind {
        Kind::LinkSlow => Ok(Mood::Slow(SLOW)),
        Kind::LinkBlackHole => Ok(Mood::BlackHole),
        Kind::LinkReset => Ok(Mood::Reset),
        Kind::LinkTrickle => Ok(Mood::Trickle),
        Kind::LinkUpOnly => Ok(Mood::UpOnly),
        Kind::LinkDownOnly => Ok(Mood::DownOnly),
        other => Err(format!("{} is not done to a link", other.name())),
    }
}

fn told(effects: Effects) -> String {
    let Effects {
        delayed,
        held,
        reset,
        single,
    } = effects;
    let parts = [
        (delayed, "portions delayed"),
        (held, "portions held"),
        (reset, "connections reset"),
        (single, "bytes alone"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}
