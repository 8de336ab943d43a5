//! The supervision tree as its author writes it: children, budgets, and the root that `main` holds.
//!
//! One strategy only, one-for-one: our subsystems find each other through handles and hold no state of one another, so
//! there is never a reason to restart a healthy sibling.

use crate::actor::{Actor, Exit};
use crate::addr::Addr;
use crate::overseer::{Escalation, Event, Overseer, Roster, Tree};
use crate::shell::launch;
use crate::{Ctx, Handle, Intensity, Kind};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Enough for a supervisor, which nobody tells anything: its traffic passes the bound.
const SUPERVISOR_MAILBOX: usize = 1;

/// Starts children in order, restarts the one that fails, and stops them in reverse order.
pub struct Supervisor {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) intensity: Intensity,
    pub(crate) seed: u64,
    pub(crate) children: Vec<Child>,
}

/// One static child of a supervisor: an actor with its handle, or a supervisor below.
pub struct Child {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) launch: Launch,
}

/// Starts a child in a slot and gives its id.
type Launch = Box<dyn Fn(&mut Ctx<Event>, usize, &Tree) -> u64 + Send + Sync>;

/// The running tree.
pub struct Root {
    addr: Addr<Event>,
    roster: Roster,
    ended: oneshot::Receiver<Exit>,
    failed: watch::Sender<Option<String>>,
}

/// The actors that had not stopped when the time for a drain ran out; they were killed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not stopped in time: {}", names.join(", "))]
pub struct Stragglers {
    /// Paths in the tree, as `root/sessions/shard`, in the order of start.
    pub names: Vec<String>,
}

impl Supervisor {
    /// Makes a supervisor without children; `name` is also the `kind` of its metrics, and `seed` decides its jitter.
    pub fn new(name: &'static str, intensity: Intensity, seed: u64) -> Self {
        Self {
            name,
            kind: Kind::new(name, SUPERVISOR_MAILBOX),
            intensity,
            seed,
            children: Vec::new(),
        }
    }

    /// Adds a child, to be started after and stopped before those added so far.
    #[must_use]
    pub fn child(mut self, child: impl Into<Child>) -> Self {
        self.children.push(child.into());
        self
    }

    /// Starts the tree; when this returns, every handle leads to a mailbox.
    ///
    /// Dropping the root leaves the tree running; [`Root::drain`] ends it.
    pub async fn start(self) -> Root {
        let (ready, mut all_ready) = mpsc::channel(1);
        let (end, ended) = oneshot::channel();
        let failed = watch::Sender::new(None);
        let tree = Tree::root(self.name, ready);
        let roster = tree.roster.clone();
        let kind = self.kind.clone();
        let overseer = Overseer::new(Arc::new(self), tree, Escalation::Report(failed.clone()));
        let report = failed.clone();
        let addr = launch(&kind, overseer, None, move |_, exit| report_end(exit, &report, end));
        // Each supervisor below holds a sender until its children have mailboxes.
        while all_ready.recv().await.is_some() {}
        Root {
            addr,
            roster,
            ended,
            failed,
        }
    }
}

/// Tells of the end of the root supervisor itself.
fn report_end(exit: Exit, failed: &watch::Sender<Option<String>>, end: oneshot::Sender<Exit>) {
    if let Exit::Failed(why) = &exit {
        failed.send_replace(Some(why.clone()));
    }
    // A root that was dropped has nobody to wait for the end.
    drop(end.send(exit));
}

impl Child {
    /// Describes an actor: `factory` makes each of its lives, and `handle` follows them.
    ///
    /// A child that fails is restarted after a delay. A child that stops by itself has finished and stays down.
    pub fn new<A: Actor>(kind: Kind, handle: Handle<A::Msg>, factory: impl Fn() -> A + Send + Sync + 'static) -> Self {
        let of = kind.clone();
        let launch = move |ctx: &mut Ctx<Event>, slot: usize, tree: &Tree| {
            let present = tree.roster.enter(tree.path_of(kind.name()));
            let addr = ctx.spawn(&kind, factory(), move |exit| {
                drop(present);
                Event::Ended { slot, exit }
            });
            let id = addr.gate.id();
            handle.follow(addr);
            id
        };
        Self {
            name: of.name(),
            kind: of,
            launch: Box::new(launch),
        }
    }
}

impl From<Supervisor> for Child {
    /// Nests a supervisor: when its budget is spent it fails, which costs its parent one restart.
    fn from(spec: Supervisor) -> Self {
        let (name, kind) = (spec.name, spec.kind.clone());
        let spec = Arc::new(spec);
        let launch = move |ctx: &mut Ctx<Event>, slot: usize, tree: &Tree| {
            let overseer = Overseer::new(Arc::clone(&spec), tree.below(spec.name), Escalation::Die);
            ctx.spawn(&spec.kind, overseer, move |exit| Event::Ended { slot, exit })
                .gate
                .id()
        };
        Self {
            name,
            kind,
            launch: Box::new(launch),
        }
    }
}

impl Root {
    /// Waits until a subsystem has spent its restarts, and says which and why; pending for ever if none does.
    ///
    /// The rest of the tree goes on running, so that the process can still be drained before it ends.
    pub fn failed(&self) -> impl Future<Output = String> + Send + use<> {
        let mut failed = self.failed.subscribe();
        async move {
            match failed.wait_for(Option::is_some).await.map(|why| why.clone()) {
                Ok(why) => why.unwrap_or_default(),
                // The root was drained; nothing can fail any more.
                Err(_ended) => std::future::pending().await,
            }
        }
    }

    /// Stops the tree: the child started last first, each one drained before the next is asked.
    ///
    /// # Errors
    /// After `timeout` the rest of the tree is killed; [`Stragglers`] names what had not stopped.
    pub async fn drain(self, timeout: Duration) -> Result<(), Stragglers> {
        self.addr.drain();
        match tokio::time::timeout(timeout, self.ended).await {
            Ok(_ended) => Ok(()),
            Err(_elapsed) => {
                let names = self.roster.names();
                self.addr.actor.get_cell().kill();
                Err(Stragglers { names })
            }
        }
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor")
            .field("name", &self.name)
            .field("children", &self.children)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Child({})", self.name)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("running", &self.roster.names())
            .finish_non_exhaustive()
    }
}
