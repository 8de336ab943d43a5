//! The actor behind a supervisor: an actor of the kit like any other, whose messages are the ends of its children.

use crate::actor::{Actor, Exit, Failure};
use crate::budget::Budget;
use crate::ctx::{Ctx, Timer};
use crate::panics::caught;
use crate::supervisor::Supervisor;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What a supervisor hears of.
pub(crate) enum Event {
    /// The child in `slot` has ended.
    Ended { slot: usize, exit: Exit },
    /// The delay before a restart has passed.
    Restart { slot: usize },
}

/// What a supervisor does when its budget is spent.
pub(crate) enum Escalation {
    /// Fails, and so leaves it to the supervisor above.
    Die,
    /// Tells whoever holds the root; the siblings stay up until the process is drained.
    Report(watch::Sender<Option<String>>),
}

/// Where in the tree a supervisor stands, and what it shares with the rest.
pub(crate) struct Tree {
    pub(crate) roster: Roster,
    path: String,
    ready: Option<mpsc::Sender<()>>,
}

/// The static actors that are running, to name those that do not stop.
#[derive(Clone, Default)]
pub(crate) struct Roster {
    running: Arc<Mutex<Running>>,
}

#[derive(Default)]
struct Running {
    entries: u64,
    names: BTreeMap<u64, String>,
}

/// Keeps one name on the roster.
pub(crate) struct Present {
    roster: Roster,
    entry: u64,
}

pub(crate) struct Overseer {
    spec: Arc<Supervisor>,
    tree: Tree,
    slots: Vec<Slot>,
    budget: Budget,
    escalation: Escalation,
}

enum Slot {
    Down,
    Up { id: u64 },
    Waiting { _restart: Timer },
}

impl Overseer {
    pub(crate) fn new(spec: Arc<Supervisor>, tree: Tree, escalation: Escalation) -> Self {
        let budget = Budget::new(spec.intensity, spec.seed);
        let slots = spec.children.iter().map(|_| Slot::Down).collect();
        Self {
            spec,
            tree,
            slots,
            budget,
            escalation,
        }
    }

    fn launch(&mut self, slot: usize, ctx: &mut Ctx<Event>) -> Result<(), Failure> {
        match caught(|| (self.spec.children[slot].launch)(ctx, slot, &self.tree)) {
            Ok(id) => {
                self.slots[slot] = Slot::Up { id };
                Ok(())
            }
            Err(why) => self.failed(slot, &format!("factory {why}"), ctx),
        }
    }

    fn failed(&mut self, slot: usize, why: &str, ctx: &mut Ctx<Event>) -> Result<(), Failure> {
        self.slots[slot] = Slot::Down;
        let child = self.tree.path_of(self.spec.children[slot].name);
        if ctx.is_draining() {
            tracing::warn!(child, why, "an actor failed while it was drained");
            return Ok(());
        }
        let Some(delay) = self.budget.spend(slot, Instant::now()) else {
            tracing::error!(child, why, "an actor failed and its supervisor has no restarts left");
            return self.escalate(format!("{child}: {why}"));
        };
        tracing::warn!(
            child,
            why,
            delay_ms = delay.as_millis(),
            "an actor failed and will be restarted"
        );
        self.slots[slot] = Slot::Waiting {
            _restart: ctx.after(delay, Event::Restart { slot }),
        };
        Ok(())
    }

    fn escalate(&self, why: String) -> Result<(), Failure> {
        match &self.escalation {
            Escalation::Die => Err(Failure::new(why)),
            Escalation::Report(failed) => {
                failed.send_if_modified(|first| {
                    let is_first = first.is_none();
                    first.get_or_insert(why);
                    is_first
                });
                Ok(())
            }
        }
    }

    /// Asks the last child that is up to stop; its end calls the one before.
    fn drain_next(&self, ctx: &Ctx<Event>) {
        let last_up = self.slots.iter().rev().find_map(|slot| match slot {
            Slot::Up { id } => Some(*id),
            Slot::Down | Slot::Waiting { .. } => None,
        });
        if let Some(id) = last_up {
            ctx.drain_child_id(id);
        }
    }
}

impl Actor for Overseer {
    type Msg = Event;

    fn started(&mut self, ctx: &mut Ctx<Event>) -> Result<(), Failure> {
        ctx.takes_over_draining();
        for slot in 0..self.slots.len() {
            self.launch(slot, ctx)?;
        }
        self.tree.ready = None;
        Ok(())
    }

    fn handle(&mut self, event: Event, ctx: &mut Ctx<Event>) -> Result<(), Failure> {
        match event {
            Event::Restart { slot } => {
                self.spec.children[slot].kind.meters().restarted();
                self.launch(slot, ctx)?;
            }
            Event::Ended {
                slot,
                exit: Exit::Stopped,
            } => self.slots[slot] = Slot::Down,
            Event::Ended {
                slot,
                exit: Exit::Failed(why),
            } => self.failed(slot, &why, ctx)?,
            Event::Ended {
                slot,
                exit: Exit::Killed,
            } => self.failed(slot, "killed", ctx)?,
        }
        if ctx.is_draining() {
            self.drain_next(ctx);
        }
        Ok(())
    }

    fn draining(&mut self, ctx: &mut Ctx<Event>) {
        for slot in &mut self.slots {
            if matches!(slot, Slot::Waiting { .. }) {
                *slot = Slot::Down;
            }
        }
        self.drain_next(ctx);
    }
}

impl Tree {
    pub(crate) fn root(name: &str, ready: mpsc::Sender<()>) -> Self {
        Self {
            roster: Roster::default(),
            path: name.to_owned(),
            ready: Some(ready),
        }
    }

    pub(crate) fn below(&self, name: &str) -> Self {
        Self {
            roster: self.roster.clone(),
            path: self.path_of(name),
            ready: self.ready.clone(),
        }
    }

    pub(crate) fn path_of(&self, child: &str) -> String {
        format!("{}/{child}", self.path)
    }
}

impl Roster {
    pub(crate) fn enter(&self, name: String) -> Present {
        let mut running = self.lock();
        running.entries += 1;
        let entry = running.entries;
        running.names.insert(entry, name);
        Present {
            roster: self.clone(),
            entry,
        }
    }

    /// Names who is running, in the order of start.
    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().names.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        // Each critical section is one insertion or removal, so a poisoned roster is still whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.roster.lock().names.remove(&self.entry);
    }
}
