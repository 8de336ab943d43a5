//! From a seed to a schedule: which fault hits whom, when, and for how long. Pure, so that a faulty seed can be replayed.
//!
//! A round has lanes that run side by side, each for one part of the cluster and with its faults one after another: two
//! faults of one part at a time would hide each other. Kinds, targets and crash points are dealt from shuffled decks,
//! so that each comes up equally often whatever the seed.

use std::time::Duration;

use serde::Serialize;

use super::kind::{CRASH_POINTS, CrashPoint, Kind, NodeId, Peer, Role, Target};
use crate::random::Random;

/// Length of a round's faults.
pub const FAULTS: Duration = Duration::from_secs(14);
/// Length of the quiet after them, in which liveness is judged.
pub const QUIET: Duration = Duration::from_secs(6);
/// Latest start of a fault within its slot, so that not all lanes begin at once.
const START_JITTER_MS: u64 = 700;

/// One fault of the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The round, from 0.
    pub round: usize,
    /// What is done.
    pub kind: Kind,
    /// To whom.
    pub target: Target,
    /// The crash point, for the kinds that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<&'static str>,
    /// Start, in ms from the round's.
    pub start_ms: u64,
    /// Length, in ms; a fault of a moment has 0.
    pub length_ms: u64,
    /// Decides between equal victims, such as connections.
    #[serde(skip)]
    pub pick: u64,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it comes from.
    pub seed: u64,
    /// For each round its lanes, each with its faults in order.
    pub rounds: Vec<Vec<Vec<Planned>>>,
}

/// The parts of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Leader,
    Edge,
    Sim,
    Redis,
    Postgres,
    Bucket,
    MatchmakerLinks,
}

/// Each lane with the starts of its slots in ms; a slot ends where the next begins.
const LANES: [(Lane, &[u64]); 7] = [
    (Lane::Leader, &[0, 5_500]),
    (Lane::Edge, &[300, 4_900, 9_500]),
    (Lane::Sim, &[600, 5_200, 9_300]),
    (Lane::Redis, &[1_500, 8_000]),
    (Lane::Postgres, &[3_000, 9_800]),
    (Lane::Bucket, &[100, 7_000]),
    (Lane::MatchmakerLinks, &[4_500, 9_000]),
];

/// What a lane deals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    Fault(Kind),
    ClientLink,
    StoreLink,
}

/// Cards that are dealt in a random order, and shuffled anew when all are out.
#[derive(Clone, Debug)]
struct Deck<T> {
    all: Vec<T>,
    left: Vec<T>,
}

/// The decks, which last over rounds.
struct Dealer {
    random: Random,
    leader: Deck<Card>,
    edge: Deck<Card>,
    sim: Deck<Card>,
    redis: Deck<Card>,
    postgres: Deck<Card>,
    bucket: Deck<Card>,
    moods: Deck<Kind>,
    points: [Deck<CrashPoint>; 3],
}

impl Plan {
    /// Makes the schedule of a seed: `rounds` rounds, of all kinds that a server is expected to survive or only of those
    /// in `only`, which then stand where they stand in the whole schedule.
    #[must_use]
    pub fn new(seed: u64, rounds: usize, only: &[Kind]) -> Self {
        let mut dealer = Dealer::new(seed, only.contains(&Kind::BucketLoses));
        let wanted = |fault: &Planned| only.is_empty() || only.contains(&fault.kind);
        let round = |round| {
            let lane = |(lane, slots): (Lane, &[u64])| -> Vec<Planned> {
                let faults: Vec<_> = slots
                    .iter()
                    .enumerate()
                    .map(|(slot, at)| {
                        let end = slots.get(slot + 1).copied().unwrap_or(millis(FAULTS));
                        dealer.deal(round, lane, slot, *at, end)
                    })
                    .collect();
                faults.into_iter().filter(wanted).collect()
            };
            LANES.into_iter().map(lane).collect()
        };
        Self {
            seed,
            rounds: (0..rounds).map(round).collect(),
        }
    }

