//! The content keeper: looks each second what is published, and puts it in force on this node.
//!
//! No wake-up: a change is a rare act of an operator, and a second is far below what a player notices of it.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};
use tiltyard_sim_wire::rules_version;

use crate::health::{DATABASE, Health};
use crate::{Deps, now};

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Time until a bundle that could not be used is tried again; short enough that the sickness stays in sight.
const REFUSED_EVERY: Duration = Duration::from_secs(5);

/// What the keeper is told.
pub(crate) enum Msg {
    Look,
    Looked(Duration),
}

/// The content keeper.
pub(crate) struct Keeper {
    deps: Deps,
    health: Health,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("content_keeper", 4)
}

impl Keeper {
    pub(crate) const fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
            timer: None,
        }
    }
}

impl Actor for Keeper {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.handle(Msg::Look, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Look => ctx.pipe(look(self.deps.clone(), self.health.clone()), Msg::Looked),
            Msg::Looked(pause) => self.timer = (!ctx.is_draining()).then(|| ctx.after(pause, Msg::Look)),
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}

/// Looks once; returns how long to wait for the next time.
async fn look(deps: Deps, health: Health) -> Duration {
    let look = async {
        let published = match deps.durable.contents.published(rules_version()).await? {
            Some(published) => published,
            // A restored database may be older than the first start.
            None => super::offer(&deps).await?,
        };
        super::follow(&deps, &health, published, Some(now(&deps.clock))).await
    };
    match health.note(DATABASE, look.await) {
        Ok(false) => REFUSED_EVERY,
        Ok(true) | Err(_) => EVERY,
    }
}
