//! Replays in a folder and in a bucket under the conformance suite of replay objects.

#![expect(clippy::unwrap_used, reason = "a test's fixture fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tempfile::TempDir;
use tiltyard_db::conformance::live::ObjectsFixture;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_db_objects::{BucketUrl, ObjectReplays};
use tiltyard_db_testkit::S3;
use uuid::Uuid;

mod in_a_folder {
    use super::*;

    struct Folder(TempDir);

    #[async_trait]
    impl ObjectsFixture for Folder {
        async fn client(&self) -> Arc<dyn ReplayObjects> {
            Arc::new(ObjectReplays::file(self.0.path().join("data/replays")).unwrap())
        }

        async fn follow(&self, link: &str) -> Option<Bytes> {
            unreachable!("a folder has no link such as {link}")
        }
    }

    async fn folder() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    tiltyard_db::objects_conformance!(folder);
}

mod in_a_bucket {
    use super::*;

    struct Bucket {
        url: BucketUrl,
        keys: Vec<(String, String)>,
    }

    #[async_trait]
    impl ObjectsFixture for Bucket {
        async fn client(&self) -> Arc<dyn ReplayObjects> {
            Arc::new(ObjectReplays::s3(&self.url, self.keys.clone()).unwrap())
        }

        async fn follow(&self, link: &str) -> Option<Bytes> {
            let answer = reqwest::get(link).await.unwrap();
            if answer.status() == reqwest::StatusCode::NOT_FOUND {
                return None;
            }
            Some(answer.error_for_status().unwrap().bytes().await.unwrap())
        }
    }

    fn made(prefix: &str) -> Bucket {
        let server = S3::shared();
        let bucket = format!("b-{}", Uuid::now_v7());
        server.create_bucket(&bucket).unwrap();
        Bucket {
            url: BucketUrl::parse(&server.url(&format!("{bucket}{prefix}"))).unwrap(),
            keys: vec![
                ("AWS_ACCESS_KEY_ID".to_owned(), server.access_key().to_owned()),
                ("AWS_SECRET_ACCESS_KEY".to_owned(), server.secret_key().to_owned()),
            ],
        }
    }

    async fn whole() -> Bucket {
        made("")
    }

    async fn under_a_prefix() -> Bucket {
        made("/some/prefix")
    }

    mod whole_of_it {
        use super::*;
        tiltyard_db::objects_conformance!(whole);
    }

    mod part_of_it {
        use super::*;
        tiltyard_db::objects_conformance!(under_a_prefix);
    }
}
