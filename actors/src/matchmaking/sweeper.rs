//! The sweeper: finds in the database what hints, crashes and full queues left behind.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::durable::matches::PendingMatch;
use tiltyard_db::durable::tickets::{EndTicket, Ended};
use tiltyard_protocol::{PlayerEvent, QueueName, limits};

use super::dispatcher;
use crate::health::{DATABASE, Health, LIVE, WRITES};
use crate::tickets::left_hints;
use crate::{Deps, ignore_error, ignore_refused, notify};

/// Time between two sweeps.
const EVERY: Duration = Duration::from_secs(1);
/// Age at which a pending match has become a job, or was missed.
const MISSED_AFTER: Duration = Duration::from_secs(2);
/// Rows per sweep of one kind.
const ROWS_MAX: usize = 500;

/// What the sweeper is told.
pub(crate) enum Msg {
    Sweep,
    Swept(Vec<PendingMatch>),
}

/// The sweeper.
pub(crate) struct Sweeper {
    deps: Deps,
    health: Health,
    queues: Vec<QueueName>,
    dispatcher: Handle<dispatcher::Msg>,
    swept_before: bool,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("sweeper", 16)
}

impl Sweeper {
    pub(crate) const fn new(
        deps: Deps,
        health: Health,
        queues: Vec<QueueName>,
        dispatcher: Handle<dispatcher::Msg>,
    ) -> Self {
        Self {
            deps,
            health,
            queues,
            dispatcher,
            swept_before: false,
            timer: None,
        }
    }
}

impl Actor for Sweeper {
    type Msg = Msg;

    /// Sweeps at once: after a restart the backlog is the first thing to look for.
    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.handle(Msg::Sweep, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Sweep => {
                let first = !std::mem::replace(&mut self.swept_before, true);
                ctx.pipe(
                    sweep(self.deps.clone(), self.health.clone(), self.queues.clone(), first),
                    Msg::Swept,
                );
            }
            Msg::Swept(missed) => {
                if !missed.is_empty() {
                    metrics::counter!("tiltyard_matches_swept_total").increment(missed.len() as u64);
                    ignore_refused(
                        "the next sweep finds it",
                        self.dispatcher.tell(dispatcher::Msg::Dispatch(missed)),
                    );
                }
                self.timer = (!ctx.is_draining()).then(|| ctx.after(EVERY, Msg::Sweep));
            }
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}

async fn sweep(deps: Deps, health: Health, queues: Vec<QueueName>, first: bool) -> Vec<PendingMatch> {
    expire(&deps, &health, &queues).await;
    let oldest = crate::now(&deps.clock).before(limits::EVENT_RETENTION);
    if let Ok(trimmed) = health.note(DATABASE, deps.durable.events.trim_events(oldest, ROWS_MAX).await) {
        metrics::counter!("tiltyard_events_trimmed_total").increment(trimmed as u64);
    }
    missed(&deps, &health, first).await
}

/// Reads the pending matches that should be jobs; in a process's first sweep all of them, since the process before may have
/// died with jobs in memory. The live store drops what it has; a job submitted twice costs a simulation at most.
async fn missed(deps: &Deps, health: &Health, first: bool) -> Vec<PendingMatch> {
    let age = if first { Duration::ZERO } else { MISSED_AFTER };
    let created_by = crate::now(&deps.clock).before(age);
    let pending = deps.durable.matches.pending(created_by, ROWS_MAX).await;
    health.note(DATABASE, pending).unwrap_or_default()
}

async fn expire(deps: &Deps, health: &Health, queues: &[QueueName]) {
    let at = crate::now(&deps.clock);
    let Ok(expiring) = health.note(DATABASE, deps.durable.tickets.expiring(at, ROWS_MAX).await) else {
        return;
    };
    if expiring.is_empty() {
        return;
    }
    let ends: Vec<_> = expiring
        .into_iter()
        .map(|(player, id)| EndTicket {
            player,
            id,
            event: PlayerEvent::TicketExpired { ticket: id },
        })
        .collect();
    if let Ok(outcomes) = health.note(WRITES, deps.durable.tickets.end(ends.clone(), at).await) {
        let mut left = Vec::new();
        let told = ends
            .into_iter()
            .zip(outcomes)
            .filter_map(|(end, outcome)| match outcome {
                Ended::Done(appended) => {
                    left.push((end.player, end.id));
                    Some((appended, end.event))
                }
                Ended::NotQueued => None,
            });
        let told = told.collect();
        notify::publish(deps, health, told).await;
        let hints = left_hints(queues, &left);
        let sent = health.note(LIVE, deps.live.wakeups.publish(hints).await);
        ignore_error("the leader's commit finds it gone", sent);
    }
}
