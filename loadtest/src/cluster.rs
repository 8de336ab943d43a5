//! The scenario `cluster`: nodes of each role, in numbers of one's choice, on private services under load; what a match costs
//! in each part, in processor time.
//!
//! PostgreSQL keeps what it commits through a power failure, as the figures are published. The bucket's server is a thread of
//! this process, so its cost is among the clients'.

mod cpu;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tiltyard_db_testkit::{Ended, Folder, Launch, Postgres, Program, Redis, S3};
use tokio::time::{Instant, sleep};

use crate::audit::{self, Store};
use crate::breach::{Breach, Check};
use crate::chaos::{free_ports, keys, variable};
use crate::client::chain;
use crate::players;

/// The database and the bucket.
pub(crate) const NAME: &str = "tiltyard";
/// Time for the first start of all nodes, which also migrates the database.
const BOOT_TIMEOUT: Duration = Duration::from_secs(120);
/// Time between two looks at whether a node is ready.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Connections of all nodes together: PostgreSQL has 100, and three are its own.
const CONNECTIONS: usize = 90;

/// How many nodes have a role.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Nodes {
    /// Nodes that players speak with.
    pub gateways: usize,
    /// Nodes that may lead the queue; one does.
    pub matchmakers: usize,
    /// Nodes that simulate, with a worker for each core of the machine.
    pub sims: usize,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server's binary.
    pub server_binary: PathBuf,
    /// The cluster.
    pub nodes: Nodes,
    /// The load; its addresses, store and binary are the cluster's.
    pub load: players::Options,
}

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A private service or a node cannot be had.
    #[error(transparent)]
    Service(#[from] tiltyard_db_testkit::Error),
    /// A node did not become ready, or ended by itself.
    #[error("{name}: {why}\n{log}")]
    Node {
        /// Which node.
        name: String,
        /// What it said last.
        why: String,
        /// The end of its log.
        log: String,
    },
    /// The load failed.
    #[error(transparent)]
    Players(#[from] players::RunError),
    /// A part of this program is broken.
    #[error("the cluster run itself failed: {0}")]
    Harness(String),
}

/// The outcome of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The cluster.
    pub nodes: Nodes,
    /// Processor time by part, in ms a match, from the first ticket to the last player's end.
    pub cpu_ms_per_match: BTreeMap<&'static str, f64>,
    /// The fake players' own report.
    pub players: players::Report,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Nodes {
            gateways,
            matchmakers,
            sims,
        } = self.nodes;
        writeln!(
            f,
            "{gateways} gateways, {matchmakers} matchmakers, {sims} simulation nodes"
        )?;
        for (part, ms) in &self.cpu_ms_per_match {
            writeln!(f, "  {part:<20} {ms:6.2} ms a match")?;
        }
        write!(f, "{}", self.players)
    }
}

/// The services that a cluster runs on.
pub(crate) struct Services {
    /// PostgreSQL.
    pub(crate) postgres: Postgres,
    /// Redis.
    pub(crate) redis: Redis,
    s3: S3,
}

/// A running node.
pub(crate) struct Node {
    name: String,
    part: &'static str,
    players: SocketAddr,
    operators: SocketAddr,
    program: Program,
}

/// Runs the scenario. It ends by itself, and all it started with it.
///
/// # Errors
/// The cluster could not be started, or this program failed; whatever the server does wrong is in the report.
pub async fn run(options: Options) -> Result<Report, ClusterError> {
    crate::provide_tls();
    let services = services().await?;
    let folder = Folder::temporary()?;
    let nodes = start(&options.server_binary, options.nodes, &services, folder.path())?;
    until_ready(&nodes).await?;
    let gateways = nodes.iter().filter(|node| node.part == "gateways");
    let urls = gateways.map(|node| format!("http://{}", node.players)).collect();
    let before = spent(&nodes, &services);
    let mut played = players::run(players::Options {
        urls,
        store: None,
        ..options.load
    })
    .await?;
    let after = spent(&nodes, &services);
    for node in &nodes {
        if let Some(ended) = node.program.ended() {
            return Err(node.error(format!("ended by itself: {ended:?}")));
        }
    }
    let stores = Store::Environment(services.environment());
    match audit::run(&options.server_binary, &stores).await {
        Ok(found) => played.add_audit(found.violations, found.listed),
        Err(error) => played.add_breach(&Breach::new(Check::Audit, chain(&error))),
    }
    end(&nodes);
    Ok(Report {
        nodes: options.nodes,
        cpu_ms_per_match: per_match(&before, &after, played.matches),
        players: played,
    })
}

impl Node {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }

    pub(crate) fn log(&self) -> &Path {
        self.program.log()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.program.ended().is_some()
    }

    /// Kills the node and waits until it is gone.
    pub(crate) fn kill(&self) {
        self.program.kill();
    }

    /// Says what is wrong with the node.
    pub(crate) fn error(&self, why: String) -> ClusterError {
        ClusterError::Node {
            name: self.name.clone(),
            why,
            log: self.program.log_tail(),
        }
    }
}

