//! The pulse: asks the stores for a sign of life, so that a node nobody uses knows as soon as others what is away.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};
use tiltyard_sim::RULES_VERSION;

use crate::Deps;
use crate::health::{DATABASE, Health, LIVE};

/// Time between two pulses.
const EVERY: Duration = Duration::from_secs(1);

/// What the pulse is told.
pub(crate) enum Msg {
    Beat,
    Beaten,
}

/// The pulse.
pub(crate) struct Pulse {
    deps: Deps,
    health: Health,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("pulse", 4)
}

impl Pulse {
    pub(crate) const fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
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
            Msg::Beat => ctx.pipe(beat(self.deps.clone(), self.health.clone()), |()| Msg::Beaten),
            Msg::Beaten => self.timer = (!ctx.is_draining()).then(|| ctx.after(EVERY, Msg::Beat)),
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}

/// Asks both at once: one that hangs hides nothing of the other.
async fn beat(deps: Deps, health: Health) {
    let database = async {
        let asked = deps.durable.events.generation().await;
        crate::ignore_error("readyz says so", health.note(DATABASE, asked).map(drop));
    };
    let live = async {
        if let Ok(depth) = health.note(LIVE, deps.live.jobs.depth(RULES_VERSION).await) {
            gauge("waiting").set(count(depth.waiting));
            gauge("delivered").set(count(depth.delivered));
        }
    };
    futures::join!(database, live);
}

fn gauge(state: &'static str) -> metrics::Gauge {
    metrics::gauge!("tiltyard_jobs", "state" => state)
}

fn count(jobs: usize) -> f64 {
    f64::from(u32::try_from(jobs).unwrap_or(u32::MAX))
}
