//! The embedded store under the suites that every durable store passes.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use tiltyard_db::conformance::durable::DurableFixture;
use tiltyard_db::durable::Durable;
use tiltyard_db_sqlite::SqliteStore;

struct Embedded {
    store: Arc<SqliteStore>,
    _folder: TempDir,
}

#[async_trait]
impl DurableFixture for Embedded {
    async fn client(&self) -> Durable {
        Durable::of(Arc::clone(&self.store))
    }
}

async fn embedded() -> Embedded {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("tiltyard.db")).unwrap();
    Embedded { store, _folder: folder }
}

tiltyard_db::durable_conformance!(embedded);
