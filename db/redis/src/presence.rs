//! Presence: a sorted set a player, its nodes by the end of their entries. Players are spread over buckets, and a script call
//! serves a part of one bucket; the calls of one batch go out together.

use std::time::Duration;

use async_trait::async_trait;
use fred::types::Value;
use fred::types::scripts::Script;
use futures::future::try_join_all;
use tiltyard_db::Result;
use tiltyard_db::live::Presence;
use tiltyard_protocol::{NodeId, PlayerId};

use crate::bounds::{PARTS_MAX, PLAYERS_MAX, life_ms};
use crate::fault::corrupt;
use crate::keys::{BUCKETS, bucket_of};
use crate::{RedisStore, scripts};

#[async_trait]
impl Presence for RedisStore {
    async fn attach(&self, node: NodeId, players: &[PlayerId], ttl: Duration) -> Result<()> {
        let arguments = vec![node.as_bytes().as_slice().into(), life_ms(ttl).into()];
        let attach = self.each(&scripts::PRESENCE_ATTACH, players, arguments);
        self.call("presence_attach", attach).await?;
        Ok(())
    }

    async fn detach(&self, node: NodeId, players: &[PlayerId]) -> Result<()> {
        let arguments = vec![node.as_bytes().as_slice().into()];
        let detach = self.each(&scripts::PRESENCE_DETACH, players, arguments);
        self.call("presence_detach", detach).await?;
        Ok(())
    }

    async fn nodes_of(&self, players: &[PlayerId]) -> Result<Vec<Vec<NodeId>>> {
        let nodes_of = async {
            let mut found = vec![None; players.len()];
            for (part, answer) in self.each(&scripts::PRESENCE_NODES, players, Vec::new()).await? {
                for (place, nodes) in part.into_iter().zip(answer.into_array()) {
                    found[place] = nodes_from(nodes);
                }
            }
            let complete: Option<Vec<_>> = found.into_iter().collect();
            complete.ok_or_else(|| corrupt("a player's presence is not a set of nodes"))
        };
        self.call("presence_nodes", nodes_of).await
    }
}

/// The places of a part's players in the batch, and what the script said of them.
type Answer = (Vec<usize>, Value);

impl RedisStore {
    /// Runs a script for all players, in bounded parts, some of them at once.
    async fn each(&self, script: &Script, players: &[PlayerId], arguments: Vec<Value>) -> Result<Vec<Answer>> {
        let parts = parts_of(players);
        let mut answers = Vec::with_capacity(parts.len());
        for some in parts.chunks(PARTS_MAX) {
            let calls: Vec<_> = some
                .iter()
                .map(|part| {
                    let keys = part.iter().map(|place| self.keys.presence(players[*place]));
                    self.run(script, keys.collect(), arguments.clone())
                })
                .collect();
            answers.extend(try_join_all(calls).await?);
        }
        Ok(parts.into_iter().zip(answers).collect())
    }
}

/// Splits a batch into parts of one bucket each.
fn parts_of(players: &[PlayerId]) -> Vec<Vec<usize>> {
    let mut buckets = vec![Vec::new(); usize::from(BUCKETS)];
    for (place, player) in players.iter().enumerate() {
        buckets[usize::from(bucket_of(*player))].push(place);
    }
    let parts = buckets.iter().flat_map(|bucket| bucket.chunks(PLAYERS_MAX));
    parts.map(<[usize]>::to_vec).collect()
}

fn nodes_from(nodes: Value) -> Option<Vec<NodeId>> {
    let nodes = nodes.into_array().into_iter();
    nodes
        .map(|node| Some(NodeId::from_bytes(node.as_bytes()?.try_into().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_bounded_and_of_one_bucket_and_name_everybody_once() {
        let players: Vec<PlayerId> = (0..10_000_u128)
            .map(|n| PlayerId::from_bytes((n / 3).to_be_bytes()))
            .collect();
        let parts = parts_of(&players);
        for part in &parts {
            assert!(!part.is_empty() && part.len() <= PLAYERS_MAX);
            assert!(
                part.iter()
                    .all(|place| bucket_of(players[*place]) == bucket_of(players[part[0]]))
            );
        }
        let mut places: Vec<usize> = parts.into_iter().flatten().collect();
        places.sort_unstable();
        assert_eq!(places, (0..10_000).collect::<Vec<_>>());
    }
}
