//! Locks and points in time, each in the one way that cannot panic.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Longer than any process lives, and short of what the clock can count.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Locks `mutex`, poisoned or not: everything here is a hint or is repeated, so old data does no harm and a dead store would.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the point `span` after `now`; a span too long to be counted is for ever.
pub(crate) fn after(now: Instant, span: Duration) -> Instant {
    now + span.min(FOREVER)
}
