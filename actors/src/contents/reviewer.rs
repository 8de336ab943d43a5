//! The reviewer: after a change of content it validates queued builds again and returns the tickets of those that no longer fit.
//!
//! Every node that makes matches does it; ending a ticket is idempotent. A ticket that slips through, because a gateway or a
//! leader was a second behind, is refused at the simulation's door and returned from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};
use tiltyard_db::durable::tickets::{EndTicket, Ended, QueuedTicket};
use tiltyard_db::live::wakeups::{Inbox, Wakeup};
use tiltyard_protocol::event::ReturnReason;
use tiltyard_protocol::{BuildHash, ContentHash, PlayerEvent, QueueName, Timestamp, limits};
use tiltyard_sim::{Build, Content, validate};
use tiltyard_sim_wire::rules_version;

use super::unfit_message;
use crate::health::{DATABASE, Health, LIVE, WRITES};
use crate::rules::InForce;
use crate::{Deps, ignore_error, notify, now};

/// Time between two looks whether the content has changed.
const EVERY: Duration = Duration::from_secs(1);
/// Time after which a queue is reviewed once more: a gateway may be a look behind, and have a request under way.
const AGAIN_AFTER: Duration = Duration::from_secs(15);
/// Time after a change from which on every gateway validates against it, clocks that differ included.
const SETTLED_AFTER: Duration = Duration::from_secs(60);
/// Tickets read at a time.
const PAGE: usize = 1_000;
/// Builds remembered as fitting, 32 bytes each; beyond it they are validated once more.
const FITTING_MAX: usize = 100_000;

/// What the reviewer is told.
pub(crate) enum Msg {
    Look,
    /// The content under which all queued builds were looked at; `None` if it could not be done.
    Reviewed(Option<ContentHash>),
    Again,
}

/// The reviewer.
pub(crate) struct Reviewer {
    deps: Deps,
    health: Health,
    queues: Arc<[QueueName]>,
    /// The content of the last review.
    reviewed: Option<ContentHash>,
    /// Whether the second review is due.
    again: bool,
    timers: [Option<Timer>; 2],
}

pub(crate) fn kind() -> Kind {
    Kind::new("content_reviewer", 8)
}

impl Reviewer {
    pub(crate) const fn new(deps: Deps, health: Health, queues: Arc<[QueueName]>) -> Self {
        Self {
            deps,
            health,
            queues,
            reviewed: None,
            again: false,
            timers: [None, None],
        }
    }

    fn look(&mut self, ctx: &mut Ctx<Msg>) {
        if self.again || self.reviewed != Some(self.deps.rules.in_force().hash()) {
            let review = review(self.deps.clone(), self.health.clone(), Arc::clone(&self.queues));
            ctx.pipe(review, Msg::Reviewed);
        } else {
            self.timers[0] = Some(ctx.after(EVERY, Msg::Look));
        }
    }

    fn reviewed(&mut self, done: Option<ContentHash>, ctx: &mut Ctx<Msg>) {
        if done.is_some() {
            if self.reviewed == done {
                self.again = false;
            } else {
                self.timers[1] = Some(ctx.after(AGAIN_AFTER, Msg::Again));
            }
            self.reviewed = done;
        }
        self.timers[0] = Some(ctx.after(EVERY, Msg::Look));
    }
}

impl Actor for Reviewer {
    type Msg = Msg;

    /// A node may have been started with the content whose change is to be followed.
    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.look(ctx);
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            _ if ctx.is_draining() => {}
            Msg::Look => self.look(ctx),
            Msg::Reviewed(done) => self.reviewed(done, ctx),
            Msg::Again => self.again = true,
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timers = [None, None];
    }
}

/// Reviews every queue; returns the content if it was in force until the end.
async fn review(deps: Deps, health: Health, queues: Arc<[QueueName]>) -> Option<ContentHash> {
    let rules = deps.rules.in_force();
    let mut fitting = BTreeSet::new();
    for queue in queues.iter() {
        let mut after = None;
        loop {
            let settled_at = changed_at(&deps, &health, &rules).await?.after(SETTLED_AFTER);
            if now(&deps.clock) > settled_at.after(limits::TICKET_LIFE) {
                // Every ticket that could be queued was validated against this content when it was accepted.
                rules.reviewed();
                return Some(rules.hash());
            }
            let page = deps.durable.tickets.queued(queue, after, PAGE).await;
            let page = health.note(DATABASE, page).ok()?;
            after = page.last().map(|ticket| (ticket.player, ticket.id));
            let is_last = page.len() < PAGE;
            let older = page.into_iter().filter(|ticket| ticket.enqueued_at < settled_at);
            return_unfit(&deps, &health, (queue, &rules), older.collect(), &mut fitting).await?;
            if is_last {
                break;
            }
        }
    }
    rules.reviewed();
    Some(rules.hash())
}

