//! Leases: a key that ends, set if free, renewed and freed by comparison.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Lease;
use tiltyard_protocol::BootId;

use crate::bounds::life_ms;
use crate::fault::corrupt;
use crate::{RedisStore, scripts};

#[async_trait]
impl Lease for RedisStore {
    async fn hold(&self, name: &str, holder: BootId, ttl: Duration) -> Result<bool> {
        let hold = async {
            let (keys, arguments) = (
                vec![self.keys.lease(name)],
                vec![holder.as_bytes().as_slice().into(), life_ms(ttl).into()],
            );
            let answer = self.run(&scripts::LEASE_HOLD, keys, arguments).await?;
            answer
                .as_i64()
                .map(|held| held == 1)
                .ok_or_else(|| corrupt("lease_hold answered no number"))
        };
        self.call("lease_hold", hold).await
    }

    async fn release(&self, name: &str, holder: BootId) -> Result<()> {
        let release = async {
            let (keys, arguments) = (vec![self.keys.lease(name)], vec![holder.as_bytes().as_slice().into()]);
            self.run(&scripts::LEASE_RELEASE, keys, arguments).await?;
            Ok(())
        };
        self.call("lease_release", release).await
    }
}
