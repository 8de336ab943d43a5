//! How often and for how long one call is tried: bounded in number, spread by jitter, within the call's time.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tiltyard_db::StoreError;
use tokio::time::Instant;

use crate::link::fault::Fault;
use crate::link::meters;

/// Tries of one call. With the waits below the last one starts 1.2 to 2.3 s after the first failure: a restarting server is back.
const TRIES_MAX: u32 = 8;
/// Wait after the first failure, doubled after each further one.
const WAIT_FIRST: Duration = Duration::from_millis(20);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_millis(800);
/// Time of the first try: a statement takes milliseconds, so that what takes longer may well hang on a dead connection.
/// The second has all that is left, so that a merely slow database is given its chance.
const FIRST_TRY: Duration = Duration::from_secs(2);

/// The tries of one call.
#[derive(Debug)]
pub(crate) struct Attempts {
    statement: &'static str,
    started: Instant,
    limit: Duration,
    failed: u32,
}

impl Attempts {
    /// Starts counting for a call that may take `limit`.
    pub(crate) fn new(statement: &'static str, limit: Duration) -> Self {
        Self {
            statement,
            started: Instant::now(),
            limit,
            failed: 0,
        }
    }

    /// Time the whole call has left.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }

    /// Time the statement of the next try has, of `left`.
    pub(crate) fn try_limit(&self) -> Duration {
        if self.failed == 0 {
            FIRST_TRY.min(self.left())
        } else {
            self.left()
        }
    }

    /// Counts a failure and waits before the next try.
    ///
    /// # Errors
    /// What the caller is told if there is none.
    pub(crate) async fn failed(&mut self, fault: Fault) -> Result<(), StoreError> {
        self.failed += 1;
        let wait = jittered(WAIT_FIRST.saturating_mul(1 << (self.failed - 1).min(16)).min(WAIT_MAX));
        if matches!(fault, Fault::Final(_)) || self.failed >= TRIES_MAX || wait >= self.left() {
            meters::given_up(self.statement, fault.label());
            return Err(fault.told(self.started.elapsed()));
        }
        meters::retried(self.statement, fault.label());
        tracing::debug!(statement = self.statement, ?fault, "sending the statement again");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Half of `wait` to all of it, at random, so that callers who failed together do not come back together.
fn jittered(wait: Duration) -> Duration {
    let share = u32::try_from(RandomState::new().hash_one(()) % 512).unwrap_or(0);
    wait * (512 + share) / 1_024
}
