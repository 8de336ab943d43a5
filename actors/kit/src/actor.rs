//! What an actor is: the trait its author writes, the error that means death, and how a life can end.
//!
//! Handlers are plain functions. That one choice keeps I/O out of them, so a slow disk or peer can delay an answer but
//! never the mailbox behind it.

use crate::Ctx;

/// Owns some state and changes it one message at a time.
///
/// Every hook runs on a runtime thread and must return quickly; waiting is done by [`Ctx::pipe`] and [`Ctx::after`].
pub trait Actor: Send + 'static {
    /// Everything this actor can be told.
    type Msg: Send + 'static;

    /// Runs once before the first message; messages told earlier wait in the mailbox.
    ///
    /// # Errors
    /// A [`Failure`] ends the actor as one from [`Actor::handle`] would.
    fn started(&mut self, _ctx: &mut Ctx<Self::Msg>) -> Result<(), Failure> {
        Ok(())
    }

    /// Handles one message.
    ///
    /// # Errors
    /// A [`Failure`] says that an invariant is broken: the actor dies and its supervisor decides about a restart. A mistake
    /// of a caller is a reply and a sick dependency is a state; neither is a failure.
    fn handle(&mut self, msg: Self::Msg, ctx: &mut Ctx<Self::Msg>) -> Result<(), Failure>;

    /// Runs once when the actor is drained, behind every message that was already queued.
    ///
    /// The place to drop timers and to pipe a last flush: the actor stays until every pipe has come back.
    fn draining(&mut self, _ctx: &mut Ctx<Self::Msg>) {}

    /// Runs last, only after a drain. A failed or killed actor is dropped without it, so nothing durable may depend on it.
    fn stopped(&mut self) {}
}

/// A broken invariant: the reason why an actor has to die.
///
/// There is deliberately no conversion from other errors, so that `?` cannot turn a caller's mistake into a death.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    why: String,
}

impl Failure {
    /// Names the invariant that does not hold.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

/// How an actor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It was drained, or stopped by itself, and finished its work.
    Stopped,
    /// It panicked or returned a [`Failure`], or one of its piped futures panicked; the text says why.
    Failed(String),
    /// It was cut off: its parent died, its drain ran out of time, or the runtime shut down.
    Killed,
}
