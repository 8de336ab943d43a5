//! The scenario `takeover`: two nodes that may lead a long queue; the one that leads is killed, and the other is timed until it
//! leads with the whole queue in its memory.
//!
//! The tickets are written by SQL and cannot meet: spread 0, and ratings that all differ by thousandths. The content is given
//! an old date, as it would have in a game that runs: tickets that may be older than the content are validated again by every
//! node that starts.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_db_testkit::Folder;
use tokio::time::{Instant, sleep};

use crate::chaos::{LEASE, SUPERUSER, sql_at};
use crate::cluster::{self, ClusterError, NAME, Node, Nodes, Services};

/// Time to write the tickets, a million of which take a minute.
const FILL_TIMEOUT: Duration = Duration::from_secs(1_200);
/// Time until somebody leads.
const LEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// Time between two looks at a log.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// What a takeover may take beyond the lease.
const LOAD_GOAL: Duration = Duration::from_secs(2);

const FILL: &str = include_str!("takeover/fill.sql");

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server's binary.
    pub server_binary: PathBuf,
    /// Tickets in the queue.
    pub tickets: u64,
}

/// The outcome of a run. Bytes a ticket are what grew with the queue, divided by its length.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Tickets in the queue.
    pub tickets: u64,
    /// Life of the lease, in ms.
    pub lease_ms: u64,
    /// From the leader's end to the next one that leads with the whole queue, in ms.
    pub takeover_ms: u64,
    /// Of that, reading the queue and taking it in, as the new leader tells, in ms.
    pub load_ms: u64,
    /// The same of the first leader, whose database had nobody else to serve, in ms.
    pub first_load_ms: u64,
    /// Whether it took no longer than the lease and two seconds.
    pub in_time: bool,
    /// Resident memory of the leader beyond that of the node in standby.
    pub leader_bytes_per_ticket: f64,
    /// Table and indexes of the tickets.
    pub postgresql_bytes_per_ticket: f64,
    /// Resident memory of Redis beyond that before the tickets.
    pub redis_bytes_per_ticket: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "takeover with {} tickets: {} ms, lease {} ms",
            self.tickets, self.takeover_ms, self.lease_ms
        )?;
        writeln!(
            f,
            "  loaded in {} ms (the first leader: {} ms)",
            self.load_ms, self.first_load_ms
        )?;
        write!(
            f,
            "  bytes a ticket: leader {}, PostgreSQL {}, Redis {}",
            self.leader_bytes_per_ticket, self.postgresql_bytes_per_ticket, self.redis_bytes_per_ticket
        )
    }
}

/// What a node says when it leads.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
struct Leads {
    tickets: u64,
    load_ms: u64,
}

/// Runs the scenario. It ends by itself, and all it started with it.
///
/// # Errors
/// A service or a node cannot be had, or nobody leads in two minutes.
pub async fn run(options: Options) -> Result<Report, ClusterError> {
    crate::provide_tls();
    let services = cluster::services().await?;
    let folder = Folder::temporary()?;
    let matchmakers = |count| {
        let nodes = Nodes {
            gateways: 0,
            matchmakers: count,
            sims: 0,
        };
        cluster::start(&options.server_binary, nodes, &services, folder.path())
    };
    // The first node migrates the database, and stores the content with builds.
    let first = matchmakers(1)?;
    cluster::until_ready(&first).await?;
    cluster::end(&first);
    drop(first);
    let redis_before = resident(services.redis.pid());
    fill(&services, options.tickets).await?;

    let nodes = matchmakers(2)?;
    cluster::until_ready(&nodes).await?;
    let everybody: Vec<&Node> = nodes.iter().collect();
    let (leader, first_lead) = until_leads(&everybody, options.tickets).await?;
    let others = everybody.iter().copied().filter(|node| node.name() != leader.name());
    let others: Vec<&Node> = others.collect();
    let standby: u64 = others.iter().map(|node| resident(node.pid())).sum();
    let grown = resident(leader.pid()).saturating_sub(standby);
    let redis_grown = resident(services.redis.pid()).saturating_sub(redis_before);
    let table = sql(&services, "SELECT pg_total_relation_size('tickets')").await?;
    let table = table
        .parse()
        .map_err(|_text| ClusterError::Harness(format!("the table has {table:?} bytes")))?;

    let killed_at = Instant::now();
    leader.kill();
    let (_, lead) = until_leads(&others, options.tickets).await?;
    let takeover = killed_at.elapsed();
    cluster::end(&nodes);
    let per_ticket = |bytes| per_ticket(bytes, options.tickets);
    Ok(Report {
        tickets: options.tickets,
        lease_ms: millis(LEASE),
        takeover_ms: millis(takeover),
        load_ms: lead.load_ms,
        first_load_ms: first_lead.load_ms,
        in_time: takeover <= LEASE + LOAD_GOAL,
        leader_bytes_per_ticket: per_ticket(grown),
        postgresql_bytes_per_ticket: per_ticket(table),
        redis_bytes_per_ticket: per_ticket(redis_grown),
    })
}

async fn fill(services: &Services, tickets: u64) -> Result<(), ClusterError> {
    sql(services, &FILL.replace("$tickets", &tickets.to_string())).await?;
    // What autovacuum would have done long ago.
    sql(services, "VACUUM (ANALYZE) tickets, ratings").await?;
    sql(services, "CHECKPOINT").await.map(drop)
}

async fn sql(services: &Services, sql: &str) -> Result<String, ClusterError> {
    let done = sql_at(&services.postgres, (NAME, SUPERUSER), sql, FILL_TIMEOUT).await;
    done.map_err(|why| ClusterError::Harness(format!("{sql}: {why}")))
}

/// Waits until one of the nodes leads with the whole queue.
async fn until_leads<'a>(nodes: &[&'a Node], tickets: u64) -> Result<(&'a Node, Leads), ClusterError> {
    let deadline = Instant::now() + LEAD_TIMEOUT;
    loop {
        for &node in nodes {
            let log = fs::read_to_string(node.log()).unwrap_or_default();
            if let Some(leads) = leads(&log, tickets) {
                return Ok((node, leads));
            }
            if node.has_ended() || Instant::now() >= deadline {
                return Err(node.error("does not lead with the whole queue".to_owned()));
            }
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Returns how a log says that its node leads with so many tickets.
fn leads(log: &str, tickets: u64) -> Option<Leads> {
    let lines = log.lines().filter(|line| line.contains("\"leads\""));
    let mut lines = lines.filter_map(|line| serde_json::from_str::<Leads>(line).ok());
    lines.rfind(|leads| leads.tickets == tickets)
}

/// Returns a process's resident memory in bytes; 0 once it is gone.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1_024
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_ticket(bytes: u64, tickets: u64) -> f64 {
    (bytes as f64 / tickets.max(1) as f64 * 10.0).round() / 10.0
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_with_how_many_tickets_its_node_leads() {
        let line =
            |tickets| format!(r#"{{"message":"leads","queue":"ranked","epoch":"3","tickets":{tickets},"load_ms":7}}"#);
        let log = [line(0), "{\"message\":\"leads\"".to_owned(), line(9)].join("\n");
        let lead = Leads { tickets: 9, load_ms: 7 };
        assert_eq!((leads(&log, 9), leads(&log, 8)), (Some(lead), None));
    }

    #[test]
    fn this_process_has_memory_and_one_that_is_gone_none() {
        assert!(resident(std::process::id()) > 1_000_000);
        assert_eq!(resident(u32::MAX), 0);
    }
}
