//! The ticket writer: accepts and cancels tickets in groups, answers after the commit, then tells whom it concerns.

use std::sync::Arc;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Reply};
use tiltyard_db::durable::Tickets;
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket, Purpose, QueuedTicket};
use tiltyard_db::live::Wakeups;
use tiltyard_db::live::wakeups::{Inbox, Wakeup};
use tiltyard_db::{StoreError, durable::Ratings};
use tiltyard_protocol::{PlayerId, QueueName, TicketId, Timestamp, limits};

use crate::CommandError;
use crate::group::Group;
use crate::health::{DATABASE, Health, LIVE, WRITES};
use crate::matchmaking::dispatcher;

/// Commands of a kind that wait for their group; over it the caller is told to come back.
const WAITING_MAX: usize = limits::WRITER_MAILBOX_MAX;

/// What the writer is told.
pub(crate) enum Msg {
    Enqueue(Box<NewTicket>, Reply<Result<Enqueued, CommandError>>),
    Cancel(Cancel, Reply<Result<Cancelled, CommandError>>),
    Enqueued(Vec<Asked<NewTicket, Enqueued>>, Result<Vec<Enqueued>, StoreError>),
    Cancelled(Vec<Asked<Cancel, Cancelled>>, Result<Vec<Cancelled>, StoreError>),
    Told,
}

/// A ticket to be cancelled, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cancel {
    pub(crate) player: PlayerId,
    pub(crate) id: TicketId,
    pub(crate) at: Timestamp,
}

/// A command and the one who waits for its outcome.
pub(crate) type Asked<T, O> = (T, Reply<Result<O, CommandError>>);

/// What the writer uses.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) tickets: Arc<dyn Tickets>,
    pub(crate) ratings: Arc<dyn Ratings>,
    pub(crate) wakeups: Arc<dyn Wakeups>,
    pub(crate) health: Health,
}

/// The ticket writer.
pub(crate) struct TicketWriter {
    stores: Stores,
    queues: Vec<QueueName>,
    dispatcher: Handle<dispatcher::Msg>,
    enqueues: Group<Asked<NewTicket, Enqueued>>,
    cancels: Group<Asked<Cancel, Cancelled>>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("ticket_writer", limits::WRITER_MAILBOX_MAX)
}

impl TicketWriter {
    pub(crate) fn new(stores: Stores, queues: Vec<QueueName>, dispatcher: Handle<dispatcher::Msg>) -> Self {
        let items_max = limits::COMMIT_ITEMS_MAX;
        Self {
            stores,
            queues,
            dispatcher,
            enqueues: Group::new(items_max),
            cancels: Group::new(items_max),
        }
    }

    fn begin_enqueue(&mut self, ctx: &mut Ctx<Msg>) {
        self.enqueues.retain(|(_, reply)| !reply.is_abandoned());
        let Some(group) = self.enqueues.begin() else { return };
        let stores = self.stores.clone();
        let tickets: Vec<_> = group.iter().map(|(ticket, _)| ticket.clone()).collect();
        let write = async move {
            let outcomes = stores.tickets.enqueue(tickets, limits::TICKETS_PER_PLAYER_MAX).await;
            stores.health.note(WRITES, outcomes)
        };
        ctx.pipe(write, move |outcomes| Msg::Enqueued(group, outcomes));
    }

    fn begin_cancel(&mut self, ctx: &mut Ctx<Msg>) {
        self.cancels.retain(|(_, reply)| !reply.is_abandoned());
        let Some(group) = self.cancels.begin() else { return };
        let stores = self.stores.clone();
        let at = group.iter().map(|(cancel, _)| cancel.at).max().unwrap_or_default();
        let tickets = group.iter().map(|(cancel, _)| (cancel.player, cancel.id)).collect();
        let write = async move { stores.health.note(WRITES, stores.tickets.cancel(tickets, at).await) };
        ctx.pipe(write, move |outcomes| Msg::Cancelled(group, outcomes));
    }

    /// Tells the queue's leader of new tickets and the dispatcher of practice matches; both find out by themselves if this fails.
    fn announce(&self, accepted: Vec<NewTicket>, ctx: &mut Ctx<Msg>) {
        fail::fail_point!("ticket-before-announce");
        let practice: Vec<_> = accepted.iter().filter_map(NewTicket::practice_match).collect();
        if !practice.is_empty() {
            crate::ignore_refused(
                "the sweeper finds pending matches",
                self.dispatcher.tell(dispatcher::Msg::Dispatch(practice)),
            );
        }
        let ranked: Vec<_> = accepted
            .into_iter()
            .filter(|ticket| matches!(ticket.purpose, Purpose::Ranked { .. }))
            .collect();
        if !ranked.is_empty() {
            ctx.pipe(announce_ranked(self.stores.clone(), ranked), |()| Msg::Told);
        }
    }

