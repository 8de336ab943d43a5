//! How long the parts of a shutdown may take; together no longer than a supervisor waits before it kills.

use std::time::Duration;

use tiltyard_protocol::limits;

/// All of it.
pub(crate) const WHOLE: Duration = Duration::from_secs(30);
/// Closing the stores.
pub(crate) const STORES: Duration = Duration::from_secs(3);
/// What still runs then, on threads that cannot be interrupted.
pub(crate) const RUNTIME: Duration = Duration::from_secs(2);

/// Returns what the configured waits share, beside the actors' drain and the ends above.
pub(crate) const fn configurable() -> Duration {
    WHOLE
        .saturating_sub(limits::DRAIN_TIMEOUT)
        .saturating_sub(STORES)
        .saturating_sub(RUNTIME)
}
