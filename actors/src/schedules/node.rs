//! A node of a schedule: the tree that ships, with its actors, on simulated stores; only the fights are made up.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use tiltyard_actor_kit::{Actor, Clock, Ctx, Failure, Intensity, Root, Supervisor};
use tiltyard_protocol::{BootId, BuildHash, MatchId, NodeId, QueueName};
use tiltyard_sim::{Build, Content, EndReason, Outcome, Side};
use tiltyard_sim_wire::{MatchRequest, Simulated, decode_request};

use super::link::{Life, Link, Weather};
use super::live::{LiveLink, Replays, Shared};
use super::stores::Stores;
use super::truth::Truth;
use crate::health::Health;
use crate::queues::QueueStates;
use crate::simulation::thread::Fought;
use crate::simulation::worker;
use crate::simulation::{NotFought, pool};
use crate::system::tree::{Handles, Parts, working};
use crate::{Deps, QueueSettings, Roles, Rules, Settings, canonical};

/// The life of leases.
pub(super) const LEASE: Duration = Duration::from_secs(3);
/// When schedules begin, in microseconds since the Unix epoch.
pub(super) const EPOCH_MICROS: i64 = 1_763_800_000_000_000;

/// Parsed once for all schedules.
static CONTENT: LazyLock<Arc<Content>> = LazyLock::new(|| Arc::new(Content::builtin().unwrap()));

/// The rules of all schedules: nobody publishes others.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let rules = Rules::new(Arc::clone(&CONTENT), [7; 32]);
    rules.in_force().reviewed();
    rules
});

/// A build per player, each of one unit, as it is stored: what it would do in a fight matters to nobody here.
pub(super) static BUILDS: LazyLock<Vec<(BuildHash, Bytes)>> = LazyLock::new(|| {
    let teams = CONTENT.bots().iter().map(|bot| bot.build.units.iter());
    let builds = teams.map(|units| Build {
        units: units.take(1).cloned().collect(),
    });
    builds.map(|build| canonical(&build)).collect()
});

/// What all nodes share.
#[derive(Clone)]
pub(super) struct World {
    pub(super) weather: Arc<Weather>,
    pub(super) truth: Arc<Mutex<Truth>>,
    pub(super) shared: Shared,
}

/// A node's process, in one life.
pub(super) struct Node {
    pub(super) link: Link,
    pub(super) handles: Handles,
    pub(super) boot: BootId,
    root: Root,
}

