//! The door of a mailbox: ractor's queue has no bound, so the bound is kept here, in front of it.
//!
//! One word holds the number of messages inside, a count of all admissions, and in its top bit whether the door is closed.
//! Because admission is a single compare-and-swap, "closed and empty" is an exact statement, and a drain may rely on it;
//! the count of admissions comes for free and picks the messages whose wait is timed.

use crate::Kind;
use std::sync::atomic::{AtomicU64, Ordering};

const CLOSED: u64 = 1 << 63;
const TURN: u64 = 1 << 32;
const DEPTH: u64 = TURN - 1;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Why a message was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    /// The mailbox holds as many messages as its kind allows.
    Full,
    /// The actor is draining or gone.
    Closed,
}

/// Counts the messages told and not yet taken, and refuses those beyond the bound.
pub(crate) struct Gate {
    id: u64,
    kind: Kind,
    state: AtomicU64,
}

impl Gate {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            kind,
            state: AtomicU64::new(0),
        }
    }

    /// Names the actor behind this gate, uniquely in the process.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Lets one message in and gives its turn: how many were let in before it, modulo 2^31.
    pub(crate) fn admit(&self) -> Result<u64, Barred> {
        let capacity = (self.kind.capacity() as u64).min(DEPTH);
        let mut seen = self.state.load(Ordering::Relaxed);
        loop {
            if seen & CLOSED != 0 {
                return Err(Barred::Closed);
            }
            if seen & DEPTH >= capacity {
                return Err(Barred::Full);
            }
            // The mask makes the turn wrap around instead of closing the door.
            let entered = (seen + TURN + 1) & !CLOSED;
            match self
                .state
                .compare_exchange_weak(seen, entered, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return Ok(seen / TURN),
                Err(newer) => seen = newer,
            }
        }
    }

    /// Counts one admitted message as taken from the queue.
    pub(crate) fn leave(&self) {
        self.state.fetch_sub(1, Ordering::AcqRel);
    }

    /// Refuses every later message; says whether this call was the one that closed the gate.
    pub(crate) fn close(&self) -> bool {
        self.state.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Says that no admitted message is left and none can come.
    pub(crate) fn is_closed_and_empty(&self) -> bool {
        self.state.load(Ordering::Acquire) & (CLOSED | DEPTH) == CLOSED
    }

    /// Gives how many messages were admitted and not taken.
    pub(crate) fn depth(&self) -> u64 {
        self.state.load(Ordering::Acquire) & DEPTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn racing_senders_never_pass_the_bound() {
        let gate = Gate::new(Kind::new("gate", 1_000));
        let admit_many = || (0..1_000).filter(|_| gate.admit().is_ok()).count();
        let admitted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(admit_many)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((admitted, gate.depth()), (1_000, 1_000));
        assert_eq!(gate.admit(), Err(Barred::Full));
    }

    #[test]
    fn closed_wins_over_full_and_empty_is_exact() {
        let gate = Gate::new(Kind::new("gate", 1));
        gate.admit().unwrap();
        assert!(gate.close());
        assert!(!gate.close(), "only the first call closes");
        assert_eq!(gate.admit(), Err(Barred::Closed));
        assert!(!gate.is_closed_and_empty());
        gate.leave();
        assert!(gate.is_closed_and_empty());
    }

    #[test]
    fn the_turn_wraps_without_closing() {
        let gate = Gate::new(Kind::new("gate", 2));
        gate.state.store(CLOSED - TURN, Ordering::Relaxed);
        assert_eq!(gate.admit(), Ok((1 << 31) - 1));
        assert_eq!(gate.admit(), Ok(0));
        assert_eq!((gate.is_closed(), gate.depth()), (false, 2));
    }
}
