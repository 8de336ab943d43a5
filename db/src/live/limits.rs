//! Rate limits in fixed windows.

use std::time::Duration;

use async_trait::async_trait;

use crate::Result;

/// Outcome of asking a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Go on.
    Allowed,
    /// Not before this much time has passed.
    Denied {
        /// Time until the window ends.
        retry_after: Duration,
    },
}

/// The limits.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Counts one use of `key`; denies it if there were `max` in the current `window`.
    async fn allow(&self, key: &str, max: u32, window: Duration) -> Result<Allowance>;
}