impl Services {
    fn start() -> Result<Self, tiltyard_db_testkit::Error> {
        let postgres = Postgres::options().durable().start()?;
        postgres.create_database(NAME, None)?;
        let s3 = S3::start_on_disk()?;
        s3.create_bucket(NAME)?;
        Ok(Self {
            postgres,
            redis: Redis::start()?,
            s3,
        })
    }

    fn environment(&self) -> Vec<(String, String)> {
        let mut variables = vec![
            variable("TILTYARD_DATABASE_URL", self.postgres.url(NAME)),
            variable("TILTYARD_REDIS_URL", self.redis.url()),
            variable("TILTYARD_REPLAY_URL", self.s3.url(&format!("{NAME}/replays"))),
        ];
        variables.extend(keys(&self.s3));
        variables
    }
}

/// Starts private services.
pub(crate) async fn services() -> Result<Services, ClusterError> {
    let started = tokio::task::spawn_blocking(Services::start).await;
    Ok(started.map_err(|error| ClusterError::Harness(error.to_string()))??)
}

/// Starts nodes and waits for nothing; each one's log is in the folder.
pub(crate) fn start(
    server_binary: &Path,
    nodes: Nodes,
    services: &Services,
    folder: &Path,
) -> Result<Vec<Node>, ClusterError> {
    let Nodes {
        gateways,
        matchmakers,
        sims,
    } = nodes;
    let connections = (CONNECTIONS / (gateways + matchmakers + sims).max(1)).clamp(4, 20);
    let mut ports = free_ports().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let mut port = || {
        ports
            .next()
            .ok_or_else(|| ClusterError::Harness("no free port".to_owned()))
    };
    let mut nodes = Vec::new();
    for (part, role, count) in [
        ("gateways", "gateway", gateways),
        ("matchmakers", "matchmaker", matchmakers),
        ("simulation nodes", "sim", sims),
    ] {
        for number in 1..=count {
            let name = format!("{role}-{number}");
            let (players, operators) = (port()?, port()?);
            let mut environment = services.environment();
            environment.extend([
                variable("TILTYARD_ROLES", role),
                variable("TILTYARD_LISTEN", players.to_string()),
                variable("TILTYARD_OPS_LISTEN", operators.to_string()),
                variable("TILTYARD_DATA_DIR", folder.join(&name).display().to_string()),
                variable("TILTYARD_DATABASE__CONNECTIONS_MAX", connections.to_string()),
            ]);
            let program = Program::start(&Launch {
                program: server_binary.to_owned(),
                arguments: vec!["serve".to_owned()],
                environment,
                folder: folder.to_owned(),
                log: folder.join(format!("{name}.log")),
            })?;
            nodes.push(Node {
                name,
                part,
                players,
                operators,
                program,
            });
        }
    }
    Ok(nodes)
}

/// Waits until all nodes are ready.
pub(crate) async fn until_ready(nodes: &[Node]) -> Result<(), ClusterError> {
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(1))
        .build()
        .map_err(|error| ClusterError::Harness(error.to_string()))?;
    let deadline = Instant::now() + BOOT_TIMEOUT;
    for node in nodes {
        while let Err(why) = ready(&http, node).await {
            if node.program.ended().is_some() || Instant::now() >= deadline {
                return Err(node.error(format!("did not become ready: {why}")));
            }
            sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

async fn ready(http: &reqwest::Client, node: &Node) -> Result<(), String> {
    let answer = http.get(format!("http://{}/readyz", node.operators)).send().await;
    let answer = answer.map_err(|error| chain(&error))?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(answer.status().to_string())
    }
}

/// Asks all nodes to end, and ends those that take too long.
pub(crate) fn end(nodes: &[Node]) {
    nodes.iter().for_each(|node| node.program.terminate());
    for node in nodes {
        node.program.end(Duration::from_secs(20));
        if !matches!(node.program.ended(), Some(Ended::Code(0))) {
            tracing::debug!(node = node.name, "did not end as asked");
        }
    }
}

/// Processor time that each part has spent so far.
fn spent(nodes: &[Node], services: &Services) -> BTreeMap<&'static str, Duration> {
    let mut spent = BTreeMap::from([
        ("postgresql", cpu::of_family(services.postgres.pid())),
        ("redis", cpu::of(services.redis.pid())),
        ("clients and bucket", cpu::of(std::process::id())),
    ]);
    for node in nodes {
        *spent.entry(node.part).or_default() += cpu::of(node.program.pid());
    }
    spent
}

#[expect(clippy::cast_precision_loss, reason = "matches of one run")]
fn per_match(
    before: &BTreeMap<&'static str, Duration>,
    after: &BTreeMap<&'static str, Duration>,
    matches: usize,
) -> BTreeMap<&'static str, f64> {
    let cost = |(part, after): (&&'static str, &Duration)| {
        let spent = after.saturating_sub(before.get(part).copied().unwrap_or_default());
        let ms = spent.as_secs_f64() * 1_000.0 / matches.max(1) as f64;
        (*part, (ms * 100.0).round() / 100.0)
    };
    after.iter().map(cost).collect()
}
