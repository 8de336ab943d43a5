//! An address that outlives its actor: what the rest of the program holds of a supervised service.
//!
//! Wiring needs addresses before the actors exist and must survive their restarts; a handle is both. Between two lives it
//! refuses with `Closed`, so a caller sees an outage as the state it is.

use crate::{Addr, AskError, Refused, Reply};
use arc_swap::ArcSwapOption;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Leads to the current life of a supervised actor. Cheap to clone; all clones follow the same actor.
pub struct Handle<M> {
    current: Arc<ArcSwapOption<Addr<M>>>,
}

impl<M: Send + 'static> Handle<M> {
    /// Makes a handle that refuses everything until a [`Child`](crate::Child) is started with it.
    pub fn new() -> Self {
        Self {
            current: Arc::new(ArcSwapOption::empty()),
        }
    }

    /// Queues `msg` without waiting.
    ///
    /// # Errors
    /// Hands the message back if the mailbox is full, or if there is no actor that takes messages.
    pub fn tell(&self, msg: M) -> Result<(), Refused<M>> {
        match self.current.load().as_ref() {
            Some(addr) => addr.tell(msg),
            None => Err(Refused::Closed(msg)),
        }
    }

    /// Asks the current life a question and waits at most `timeout` for its answer; see [`Addr::ask`].
    ///
    /// # Errors
    /// [`AskError`] says whether the question was refused, dropped or not answered in time.
    pub fn ask<T, F>(&self, question: F, timeout: Duration) -> impl Future<Output = Result<T, AskError>> + use<T, F, M>
    where
        T: Send + 'static,
        F: FnOnce(Reply<T>) -> M,
    {
        let asked = self.current.load().as_ref().map(|addr| addr.ask(question, timeout));
        async move {
            match asked {
                Some(answer) => answer.await,
                None => Err(AskError::Closed),
            }
        }
    }

    /// Says that messages are refused for want of an actor.
    pub fn is_closed(&self) -> bool {
        self.current.load().as_ref().is_none_or(|addr| addr.is_closed())
    }

    pub(crate) fn follow(&self, addr: Addr<M>) {
        self.current.store(Some(Arc::new(addr)));
    }
}

impl<M: Send + 'static> Default for Handle<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Send + 'static> From<Addr<M>> for Handle<M> {
    /// Makes a handle of an actor that nobody restarts, as tests do with a probe.
    fn from(addr: Addr<M>) -> Self {
        let handle = Self::new();
        handle.follow(addr);
        handle
    }
}

impl<M> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Self {
            current: Arc::clone(&self.current),
        }
    }
}

impl<M> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.current.load()).finish()
    }
}
