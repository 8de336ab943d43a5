//! The whole system of one process: starts the tree, takes commands, drains.

use std::sync::Arc;
use std::time::Duration;

use futures::future::OptionFuture;
use tiltyard_actor_kit::{AskError, Child, Clock, Handle, Intensity, Root, Supervisor};
use tiltyard_db::StoreError;
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket};
use tiltyard_protocol::{EventId, PlayerId, QueueName, TicketId, limits};
use tokio::sync::{Mutex, mpsc};

use crate::contents;
use crate::contents::keeper::{self as content_keeper, Keeper};
use crate::contents::reviewer::{self, Reviewer};
use crate::health::{Health, REPLAYS, Sick};
use crate::matchmaking::dispatcher::{self, Dispatcher};
use crate::matchmaking::lease_keeper::{self, LeaseKeeper};
use crate::matchmaking::matchmaker::{self, Matchmaker};
use crate::matchmaking::sweeper::{self, Sweeper};
use crate::pulse::{self, Pulse};
use crate::results::uploader::{self, Uploader};
use crate::results::writer::{self as results, ResultWriter};
use crate::sessions::router::{self, EventRouter, shard_of};
use crate::sessions::shard::{self, Shard};
use crate::simulation::pool::{self, Pool};
use crate::tickets::{self, Cancel, TicketWriter};
use crate::{Deps, Frame, Rules, Settings, now};

/// Shards of the sessions; enough that none is a bottleneck, few enough to compare heads in few reads.
const SHARDS: usize = 8;
/// Time a stream has to open.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(5);
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

/// Why the system did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A store failed.
    #[error("a store failed at start")]
    Store(#[from] StoreError),
}

/// Why a command has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// This player or this node has too much under way; nothing was done.
    #[error("too many requests are under way")]
    Busy,
    /// A store is away or the system is stopping; whether it was done is unknown.
    #[error("the store cannot take this right now")]
    Unavailable,
    /// No answer in time; whether it was done is unknown.
    #[error("no answer in time")]
    TimedOut,
}

impl From<&StoreError> for CommandError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::TimedOut { .. } | StoreError::Unavailable { .. } | StoreError::Corrupt { .. } => {
                Self::Unavailable
            }
        }
    }
}

impl From<AskError> for CommandError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Full => Self::Busy,
            AskError::Closed | AskError::Dropped => Self::Unavailable,
            AskError::TimedOut => Self::TimedOut,
        }
    }
}

/// A running system.
#[derive(Debug)]
pub struct System {
    rules: Rules,
    clock: Clock,
    health: Health,
    handles: Handles,
    /// Empty once drained.
    root: Mutex<Option<Root>>,
}

/// The addresses that subsystems know each other by.
#[derive(Clone, Debug)]
struct Handles {
    shards: Vec<Handle<shard::Msg>>,
    router: Handle<router::Msg>,
    tickets: Handle<tickets::Msg>,
    results: Handle<results::Msg>,
    uploader: Handle<uploader::Msg>,
    pool: Handle<pool::Msg>,
    dispatcher: Handle<dispatcher::Msg>,
    matchmaker: Handle<matchmaker::Msg>,
    keeper: Handle<lease_keeper::Msg>,
    sweeper: Handle<sweeper::Msg>,
}

impl System {
    /// Stores what every match refers to, takes over the content in force, and starts every subsystem of the roles.
    ///
    /// # Errors
    /// A store that cannot be reached.
    pub async fn start(deps: Deps, settings: Settings) -> Result<Self, StartError> {
        let health = Health::default();
        contents::begin(&deps, &health).await?;
        let handles = Handles::new();
        let (rules, clock) = (deps.rules.clone(), deps.clock);
        let root = tree(&Parts {
            deps,
            settings,
            health: health.clone(),
            handles: handles.clone(),
        })
        .start()
        .await;
        Ok(Self {
            rules,
            clock,
            health,
            handles,
            root: Mutex::new(Some(root)),
        })
    }

    /// Returns the rules in force.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Accepts a ticket; on return it is durable.
    ///
    /// # Errors
    /// No outcome; the same ticket may be sent again.
    pub async fn enqueue(&self, ticket: NewTicket) -> Result<Enqueued, CommandError> {
        self.handles
            .tickets
            .ask(
                |reply| tickets::Msg::Enqueue(Box::new(ticket), reply),
                limits::WRITE_TIMEOUT,
            )
            .await?
    }

    /// Cancels a ticket; on return it is durable.
    ///
    /// # Errors
    /// No outcome; the same cancel may be sent again.
    pub async fn cancel(&self, player: PlayerId, id: TicketId) -> Result<Cancelled, CommandError> {
        let cancel = Cancel {
            player,
            id,
            at: now(&self.clock),
        };
        self.handles
            .tickets
            .ask(|reply| tickets::Msg::Cancel(cancel, reply), limits::WRITE_TIMEOUT)
            .await?
    }

