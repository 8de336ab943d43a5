//! The shell around an actor: the only place where ractor runs code of ours.
//!
//! ractor's own `drain` refuses piped results and its `stop` drops the queue, so neither is used to end an actor: a drain
//! is a message, and ractor's `stop` comes when nothing is left to do. ractor tells a supervisor of an exit ahead of the
//! messages that the child had sent before; here the exit is a message too, sent when the state is already dropped.

use crate::Kind;
use crate::actor::{Actor, Exit, Failure};
use crate::addr::{Addr, Envelope, Parcel};
use crate::ctx::Ctx;
use crate::gate::Gate;
use crate::kind::is_timed;
use crate::panics::caught;
use ractor::{ActorCell, ActorProcessingErr, ActorRef, ActorRuntime, SupervisionEvent};
use std::sync::Arc;
use tokio::time::Instant;

/// Starts `actor`, linked to `parent` so that it dies with it; `on_end` gets the actor's id and how it ended, always.
pub(crate) fn launch<A: Actor>(
    kind: &Kind,
    actor: A,
    parent: Option<ActorCell>,
    on_end: impl FnOnce(u64, Exit) + Send + 'static,
) -> Addr<A::Msg> {
    let gate = Arc::new(Gate::new(kind.clone()));
    let seed = Seed {
        actor,
        life: Life::begin(Arc::clone(&gate), Box::new(on_end)),
    };
    let grow = move |me| {
        // In one piece, so that the life ends last if this never runs.
        let seed = seed;
        Box::new(seed.grow(me)) as Box<dyn Being>
    };
    Addr::new(begin(Box::new(grow), parent), gate)
}

#[expect(
    clippy::expect_used,
    reason = "ractor refuses a spawn only for a name that is taken, and none is given"
)]
fn begin(grow: Grow, parent: Option<ActorCell>) -> ActorRef<Parcel> {
    let (actor, _starting) = match parent {
        Some(parent) => ActorRuntime::spawn_linked_instant(None, Shell, grow, parent),
        None => ActorRuntime::spawn_instant(None, Shell, grow),
    }
    .expect("nameless actors always spawn");
    actor
}

/// Counts an actor as alive from its spawn to its end, whatever that end is.
struct Life {
    gate: Arc<Gate>,
    on_end: Option<Box<dyn FnOnce(u64, Exit) + Send>>,
}

/// What an actor is made of before its task runs. Fields drop in order: the life ends last.
struct Seed<A> {
    actor: A,
    life: Life,
}

/// What ractor carries from the spawner to the new task.
type Grow = Box<dyn FnOnce(ActorRef<Parcel>) -> Box<dyn Being> + Send>;

/// A running actor of any kind, as ractor sees it.
trait Being: Send {
    fn start(&mut self) -> Result<(), Failure>;
    fn receive(&mut self, parcel: Parcel) -> Result<(), Failure>;
    fn stopped(&mut self);
    fn end(self: Box<Self>, exit: Exit);
}

/// The state of a running actor. Fields drop in order: the life ends last.
struct Body<A: Actor> {
    actor: A,
    ctx: Ctx<A::Msg>,
    turn: u64,
    life: Life,
}

struct Shell;

impl ractor::Actor for Shell {
    type Msg = Parcel;
    type State = Option<Box<dyn Being>>;
    type Arguments = Grow;

    async fn pre_start(&self, me: ActorRef<Parcel>, grow: Grow) -> Result<Self::State, ActorProcessingErr> {
        // Nothing of the actor runs here: a failure in this hook would reach nobody.
        Ok(Some(grow(me)))
    }

    async fn post_start(&self, _me: ActorRef<Parcel>, state: &mut Self::State) -> Result<(), ActorProcessingErr> {
        step(state, |being| being.start())
    }

    async fn handle(
        &self,
        _me: ActorRef<Parcel>,
        parcel: Parcel,
        state: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        step(state, |being| being.receive(parcel))
    }

    async fn handle_supervisor_evt(
        &self,
        _me: ActorRef<Parcel>,
        _event: SupervisionEvent,
        _state: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        // Exits arrive as messages; ractor's default would stop the parent with any child.
        Ok(())
    }

    async fn post_stop(&self, _me: ActorRef<Parcel>, state: &mut Self::State) -> Result<(), ActorProcessingErr> {
        step(state, |being| {
            being.stopped();
            Ok(())
        })?;
        end(state, Exit::Stopped);
        Ok(())
    }
}

