//! What the system is given: stores, rules, clock and identity, and the figures an operator may set.

use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::Clock;
use tiltyard_db::durable::Durable;
use tiltyard_db::live::Live;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_protocol::{BootId, NodeId};

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

/// The figures an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What runs here.
    pub roles: Roles,
    /// Time between two pairings of a queue.
    pub matchmaking_tick: Duration,
    /// Life of the leader's lease.
    pub lease_ttl: Duration,
    /// Simulation threads.
    pub sim_workers: usize,
}
