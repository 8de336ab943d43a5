//! The cluster under test: real nodes of the server's binary on private services, with a proxy on every link.
//!
//! Nodes keep their ports over restarts, and all of it dies with this process.

use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tiltyard_actor_kit::Clock;
use tiltyard_db_testkit::{Ended, Folder, S3Mood};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::ChaosError;
use super::kind::{NODES, NodeId, Peer, Role};
use super::node::{Node, free_ports, keys, variable};
use super::services::{DATABASE_ROLE, NAME, SUPERUSER, Services, prepare, sql_at};

/// Time between two looks at something awaited.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// What a node with fail points logs when it is armed.
const ARMED: &str = "this process will crash";
/// A point that no node passes: whether a node takes notice of it tells whether it has any.
const NO_POINT: &str = "none";

/// A cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// What the nodes share.
    pub(crate) services: Arc<Services>,
    /// Gateways, matchmakers, simulation nodes, in this order.
    pub(crate) nodes: Vec<Node>,
    /// For operators' pages and probes; impatient.
    pub(crate) http: reqwest::Client,
    /// The one clock of the run.
    pub(crate) clock: Clock,
    has_crash_points: AtomicBool,
    _folder: Folder,
}

/// How a cluster differs from the usual one.
#[derive(Clone, Debug)]
pub(crate) struct ClusterOptions {
    /// The server's binary.
    pub(crate) server_binary: PathBuf,
    /// Life of a leader's lease.
    pub(crate) lease: Duration,
    /// Where logs remain; by default they go with the run.
    pub(crate) logs: Option<PathBuf>,
}

