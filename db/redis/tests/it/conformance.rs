//! The Redis store under the live conformance suite, over a socket and in real time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::conformance::live::LiveFixture;
use tiltyard_db::live::Live;
use tiltyard_db_redis::{Address, RedisStore};
use tiltyard_db_testkit::Redis;

/// A prefix of its own on the server that all cases share.
struct Prefixed(Address);

#[async_trait]
impl LiveFixture for Prefixed {
    async fn client(&self) -> Live {
        let store = RedisStore::open(&self.0).await;
        Live::of(store.unwrap_or_else(|error| panic!("{error:?}")))
    }

    async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

async fn prefixed() -> Prefixed {
    static CASES: AtomicU32 = AtomicU32::new(0);
    let server = tokio::task::spawn_blocking(Redis::shared).await.unwrap();
    let case = CASES.fetch_add(1, Ordering::Relaxed);
    Prefixed(format!("{}?prefix=case:{case}", server.url()).parse().unwrap())
}

tiltyard_db::live_conformance!(prefixed);
