//! Limits: a counter a window, which ends with its key. A flush forgets it: the next use begins a window.

use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Limits;
use tiltyard_db::live::limits::Allowance;

use crate::bounds::life_ms;
use crate::fault::corrupt;
use crate::{RedisStore, scripts};

#[async_trait]
impl Limits for RedisStore {
    async fn allow(&self, key: &str, max: u32, window: Duration) -> Result<Allowance> {
        let allow = async {
            let (keys, arguments) = (vec![self.keys.limit(key)], vec![max.into(), life_ms(window).into()]);
            let answer = self.run(&scripts::LIMIT_ALLOW, keys, arguments).await?;
            match answer.as_u64() {
                Some(0) => Ok(Allowance::Allowed),
                Some(millis) => Ok(Allowance::Denied {
                    retry_after: Duration::from_millis(millis),
                }),
                None => Err(corrupt("limit_allow answered no number")),
            }
        };
        self.call("limit_allow", allow).await
    }
}