impl Cluster {
    /// Starts the services, then all nodes, and waits until each is ready.
    ///
    /// # Errors
    /// A part cannot be started; for a node with the end of its log.
    pub(crate) async fn start(options: &ClusterOptions) -> Result<Self, ChaosError> {
        let services = Arc::new(blocking(Services::start).await??);
        prepare(&services).await?;
        let folder = Folder::temporary()?;
        let logs = options.logs.clone().unwrap_or_else(|| folder.path().to_owned());
        fs::create_dir_all(&logs).map_err(ChaosError::system("make the folder of logs"))?;
        let mut ports = free_ports();
        let mut nodes = Vec::with_capacity(NODES);
        for id in (0..NODES).map(NodeId) {
            nodes.push(Node::new(id, options, &services, (folder.path(), &logs), &mut ports).await?);
        }
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(500))
            .timeout(Duration::from_secs(1))
            .build()
            .map_err(|error| ChaosError::Harness(format!("no client for probes: {error}")))?;
        let cluster = Self {
            services,
            nodes,
            http,
            clock: Clock::system(),
            has_crash_points: AtomicBool::new(false),
            _folder: folder,
        };
        cluster.boot().await?;
        Ok(cluster)
    }

    async fn boot(&self) -> Result<(), ChaosError> {
        for node in &self.nodes {
            node.start(Some(NO_POINT))?;
        }
        for node in &self.nodes {
            let why = "a node did not become ready within its time";
            self.until_ready(node, BOOT_TIMEOUT)
                .await
                .map_err(|detail| ChaosError::Node(format!("{} ({why}: {detail}):\n{}", node.id, node.log_tail())))?;
        }
        self.nodes.iter().for_each(Node::keep);
        let armed = self.nodes.iter().all(|node| node.life_log().contains(ARMED));
        self.has_crash_points.store(armed, Ordering::Relaxed);
        Ok(())
    }

    /// Says whether the binary has crash points compiled in.
    pub(crate) fn has_crash_points(&self) -> bool {
        self.has_crash_points.load(Ordering::Relaxed)
    }

    /// Returns a node.
    pub(crate) fn node(&self, id: NodeId) -> Result<&Node, String> {
        self.nodes.get(id.0).ok_or_else(|| format!("there is no node {}", id.0))
    }

    /// Lists the nodes of a role.
    pub(crate) fn nodes_of(&self, role: Role) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.id.role() == role)
    }

    /// Returns the addresses of the gateways as players know them: the far ends of their links.
    pub(crate) fn urls(&self) -> Vec<String> {
        let gateways = self.nodes_of(Role::Gateway);
        let ends = gateways.filter_map(|node| node.link(Peer::Clients));
        ends.map(|link| format!("http://{}", link.address())).collect()
    }

    /// Returns the variables by which the audit finds the stores, without proxies.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let Services { postgres, redis, s3 } = &*self.services;
        let mut variables = vec![
            variable("TILTYARD_DATABASE_URL", postgres.url(NAME)),
            variable("TILTYARD_REDIS_URL", redis.url()),
            variable("TILTYARD_REPLAY_URL", s3.url(&format!("{NAME}/replays"))),
        ];
        variables.extend(keys(s3));
        variables
    }

    /// Returns the time since the epoch in ms.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.now_micros() / 1_000).unwrap_or_default()
    }

    /// Returns what a node's `readyz` says: the whole text of a node that is ready, else why it is not.
    pub(crate) async fn readyz(&self, node: &Node) -> Result<String, String> {
        self.ask(node, "readyz").await
    }

    /// Says whether a node answers at all.
    pub(crate) async fn is_alive(&self, node: &Node) -> bool {
        self.ask(node, "livez").await.is_ok()
    }

    async fn ask(&self, node: &Node, page: &str) -> Result<String, String> {
        let url = format!("http://{}/{page}", node.operators);
        let answer = self.http.get(url).send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        if status.is_success() {
            Ok(text)
        } else {
            Err(format!("{status}: {text}"))
        }
    }

    /// Waits until a node is ready.
    pub(crate) async fn until_ready(&self, node: &Node, within: Duration) -> Result<(), String> {
        let deadline = Instant::now() + within;
        loop {
            let why = match self.readyz(node).await {
                Ok(_) => return Ok(()),
                Err(why) => why,
            };
            if let Some(ended) = node.program().and_then(|program| program.ended()) {
                return Err(format!("it ended: {ended:?}"));
            }
            if Instant::now() >= deadline {
                return Err(why);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Runs SQL as the superuser, beside all proxies; returns rows as psql prints them, columns between bars.
    pub(crate) async fn sql(&self, sql: &str, within: Duration) -> Result<String, String> {
        sql_at(&self.services.postgres, (NAME, SUPERUSER), sql, within).await
    }

    /// Runs SQL as the nodes do.
    pub(crate) async fn sql_as_node(&self, sql: &str, within: Duration) -> Result<String, String> {
        sql_at(&self.services.postgres, (NAME, DATABASE_ROLE), sql, within).await
    }
}

/// Time between two looks for nodes that have ended by themselves.
const KEEPER_INTERVAL: Duration = Duration::from_millis(250);
/// How a node ends that finds a service away when it starts, which is no failure of its own.
pub(crate) const NO_SERVICE: Ended = Ended::Code(74);
/// Time for the first start of all nodes, which also migrates the database.
const BOOT_TIMEOUT: Duration = Duration::from_secs(120);
/// Runs what blocks on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ChaosError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ChaosError::Harness(format!("a part of the harness failed: {error}")))
}

impl Cluster {
    /// Undoes whatever a fault that was broken off left: links carry, services and nodes go on and are kept.
    pub(crate) fn heal(&self) {
        self.services.postgres.resume();
        self.services.redis.resume();
        self.services.s3.set_mood(S3Mood::Well);
        for node in &self.nodes {
            node.mend_links();
            if let Some(program) = node.program() {
                program.resume();
            }
            node.keep();
        }
    }

    /// Starts nodes that have ended by themselves, for ever, as an init system would; tells those that had no reason to.
    #[expect(clippy::infinite_loop, reason = "it ends when it is dropped")]
    pub(crate) async fn keep(&self, deaths: &Mutex<Vec<String>>) -> Infallible {
        let mut look = interval(KEEPER_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            for node in &self.nodes {
                let death = match node.revive() {
                    Ok(None | Some((NO_SERVICE, _))) => continue,
                    Ok(Some((ended, tail))) => format!("{}: {ended:?}: {}", node.id, last_line(&tail)),
                    Err(error) => format!("{}: {error}", node.id),
                };
                deaths.lock().unwrap_or_else(PoisonError::into_inner).push(death);
            }
        }
    }
}

fn last_line(text: &str) -> &str {
    text.lines().next_back().unwrap_or_default()
}
