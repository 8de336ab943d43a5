//! What can be done to a cluster: every kind of fault, and whom it is done to, as closed sets.

use std::fmt;

use serde::{Serialize, Serializer};

/// Gateways of the cluster; the first nodes.
pub const GATEWAYS: usize = 2;
/// Matchmaker nodes, after the gateways.
pub const MATCHMAKERS: usize = 3;
/// Simulation nodes, the last.
pub const SIMS: usize = 3;
/// All nodes.
pub const NODES: usize = GATEWAYS + MATCHMAKERS + SIMS;

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// HTTP, sessions, the ticket writer.
    Gateway,
    /// Leases, matchmakers, dispatcher, sweeper.
    Matchmaker,
    /// Fights and results.
    Sim,
}

/// A node by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// What a node's link leads to; for `Clients`, whom it leads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
    /// The object store.
    Bucket,
    /// The players, who come to a gateway.
    Clients,
}

/// Whom a fault is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Whoever leads a queue when the fault begins.
    Leader,
    /// A node.
    Node(NodeId),
    /// A link of a node.
    Link(NodeId, Peer),
    /// PostgreSQL, Redis or the object store itself.
    Service(Peer),
}

/// A point in the life of a match at which a node with fail points aborts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrashPoint(pub &'static str, pub Role);

/// Every crash point, and the role of the node that passes it.
pub const CRASH_POINTS: [CrashPoint; 12] = [
    CrashPoint("ticket-before-insert", Role::Gateway),
    CrashPoint("ticket-after-insert", Role::Gateway),
    CrashPoint("ticket-before-announce", Role::Gateway),
    CrashPoint("ticket-before-reply", Role::Gateway),
    CrashPoint("pairing", Role::Matchmaker),
    CrashPoint("match-before-commit", Role::Matchmaker),
    CrashPoint("match-after-commit", Role::Matchmaker),
    CrashPoint("match-before-dispatch", Role::Matchmaker),
    CrashPoint("simulating", Role::Sim),
    CrashPoint("result-before-commit", Role::Sim),
    CrashPoint("result-after-commit", Role::Sim),
    CrashPoint("result-before-acknowledge", Role::Sim),
];

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $name:literal;)+) => {
        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])+ $kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Returns the kind's name in reports and arguments.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// A leader is killed.
    LeaderKill = "leader_kill";
    /// A leader stands still for longer than its lease, and goes on.
    LeaderFreeze = "leader_freeze";
    /// A leader is asked to end.
    LeaderDrain = "leader_drain";
    /// A leader aborts at a point of its work.
    LeaderCrash = "leader_crash";
    /// A gateway is killed.
    GatewayKill = "gateway_kill";
    /// A gateway stands still, and goes on.
    GatewayFreeze = "gateway_freeze";
    /// A gateway is asked to end.
    GatewayDrain = "gateway_drain";
    /// A gateway aborts at a point of its work.
    GatewayCrash = "gateway_crash";
    /// A simulation node is killed.
    SimKill = "sim_kill";
    /// A simulation node stands still for longer than its jobs wait for it, and goes on.
    SimFreeze = "sim_freeze";
    /// A simulation node is asked to end.
    SimDrain = "sim_drain";
    /// A simulation node aborts at a point of its work.
    SimCrash = "sim_crash";
    /// Redis is killed and comes back with what it held a moment before.
    RedisRestart = "redis_restart";
    /// Redis is killed and comes back with nothing.
    RedisEmptyRestart = "redis_empty_restart";
    /// Redis forgets everything without ending.
    RedisFlush = "redis_flush";
    /// Redis stands still.
    RedisStall = "redis_stall";
    /// Redis is a replica for a while, and refuses writes.
    RedisReadOnly = "redis_read_only";
    /// Redis may not use more memory, and refuses what needs some.
    RedisOutOfMemory = "redis_out_of_memory";
    /// Redis loses all leases.
    LeaseLost = "lease_lost";
    /// PostgreSQL is killed with all its processes, and recovers.
    PostgresCrash = "postgres_crash";
    /// PostgreSQL stands still.
    PostgresFreeze = "postgres_freeze";
    /// One connection of a node to PostgreSQL is ended by the server.
    BackendEnded = "backend_ended";
    /// One process of PostgreSQL is killed, so that it ends all others and recovers.
    BackendKilled = "backend_killed";
    /// Tickets and matches are locked by somebody else.
    TablesLocked = "tables_locked";
    /// PostgreSQL ends the nodes' connections and takes no new ones of theirs.
    ConnectionsExhausted = "connections_exhausted";
    /// The object store refuses.
    BucketErrors = "bucket_errors";
    /// The object store is silent.
    BucketSilent = "bucket_silent";
    /// The object store is slow.
    BucketSlow = "bucket_slow";
    /// The object store acknowledges and keeps nothing; no server can know, so that a run has it only when asked.
    BucketLoses = "bucket_loses";
    /// A link is slow.
    LinkSlow = "link_slow";
    /// A link passes nothing.
    LinkBlackHole = "link_black_hole";
    /// A link's connections are reset.
    LinkReset = "link_reset";
    /// A link passes one byte at a time.
    LinkTrickle = "link_trickle";
    /// A link passes only requests.
    LinkUpOnly = "link_up_only";
    /// A link passes only answers.
    LinkDownOnly = "link_down_only";
}