/// Returns when these rules' content was published, as far as this node can tell: the clock of who published it may be slow,
/// and tickets of meanwhile must not pass for younger than the change. `None` if the store has other content in force: then this node is behind,
/// or cannot use what was published, and must not judge.
async fn changed_at(deps: &Deps, health: &Health, rules: &InForce) -> Option<Timestamp> {
    let published = deps.durable.contents.published(rules_version()).await;
    let published = health.note(DATABASE, published).ok()??;
    (published.hash == rules.hash()).then(|| rules.learned_at().map_or(published.at, |at| at.max(published.at)))
}

/// What is wrong with a build, for its owner; `None` if it fits.
type Verdict = Option<String>;

async fn return_unfit(
    deps: &Deps,
    health: &Health,
    (queue, rules): (&QueueName, &InForce),
    tickets: Vec<QueuedTicket>,
    fitting: &mut BTreeSet<BuildHash>,
) -> Option<()> {
    let mut open: Vec<_> = tickets.iter().map(|ticket| ticket.build).collect();
    open.sort_unstable();
    open.dedup();
    open.retain(|build| !fitting.contains(build));
    if fitting.len() + open.len() > FITTING_MAX {
        fitting.clear();
    }
    let mut unfit = BTreeMap::new();
    for hashes in open.chunks(limits::COMMIT_ITEMS_MAX) {
        let builds = health.note(DATABASE, deps.durable.teams.builds(hashes).await).ok()?;
        let content = Arc::clone(rules.content());
        let verdicts = tokio::task::spawn_blocking(move || judge(&builds, &content))
            .await
            .ok()?;
        for (hash, verdict) in hashes.iter().zip(verdicts) {
            if let Some(message) = verdict {
                unfit.insert(*hash, message);
            } else {
                fitting.insert(*hash);
            }
        }
    }
    let ends = tickets
        .into_iter()
        .filter_map(|QueuedTicket { player, id, build, .. }| {
            let message = unfit.get(&build)?.clone();
            let event = PlayerEvent::TicketReturned {
                ticket: id,
                reason: ReturnReason::BuildInvalid,
                message,
            };
            Some(EndTicket { player, id, event })
        });
    let ends: Vec<_> = ends.collect();
    for group in ends.chunks(limits::COMMIT_ITEMS_MAX) {
        end(deps, health, queue, group).await?;
    }
    Some(())
}

fn judge(builds: &[Option<Bytes>], content: &Content) -> Vec<Verdict> {
    let verdict = |bytes: &Bytes| {
        // One that cannot be read is a defect of the store, which the dispatcher reports.
        let build: Build = serde_json::from_slice(bytes).ok()?;
        validate(&build, content).err().map(|problems| unfit_message(&problems))
    };
    builds.iter().map(|bytes| bytes.as_ref().and_then(verdict)).collect()
}

/// Ends tickets, tells their owners, and the queue's leader.
async fn end(deps: &Deps, health: &Health, queue: &QueueName, ends: &[EndTicket]) -> Option<()> {
    let outcomes = deps.durable.tickets.end(ends.to_vec(), now(&deps.clock)).await;
    let outcomes = health.note(WRITES, outcomes).ok()?;
    let (mut told, mut left) = (Vec::new(), Vec::new());
    for (end, outcome) in ends.iter().zip(outcomes) {
        if let Ended::Done(appended) = outcome {
            told.push((appended, end.event.clone()));
            let hint = Wakeup::Left {
                player: end.player,
                ticket: end.id,
            };
            left.push((Inbox::Queue(queue.clone()), hint));
        }
    }
    metrics::counter!("tiltyard_tickets_returned_total").increment(told.len() as u64);
    notify::publish(deps, health, told).await;
    let sent = health.note(LIVE, deps.live.wakeups.publish(left).await);
    ignore_error("a commit finds the tickets gone", sent);
    Some(())
}