/// Runs one hook; a failure or panic in it ends the actor before anybody hears of it.
fn step(
    state: &mut Option<Box<dyn Being>>,
    run: impl FnOnce(&mut (dyn Being + 'static)) -> Result<(), Failure>,
) -> Result<(), ActorProcessingErr> {
    let Some(being) = state else { return Ok(()) };
    let why = match caught(|| run(being.as_mut())) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(failure)) => failure.to_string(),
        Err(panic) => panic,
    };
    end(state, Exit::Failed(why.clone()));
    Err(why.into())
}

fn end(state: &mut Option<Box<dyn Being>>, exit: Exit) {
    if let Some(being) = state.take() {
        being.end(exit);
    }
}

impl<A: Actor> Seed<A> {
    fn grow(self, me: ActorRef<Parcel>) -> Body<A> {
        let gate = Arc::clone(&self.life.gate);
        Body {
            actor: self.actor,
            ctx: Ctx::new(Addr::new(me, gate)),
            turn: 0,
            life: self.life,
        }
    }
}

impl<A: Actor> Being for Body<A> {
    fn start(&mut self) -> Result<(), Failure> {
        self.actor.started(&mut self.ctx)
    }

    fn receive(&mut self, parcel: Parcel) -> Result<(), Failure> {
        let envelope = parcel
            .open()
            .ok_or_else(|| Failure::new("was sent a message of another actor's"))?;
        if let Some(msg) = self.open(envelope)? {
            self.handle(msg)?;
        }
        if self.ctx.is_done() {
            self.ctx.own_addr().actor.stop(None);
        }
        Ok(())
    }

    fn stopped(&mut self) {
        self.actor.stopped();
    }

    fn end(self: Box<Self>, exit: Exit) {
        let Self {
            actor, ctx, mut life, ..
        } = *self;
        // Closed first, so that a drop that takes long is not told anything.
        life.gate.close();
        drop((actor, ctx));
        life.end(exit);
    }
}

impl<A: Actor> Body<A> {
    fn handle(&mut self, msg: A::Msg) -> Result<(), Failure> {
        let began = is_timed(self.turn).then(Instant::now);
        self.turn += 1;
        self.actor.handle(msg, &mut self.ctx)?;
        let meters = self.life.gate.kind().meters();
        meters.handled();
        if let Some(began) = began {
            meters.took(began.elapsed());
        }
        Ok(())
    }

    /// Does the accounts of an envelope and gives the message in it, if there is one for the actor.
    fn open(&mut self, envelope: Envelope<A::Msg>) -> Result<Option<A::Msg>, Failure> {
        match envelope {
            Envelope::Told { msg, sent } => {
                self.life.took_one(sent);
                Ok(Some(msg))
            }
            Envelope::Piped(output) => {
                self.ctx.landed();
                output.map(Some).map_err(Failure::new)
            }
            Envelope::Fired { msg, wanted } => Ok((wanted.strong_count() > 0).then_some(msg)),
            Envelope::Exited { child, exit } => Ok(self.ctx.ended(child, exit)),
            Envelope::Drain => {
                self.ctx.begin_drain();
                self.actor.draining(&mut self.ctx);
                self.ctx.drain_children();
                Ok(None)
            }
        }
    }
}

impl Life {
    fn begin(gate: Arc<Gate>, on_end: Box<dyn FnOnce(u64, Exit) + Send>) -> Self {
        gate.kind().meters().spawned();
        Self {
            gate,
            on_end: Some(on_end),
        }
    }

    /// Counts a told message as taken.
    fn took_one(&self, sent: Option<Instant>) {
        self.gate.leave();
        let meters = self.gate.kind().meters();
        meters.taken();
        if let Some(sent) = sent {
            meters.waited(sent.elapsed());
        }
    }

    fn end(&mut self, exit: Exit) {
        let Some(on_end) = self.on_end.take() else {
            return;
        };
        self.gate.close();
        let meters = self.gate.kind().meters();
        meters.abandoned(self.gate.depth());
        match exit {
            Exit::Failed(_) => meters.failed(),
            Exit::Stopped | Exit::Killed => meters.stopped(),
        }
        on_end(self.gate.id(), exit);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.end(Exit::Killed);
    }
}