    fn enqueued(
        &mut self,
        group: Vec<Asked<NewTicket, Enqueued>>,
        outcomes: Result<Vec<Enqueued>, StoreError>,
        ctx: &mut Ctx<Msg>,
    ) {
        self.enqueues.committed();
        let mut accepted = Vec::new();
        for ((ticket, reply), outcome) in answered(group, outcomes) {
            if matches!(outcome, Ok(Enqueued::Accepted(_))) {
                accepted.push(ticket);
            }
            reply.send(outcome);
        }
        metrics::counter!("tiltyard_tickets_accepted_total").increment(accepted.len() as u64);
        self.announce(accepted, ctx);
        self.begin_enqueue(ctx);
    }

    fn cancelled(
        &mut self,
        group: Vec<Asked<Cancel, Cancelled>>,
        outcomes: Result<Vec<Cancelled>, StoreError>,
        ctx: &mut Ctx<Msg>,
    ) {
        self.cancels.committed();
        let mut left = Vec::new();
        for ((cancel, reply), outcome) in answered(group, outcomes) {
            if matches!(outcome, Ok(Cancelled::Done)) {
                left.push((cancel.player, cancel.id));
            }
            reply.send(outcome);
        }
        metrics::counter!("tiltyard_tickets_cancelled_total").increment(left.len() as u64);
        if !left.is_empty() {
            let hints = left_hints(&self.queues, &left);
            ctx.pipe(publish(self.stores.clone(), hints), |()| Msg::Told);
        }
        self.begin_cancel(ctx);
    }
}

impl Actor for TicketWriter {
    type Msg = Msg;

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Enqueue(_, reply) if self.enqueues.len() >= WAITING_MAX => reply.send(Err(CommandError::Busy)),
            Msg::Cancel(_, reply) if self.cancels.len() >= WAITING_MAX => reply.send(Err(CommandError::Busy)),
            Msg::Enqueue(ticket, reply) => {
                self.enqueues.push((*ticket, reply));
                self.begin_enqueue(ctx);
            }
            Msg::Cancel(cancel, reply) => {
                self.cancels.push((cancel, reply));
                self.begin_cancel(ctx);
            }
            Msg::Enqueued(group, outcomes) => self.enqueued(group, outcomes, ctx),
            Msg::Cancelled(group, outcomes) => self.cancelled(group, outcomes, ctx),
            Msg::Told => {}
        }
        Ok(())
    }
}

/// Pairs each command with its outcome; a failed call is everybody's outcome.
fn answered<T, O>(
    group: Vec<Asked<T, O>>,
    outcomes: Result<Vec<O>, StoreError>,
) -> Vec<(Asked<T, O>, Result<O, CommandError>)> {
    match outcomes {
        Ok(outcomes) => group.into_iter().zip(outcomes.into_iter().map(Ok)).collect(),
        Err(error) => {
            let failed = CommandError::from(&error);
            group.into_iter().map(|asked| (asked, Err(failed))).collect()
        }
    }
}

async fn announce_ranked(stores: Stores, tickets: Vec<NewTicket>) {
    let players: Vec<_> = tickets.iter().map(|ticket| ticket.player).collect();
    let Ok(ratings) = stores.health.note(DATABASE, stores.ratings.ratings(&players).await) else {
        return;
    };
    let hints = tickets.into_iter().zip(ratings).filter_map(|(ticket, rating)| {
        let Purpose::Ranked {
            queue,
            spread,
            widen_to,
        } = ticket.purpose
        else {
            return None;
        };
        let queued = QueuedTicket {
            player: ticket.player,
            id: ticket.id,
            build: ticket.build,
            spread,
            widen_to,
            rating: rating.rating.rating,
            enqueued_at: ticket.enqueued_at,
        };
        Some((Inbox::Queue(queue), Wakeup::Queued(queued)))
    });
    publish(stores.clone(), hints.collect()).await;
}

/// Tells every queue of tickets that left: which queue one was in is not known here, and the others' leaders ignore it.
pub(crate) fn left_hints(queues: &[QueueName], left: &[(PlayerId, TicketId)]) -> Vec<(Inbox, Wakeup)> {
    let of_queue = |queue: &QueueName| {
        let inbox = Inbox::Queue(queue.clone());
        left.iter()
            .map(move |(player, ticket)| {
                let (player, ticket) = (*player, *ticket);
                (inbox.clone(), Wakeup::Left { player, ticket })
            })
            .collect::<Vec<_>>()
    };
    queues.iter().flat_map(of_queue).collect()
}

/// Sends hints; who misses one reads the database.
async fn publish(stores: Stores, hints: Vec<(Inbox, Wakeup)>) {
    let sent = stores.health.note(LIVE, stores.wakeups.publish(hints).await);
    crate::ignore_error("a lost hint costs time only", sent);
}
