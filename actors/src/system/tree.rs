//! The supervision tree: what is started in which order, and who knows whom.

use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::{Child, Handle, Intensity, Supervisor};
use tiltyard_protocol::QueueName;

use crate::auditor::{self, Auditor};
use crate::contents::keeper::{self as content_keeper, Keeper};
use crate::contents::reviewer::{self, Reviewer};
use crate::health::Health;
use crate::matchmaking::dispatcher::{self, Dispatcher};
use crate::matchmaking::lease_keeper::{self, LeaseKeeper};
use crate::matchmaking::matchmaker::{self, Matchmaker};
use crate::matchmaking::sweeper::{self, Sweeper};
use crate::pulse::{self, Pulse};
use crate::queues::QueueStates;
use crate::results::uploader::{self, Uploader};
use crate::results::writer::{self as results, ResultWriter};
use crate::sessions::router::{self, EventRouter};
use crate::sessions::shard::{self, Shard};
use crate::simulation::herald::{self, Herald};
use crate::simulation::pool::{self, Pool};
use crate::tickets::{self, TicketWriter};
use crate::{Deps, QueueSettings, Settings};

/// Shards of the sessions; enough that none is a bottleneck, few enough to compare heads in few reads.
pub(crate) const SHARDS: usize = 8;
/// Failures of one subsystem that are mended by restarting.
const SUBSYSTEM: Intensity = Intensity {
    restarts: 10,
    within: Duration::from_secs(60),
};
/// Failures of whole subsystems before the process ends.
const WHOLE: Intensity = Intensity {
    restarts: 3,
    within: Duration::from_secs(60),
};

/// The addresses that subsystems know each other by.
#[derive(Clone, Debug)]
pub(crate) struct Handles {
    pub(crate) shards: Vec<Handle<shard::Msg>>,
    router: Handle<router::Msg>,
    pub(crate) tickets: Handle<tickets::Msg>,
    results: Handle<results::Msg>,
    uploader: Handle<uploader::Msg>,
    pool: Handle<pool::Msg>,
    dispatcher: Handle<dispatcher::Msg>,
    /// One for each queue that this node may lead.
    queues: Vec<QueueHandles>,
    sweeper: Handle<sweeper::Msg>,
}

/// The addresses of one queue.
#[derive(Clone, Debug)]
struct QueueHandles {
    settings: QueueSettings,
    matchmaker: Handle<matchmaker::Msg>,
    keeper: Handle<lease_keeper::Msg>,
}

impl Handles {
    pub(crate) fn new(settings: &Settings) -> Self {
        let led = settings.queues.iter().filter(|queue| queue.leads);
        let queues = led.map(|queue| QueueHandles {
            settings: queue.clone(),
            matchmaker: Handle::new(),
            keeper: Handle::new(),
        });
        Self {
            shards: (0..SHARDS).map(|_| Handle::new()).collect(),
            router: Handle::new(),
            tickets: Handle::new(),
            results: Handle::new(),
            uploader: Handle::new(),
            pool: Handle::new(),
            dispatcher: Handle::new(),
            queues: queues.collect(),
            sweeper: Handle::new(),
        }
    }
}

/// What the tree is made from.
pub(crate) struct Parts {
    pub(crate) deps: Deps,
    pub(crate) settings: Settings,
    pub(crate) health: Health,
    pub(crate) queues: QueueStates,
    pub(crate) hire: pool::Hire,
    pub(crate) handles: Handles,
}

impl Parts {
    fn queue_names(&self) -> Vec<QueueName> {
        let queues = self.settings.queues.iter();
        queues.map(|queue| queue.name.clone()).collect()
    }
}

/// The tree in order of start; a drain goes the other way round, so that streams hear of the last results.
pub(crate) fn tree(parts: &Parts) -> Supervisor {
    working(supervisor("root", WHOLE, parts).child(watching(parts)), parts)
}

/// What does a node's work, beside what watches over it.
pub(crate) fn working(mut root: Supervisor, parts: &Parts) -> Supervisor {
    let roles = parts.settings.roles;
    if roles.gateway {
        root = root.child(sessions(parts));
    }
    root = root.child(writers(parts));
    if roles.sim {
        root = root.child(simulation(parts));
    }
    if roles.gateway || roles.matchmaker {
        root = root.child(dispatching(parts));
    }
    if roles.matchmaker {
        root = root.child(matchmaking(parts));
    }
    root
}

fn supervisor(name: &'static str, intensity: Intensity, parts: &Parts) -> Supervisor {
    let boot = parts.deps.boot.as_bytes();
    Supervisor::new(
        name,
        intensity,
        boot.iter().fold(0, |seed, byte| seed << 4 ^ u64::from(*byte)),
    )
}

fn watching(parts: &Parts) -> Supervisor {
    let (deps, health, queues) = (parts.deps.clone(), parts.health.clone(), parts.queues.clone());
    let has_replays = parts.settings.roles.gateway || parts.settings.roles.sim;
    let pulse = move || Pulse::new(deps.clone(), health.clone(), queues.clone(), has_replays);
    let (deps, health) = (parts.deps.clone(), parts.health.clone());
    let keeper = move || Keeper::new(deps.clone(), health.clone());
    supervisor("watching", SUBSYSTEM, parts)
        .child(Child::new(pulse::kind(), Handle::new(), pulse))
        .child(Child::new(content_keeper::kind(), Handle::new(), keeper))
}

