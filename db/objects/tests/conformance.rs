//! Replays in a folder under the conformance suite of replay objects.

#![expect(clippy::unwrap_used, reason = "a test's fixture fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use tiltyard_db::conformance::live::ObjectsFixture;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_db_objects::ObjectReplays;

struct Folder(TempDir);

#[async_trait]
impl ObjectsFixture for Folder {
    async fn client(&self) -> Arc<dyn ReplayObjects> {
        Arc::new(ObjectReplays::file(self.0.path().join("data/replays")).unwrap())
    }
}

async fn folder() -> Folder {
    Folder(tempfile::tempdir().unwrap())
}

tiltyard_db::objects_conformance!(folder);
