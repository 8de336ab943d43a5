//! The in-process live store under the live conformance suite, on a paused clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::conformance::live::LiveFixture;
use tiltyard_db::live::Live;
use tiltyard_db_local::LocalStore;

struct Local(Arc<LocalStore>);

#[async_trait]
impl LiveFixture for Local {
    async fn client(&self) -> Live {
        Live::of(Arc::clone(&self.0))
    }

    async fn pass(&self, span: Duration) {
        tokio::time::advance(span).await;
    }
}

async fn local() -> Local {
    tokio::time::pause();
    Local(LocalStore::new())
}

tiltyard_db::live_conformance!(local);
