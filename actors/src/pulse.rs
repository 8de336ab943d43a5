//! The pulse: asks the stores for a sign of life, so that a node nobody uses knows as soon as others what is away. The
//! question to the database is one whose answer is needed each second anyhow: which queues are paused.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};
use tiltyard_sim_wire::rules_version;

use crate::Deps;
use crate::health::{DATABASE, Health, LIVE, REPLAYS};
use crate::queues::QueueStates;

/// Time between two pulses.
const EVERY: Duration = Duration::from_secs(1);
/// Pulses between two questions to the replay store, each of which a provider may charge for.
const REPLAYS_EVERY: u32 = 5;
/// An object that nobody stores.
const NO_REPLAY: &str = "pulse";

/// What the pulse is told.
pub(crate) enum Msg {
    Beat,
    Beaten,
}

/// The pulse.
pub(crate) struct Pulse {
    deps: Deps,
    health: Health,
    queues: QueueStates,
    /// Whether this node reads or writes replays.
    has_replays: bool,
    beats: u32,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("pulse", 4)
}

impl Pulse {
    pub(crate) const fn new(deps: Deps, health: Health, queues: QueueStates, has_replays: bool) -> Self {
        Self {
            deps,
            health,
            queues,
            has_replays,
            beats: 0,
            timer: None,
        }
    }
}

impl Actor for Pulse {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.handle(Msg::Beat, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Beat => {
                let asks_replays = self.has_replays && self.beats.is_multiple_of(REPLAYS_EVERY);
                self.beats = self.beats.wrapping_add(1);
                let beat = beat(
                    self.deps.clone(),
                    self.health.clone(),
                    self.queues.clone(),
                    asks_replays,
                );
                ctx.pipe(beat, |()| Msg::Beaten);
            }
            Msg::Beaten => self.timer = (!ctx.is_draining()).then(|| ctx.after(EVERY, Msg::Beat)),
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}

/// Asks all at once: one that hangs hides nothing of the others.
async fn beat(deps: Deps, health: Health, queues: QueueStates, asks_replays: bool) {
    let database = async {
        match health.note(DATABASE, deps.durable.queues.states().await) {
            Ok(states) => queues.learn(&states),
            Err(error) => crate::ignore_error::<()>("readyz says so", Err(error)),
        }
    };
    let live = async {
        if let Ok(depth) = health.note(LIVE, deps.live.jobs.depth(rules_version()).await) {
            gauge("waiting").set(count(depth.waiting));
            gauge("delivered").set(count(depth.delivered));
        }
    };
    let replays = async {
        if asks_replays {
            let asked = deps.replays.get(NO_REPLAY).await;
            crate::ignore_error("readyz says so", health.note(REPLAYS, asked).map(drop));
        }
    };
    futures::join!(database, live, replays);
}

fn gauge(state: &'static str) -> metrics::Gauge {
    metrics::gauge!("tiltyard_jobs", "state" => state)
}

fn count(jobs: usize) -> f64 {
    f64::from(u32::try_from(jobs).unwrap_or(u32::MAX))
}
