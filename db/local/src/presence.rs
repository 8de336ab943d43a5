//! The directory of streams in memory: one entry per player and node, so that each ends by itself.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Presence;
use tiltyard_protocol::{NodeId, PlayerId};
use tokio::time::Instant;

use crate::sync::{after, lock};
use crate::{LocalStore, bounds};

const FIRST_NODE: NodeId = NodeId::from_bytes([0; 16]);
const LAST_NODE: NodeId = NodeId::from_bytes([u8::MAX; 16]);

#[async_trait]
impl Presence for LocalStore {
    async fn attach(&self, node: NodeId, players: &[PlayerId], ttl: Duration) -> Result<()> {
        let now = Instant::now();
        let end = after(now, ttl);
        let mut presence = lock(&self.presence);
        for player in players {
            let attached = presence.put((*player, node), (), end, now);
            attached.map_err(|_full| bounds::full("players"))?;
        }
        Ok(())
    }

    async fn detach(&self, node: NodeId, players: &[PlayerId]) -> Result<()> {
        let mut presence = lock(&self.presence);
        for player in players {
            presence.remove(&(*player, node));
        }
        Ok(())
    }

    async fn nodes_of(&self, players: &[PlayerId]) -> Result<Vec<Vec<NodeId>>> {
        let now = Instant::now();
        let presence = lock(&self.presence);
        let nodes_of = |player: &PlayerId| {
            let all = (*player, FIRST_NODE)..=(*player, LAST_NODE);
            presence.keys(all, now).map(|(_, node)| *node).collect()
        };
        Ok(players.iter().map(nodes_of).collect())
    }
}
