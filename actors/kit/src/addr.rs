//! How actors are talked to: an address that is bounded, and questions that always end.
//!
//! A refusal hands the message back, so the sender decides whether to shed, to retry or to answer 429.

use crate::Kind;
use crate::actor::Exit;
use crate::gate::{Barred, Gate};
use crate::kind::is_timed;
use ractor::{ActorRef, MessagingErr};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// Leads to the mailbox of one life of one actor. Cheap to clone.
pub struct Addr<M> {
    pub(crate) actor: ActorRef<Parcel>,
    pub(crate) gate: Arc<Gate>,
    of: PhantomData<fn(M)>,
}

/// An [`Envelope`] of any actor: ractor and tokio are compiled once for all actors, here, and not once for each.
pub(crate) struct Parcel(Box<dyn Any + Send>);

/// What travels in ractor's queue: messages told from outside, and the kit's own traffic, which is never refused.
pub(crate) enum Envelope<M> {
    Told { msg: M, sent: Option<Instant> },
    Piped(Result<M, String>),
    Fired { msg: M, wanted: Weak<()> },
    Exited { child: u64, exit: Exit },
    Drain,
}

/// A message that was not taken, handed back.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused<M> {
    /// The mailbox holds as many messages as its kind allows.
    #[error("the mailbox is full")]
    Full(M),
    /// The actor is draining, between two lives, or gone.
    #[error("the actor takes no messages")]
    Closed(M),
}

/// Why a question got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The mailbox holds as many messages as its kind allows.
    #[error("the mailbox is full")]
    Full,
    /// The actor is draining, between two lives, or gone.
    #[error("the actor takes no messages")]
    Closed,
    /// No answer came in time; the actor may still act on the question.
    #[error("no answer in time")]
    TimedOut,
    /// The actor dropped the question: it died, or chose not to answer.
    #[error("the question was dropped")]
    Dropped,
}

/// The right to answer one question once.
#[must_use = "dropping a reply tells the asker that its question was dropped"]
pub struct Reply<T> {
    to: oneshot::Sender<T>,
}

impl<M: Send + 'static> Addr<M> {
    pub(crate) fn new(actor: ActorRef<Parcel>, gate: Arc<Gate>) -> Self {
        Self {
            actor,
            gate,
            of: PhantomData,
        }
    }

    /// Queues `msg` without waiting.
    ///
    /// # Errors
    /// Hands the message back if the mailbox is full or the actor takes no more.
    pub fn tell(&self, msg: M) -> Result<(), Refused<M>> {
        match self.gate.admit() {
            Ok(turn) => self.deliver(msg, is_timed(turn).then(Instant::now)),
            Err(Barred::Full) => {
                self.kind().meters().refused_full();
                Err(Refused::Full(msg))
            }
            Err(Barred::Closed) => Err(self.closed(msg)),
        }
    }

    /// Asks a question and waits at most `timeout` for its answer, counted from this call.
    ///
    /// The question is queued at once, and the future borrows nothing, so a handler may pass it to
    /// [`Ctx::pipe`](crate::Ctx::pipe).
    ///
    /// # Errors
    /// [`AskError`] says whether the question was refused, dropped or not answered in time.
    pub fn ask<T, F>(&self, question: F, timeout: Duration) -> impl Future<Output = Result<T, AskError>> + use<T, F, M>
    where
        T: Send + 'static,
        F: FnOnce(Reply<T>) -> M,
    {
        let deadline = Instant::now() + timeout;
        let (to, answer) = oneshot::channel();
        let asked = self.tell(question(Reply { to })).map(|()| answer);
        let kind = self.kind().clone();
        async move {
            match timeout_at(deadline, asked?).await {
                Ok(answer) => answer.map_err(AskError::from),
                Err(_elapsed) => {
                    kind.meters().ask_timed_out();
                    Err(AskError::TimedOut)
                }
            }
        }
    }

    /// Gives the kind of the actor.
    pub fn kind(&self) -> &Kind {
        self.gate.kind()
    }

    /// Says that the actor takes no more messages: it is draining or gone.
    pub fn is_closed(&self) -> bool {
        self.gate.is_closed()
    }

    /// Closes the mailbox and asks the actor to stop when its work is done.
    pub(crate) fn drain(&self) {
        if self.gate.close() {
            self.send_inside(Envelope::Drain);
        }
    }

    /// Sends the kit's own traffic past the bound.
    pub(crate) fn send_inside(&self, envelope: Envelope<M>) {
        // An actor that is gone needs neither its timers nor its pipes.
        drop(send(&self.actor, Parcel::new(envelope)));
    }

    fn deliver(&self, msg: M, sent: Option<Instant>) -> Result<(), Refused<M>> {
        self.kind().meters().told();
        match send(&self.actor, Parcel::new(Envelope::Told { msg, sent })).map_err(Parcel::open) {
            Err(Some(Envelope::Told { msg, .. })) => Err(self.closed(msg)),
            _sent => Ok(()),
        }
    }

    fn closed(&self, msg: M) -> Refused<M> {
        self.kind().meters().refused_closed();
        Refused::Closed(msg)
    }
}

/// Hands a parcel to ractor; gives it back if the actor is gone.
fn send(to: &ActorRef<Parcel>, parcel: Parcel) -> Result<(), Parcel> {
    match to.send_message(parcel) {
        Err(MessagingErr::SendErr(parcel)) => Err(parcel),
        // The other errors speak of a wrong message type, and all are parcels.
        _sent => Ok(()),
    }
}

impl Parcel {
    fn new<M: Send + 'static>(envelope: Envelope<M>) -> Self {
        Self(Box::new(envelope))
    }

    /// Gives what is inside, if it is for an actor with these messages.
    pub(crate) fn open<M: Send + 'static>(self) -> Option<Envelope<M>> {
        self.0.downcast().ok().map(|envelope| *envelope)
    }
}

impl<M> Clone for Addr<M> {
    fn clone(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            gate: Arc::clone(&self.gate),
            of: PhantomData,
        }
    }
}

impl<M> fmt::Debug for Addr<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Addr({}#{})", self.gate.kind().name(), self.gate.id())
    }
}

impl<M> Refused<M> {
    /// Gives the message back.
    pub fn into_message(self) -> M {
        match self {
            Self::Full(msg) | Self::Closed(msg) => msg,
        }
    }
}

impl<M> fmt::Debug for Refused<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<M> From<Refused<M>> for AskError {
    fn from(refused: Refused<M>) -> Self {
        match refused {
            Refused::Full(_) => Self::Full,
            Refused::Closed(_) => Self::Closed,
        }
    }
}

impl From<oneshot::error::RecvError> for AskError {
    fn from(_gone: oneshot::error::RecvError) -> Self {
        Self::Dropped
    }
}

impl<T> Reply<T> {
    /// Answers. An asker that has gone away in the meantime is fine.
    pub fn send(self, answer: T) {
        drop(self.to.send(answer));
    }

    /// Says that nobody waits for the answer, so that expensive work can be skipped.
    pub fn is_abandoned(&self) -> bool {
        self.to.is_closed()
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply(..)")
    }
}
