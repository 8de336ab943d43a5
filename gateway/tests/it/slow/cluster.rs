//! Two gateways that also pair and two simulation nodes on private PostgreSQL, Redis and S3 servers under load, and one
//! fault in the middle: nothing may be lost.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::StatusCode;
use tiltyard_db_testkit::S3Mood;
use tiltyard_loadtest::audit::{self, Store};
use tiltyard_loadtest::players::Options;
use tokio::sync::watch;

use super::keeper::assert_played;
use crate::deployment::{Deployment, Services};
use crate::support::{Server, wait_until};

/// Matches after which the fault comes, and matches of the whole run.
const BEFORE: f64 = 40.0;
const MATCHES: usize = 240;

pub(super) struct Cluster {
    services: Services,
    pub(super) deployment: Deployment,
    /// Gateways that also pair.
    pub(super) gateways: Vec<Server>,
    /// Simulation nodes.
    pub(super) sims: Vec<Server>,
}

impl Cluster {
    fn start() -> Self {
        let services = Services::start();
        let deployment = services.deployment();
        let node = |roles: &str| deployment.node(roles);
        Self {
            gateways: vec![node("gateway,matchmaker"), node("gateway,matchmaker")],
            sims: vec![node("sim"), node("sim")],
            services,
            deployment,
        }
    }

    fn load(&self) -> Options {
        let urls = self.gateways.iter().map(|node| format!("http://{}", node.players));
        Options {
            players: 24,
            matches: MATCHES,
            seed: Some(7),
            timeout: Duration::from_secs(240),
            ..Options::new(urls.collect())
        }
    }

    /// Waits until so many matches were finished, whoever finished them.
    async fn finished(&self, matches: f64) {
        wait_until("matches to finish", async || self.total().await >= matches).await;
    }

    pub(super) async fn total(&self) -> f64 {
        let mut sum = 0.0;
        for node in &self.sims {
            sum += node.metric("tiltyard_matches_finished_total").await;
        }
        sum
    }

    /// Returns the node that leads the queue.
    async fn leader(&self) -> usize {
        let mut leader = 0;
        wait_until("a leader", async || {
            for (number, node) in self.gateways.iter().enumerate() {
                if node.metric("tiltyard_matches_made_total").await > 0.0 {
                    leader = number;
                    return true;
                }
            }
            false
        })
        .await;
        leader
    }

    /// Returns the process of one of PostgreSQL's backends that serve the nodes.
    fn backend(&self) -> String {
        let backend = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tiltyard%' LIMIT 1";
        let psql = self.services.postgres.programs().join("psql");
        let url = self.services.postgres.url("postgres");
        let found = Command::new(psql).args([&url, "-Atc", backend]).output().unwrap();
        String::from_utf8(found.stdout).unwrap().trim().to_owned()
    }

    /// Waits until each node's `readyz` has this status and a word of the answer.
    async fn says(&self, status: StatusCode, word: &str) {
        wait_until(word, async || {
            for node in self.gateways.iter().chain(&self.sims) {
                let url = format!("http://{}/readyz", node.operators);
                let reply = node.http.get(url).send().await.unwrap();
                if reply.status() != status || !reply.text().await.unwrap().contains(word) {
                    return false;
                }
            }
            true
        })
        .await;
    }
}

/// Runs a load with one fault in it, and finds nothing wrong.
pub(super) async fn survives(fault: impl AsyncFnOnce(&mut Cluster)) {
    let cluster = Cluster::start();
    let load = cluster.load();
    under(load, cluster, fault).await;
}

/// The same with a load that goes on until the fault is over, however many matches that takes.
pub(super) async fn survives_all_along(fault: impl AsyncFnOnce(&mut Cluster)) {
    let cluster = Cluster::start();
    let (stop, stopped) = watch::channel(());
    let load = Options {
        matches: 1,
        stop: Some(stopped),
        ..cluster.load()
    };
    let fault = async move |cluster: &mut Cluster| {
        fault(cluster).await;
        drop(stop);
    };
    under(load, cluster, fault).await;
}

