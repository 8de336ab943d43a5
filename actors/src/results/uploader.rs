//! The replay uploader: brings spooled replays to the object store once it answers again.

use std::time::Duration;

use futures::future::join_all;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};

use crate::Deps;
use crate::health::{DATABASE, Health, REPLAY_WRITES};

/// Time between two looks at an empty spool.
const EVERY: Duration = Duration::from_secs(1);
/// Replays per look.
const REPLAYS_MAX: usize = 32;

/// What the uploader is told.
pub(crate) enum Msg {
    Look,
    /// How many were uploaded.
    Uploaded(usize),
}

/// The uploader.
pub(crate) struct Uploader {
    deps: Deps,
    health: Health,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("replay_uploader", 4)
}

impl Uploader {
    pub(crate) const fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
            timer: None,
        }
    }
}

impl Actor for Uploader {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.handle(Msg::Look, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Look => ctx.pipe(upload(self.deps.clone(), self.health.clone()), Msg::Uploaded),
            Msg::Uploaded(count) => {
                metrics::counter!("tiltyard_replays_uploaded_from_spool_total").increment(count as u64);
                let delay = if count == REPLAYS_MAX { Duration::ZERO } else { EVERY };
                self.timer = (!ctx.is_draining()).then(|| ctx.after(delay, Msg::Look));
            }
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}

/// Uploads one page of the spool, all of it at once: a slow store is caught up with, and one replay that cannot be stored
/// holds up no other.
async fn upload(deps: Deps, health: Health) -> usize {
    let Ok(spooled) = health.note(DATABASE, deps.durable.results.spooled(REPLAYS_MAX).await) else {
        return 0;
    };
    let uploads = spooled.into_iter().map(async |(replay, bytes)| {
        let stored = deps.replays.put(&replay.key, bytes).await;
        health.note(REPLAY_WRITES, stored).is_ok().then_some(replay.key)
    });
    let uploaded: Vec<_> = join_all(uploads).await.into_iter().flatten().collect();
    if uploaded.is_empty() {
        return 0;
    }
    let forgotten = health.note(DATABASE, deps.durable.results.unspool(&uploaded).await);
    forgotten.map_or(0, |()| uploaded.len())
}