fn sessions(parts: &Parts) -> Supervisor {
    let Parts {
        deps, health, handles, ..
    } = parts;
    let mut sessions = supervisor("sessions", SUBSYSTEM, parts);
    for handle in &handles.shards {
        let (deps, health) = (deps.clone(), health.clone());
        let shard = move || Shard::new(deps.clone(), health.clone());
        sessions = sessions.child(Child::new(shard::kind(), handle.clone(), shard));
    }
    let (deps, health, shards) = (deps.clone(), health.clone(), handles.shards.clone());
    let router = move || EventRouter::new(deps.clone(), health.clone(), shards.clone());
    sessions.child(Child::new(router::kind(), handles.router.clone(), router))
}

fn writers(parts: &Parts) -> Supervisor {
    let Parts {
        settings,
        deps,
        health,
        handles,
        ..
    } = parts;
    let mut writers = supervisor("writers", SUBSYSTEM, parts);
    if settings.roles.gateway {
        let stores = tickets::Stores {
            tickets: deps.durable.tickets.clone(),
            ratings: deps.durable.ratings.clone(),
            wakeups: deps.live.wakeups.clone(),
            health: health.clone(),
        };
        let (dispatcher, queues) = (handles.dispatcher.clone(), parts.queue_names());
        let writer = move || TicketWriter::new(stores.clone(), queues.clone(), dispatcher.clone());
        writers = writers.child(Child::new(tickets::kind(), handles.tickets.clone(), writer));
    }
    if settings.roles.sim {
        let (uploads, sick) = (deps.clone(), health.clone());
        let uploader = move || Uploader::new(uploads.clone(), sick.clone());
        writers = writers.child(Child::new(uploader::kind(), handles.uploader.clone(), uploader));
        let (deps, health, pool) = (deps.clone(), health.clone(), handles.pool.clone());
        let writer = move || ResultWriter::new(deps.clone(), health.clone(), pool.clone());
        writers = writers.child(Child::new(results::kind(), handles.results.clone(), writer));
    }
    writers
}

fn simulation(parts: &Parts) -> Supervisor {
    let Parts {
        settings,
        deps,
        health,
        handles,
        ..
    } = parts;
    let (deps, health, results, workers) = (
        deps.clone(),
        health.clone(),
        handles.results.clone(),
        (parts.hire.clone(), settings.sim_workers.max(1)),
    );
    let pool = move || Pool::new(deps.clone(), health.clone(), results.clone(), workers.clone());
    let (deps, health) = (parts.deps.clone(), parts.health.clone());
    let herald = move || Herald::new(deps.clone(), health.clone());
    supervisor("simulation", SUBSYSTEM, parts)
        .child(Child::new(pool::kind(), handles.pool.clone(), pool))
        .child(Child::new(herald::kind(), Handle::new(), herald))
}

/// Matches are made by leaders, and by gateways for practice.
fn dispatching(parts: &Parts) -> Supervisor {
    let (deps, health) = (parts.deps.clone(), parts.health.clone());
    let dispatcher = move || Dispatcher::new(deps.clone(), health.clone());
    let child = Child::new(dispatcher::kind(), parts.handles.dispatcher.clone(), dispatcher);
    supervisor("dispatching", SUBSYSTEM, parts).child(child)
}

fn matchmaking(parts: &Parts) -> Supervisor {
    let Parts {
        deps, health, handles, ..
    } = parts;
    let (deps, health, dispatcher, queues) = (
        deps.clone(),
        health.clone(),
        handles.dispatcher.clone(),
        parts.queue_names(),
    );
    let sweeper = move || Sweeper::new(deps.clone(), health.clone(), queues.clone(), dispatcher.clone());
    let sweeper = Child::new(sweeper::kind(), handles.sweeper.clone(), sweeper);
    let (deps, health, queues) = (parts.deps.clone(), parts.health.clone(), Arc::from(parts.queue_names()));
    let reviewer = move || Reviewer::new(deps.clone(), health.clone(), Arc::clone(&queues));
    let reviewer = Child::new(reviewer::kind(), Handle::new(), reviewer);
    let (deps, health) = (parts.deps.clone(), parts.health.clone());
    let auditor = move || Auditor::new(deps.clone(), health.clone());
    let auditor = Child::new(auditor::kind(), Handle::new(), auditor);
    let supervisor = supervisor("matchmaking", SUBSYSTEM, parts)
        .child(sweeper)
        .child(reviewer)
        .child(auditor);
    // The keepers come last: they drain first, all of them, before any matchmaker waits for its last commit.
    let queues = handles.queues.iter();
    let (matchmakers, keepers): (Vec<_>, Vec<_>) = queues.map(|queue| queue_children(parts, queue)).unzip();
    let all = matchmakers.into_iter().chain(keepers);
    all.fold(supervisor, Supervisor::child)
}

/// A queue's matchmaker and the keeper of its lease.
fn queue_children(parts: &Parts, queue: &QueueHandles) -> (Child, Child) {
    let (settings, dispatcher, keeper) = (
        queue.settings.clone(),
        parts.handles.dispatcher.clone(),
        queue.keeper.clone(),
    );
    let (deps, health, states) = (parts.deps.clone(), parts.health.clone(), parts.queues.clone());
    let record = parts.settings.record.clone();
    let matchmaker = move || {
        let others = (dispatcher.clone(), keeper.clone());
        let settings = (settings.clone(), record.as_ref());
        Matchmaker::new(deps.clone(), health.clone(), states.clone(), settings, others)
    };
    let (deps, health, ttl) = (parts.deps.clone(), parts.health.clone(), parts.settings.lease_ttl);
    let (name, told) = (queue.settings.name.clone(), queue.matchmaker.clone());
    let keeper = move || LeaseKeeper::new(deps.clone(), health.clone(), &name, ttl, told.clone());
    (
        Child::new(matchmaker::kind(), queue.matchmaker.clone(), matchmaker),
        Child::new(lease_keeper::kind(), queue.keeper.clone(), keeper),
    )
}
