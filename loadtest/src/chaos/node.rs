//! A node of the cluster: a process of the server's binary, its ports, its links, and its log.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tiltyard_db_testkit::{Ended, Launch, Program, S3};

use super::ChaosError;
use super::cluster::ClusterOptions;
use super::kind::{NodeId, Peer};
use super::proxy::{Mood, Proxy};
use super::services::{DATABASE_ROLE, NAME, Services};

/// Connections of one node: all nodes' fit into the server with room for the harness.
const CONNECTIONS_MAX: usize = 12;
/// Ports for listeners, below those that the system gives to outgoing connections: a node that is away must find its own
/// port free when it comes back.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Variable that arms a crash point.
const CRASH_AT: &str = "TILTYARD_CRASH_AT";

/// A node, running or not.
#[derive(Debug)]
pub(crate) struct Node {
    /// Which one.
    pub(crate) id: NodeId,
    /// Where its operators' listener is.
    pub(crate) operators: SocketAddr,
    links: Vec<(Peer, Proxy)>,
    launch: Launch,
    program: Mutex<Option<Arc<Program>>>,
    /// Whether an end is nobody's doing, so that the node is started again.
    kept: AtomicBool,
    /// Length of the log when this life began.
    life_began: AtomicU64,
}

/// Finds ports that nothing listens on, from another place in each process.
pub(crate) fn free_ports() -> impl Iterator<Item = u16> {
    let span = u32::from(PORTS.end - PORTS.start);
    let first = std::process::id().wrapping_mul(97) % span;
    let all = (0..span).map(move |n| PORTS.start + u16::try_from((first + n) % span).unwrap_or_default());
    all.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

impl Node {
    /// Makes the node's links and chooses its ports; starts no process.
    pub(crate) async fn new(
        id: NodeId,
        options: &ClusterOptions,
        services: &Services,
        (folder, logs): (&Path, &Path),
        ports: &mut impl Iterator<Item = u16>,
    ) -> Result<Self, ChaosError> {
        let mut port = || {
            let port = ports
                .next()
                .ok_or_else(|| ChaosError::Harness("no free port".to_owned()))?;
            Ok::<_, ChaosError>(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        };
        let (players, operators) = (port()?, port()?);
        let mut links = Vec::new();
        for peer in id.peers() {
            let target = services.address(*peer).unwrap_or(players);
            let link = Proxy::start(target)
                .await
                .map_err(ChaosError::system("listen for a link"))?;
            links.push((*peer, link));
        }
        let mut environment = vec![
            variable("TILTYARD_ROLES", id.role().name()),
            variable("TILTYARD_LISTEN", players.to_string()),
            variable("TILTYARD_OPS_LISTEN", operators.to_string()),
            variable("TILTYARD_DATA_DIR", folder.join(id.to_string()).display().to_string()),
            variable("TILTYARD_DATABASE__CONNECTIONS_MAX", CONNECTIONS_MAX.to_string()),
            variable(
                "TILTYARD_MATCHMAKING__LEASE_TTL_MS",
                options.lease.as_millis().to_string(),
            ),
        ];
        for (peer, link) in &links {
            environment.extend(found_at(*peer, link.address()));
        }
        environment.extend(keys(&services.s3));
        Ok(Self {
            id,
            operators,
            links,
            launch: Launch {
                program: options.server_binary.clone(),
                arguments: vec!["serve".to_owned()],
                environment,
                folder: folder.to_owned(),
                log: logs.join(format!("{id}.log")),
            },
            program: Mutex::default(),
            kept: AtomicBool::new(false),
            life_began: AtomicU64::new(0),
        })
    }

    /// Kills the node if it runs, and starts it, to abort at a crash point if one is given. Waits for nothing. Without a
    /// crash point it is kept running from here on.
    pub(crate) fn start(&self, crash_at: Option<&str>) -> Result<(), ChaosError> {
        let mut program = self.lock();
        if let Some(old) = program.take() {
            old.kill();
        }
        let written = fs::metadata(&self.launch.log)
            .map(|file| file.len())
            .unwrap_or_default();
        self.life_began.store(written, Ordering::Relaxed);
        let mut launch = self.launch.clone();
        launch
            .environment
            .extend(crash_at.map(|point| variable(CRASH_AT, point)));
        *program = Some(Arc::new(Program::start(&launch)?));
        self.kept.store(crash_at.is_none(), Ordering::Relaxed);
        Ok(())
    }

    /// Leaves it to the caller what becomes of the node when it ends, until it is started again.
    pub(crate) fn hold(&self) {
        self.kept.store(false, Ordering::Relaxed);
    }

    /// Keeps the node running.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    /// Starts the node if it has ended by itself, as an init system would; says how it had ended, and
    /// the end of its log.
    pub(crate) fn revive(&self) -> Result<Option<(Ended, String)>, ChaosError> {
        let ended = self.ended().filter(|_| self.kept.load(Ordering::Relaxed));
        let Some(ended) = ended else { return Ok(None) };
        let tail = self.log_tail();
        self.start(None)?;
        Ok(Some((ended, tail)))
    }

    /// Returns the node's process; `None` before its first start.
    pub(crate) fn program(&self) -> Option<Arc<Program>> {
        self.lock().clone()
    }

    /// Says whether the process runs and does not stand still.
    pub(crate) fn runs(&self) -> bool {
        self.program()
            .is_some_and(|program| program.ended().is_none() && !program.is_frozen())
    }

    /// Returns how the process has ended; `None` while it runs.
    pub(crate) fn ended(&self) -> Option<Ended> {
        self.program().and_then(|program| program.ended())
    }

    /// Returns a link of the node.
    pub(crate) fn link(&self, peer: Peer) -> Option<&Proxy> {
        self.links.iter().find(|(to, _)| *to == peer).map(|(_, link)| link)
    }

    /// Makes all links carry as they should.
    pub(crate) fn mend_links(&self) {
        self.links.iter().for_each(|(_, link)| link.set(Mood::Well));
    }

    /// Returns what the node has logged in this life.
    pub(crate) fn life_log(&self) -> String {
        let log = fs::read(&self.launch.log).unwrap_or_default();
        let began = usize::try_from(self.life_began.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        String::from_utf8_lossy(log.get(began..).unwrap_or_default()).into_owned()
    }

    /// Returns the end of the node's log.
    pub(crate) fn log_tail(&self) -> String {
        self.program().map(|program| program.log_tail()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Program>>> {
        self.program.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn found_at(peer: Peer, at: SocketAddr) -> Option<(String, String)> {
    match peer {
        Peer::Postgres => Some(variable(
            "TILTYARD_DATABASE_URL",
            format!("postgresql://{DATABASE_ROLE}@{at}/{NAME}"),
        )),
        Peer::Redis => Some(variable("TILTYARD_REDIS_URL", format!("redis://{at}"))),
        Peer::Bucket => Some(variable(
            "TILTYARD_REPLAY_URL",
            S3::url_at(at, &format!("{NAME}/replays")),
        )),
        Peer::Clients => None,
    }
}

/// Returns the variables with the keys of the object store.
pub(crate) fn keys(s3: &S3) -> [(String, String); 2] {
    [
        variable("AWS_ACCESS_KEY_ID", s3.access_key()),
        variable("AWS_SECRET_ACCESS_KEY", s3.secret_key()),
    ]
}

/// Makes a variable of an environment.
pub(crate) fn variable(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
