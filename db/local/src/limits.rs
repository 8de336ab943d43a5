//! Rate limits in memory: a window opens with its first use and ends when it was to end, whatever happens in it.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Limits;
use tiltyard_db::live::limits::Allowance;
use tokio::time::Instant;

use crate::sync::{after, lock};
use crate::{LocalStore, bounds};

/// Uses in the open window of a key.
pub(crate) struct Uses(u32);

#[async_trait]
impl Limits for LocalStore {
    async fn allow(&self, key: &str, max: u32, window: Duration) -> Result<Allowance> {
        let now = Instant::now();
        let mut windows = lock(&self.limits);
        if let Some((uses, end)) = windows.get_mut(key, now) {
            return Ok(again(uses, max, end - now));
        }
        if max == 0 {
            return Ok(Allowance::Denied { retry_after: window });
        }
        let opened = windows.put(key.into(), Uses(1), after(now, window), now);
        opened.map_err(|_full| bounds::full("rate limits"))?;
        Ok(Allowance::Allowed)
    }
}

/// Counts a use in an open window.
fn again(uses: &mut Uses, max: u32, retry_after: Duration) -> Allowance {
    if uses.0 >= max {
        return Allowance::Denied { retry_after };
    }
    uses.0 += 1;
    Allowance::Allowed
}