    /// Returns how many rounds fill a time, at least one.
    #[must_use]
    pub fn rounds_in(time: Duration) -> usize {
        let whole = time.as_millis().div_ceil((FAULTS + QUIET).as_millis());
        usize::try_from(whole).unwrap_or(usize::MAX).max(1)
    }

    /// Lists all faults.
    pub fn faults(&self) -> impl Iterator<Item = &Planned> {
        self.rounds.iter().flatten().flatten()
    }
}

impl Dealer {
    fn new(seed: u64, loses: bool) -> Self {
        use Card::{ClientLink, Fault, StoreLink};
        let faults = |kinds: &[Kind]| Deck::new(kinds.iter().copied().map(Fault).collect());
        let with = |kinds: &[Kind], links: &[Card]| {
            let kinds = kinds.iter().copied().map(Fault);
            Deck::new(kinds.chain(links.iter().copied()).collect())
        };
        let of = |role| Deck::new(CRASH_POINTS.into_iter().filter(|point| point.1 == role).collect());
        let mut bucket = vec![Kind::BucketErrors, Kind::BucketSilent, Kind::BucketSlow];
        if loses {
            bucket.push(Kind::BucketLoses);
        }
        let edge = [
            Kind::GatewayKill,
            Kind::GatewayFreeze,
            Kind::GatewayDrain,
            Kind::GatewayCrash,
        ];
        let sim = [Kind::SimKill, Kind::SimFreeze, Kind::SimDrain, Kind::SimCrash];
        let freeze = Kind::LeaderFreeze;
        Self {
            random: Random::new(seed, 0),
            leader: faults(&[freeze, freeze, freeze, Kind::LeaderDrain, Kind::LeaderCrash]),
            edge: with(&edge, &[ClientLink, ClientLink, ClientLink, StoreLink]),
            sim: with(&sim, &[StoreLink, StoreLink]),
            redis: faults(&[
                Kind::RedisRestart,
                Kind::RedisEmptyRestart,
                Kind::RedisFlush,
                Kind::RedisStall,
                Kind::RedisReadOnly,
                Kind::RedisOutOfMemory,
                Kind::LeaseLost,
            ]),
            postgres: faults(&[
                Kind::PostgresCrash,
                Kind::PostgresFreeze,
                Kind::BackendEnded,
                Kind::BackendKilled,
                Kind::TablesLocked,
                Kind::ConnectionsExhausted,
            ]),
            bucket: faults(&bucket),
            moods: Deck::new(vec![
                Kind::LinkSlow,
                Kind::LinkBlackHole,
                Kind::LinkReset,
                Kind::LinkTrickle,
                Kind::LinkUpOnly,
                Kind::LinkDownOnly,
            ]),
            points: [of(Role::Gateway), of(Role::Matchmaker), of(Role::Sim)],
        }
    }

    /// Deals the fault of a slot that ends at `end`.
    fn deal(&mut self, round: usize, lane: Lane, slot: usize, at: u64, end: u64) -> Planned {
        let (kind, target) = self.choose(lane, slot);
        let point = match kind {
            Kind::GatewayCrash => Some(0),
            Kind::LeaderCrash => Some(1),
            Kind::SimCrash => Some(2),
            _ => None,
        };
        let point = point.and_then(|role: usize| self.points[role].deal(&mut self.random));
        let start_ms = at + self.random.below(START_JITTER_MS);
        let (shortest, longest) = lengths(kind);
        let length_ms = shortest + self.random.below(longest - shortest + 1);
        Planned {
            round,
            kind,
            target,
            point: point.map(|point| point.0),
            start_ms,
            length_ms: length_ms.min(end.saturating_sub(start_ms)),
            pick: self.random.next_u64(),
        }
    }

