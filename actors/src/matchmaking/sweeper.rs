//! The sweeper: finds in the database what hints, crashes and full queues left behind.
//!
//! One node sweeps at a time, by a lease that is a hint as every lease is: two sweepers cost a job that is submitted twice and
//! dropped. Pending matches are read a page a sweep, in the order in which they were made and over again, so that any number of
//! old ones hides no newer one.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::durable::matches::{HistoryCursor, PendingMatch};
use tiltyard_db::durable::tickets::{EndTicket, Ended};
use tiltyard_db::live::lease::Hold;
use tiltyard_protocol::{PlayerEvent, QueueName, limits};

use super::dispatcher;
use crate::health::{DATABASE, Health, LIVE, WRITES};
use crate::tickets::left_hints;
use crate::{Deps, ignore_error, ignore_refused, notify};

/// Time between two sweeps.
const EVERY: Duration = Duration::from_secs(1);
/// Age at which a pending match has become a job, or was missed.
const MISSED_AFTER: Duration = Duration::from_secs(2);
/// Rows per sweep of one kind: more pending matches a second than a node fights.
const ROWS_MAX: usize = 1_000;
/// Name of the lease.
const LEASE: &str = "sweeper";
/// Life of the lease: another node goes on no later than it would have found a match missed.
const LEASE_TTL: Duration = Duration::from_secs(2);

/// What the sweeper is told.
pub(crate) enum Msg {
    Sweep,
    Swept(Vec<PendingMatch>, Walk),
}

/// Where in the pending matches the sweeper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// Nothing was read in this process, and the one before may have died with jobs in memory: all are read, however young.
    Unbegun,
    /// Behind this match, or before the first.
    Behind(Option<HistoryCursor>),
}

impl Walk {
    const fn after(self) -> Option<HistoryCursor> {
        match self {
            Self::Unbegun => None,
            Self::Behind(place) => place,
        }
    }

    /// The walk behind a page; at the end it begins anew.
    fn behind(page: &[PendingMatch]) -> Self {
        let last = page.last().filter(|_| page.len() == ROWS_MAX);
        Self::Behind(last.map(|last| HistoryCursor {
            created_at: last.created_at,
            id: last.id,
        }))
    }
}

/// The sweeper.
pub(crate) struct Sweeper {
    deps: Deps,
    health: Health,
    queues: Vec<QueueName>,
    dispatcher: Handle<dispatcher::Msg>,
    walk: Walk,
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
            walk: Walk::Unbegun,
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
                let sweep = sweep(self.deps.clone(), self.health.clone(), self.queues.clone(), self.walk);
                ctx.pipe(sweep, |(missed, walk)| Msg::Swept(missed, walk));
            }
            Msg::Swept(missed, walk) => {
                self.walk = walk;
                if !missed.is_empty() {
                    metrics::counter!("tiltyard_matches_swept_total").increment(missed.len() as u64);
                    ignore_refused(
                        "the next round finds it",
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

async fn sweep(deps: Deps, health: Health, queues: Vec<QueueName>, walk: Walk) -> (Vec<PendingMatch>, Walk) {
    if !sweeps(&deps, &health).await {
        return (Vec::new(), walk);
    }
    expire(&deps, &health, &queues).await;
    let oldest = crate::now(&deps.clock).before(limits::EVENT_RETENTION);
    if let Ok(trimmed) = health.note(DATABASE, deps.durable.events.trim_events(oldest, ROWS_MAX).await) {
        metrics::counter!("tiltyard_events_trimmed_total").increment(trimmed as u64);
    }
    missed(&deps, &health, walk).await
}

/// Says whether it is this node's turn. Without a live store it is everybody's; a node to which the database is away tries on
/// without the lease, since another node may be well.
async fn sweeps(deps: &Deps, health: &Health) -> bool {
    if health.has(DATABASE) {
        return true;
    }
    let held = deps.live.lease.hold(LEASE, deps.boot, LEASE_TTL).await;
    health.note(LIVE, held).map_or(true, Hold::is_mine)
}

/// Reads the pending matches that should be jobs. The live store drops what it has; a job submitted twice costs a simulation at
/// most.
async fn missed(deps: &Deps, health: &Health, walk: Walk) -> (Vec<PendingMatch>, Walk) {
    let now = crate::now(&deps.clock);
    let (created_by, rows_max) = match walk {
        Walk::Unbegun => (now, limits::JOBS_MAX),
        Walk::Behind(_) => (now.before(MISSED_AFTER), ROWS_MAX),
    };
    let mut missed = Vec::new();
    let mut walk = walk;
    while missed.len() < rows_max {
        let page = deps.durable.matches.pending(walk.after(), created_by, ROWS_MAX).await;
        let Ok(page) = health.note(DATABASE, page) else {
            break;
        };
        walk = Walk::behind(&page);
        missed.extend(page);
        if walk == Walk::Behind(None) {
            break;
        }
    }
    (missed, walk)
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

#[cfg(test)]
mod tests {
    use tiltyard_db::durable::matches::{Entrant, Seat, Stamps};
    use tiltyard_protocol::http::tickets::Mode;
    use tiltyard_protocol::{BuildHash, ContentHash, MatchId, Timestamp};

    use super::*;

    fn pending(n: usize) -> PendingMatch {
        let seat = || Seat {
            entrant: Entrant::Bot { bot: String::new() },
            build: BuildHash::from_bytes([0; 32]),
        };
        PendingMatch {
            id: MatchId::from_bytes((n as u128).to_be_bytes()),
            mode: Mode::Practice,
            stamps: Stamps {
                engine: String::new(),
                rules_version: 1,
                content: ContentHash::from_bytes([0; 32]),
                rng: String::new(),
                seed: [0; 16],
            },
            seats: [seat(), seat()],
            created_at: Timestamp::from_micros(n as i64),
        }
    }

    #[test]
    fn a_walk_goes_on_behind_a_full_page_and_begins_anew_behind_the_last() {
        let page: Vec<_> = (0..ROWS_MAX).map(pending).collect();
        let last = pending(ROWS_MAX - 1);
        let place = HistoryCursor {
            created_at: last.created_at,
            id: last.id,
        };
        assert_eq!(Walk::behind(&page).after(), Some(place));
        assert_eq!(Walk::behind(&page[1..]).after(), None);
        assert_eq!(Walk::behind(&[]), Walk::Behind(None));
    }
}
