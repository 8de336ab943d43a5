//! What tests need to watch actors: a mailbox that a test reads, an actor without a supervisor, and a way to let things
//! settle in paused time.

use crate::actor::{Actor, Exit, Failure};
use crate::shell::launch;
use crate::{Addr, Ctx, Handle, Kind};
use std::fmt;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// More than any test sends without looking.
const PROBE_MAILBOX: usize = 65_536;
const PATIENCE: Duration = Duration::from_secs(5);

/// Stands in for an actor: what it is told, the test receives.
pub struct Probe<M> {
    addr: Addr<M>,
    told: mpsc::Receiver<M>,
}

struct Ear<M>(mpsc::Sender<M>);

impl<M: Send + 'static> Actor for Ear<M> {
    type Msg = M;

    fn handle(&mut self, msg: M, _ctx: &mut Ctx<M>) -> Result<(), Failure> {
        self.0
            .try_send(msg)
            .map_err(|_full_or_gone| Failure::new("nobody reads this probe"))
    }
}

impl<M: Send + 'static> Probe<M> {
    /// Starts a probe; needs a running tokio runtime.
    pub fn start() -> Self {
        let (ear, told) = mpsc::channel(PROBE_MAILBOX);
        let addr = launch(&Kind::new("probe", PROBE_MAILBOX), Ear(ear), None, |_, _| ());
        Self { addr, told }
    }

    /// Gives the address to hand to the actor under test.
    pub fn addr(&self) -> Addr<M> {
        self.addr.clone()
    }

    /// Gives a handle to hand to the actor under test.
    pub fn handle(&self) -> Handle<M> {
        Handle::from(self.addr())
    }

    /// Waits for the next message, at most 5 s of tokio time; `None` if none came.
    pub async fn next(&mut self) -> Option<M> {
        tokio::time::timeout(PATIENCE, self.told.recv()).await.ok().flatten()
    }

    /// Lets everything settle and gives all messages received and not yet looked at.
    pub async fn drain(&mut self) -> Vec<M> {
        settle().await;
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }
}

/// An actor that runs without a supervisor.
pub struct Solo<M> {
    addr: Addr<M>,
    ended: oneshot::Receiver<Exit>,
}

/// Starts `actor` alone; needs a running tokio runtime.
pub fn solo<A: Actor>(kind: &Kind, actor: A) -> Solo<A::Msg> {
    let (end, ended) = oneshot::channel();
    // A test that does not look at the end drops the receiver.
    let addr = launch(kind, actor, None, move |_, exit| drop(end.send(exit)));
    Solo { addr, ended }
}

impl<M: Send + 'static> Solo<M> {
    /// Gives the address of the actor.
    pub fn addr(&self) -> Addr<M> {
        self.addr.clone()
    }

    /// Drains the actor and waits until it has ended.
    pub async fn drain(self) -> Exit {
        self.addr.drain();
        self.ended().await
    }

    /// Waits until the actor has ended.
    pub async fn ended(self) -> Exit {
        self.ended.await.unwrap_or(Exit::Killed)
    }
}

/// Waits until nothing is left to do at this moment; in paused time this moves the clock by one millisecond.
///
/// Paused time only advances when every task is idle, which is what makes this exact. In real time it is a guess.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

impl<M> fmt::Debug for Probe<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl<M> fmt::Debug for Solo<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Solo").field("addr", &self.addr).finish_non_exhaustive()
    }
}
