//! How long the parts of a shutdown may take; together no longer than a supervisor waits before it kills.

use std::time::Duration;

/// All of it.
pub(crate) const WHOLE: Duration = Duration::from_secs(30);
/// The actors' drain: the bound of `System::drain`.
pub(crate) const ACTORS: Duration = Duration::from_secs(20);
/// Closing the stores.
pub(crate) const STORES: Duration = Duration::from_secs(3);
/// What still runs then, on threads that cannot be interrupted.
pub(crate) const RUNTIME: Duration = Duration::from_secs(2);

/// Returns what the configured waits share.
pub(crate) const fn configurable() -> Duration {
    WHOLE
        .saturating_sub(ACTORS)
        .saturating_sub(STORES)
        .saturating_sub(RUNTIME)
}