impl Node {
    /// Starts the `life`th process of the `number`th node.
    pub(super) async fn start(world: &World, number: usize, life: u8) -> Self {
        let link = Link::new(Arc::clone(&world.weather), number, life);
        let (weather, dice) = (&world.weather, &link.dice);
        let (pace, skew_ms) = (dice.below(30) + 85, i64::from(dice.below(2_000)) - 1_000);
        let boot = BootId::from_bytes([number as u8, life, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
        weather.note(number, "starts", format!("life {life}, clock {skew_ms:+} ms, {pace} %"));
        let elapsed = i64::try_from(weather.elapsed().as_micros()).unwrap_or(0);
        let deps = Deps {
            durable: Stores::durable(Arc::clone(&world.truth), link.clone()),
            live: LiveLink::live(world.shared.clone(), link.clone(), pace),
            replays: Arc::new(Replays(link.clone())),
            rules: RULES.clone(),
            clock: Clock::starting_at(EPOCH_MICROS + elapsed + skew_ms * 1_000),
            node: node_id(number),
            boot,
        };
        let settings = settings();
        let fights = link.clone();
        let parts = Parts {
            handles: Handles::new(&settings),
            deps,
            settings,
            health: Health::default(),
            queues: QueueStates::default(),
            hire: hire(fights),
        };
        // One failure of a subsystem is one too many: nothing in a schedule may make an actor die.
        let intensity = Intensity {
            restarts: 0,
            within: Duration::from_secs(60),
        };
        let root = working(Supervisor::new("node", intensity, 0), &parts).start().await;
        Self {
            link,
            handles: parts.handles,
            boot,
            root,
        }
    }

    /// Ends the process at once, as SIGKILL would.
    pub(super) async fn kill(self) {
        self.link.set(Life::Dead);
        // A drain without time kills; whatever it does before that meets a dead link.
        drop(self.root.drain(Duration::ZERO).await);
    }

    /// Says why a part of the process is beyond its restarts, if one is.
    pub(super) fn failed(&self) -> Option<String> {
        self.root.failed().now_or_never()
    }

    /// Ends the process as SIGTERM would.
    pub(super) async fn drain(self) {
        self.link.weather.note(self.link.node, "is", "drained".to_owned());
        let drained = self.root.drain(Duration::from_secs(20)).await;
        if let Err(stragglers) = drained {
            self.link
                .weather
                .note(self.link.node, "stragglers", stragglers.to_string());
        }
        self.link.set(Life::Dead);
    }
}

pub(super) const fn node_id(number: usize) -> NodeId {
    NodeId::from_bytes([number as u8 + 1; 16])
}

fn settings() -> Settings {
    Settings {
        roles: Roles::ALL,
        queues: vec![QueueSettings::of(QueueName::ranked())],
        record: None,
        lease_ttl: LEASE,
        sim_workers: 2,
    }
}

/// Hires workers that make fights up.
fn hire(link: Link) -> pool::Hire {
    Arc::new(move |ctx, number, _library| {
        let teller = Teller(link.clone());
        ctx.spawn(&worker::kind(), teller, move |exit| {
            pool::Msg::WorkerEnded(number, exit)
        })
    })
}

/// Tells how a fight went without fighting it: the outcome follows from the request alone.
struct Teller(Link);

impl Actor for Teller {
    type Msg = worker::Msg;

    fn handle(&mut self, msg: worker::Msg, ctx: &mut Ctx<worker::Msg>) -> Result<(), Failure> {
        match msg {
            worker::Msg::Fight(bout) => {
                let fought = fight(self.0.clone(), bout.request.clone());
                ctx.pipe(fought, |fought| worker::Msg::Fought(bout, Some(fought)));
            }
            worker::Msg::Fought(bout, Some(Fought::Done(simulated))) => bout.reply.send(Ok(simulated)),
            worker::Msg::Fought(bout, Some(Fought::Not(why))) => bout.reply.send(Err(why)),
            worker::Msg::Fought(..) | worker::Msg::Content(..) => {}
        }
        Ok(())
    }
}

/// Fights for a while; some attempts fail, some hang for longer than a job may lie.
async fn fight(link: Link, request: Bytes) -> Fought {
    let dice = &link.dice;
    let (takes, fails) = match dice.below(100) {
        _ if link.weather.is_calm() => (Duration::from_millis(3), false),
        0..80 => (dice.millis(1, 60), false),
        80..90 => (dice.millis(60, 900), false),
        90..95 => (dice.millis(5_000, 9_000), false),
        _ => (dice.millis(1, 60), true),
    };
    tokio::time::sleep(takes).await;
    link.awake().await;
    match decode_request(&request) {
        Ok(request) if !fails => Fought::Done(Box::new(told(request))),
        Ok(_) => Fought::Not(NotFought::Failed("made up".to_owned())),
        Err(error) => Fought::Not(NotFought::Failed(error.to_string())),
    }
}

fn told(request: MatchRequest) -> Simulated {
    Simulated {
        outcome: outcome(request.match_id),
        request,
        result_bytes: vec![1],
        replay_bytes: vec![2],
    }
}

/// Returns how a match ends, whoever fights it.
pub(super) fn outcome(id: MatchId) -> Outcome {
    let state_hash = id
        .as_bytes()
        .iter()
        .fold(7, |hash: u64, byte| hash.rotate_left(9) ^ u64::from(*byte));
    let winner = match state_hash % 7 {
        0 => None,
        1..4 => Some(Side::Left),
        _ => Some(Side::Right),
    };
    Outcome {
        winner,
        reason: EndReason::Elimination,
        ticks: 640,
        state_hash,
        units: Vec::new(),
    }
}