async fn under(load: Options, mut cluster: Cluster, fault: impl AsyncFnOnce(&mut Cluster)) {
    let matches = load.matches;
    let faulting = async {
        cluster.finished(BEFORE).await;
        fault(&mut cluster).await;
    };
    let (report, ()) = tokio::join!(tiltyard_loadtest::players::run(load), faulting);
    assert_played(&report.unwrap(), matches);
    // The load may end before the fault does: what is stored is judged once both have.
    let store = Store::Environment(cluster.deployment.environment());
    let audit = audit::run(Path::new(env!("CARGO_BIN_EXE_tiltyard")), &store)
        .await
        .unwrap();
    assert_eq!(audit.violations, 0, "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_redis_costs_nothing() {
    survives(async |cluster| {
        let socket = cluster.services.redis.folder().join("redis.sock");
        let flushed = Command::new("redis-cli").arg("-s").arg(socket).arg("FLUSHALL").output();
        assert_eq!(flushed.unwrap().stdout, b"OK\n");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_redis_that_comes_back_empty_costs_nothing() {
    survives(async |cluster| {
        cluster.services.redis.kill();
        cluster.says(StatusCode::OK, "degraded: live store").await;
        cluster.services.redis.restart().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_redis_costs_nothing() {
    survives(async |cluster| {
        cluster.services.redis.pause();
        cluster.says(StatusCode::OK, "degraded: live store").await;
        cluster.services.redis.resume();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postgresql_costs_nothing() {
    survives(async |cluster| {
        cluster.services.postgres.kill();
        cluster.says(StatusCode::SERVICE_UNAVAILABLE, "database").await;
        cluster.services.postgres.restart().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_postgresql_costs_nothing() {
    survives(async |cluster| {
        cluster.services.postgres.pause();
        cluster.says(StatusCode::SERVICE_UNAVAILABLE, "database").await;
        cluster.services.postgres.resume();
    })
    .await;
}

/// A killed backend makes the server end all others and recover.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backend_costs_nothing() {
    survives(async |cluster| {
        signal(&cluster.backend(), "KILL");
    })
    .await;
}

/// Frozen with whatever it holds, as a backend on a disk that hangs.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_backend_costs_nothing() {
    survives(async |cluster| {
        let pid = cluster.backend();
        signal(&pid, "STOP");
        let before = cluster.total().await;
        wait_until("the others to go on, or to say that they cannot", async || {
            let url = format!("http://{}/readyz", cluster.sims[0].operators);
            let status = cluster.sims[0].http.get(url).send().await.unwrap().status();
            status == StatusCode::SERVICE_UNAVAILABLE || cluster.total().await > before + 20.0
        })
        .await;
        signal(&pid, "CONT");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_bucket_costs_nothing() {
    survives(async |cluster| {
        cluster.services.s3.set_mood(S3Mood::Silent);
        cluster.says(StatusCode::OK, "degraded: replay store").await;
        cluster.services.s3.set_mood(S3Mood::Well);
    })
    .await;
}

fn signal(pid: &str, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), pid]).status();
    assert!(sent.unwrap().success());
}

/// Kills a node of a list and starts another in its place, at the same address.
fn kill_and_restart(nodes: &mut Vec<Server>, number: usize, roles: &str) {
    let killed = nodes.remove(number);
    // Without the role `gateway` nothing listens.
    let listen = match killed.players.port() {
        0 => String::new(),
        _ => format!("listen = \"{}\"\n", killed.players),
    };
    let config = format!("roles = \"{roles}\"\n{listen}");
    nodes.insert(number, killed.kill_and_restart(&config));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_leader_and_its_gateway_cost_nothing() {
    survives(async |cluster| {
        let leader = cluster.leader().await;
        kill_and_restart(&mut cluster.gateways, leader, "gateway,matchmaker");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_simulation_node_costs_nothing() {
    survives(async |cluster| kill_and_restart(&mut cluster.sims, 0, "sim")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_simulation_node_costs_nothing() {
    survives(async |cluster| assert_eq!(cluster.sims[0].stop(), Some(0))).await;
}

/// Frozen beyond the time after which its jobs are claimed.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_simulation_node_costs_nothing() {
    survives(async |cluster| {
        cluster.sims[0].signal("STOP");
        let other = &cluster.sims[1];
        let had = other.metric("tiltyard_matches_finished_total").await;
        wait_until("the other node to finish what is left", async || {
            other.metric("tiltyard_matches_finished_total").await > had + 20.0
        })
        .await;
        cluster.sims[0].signal("CONT");
    })
    .await;
}

/// Frozen beyond its lease, and thawed when the other node has made matches.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_leader_costs_nothing() {
    survives(async |cluster| {
        let leader = cluster.leader().await;
        let other = &cluster.gateways[1 - leader];
        let made = other.metric("tiltyard_matches_made_total").await;
        cluster.gateways[leader].signal("STOP");
        wait_until("the other node to lead", async || {
            other.metric("tiltyard_matches_made_total").await > made
        })
        .await;
        cluster.gateways[leader].signal("CONT");
    })
    .await;
}
