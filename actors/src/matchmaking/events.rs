//! What happens to a queue's leader, and what it wants done.

use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Paired, PendingMatch};
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::wakeups::Wakeup;
use tiltyard_pairing::shadow::Slice;
use tiltyard_protocol::{PlayerId, TicketId, Timestamp};

use super::notes::Explanation;

/// Tickets read at a time.
pub(crate) const PAGE: usize = 10_000;

/// Key of a ticket.
pub(crate) type Key = (PlayerId, TicketId);

/// Two tickets that are to meet.
pub(crate) type Pair = [Key; 2];

/// What happens to a leader.
#[derive(Debug)]
pub(crate) enum Event {
    /// The lease may be won soon.
    GetReady,
    /// The lease was won.
    Elected,
    /// The lease was lost, or is not to be won soon.
    Deposed,
    /// An epoch was minted; `None` if that failed.
    Minted(Option<Leadership>),
    /// A page of the queue was read; `None` if that failed.
    Loaded(Option<Vec<QueuedTicket>>),
    /// The recent past was read, beginning at this time.
    Recent(Vec<QueuedTicket>, Timestamp),
    /// The whole queue was read, beginning at this time.
    Compared(Vec<QueuedTicket>, Timestamp),
    /// A hint came.
    Hint(Wakeup),
    /// Time to pair.
    Tick {
        /// Whether new pairs may be made: the queue is not paused, and the simulation not behind.
        open: bool,
    },
    /// A commit has its outcomes.
    Committed(Vec<Pair>, Round),
    /// A commit of an earlier leadership has its outcomes; of those only what was made counts.
    Overtaken(Vec<Pair>, Vec<Paired>),
}

/// How far a commit got: the outcomes of the first pairs, and what is known of the others.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) outcomes: Vec<Paired>,
    pub(crate) rest: Rest,
}

/// What is known of the pairs without an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// There are none.
    Settled,
    /// Nothing: the same statement is sent again and says what happened.
    Unknown,
    /// They were refused: there is another leader.
    Fenced,
}

/// What a leader wants done.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Mint an epoch.
    Mint,
    /// Read the next page of the queue.
    Load {
        /// The last key of the page before.
        after: Option<Key>,
    },
    /// Follow the queue's hints from here on.
    Follow,
    /// Commit these pairs.
    Commit(Leadership, Vec<Pair>),
    /// Have these matches simulated.
    Dispatch(Vec<PendingMatch>),
    /// Hold this slice against the exact matcher.
    Audit(Slice),
    /// Tell who asked why a ticket waits.
    Explain(Key, Explanation),
    /// Give the lease back.
    StepDown,
}
