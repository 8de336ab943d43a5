//! What an actor can do besides changing its state: wait for a future, for time to pass, or for a child to end.
//!
//! Everything started here belongs to the actor and ends with it. Answers arrive as messages in the same mailbox, in the
//! order in which they happened, so an actor never needs a lock.

use crate::Kind;
use crate::actor::{Actor, Exit};
use crate::addr::{Addr, Envelope};
use crate::panics::caught_async;
use crate::shell::launch;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{AbortHandle, JoinSet};

/// The hands of a running actor, lent to each of its hooks.
pub struct Ctx<M> {
    addr: Addr<M>,
    tasks: JoinSet<()>,
    in_flight: usize,
    children: BTreeMap<u64, Kid<M>>,
    draining: bool,
    drains_children: bool,
}

struct Kid<M> {
    drain: Box<dyn Fn() + Send>,
    on_exit: Box<dyn FnOnce(Exit) -> M + Send>,
}

/// A message to come. Dropping it calls the message off, even one that already waits in the mailbox.
#[must_use = "dropping a timer cancels it; keep it in the actor"]
pub struct Timer {
    task: AbortHandle,
    _wanted: Arc<()>,
}

impl<M: Send + 'static> Ctx<M> {
    pub(crate) fn new(addr: Addr<M>) -> Self {
        Self {
            addr,
            tasks: JoinSet::new(),
            in_flight: 0,
            children: BTreeMap::new(),
            draining: false,
            drains_children: true,
        }
    }

    /// Gives the actor's own address.
    pub fn addr(&self) -> Addr<M> {
        self.addr.clone()
    }

    /// Runs `future` beside the actor; its output comes back as the message that `into` makes of it.
    ///
    /// The message passes the bound of the mailbox, a drain waits for it, and it dies with the actor. A panic of `future`
    /// or `into` fails the actor. The number in flight is not bounded here: compare [`Ctx::in_flight`] with a limit
    /// before starting work on behalf of others.
    pub fn pipe<F>(&mut self, future: F, into: impl FnOnce(F::Output) -> M + Send + 'static)
    where
        F: Future + Send + 'static,
    {
        let addr = self.addr.clone();
        self.in_flight += 1;
        self.own(Box::pin(async move {
            let piped = caught_async(async move { into(future.await) }).await;
            addr.send_inside(Envelope::Piped(piped));
        }));
    }

    /// Gives how many piped futures have not come back.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Sends `msg` to the actor itself once `delay` of tokio time has passed, unless the timer is dropped before.
    ///
    /// The message passes the bound of the mailbox. A drain does not wait for timers.
    pub fn after(&mut self, delay: Duration, msg: M) -> Timer {
        let addr = self.addr.clone();
        let wanted = Arc::new(());
        let still_wanted = Arc::downgrade(&wanted);
        let fire = move || {
            addr.send_inside(Envelope::Fired {
                msg,
                wanted: still_wanted,
            });
        };
        Timer {
            task: alarm(delay, Box::new(fire)),
            _wanted: wanted,
        }
    }

    /// Starts a child that lives no longer than this actor.
    ///
    /// However the child ends, `on_exit` turns that into a message here, behind everything the child told before. A child
    /// is drained before its parent stops, and killed if its parent fails. While this actor drains, its children's tells
    /// are refused like everybody's; their exits still arrive, and a child started then is drained at once.
    pub fn spawn<A: Actor>(
        &mut self,
        kind: &Kind,
        actor: A,
        on_exit: impl FnOnce(Exit) -> M + Send + 'static,
    ) -> Addr<A::Msg> {
        let parent = self.addr.clone();
        let report = move |child, exit| parent.send_inside(Envelope::Exited { child, exit });
        let child = launch(kind, actor, Some(self.addr.actor.get_cell()), report);
        let drained = child.clone();
        let kid = Kid {
            drain: Box::new(move || drained.drain()),
            on_exit: Box::new(on_exit),
        };
        if self.draining && self.drains_children {
            (kid.drain)();
        }
        self.children.insert(child.gate.id(), kid);
        child
    }

    /// Gives how many children have not ended.
    pub fn children(&self) -> usize {
        self.children.len()
    }

    /// Drains one child; an address that is not a child's is left alone.
    pub fn drain_child<C>(&self, child: &Addr<C>) {
        self.drain_child_id(child.gate.id());
    }

    /// Drains the actor itself: no new messages, the queued ones are handled, then it stops.
    pub fn stop(&self) {
        self.addr.drain();
    }

    /// Says that the drain has begun: every message told before it was handled.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    pub(crate) fn drain_child_id(&self, id: u64) {
        if let Some(kid) = self.children.get(&id) {
            (kid.drain)();
        }
    }

    /// Leaves the draining of children to the actor, which then has to see to it itself.
    pub(crate) fn takes_over_draining(&mut self) {
        self.drains_children = false;
    }

    pub(crate) fn own_addr(&self) -> &Addr<M> {
        &self.addr
    }

    pub(crate) fn landed(&mut self) {
        self.in_flight -= 1;
    }

    /// Forgets a child and makes the message that tells of its end.
    pub(crate) fn ended(&mut self, child: u64, exit: Exit) -> Option<M> {
        self.children.remove(&child).map(|kid| (kid.on_exit)(exit))
    }

    pub(crate) fn begin_drain(&mut self) {
        self.draining = true;
    }

    pub(crate) fn drain_children(&self) {
        if self.drains_children {
            self.children.values().for_each(|kid| (kid.drain)());
        }
    }

    /// Says that a drained actor has nothing left to wait for.
    pub(crate) fn is_done(&self) -> bool {
        self.draining && self.in_flight == 0 && self.children.is_empty() && self.addr.gate.is_closed_and_empty()
    }

    fn own(&mut self, task: Task) {
        begin(&mut self.tasks, task);
    }
}

/// What runs beside an actor. Boxed, so that tokio's task is compiled once here and not for each future.
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

fn begin(tasks: &mut JoinSet<()>, task: Task) {
    // Reaping on the way in keeps the set as small as the work at hand; tasks end in messages, not in results.
    while tasks.try_join_next().is_some() {}
    tasks.spawn(task);
}

/// Starts a timer's task.
#[expect(
    clippy::disallowed_methods,
    reason = "the timer owns the task, ends it when dropped, and has no result to wait for"
)]
fn alarm(delay: Duration, fire: Box<dyn FnOnce() + Send>) -> AbortHandle {
    let task = tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        fire();
    });
    task.abort_handle()
}

impl<M> fmt::Debug for Ctx<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx")
            .field("addr", &self.addr)
            .field("in_flight", &self.in_flight)
            .field("children", &self.children.len())
            .field("draining", &self.draining)
            .finish_non_exhaustive()
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer(..)")
    }
}
