//! Leases in memory. With one process there is one candidate, yet a restarted leader inside it has to wait its turn as well.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Lease;
use tiltyard_protocol::BootId;
use tokio::time::Instant;

use crate::sync::{after, lock};
use crate::{LocalStore, bounds};

#[async_trait]
impl Lease for LocalStore {
    async fn hold(&self, name: &str, holder: BootId, ttl: Duration) -> Result<bool> {
        let now = Instant::now();
        let mut leases = lock(&self.leases);
        if leases.get(name, now).is_some_and(|other| *other != holder) {
            return Ok(false);
        }
        let held = leases.put(name.into(), holder, after(now, ttl), now);
        held.map_err(|_full| bounds::full("leases"))?;
        Ok(true)
    }

    async fn release(&self, name: &str, holder: BootId) -> Result<()> {
        let mut leases = lock(&self.leases);
        if leases.get(name, Instant::now()) == Some(&holder) {
            leases.remove(name);
        }
        Ok(())
    }
}