    fn choose(&mut self, lane: Lane, slot: usize) -> (Kind, Target) {
        let random = &mut self.random;
        let (card, role) = match lane {
            // Each round a leader is killed, and what follows meets its successor.
            Lane::Leader if slot == 0 => return (Kind::LeaderKill, Target::Leader),
            Lane::Leader => (self.leader.deal(random), Role::Matchmaker),
            Lane::Edge => (self.edge.deal(random), Role::Gateway),
            Lane::Sim => (self.sim.deal(random), Role::Sim),
            Lane::Redis => (self.redis.deal(random), Role::Matchmaker),
            Lane::Postgres => (self.postgres.deal(random), Role::Matchmaker),
            Lane::Bucket => (self.bucket.deal(random), Role::Sim),
            Lane::MatchmakerLinks => (None, Role::Matchmaker),
        };
        let nodes: Vec<_> = NodeId::of(role).collect();
        let node = one_of(random, &nodes).unwrap_or(NodeId(0));
        let kind = match card {
            Some(Card::Fault(kind)) => kind,
            Some(Card::ClientLink | Card::StoreLink) | None => self.moods.deal(random).unwrap_or(Kind::LinkSlow),
        };
        // A matchmaker asks for the bucket when it starts, and never again.
        let idle = |peer: &Peer| *peer == Peer::Clients || role == Role::Matchmaker && *peer == Peer::Bucket;
        let stores: Vec<_> = node.peers().iter().copied().filter(|peer| !idle(peer)).collect();
        let target = match (card, lane) {
            (Some(Card::ClientLink), _) => Target::Link(node, Peer::Clients),
            (Some(Card::StoreLink) | None, _) => Target::Link(node, one_of(random, &stores).unwrap_or(Peer::Postgres)),
            (Some(Card::Fault(_)), Lane::Leader) => Target::Leader,
            (Some(Card::Fault(_)), Lane::Redis) => Target::Service(Peer::Redis),
            (Some(Card::Fault(_)), Lane::Postgres) => Target::Service(Peer::Postgres),
            (Some(Card::Fault(_)), Lane::Bucket) => Target::Service(Peer::Bucket),
            (Some(Card::Fault(_)), Lane::Edge | Lane::Sim | Lane::MatchmakerLinks) => Target::Node(node),
        };
        (kind, target)
    }
}

impl<T: Copy> Deck<T> {
    const fn new(all: Vec<T>) -> Self {
        Self { all, left: Vec::new() }
    }

    /// Deals one; `None` if there never was any.
    fn deal(&mut self, random: &mut Random) -> Option<T> {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
        }
        if self.left.is_empty() {
            return None;
        }
        let at = random.below(self.left.len() as u64);
        Some(self.left.swap_remove(usize::try_from(at).unwrap_or_default()))
    }
}

fn one_of<T: Copy>(random: &mut Random, of: &[T]) -> Option<T> {
    let at = random.below(of.len() as u64);
    of.get(usize::try_from(at).unwrap_or_default()).copied()
}

/// Returns the shortest and the longest time that a kind lasts, in ms. A killed node is away so long; a crash point is
/// waited for so long.
const fn lengths(kind: Kind) -> (u64, u64) {
    match kind {
        Kind::LeaderKill => (500, 1_500),
        // Past a lease of 3 s.
        Kind::LeaderFreeze => (3_800, 5_500),
        Kind::LeaderCrash => (7_000, 8_000),
        Kind::SimFreeze => (3_300, 3_800),
        Kind::GatewayFreeze => (1_500, 3_000),
        Kind::GatewayCrash | Kind::SimCrash => (3_500, 3_800),
        Kind::LeaderDrain | Kind::GatewayDrain | Kind::SimDrain => (200, 800),
        Kind::GatewayKill | Kind::SimKill => (300, 1_500),
        Kind::RedisRestart | Kind::RedisEmptyRestart | Kind::PostgresCrash => (300, 1_200),
        Kind::RedisFlush | Kind::LeaseLost | Kind::BackendEnded | Kind::BackendKilled => (0, 0),
        Kind::RedisStall | Kind::RedisReadOnly | Kind::RedisOutOfMemory => (1_000, 2_500),
        Kind::PostgresFreeze | Kind::TablesLocked | Kind::ConnectionsExhausted => (800, 1_800),
        Kind::BucketErrors | Kind::BucketSilent | Kind::BucketSlow | Kind::BucketLoses => (1_500, 3_000),
        Kind::LinkSlow
        | Kind::LinkBlackHole
        | Kind::LinkReset
        | Kind::LinkTrickle
        | Kind::LinkUpOnly
        | Kind::LinkDownOnly => (1_000, 2_500),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
