//! What the nodes and stores tell of themselves: who leads, which epochs there were, what waits.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::cluster::{Cluster, LOOK_AGAIN};
use super::judge::{Epoch, Waiting};
use super::kind::{NodeId, Role};

/// What a lease of a queue is called before the queue's name.
const QUEUE_LEASE: &str = "queue:";
/// Time for one question to the database.
pub(crate) const SQL_TIMEOUT: Duration = Duration::from_secs(5);

/// A node and the queues that it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    /// Who.
    pub(crate) node: NodeId,
    /// Whose.
    pub(crate) queues: Vec<String>,
}

/// The lines of a log that matter here.
#[derive(Debug, Deserialize)]
struct Line {
    timestamp: String,
    message: String,
    lease: String,
}

/// Returns the leases that a node holds by its log, each with the time of its election as the log writes it.
fn held(log: &str) -> BTreeMap<String, String> {
    let mut held = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains("\"lease\"")) {
        let Ok(Line {
            timestamp,
            message,
            lease,
        }) = serde_json::from_str(line)
        else {
            continue;
        };
        match message.as_str() {
            "elected" => drop(held.insert(lease, timestamp)),
            "deposed" => drop(held.remove(&lease)),
            _ => {}
        }
    }
    held
}

/// Of the nodes that believe that they lead, returns for each lease the one that was elected last, by node.
fn newest(believed: impl IntoIterator<Item = (NodeId, BTreeMap<String, String>)>) -> Vec<Leader> {
    let mut last: BTreeMap<String, (String, NodeId)> = BTreeMap::new();
    for (node, held) in believed {
        for (lease, elected_at) in held {
            let known = last.get(&lease);
            if known.is_none_or(|(before, _)| *before < elected_at) {
                last.insert(lease, (elected_at, node));
            }
        }
    }
    let mut leaders: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
    for (lease, (_, node)) in last {
        let queue = lease.strip_prefix(QUEUE_LEASE).unwrap_or(&lease);
        leaders.entry(node).or_default().push(queue.to_owned());
    }
    leaders
        .into_iter()
        .map(|(node, queues)| Leader { node, queues })
        .collect()
}

impl Cluster {
    /// Lists who leads, by the logs of the nodes that run.
    pub(crate) fn leaders(&self) -> Vec<Leader> {
        let running = self.nodes_of(Role::Matchmaker).filter(|node| node.runs());
        newest(running.map(|node| (node.id, held(&node.life_log()))))
    }

    /// Waits until somebody leads, and returns one of them.
    pub(crate) async fn leader(&self, pick: u64, within: Duration) -> Option<Leader> {
        let deadline = Instant::now() + within;
        loop {
            let leaders = self.leaders();
            let at = pick.checked_rem(leaders.len() as u64).unwrap_or_default();
            if let Some(leader) = leaders.get(usize::try_from(at).unwrap_or_default()) {
                return Some(leader.clone());
            }
            if Instant::now() >= deadline {
                return None;
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Reads all epochs in the order of their minting.
    pub(crate) async fn epochs(&self) -> Result<Vec<Epoch>, String> {
        let sql = "SELECT queue, epoch, minted_at / 1000 FROM epochs ORDER BY number";
        let rows = self.sql(sql, SQL_TIMEOUT).await?;
        let epoch = |row: &str| {
            let mut columns = row.split('|');
            Some(Epoch {
                queue: columns.next()?.to_owned(),
                epoch: columns.next()?.parse().ok()?,
                minted_ms: columns.next()?.parse().ok()?,
            })
        };
        let read = rows
            .lines()
            .map(|row| epoch(row).ok_or_else(|| format!("not an epoch: {row}")));
        read.collect()
    }

    /// Counts what has waited since before a moment (ms since the epoch): matches without a result, and players with a
    /// ticket in the queue.
    pub(crate) async fn waiting_since(&self, before_ms: u64) -> Result<Waiting, String> {
        let sql = format!(
            "SELECT (SELECT count(*) FROM matches WHERE state = 0 AND created_at < {before_ms} * 1000), \
             (SELECT count(DISTINCT player) FROM tickets WHERE state = 0 AND enqueued_at < {before_ms} * 1000)"
        );
        let row = self.sql(&sql, SQL_TIMEOUT).await?;
        let numbers = row.split_once('|').map(|(left, right)| (left.parse(), right.parse()));
        match numbers {
            Some((Ok(matches), Ok(players))) => Ok(Waiting { matches, players }),
            _ => Err(format!("not two numbers: {row}")),
        }
    }

    /// Counts finished matches.
    pub(crate) async fn finished(&self) -> Result<u64, String> {
        let count = self
            .sql("SELECT count(*) FROM matches WHERE state = 1", SQL_TIMEOUT)
            .await?;
        count
            .parse()
            .map_err(|error| format!("{count:?} is no number: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: u32, message: &str, lease: &str) -> String {
        format!(
            r#"{{"timestamp":"2026-11-22T17:00:{at:02}.5Z","level":"INFO","message":"{message}","lease":"{lease}","target":"x"}}"#
        )
    }

    #[test]
    fn a_log_tells_which_leases_its_node_holds() {
        let log = [
            "tiltyard 0.1.0 (development)".to_owned(),
            line(1, "elected", "queue:a"),
            line(2, "elected", "queue:b"),
            line(3, "deposed", "queue:a"),
            r#"{"timestamp":"x","message":"elected"}"#.to_owned(),
            line(4, "elected", "queue:a")[..30].to_owned(),
        ];
        let held = held(&log.join("\n"));
        assert_eq!(held.into_keys().collect::<Vec<_>>(), ["queue:b"]);
    }

    #[test]
    fn of_two_that_believe_the_later_one_leads() {
        let believes = |node, at, lease: &str| (NodeId(node), held(&line(at, "elected", lease)));
        let leaders = newest([
            believes(2, 1, "queue:a"),
            believes(3, 9, "queue:a"),
            believes(4, 5, "queue:b"),
        ]);
        let leads = |node, queue: &str| Leader {
            node: NodeId(node),
            queues: vec![queue.to_owned()],
        };
        assert_eq!(leaders, [leads(3, "a"), leads(4, "b")]);
    }
}