    /// Opens a stream of the player's events after `after`, or from the log's end on. Dropping the receiver closes it.
    ///
    /// # Errors
    /// The stream cannot be opened at the moment.
    pub async fn attach(
        &self,
        player: PlayerId,
        after: Option<EventId>,
    ) -> Result<mpsc::Receiver<Frame>, CommandError> {
        let shard = &self.handles.shards[shard_of(player, SHARDS)];
        shard
            .ask(|reply| shard::Msg::Attach { player, after, reply }, ATTACH_TIMEOUT)
            .await?
    }

    /// Returns the sick dependencies; none when all is well.
    #[must_use]
    pub fn sick(&self) -> Vec<Sick> {
        self.health.sick()
    }

    /// Takes note of how a call to the replay store went, and hands the result on.
    ///
    /// # Errors
    /// Those of the result.
    pub fn note_replays<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.health.note(REPLAYS, result)
    }

    /// Waits until a subsystem is beyond its restart budget; returns why. The process should end then.
    pub async fn failed(&self) -> String {
        let failed = self.root.lock().await.as_ref().map(Root::failed);
        match failed {
            Some(failed) => failed.await,
            None => std::future::pending().await,
        }
    }

    /// Stops in order: lease released, pairing, intake and results flushed, streams told. Bounded by 20 s; commands that
    /// come later find nobody.
    pub async fn drain(&self) {
        let root = self.root.lock().await.take();
        if let Some(Err(stragglers)) = OptionFuture::from(root.map(|root| root.drain(limits::DRAIN_TIMEOUT))).await {
            tracing::error!(%stragglers, "the drain ran out of time");
        }
    }
}

impl Handles {
    fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Handle::new()).collect(),
            router: Handle::new(),
            tickets: Handle::new(),
            results: Handle::new(),
            uploader: Handle::new(),
            pool: Handle::new(),
            dispatcher: Handle::new(),
            matchmaker: Handle::new(),
            keeper: Handle::new(),
            sweeper: Handle::new(),
        }
    }
}

/// What the tree is made from.
struct Parts {
    deps: Deps,
    settings: Settings,
    health: Health,
    handles: Handles,
}

/// The tree in order of start; a drain goes the other way round, so that streams hear of the last results.
fn tree(parts: &Parts) -> Supervisor {
    let roles = parts.settings.roles;
    let mut root = supervisor("root", WHOLE, parts).child(watching(parts));
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
    let (deps, health) = (parts.deps.clone(), parts.health.clone());
    let has_replays = parts.settings.roles.gateway || parts.settings.roles.sim;
    let pulse = move || Pulse::new(deps.clone(), health.clone(), has_replays);
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
    } = parts;
    let mut writers = supervisor("writers", SUBSYSTEM, parts);
    if settings.roles.gateway {
        let stores = tickets::Stores {
            tickets: deps.durable.tickets.clone(),
            ratings: deps.durable.ratings.clone(),
            wakeups: deps.live.wakeups.clone(),
            health: health.clone(),
        };
        let dispatcher = handles.dispatcher.clone();
        let writer = move || TicketWriter::new(stores.clone(), QueueName::ranked(), dispatcher.clone());
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
    } = parts;
    let (deps, health, results, workers) = (
        deps.clone(),
        health.clone(),
        handles.results.clone(),
        settings.sim_workers.max(1),
    );
    let pool = move || Pool::new(deps.clone(), health.clone(), results.clone(), workers);
    supervisor("simulation", SUBSYSTEM, parts).child(Child::new(pool::kind(), handles.pool.clone(), pool))
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
        settings,
        deps,
        health,
        handles,
    } = parts;
    let queue = QueueName::ranked();
    let sweeper = {
        let (deps, health, dispatcher) = (deps.clone(), health.clone(), handles.dispatcher.clone());
        move || Sweeper::new(deps.clone(), health.clone(), dispatcher.clone())
    };
    let reviewer = {
        let (deps, health, queues) = (deps.clone(), health.clone(), Arc::from([queue.clone()]));
        move || Reviewer::new(deps.clone(), health.clone(), Arc::clone(&queues))
    };
    let matchmaker = {
        let (deps, health, queue, tick) = (deps.clone(), health.clone(), queue.clone(), settings.matchmaking_tick);
        let (dispatcher, keeper) = (handles.dispatcher.clone(), handles.keeper.clone());
        move || {
            let others = (dispatcher.clone(), keeper.clone());
            Matchmaker::new(deps.clone(), health.clone(), queue.clone(), tick, others)
        }
    };
    let keeper = {
        let (deps, health, ttl, matchmaker) = (
            deps.clone(),
            health.clone(),
            settings.lease_ttl,
            handles.matchmaker.clone(),
        );
        move || LeaseKeeper::new(deps.clone(), health.clone(), &queue, ttl, matchmaker.clone())
    };
    supervisor("matchmaking", SUBSYSTEM, parts)
        .child(Child::new(sweeper::kind(), handles.sweeper.clone(), sweeper))
        .child(Child::new(reviewer::kind(), Handle::new(), reviewer))
        .child(Child::new(matchmaker::kind(), handles.matchmaker.clone(), matchmaker))
        .child(Child::new(lease_keeper::kind(), handles.keeper.clone(), keeper))
}