impl Kind {
    /// Finds a kind by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Says whether it is done to a node's process: a client's outage is counted from such a fault's start.
    #[must_use]
    pub const fn hits_process(self) -> bool {
        matches!(
            self,
            Self::LeaderKill
                | Self::LeaderFreeze
                | Self::LeaderDrain
                | Self::LeaderCrash
                | Self::GatewayKill
                | Self::GatewayFreeze
                | Self::GatewayDrain
                | Self::GatewayCrash
                | Self::SimKill
                | Self::SimFreeze
                | Self::SimDrain
                | Self::SimCrash
        )
    }

    /// Says whether a process stands still for a while.
    #[must_use]
    pub const fn is_freeze(self) -> bool {
        matches!(self, Self::LeaderFreeze | Self::GatewayFreeze | Self::SimFreeze)
    }

    /// Says whether PostgreSQL or Redis itself does not serve meanwhile.
    #[must_use]
    pub const fn stops_store(self) -> bool {
        matches!(
            self,
            Self::RedisRestart
                | Self::RedisEmptyRestart
                | Self::RedisStall
                | Self::RedisReadOnly
                | Self::RedisOutOfMemory
                | Self::PostgresCrash
                | Self::PostgresFreeze
                | Self::BackendKilled
                | Self::TablesLocked
                | Self::ConnectionsExhausted
        )
    }

    /// Says whether nobody can be elected, or somebody must be elected anew, because of it.
    #[must_use]
    pub const fn hurts_election(self, target: Target) -> bool {
        match target {
            Target::Link(node, Peer::Postgres | Peer::Redis) => matches!(node.role(), Role::Matchmaker),
            Target::Service(Peer::Postgres | Peer::Redis) => true,
            Target::Leader | Target::Node(_) | Target::Link(..) | Target::Service(_) => false,
        }
    }
}

impl NodeId {
    /// Returns what the node does.
    #[must_use]
    pub const fn role(self) -> Role {
        if self.0 < GATEWAYS {
            Role::Gateway
        } else if self.0 < GATEWAYS + MATCHMAKERS {
            Role::Matchmaker
        } else {
            Role::Sim
        }
    }

    /// Lists the nodes of a role.
    pub fn of(role: Role) -> impl Iterator<Item = Self> {
        (0..NODES).map(Self).filter(move |node| node.role() == role)
    }

    /// Lists what a node is linked to.
    #[must_use]
    pub const fn peers(self) -> &'static [Peer] {
        match self.role() {
            Role::Gateway => &[Peer::Postgres, Peer::Redis, Peer::Bucket, Peer::Clients],
            Role::Matchmaker | Role::Sim => &[Peer::Postgres, Peer::Redis, Peer::Bucket],
        }
    }
}

impl Target {
    /// Returns the node that is hurt, or whose link is; `None` if that is known only when it happens.
    #[must_use]
    pub const fn node(self) -> Option<NodeId> {
        match self {
            Self::Node(node) | Self::Link(node, _) => Some(node),
            Self::Leader | Self::Service(_) => None,
        }
    }
}

impl Role {
    /// Returns the role's name in the configuration of a node.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Matchmaker => "matchmaker",
            Self::Sim => "sim",
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.role().name(), self.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |peer: &Peer| match peer {
            Peer::Postgres => "postgres",
            Peer::Redis => "redis",
            Peer::Bucket => "bucket",
            Peer::Clients => "clients",
        };
        match self {
            Self::Leader => f.write_str("leader"),
            Self::Node(node) => node.fmt(f),
            Self::Link(node, peer) => write!(f, "{node}<->{}", name(peer)),
            Self::Service(peer) => f.write_str(name(peer)),
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
