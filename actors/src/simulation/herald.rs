//! The herald: says each second which rules this node fights under, so that leaders stamp matches that somebody can fight.
//!
//! It speaks as long as the node runs, sick or well: a node that recovers goes on with its jobs, and matches that would be
//! stamped anew meanwhile would be fought twice.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};

use crate::health::{Health, LIVE};
use crate::{Deps, ignore_error};

/// Time between two announcements.
const EVERY: Duration = Duration::from_secs(1);
/// Life of an announcement: two may be lost.
const LIFE: Duration = Duration::from_secs(3);

/// What the herald is told.
pub(crate) enum Msg {
    Speak,
    Spoken,
}

/// The herald.
pub(crate) struct Herald {
    deps: Deps,
    health: Health,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("sim_herald", 4)
}

impl Herald {
    pub(crate) const fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
            timer: None,
        }
    }
}

impl Actor for Herald {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.handle(Msg::Speak, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Speak => {
                let (jobs, health, program) = (
                    self.deps.live.jobs.clone(),
                    self.health.clone(),
                    self.deps.rules.program(),
                );
                let speak = async move {
                    let said = health.note(LIVE, jobs.attend(&program, LIFE).await);
                    ignore_error("it is said again in a second", said);
                };
                ctx.pipe(speak, |()| Msg::Spoken);
            }
            Msg::Spoken => self.timer = (!ctx.is_draining()).then(|| ctx.after(EVERY, Msg::Speak)),
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}
