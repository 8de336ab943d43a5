//! The composition root: makes every part, puts them together, and takes them apart in order.

mod banner;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tiltyard_actor_kit::Clock;
use tiltyard_actors::{Deps, RecordSettings, Rules, Settings, System};
use tiltyard_protocol::limits::{QUESTIONS_PER_PLAYER_MAX, WRITES_PER_PLAYER_MAX};
use tiltyard_protocol::{BootId, NodeId, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::builds::Builds;
use crate::config::{Config, Queue};
use crate::edge::Edge;
use crate::exit::Fatal;
use crate::http::{InFlight, Listener, RateLimits};
use crate::jitter::Jitter;
use crate::lock::DataLock;
use crate::node::uuid_v7;
use crate::routes::content::ContentPage;
use crate::shared::{HttpBounds, Shared, StreamBounds};
use crate::stores::{Plan, Stores};
use crate::{content, secrets, shutdown};

/// Time between two clean-ups of the metrics' recorder.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// A running server.
pub(crate) struct App {
    config: Config,
    shared: Arc<Shared>,
    stores: Stores,
    addresses: Addresses,
    edges: JoinSet<()>,
    players_closing: watch::Sender<bool>,
    operators_closing: watch::Sender<bool>,
    upkeep: JoinSet<()>,
    _lock: Option<DataLock>,
}

/// Where the server listens, with real ports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    /// Absent without the gateway role.
    pub(crate) players: Option<SocketAddr>,
    pub(crate) operators: SocketAddr,
}

impl App {
    /// Starts everything: data folder, listeners, stores, secrets, actors; then lets requests in.
    pub(crate) async fn start(config: Config, metrics: PrometheusHandle) -> Result<Self, Fatal> {
        let plan = Plan::of(&config).map_err(|problem| Fatal::new(Fatal::CONFIG, problem))?;
        let lock = plan.lock(&config.data_dir)?;
        let players = match config.roles.roles().gateway {
            true => Some(bind(config.listen, Listener::Players, &config).await?),
            false => None,
        };
        let operators = bind(config.ops_listen, Listener::Operators, &config).await?;
        let addresses = Addresses {
            players: players.as_ref().map(address).transpose()?,
            operators: address(&operators)?,
        };
        let stores = plan.open(&config).await?;
        let shared = Arc::new(share(&config, &stores, metrics).await?);

        let (players_closing, closing) = watch::channel(false);
        let mut edges = JoinSet::new();
        if let Some(players) = players {
            edges.spawn(players.run(Arc::clone(&shared), closing));
        }
        let (operators_closing, closing) = watch::channel(false);
        edges.spawn(operators.run(Arc::clone(&shared), closing));
        let mut upkeep = JoinSet::new();
        upkeep.spawn(keep_metrics(shared.metrics.clone()));
        Ok(Self {
            config,
            shared,
            stores,
            addresses,
            edges,
            players_closing,
            operators_closing,
            upkeep,
            _lock: lock,
        })
    }

    /// Returns what is printed once the server takes requests: a line per store, and the links.
    pub(crate) fn banner(&self) -> String {
        banner::of(&self.config, self.addresses)
    }

    /// Waits until a subsystem is beyond its restart budget; returns why.
    pub(crate) async fn failed(&self) -> String {
        self.shared.system.failed().await
    }

