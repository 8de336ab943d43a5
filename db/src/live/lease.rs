//! Leases: who tries to lead. Being wrong costs a refused commit, since the epoch in the database decides.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_protocol::BootId;

use crate::Result;

/// The leases.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Takes the lease `name` for `ttl` if it is free, or renews it if `holder` has it; says whether `holder` has it.
    async fn hold(&self, name: &str, holder: BootId, ttl: Duration) -> Result<bool>;

    /// Frees the lease if `holder` has it.
    async fn release(&self, name: &str, holder: BootId) -> Result<()>;
}
