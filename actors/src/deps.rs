//! What the system is given: stores, rules, clock and identity, and the figures an operator may set.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::Clock;
use tiltyard_db::durable::Durable;
use tiltyard_db::live::Live;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_protocol::{BootId, NodeId, QueueName, limits};

use crate::Rules;

/// Everything from outside that the actors use.
#[derive(Clone)]
pub struct Deps {
    /// What must never be lost.
    pub durable: Durable,
    /// What can be rebuilt.
    pub live: Live,
    /// Replays.
    pub replays: Arc<dyn ReplayObjects>,
    /// Content and stamps.
    pub rules: Rules,
    /// The time.
    pub clock: Clock,
    /// This node, as the target of wake-ups.
    pub node: NodeId,
    /// This life of the process, as the holder of leases.
    pub boot: BootId,
}

impl std::fmt::Debug for Deps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deps")
            .field("node", &self.node)
            .field("boot", &self.boot)
            .finish_non_exhaustive()
    }
}

/// Which parts of the system run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Edge, sessions and ticket writer.
    pub gateway: bool,
    /// Lease keeper, matchmakers, dispatcher, sweeper.
    pub matchmaker: bool,
    /// Job intake, simulation pool, result writer.
    pub sim: bool,
}

impl Roles {
    /// Everything in one process.
    pub const ALL: Self = Self {
        gateway: true,
        matchmaker: true,
        sim: true,
    };
}

/// A queue as its leader takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// Its name.
    pub name: QueueName,
    /// Whether this node may lead it.
    pub leads: bool,
    /// Time between two pairings; `None` lets what arrives decide, 50 ms to 1 s.
    pub tick: Option<Duration>,
    /// Time in which two who met do not meet again.
    pub repeat_after: Duration,
    /// A ticket that may be widened begins so wide that somebody who fits is expected within this time.
    pub widen_for: Duration,
    /// Life of a ticket that finds nobody.
    pub ticket_life: Duration,
}

/// Where arrivals are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSettings {
    /// Folder of the recordings.
    pub folder: PathBuf,
    /// Size at which a file is ended and another begun.
    pub file_bytes_max: u64,
    /// Files of a queue; the oldest gives way.
    pub files_max: usize,
}

impl QueueSettings {
    /// Returns a queue with the usual figures.
    #[must_use]
    pub const fn of(name: QueueName) -> Self {
        Self {
            name,
            leads: true,
            tick: None,
            repeat_after: Duration::ZERO,
            widen_for: Duration::from_secs(10),
            ticket_life: limits::TICKET_LIFE,
        }
    }
}

/// The figures an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What runs here.
    pub roles: Roles,
    /// The queues of the deployment; the same on every node.
    pub queues: Vec<QueueSettings>,
    /// Where arrivals are recorded; nowhere if absent.
    pub record: Option<RecordSettings>,
    /// Life of the leader's lease.
    pub lease_ttl: Duration,
    /// Simulation threads.
    pub sim_workers: usize,
}