    /// Stops in order: not ready, no more connections, actors drained, streams told, stores closed.
    pub(crate) async fn stop(mut self) -> Result<(), Fatal> {
        self.shared.draining.store(true, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(self.config.drain.probe_interval_ms)).await;
        tracing::info!("draining");
        self.players_closing.send_replace(true);
        self.shared.system.drain().await;
        self.operators_closing.send_replace(true);
        let patience = Duration::from_millis(self.config.drain.connections_ms);
        let edges = &mut self.edges;
        let ended = tokio::time::timeout(patience, async { while edges.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!("connections were cut at the end of the drain");
        }
        self.edges.shutdown().await;
        self.upkeep.shutdown().await;
        self.close_stores().await?;
        tracing::info!("stopped");
        Ok(())
    }

    /// Closes the stores under what is left of a failed tree, which cannot be drained.
    pub(crate) async fn abandon(self) {
        if let Err(error) = self.close_stores().await {
            tracing::warn!(%error, "the stores were left open");
        }
    }

    async fn close_stores(&self) -> Result<(), Fatal> {
        match tokio::time::timeout(shutdown::STORES, self.stores.close()).await {
            Ok(closed) => closed,
            Err(_elapsed) => Err(Fatal::new(
                Fatal::RESOURCE,
                "closing the stores took too long; nothing is lost, the next start goes on with it",
            )),
        }
    }
}

async fn bind(at: SocketAddr, door: Listener, config: &Config) -> Result<Edge, Fatal> {
    let bound = Edge::bind(at, door, config).await;
    bound.map_err(|error| Fatal::resource(&format!("listening on {at}"), &error))
}

fn address(edge: &Edge) -> Result<SocketAddr, Fatal> {
    edge.address().map_err(|error| Fatal::resource("listening", &error))
}

/// Makes what handlers share, the running actors among it.
async fn share(config: &Config, stores: &Stores, metrics: PrometheusHandle) -> Result<Shared, Fatal> {
    let clock = Clock::system();
    let content = match &config.content {
        Some(dir) => content::read(dir)?,
        None => content::builtin()?,
    };
    let secret = secrets::match_secret(&stores.durable).await?;
    let rules = Rules::new(Arc::new(content), secret);
    let keys = match config.roles.roles().gateway {
        true => secrets::keyring(config, &stores.durable).await?,
        false => secrets::no_keyring()?,
    };
    let now = Timestamp::from_micros(clock.now_micros());
    let boot = uuid_v7(now);
    let deps = Deps {
        durable: stores.durable.clone(),
        live: stores.live.clone(),
        replays: Arc::clone(&stores.replays.0),
        rules: rules.clone(),
        clock,
        node: NodeId::from_uuid(uuid_v7(now)),
        boot: BootId::from_uuid(boot),
    };
    let system = System::start(deps, settings(config))
        .await
        .map_err(|error| Fatal::resource("starting", &error))?;
    Ok(Shared {
        system,
        builds: Builds::default(),
        content_page: ContentPage::default(),
        rules,
        durable: stores.durable.clone(),
        replays: stores.replays.clone(),
        keys,
        clock,
        in_flight: InFlight::new(WRITES_PER_PLAYER_MAX),
        questions: InFlight::new(QUESTIONS_PER_PLAYER_MAX),
        rate_limits: RateLimits::new(Arc::clone(&stores.live.limits), &config.limits),
        http: HttpBounds {
            body_timeout: Duration::from_millis(config.http.body_timeout_ms),
            handler_timeout: Duration::from_millis(config.http.handler_timeout_ms),
        },
        streams: StreamBounds {
            heartbeat: Duration::from_millis(config.events.heartbeat_ms),
            life: Duration::from_millis(config.events.life_ms),
        },
        jitter: Jitter::new(boot.as_u64_pair().1),
        queues: config.queues.clone(),
        serves_dev_endpoints: config.serves_dev_endpoints(),
        metrics,
        draining: AtomicBool::new(false),
    })
}

fn settings(config: &Config) -> Settings {
    let machine = std::thread::available_parallelism().map_or(1, usize::from);
    let sim_workers = match config.sim.workers {
        0 => machine.saturating_sub(1).max(1),
        workers => workers,
    };
    let led = config.matchmaking.leads.as_ref();
    let leads = |queue: &Queue| led.is_none_or(|led| led.contains(&queue.name));
    Settings {
        roles: config.roles.roles(),
        queues: config.queues.iter().map(|queue| queue.settings(leads(queue))).collect(),
        record: config.matchmaking.record_dir.clone().map(|folder| RecordSettings {
            folder,
            file_bytes_max: config.matchmaking.record_file_bytes,
            files_max: config.matchmaking.record_files,
        }),
        lease_ttl: Duration::from_millis(config.matchmaking.lease_ttl_ms),
        sim_workers,
    }
}

/// Histograms grow until they are read; where nobody scrapes, this reads them.
#[expect(clippy::infinite_loop, reason = "its owner aborts it")]
async fn keep_metrics(metrics: PrometheusHandle) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}
