//! The whole system of one process: starts the tree, takes commands, drains.

pub(crate) mod tree;

use std::time::Duration;

use futures::future::OptionFuture;
use tiltyard_actor_kit::{AskError, Clock, Root};
use tiltyard_db::StoreError;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::queues::QueueState;
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket};
use tiltyard_db::live::Live;
use tiltyard_protocol::{EventId, PlayerId, QueueName, TicketId, limits};
use tokio::sync::{Mutex, mpsc};

use self::tree::{Handles, Parts, SHARDS, tree};
use crate::contents;
use crate::health::{CONTENT, Health, LIVE, REPLAYS, Sick, WRITES};
use crate::matchmaking::asking;
use crate::matchmaking::notes::{Explanation, Snapshot};
use crate::queues::QueueStates;
use crate::sessions::router::shard_of;
use crate::sessions::shard;
use crate::simulation::pool;
use crate::tickets::{self, Cancel};
use crate::{Deps, Frame, Rules, Settings, now};

/// Time a stream has to open.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(5);
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
    queues: QueueStates,
    durable: Durable,
    live: Live,
    handles: Handles,
    /// Empty once drained.
    root: Mutex<Option<Root>>,
}

impl System {
    /// Stores what every match refers to, takes over the content in force, and starts every subsystem of the roles.
    ///
    /// # Errors
    /// A store that cannot be reached.
    pub async fn start(deps: Deps, settings: Settings) -> Result<Self, StartError> {
        let health = Health::default();
        contents::begin(&deps, &health).await?;
        let queues = QueueStates::default();
        // A queue that was paused is from the first request on.
        queues.learn(&deps.durable.queues.states().await?);
        let handles = Handles::new(&settings);
        let (rules, clock) = (deps.rules.clone(), deps.clock);
        let (durable, live) = (deps.durable.clone(), deps.live.clone());
        let root = tree(&Parts {
            deps,
            settings,
            health: health.clone(),
            queues: queues.clone(),
            hire: pool::fighters(),
            handles: handles.clone(),
        })
        .start()
        .await;
        Ok(Self {
            rules,
            clock,
            health,
            queues,
            durable,
            live,
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
    /// No outcome; the same ticket may be sent again. A node that has not got the content in force accepts none: it would
    /// validate and stamp with another.
    pub async fn enqueue(&self, ticket: NewTicket) -> Result<Enqueued, CommandError> {
        if self.health.has(CONTENT) {
            return Err(CommandError::Unavailable);
        }
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

    /// Returns the last change of a queue by an operator; `None` if there never was one.
    #[must_use]
    pub fn queue_state(&self, queue: &QueueName) -> Option<QueueState> {
        self.queues.get(queue)
    }

    /// Pauses a queue or lets it go on; on return it is durable, and every node follows within about a second.
    ///
    /// # Errors
    /// A store that is away; the same change may be made again.
    pub async fn change_queue(&self, queue: QueueName, paused: bool, reason: String) -> Result<QueueState, StoreError> {
        let state = QueueState {
            queue,
            paused,
            reason,
            changed_at: now(&self.clock),
        };
        let stored = self.durable.queues.set_state(state).await;
        let state = self.health.note(WRITES, stored)?;
        self.queues.learn(std::slice::from_ref(&state));
        tracing::warn!(queue = %state.queue, paused, reason = state.reason, "a queue was changed");
        Ok(state)
    }

    /// Returns a queue as its leader saw it about a second ago; `None` if nobody leads it.
    ///
    /// # Errors
    /// A live store that is away.
    pub async fn snapshot(&self, queue: &QueueName) -> Result<Option<Snapshot>, StoreError> {
        self.health.note(LIVE, asking::snapshot(&self.live, queue).await)
    }

    /// Asks a queue's leader, on whichever node, why a ticket still waits; `None` if nobody answers within a second.
    ///
    /// # Errors
    /// A live store that is away.
    pub async fn explain(
        &self,
        queue: &QueueName,
        player: PlayerId,
        ticket: TicketId,
    ) -> Result<Option<Explanation>, StoreError> {
        self.health
            .note(LIVE, asking::explain(&self.live, queue, player, ticket).await)
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
