//! Leases: a key that ends, set if free, renewed and freed by comparison; and beside it one that says who is next.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Lease;
use tiltyard_db::live::lease::Hold;
use tiltyard_protocol::BootId;

use crate::bounds::life_ms;
use crate::fault::corrupt;
use crate::{RedisStore, scripts};

#[async_trait]
impl Lease for RedisStore {
    async fn hold(&self, name: &str, who: BootId, ttl: Duration) -> Result<Hold> {
        let hold = async {
            let arguments = vec![who.as_bytes().as_slice().into(), life_ms(ttl).into()];
            let answer = self.run(&scripts::LEASE_HOLD, self.keys.lease(name), arguments).await?;
            match answer.as_i64() {
                Some(0) => Ok(Hold::Others),
                Some(1) => Ok(Hold::Next),
                Some(2) => Ok(Hold::Mine),
                _ => Err(corrupt("lease_hold answered something else than 0, 1 or 2")),
            }
        };
        self.call("lease_hold", hold).await
    }

    async fn release(&self, name: &str, holder: BootId) -> Result<()> {
        let release = async {
            let arguments = vec![holder.as_bytes().as_slice().into()];
            self.run(&scripts::LEASE_RELEASE, self.keys.lease(name), arguments)
                .await?;
            Ok(())
        };
        self.call("lease_release", release).await
    }
}
