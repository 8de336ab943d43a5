//! Replays through `object_store`: the one crate that knows whether they lie in a folder or in a bucket.
//!
//! Every call ends: a disk or a store that hangs becomes [`StoreError::TimedOut`], and the
//! caller spools. How long a *match* waits for its upload is the caller's to say, and much shorter.

mod folder;
mod key;
mod s3;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::signer::{Method, Signer};
use object_store::{ObjectStore, ObjectStoreExt};
use tiltyard_db::objects::{LINK_VALID_MAX, ReplayObjects};
use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::limits::{HANDLER_TIMEOUT, REPLAY_PACKED_BYTES_MAX, REPLAY_PUT_TIMEOUT};

pub use s3::{BadUrl, BucketUrl, Links, keys_in};
use s3::{is_absent, unavailable};

/// The store's name in errors.
const STORE: &str = "the replay store";

/// Time for one call. Longer than a match waits, so that an uploader gets through to a slow store;
/// shorter than a request, so that a reader of a replay gets an answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

const _: () = assert!(REPLAY_PUT_TIMEOUT.as_millis() < CALL_TIMEOUT.as_millis());
const _: () = assert!(CALL_TIMEOUT.as_millis() < HANDLER_TIMEOUT.as_millis());

/// The replays in an object store.
#[derive(Clone)]
pub struct ObjectReplays {
    store: Arc<dyn ObjectStore>,
    signer: Option<Arc<dyn Signer>>,
    prefix: String,
}

impl ObjectReplays {
    /// Keeps replays as files under `folder`, which is made if need be. An object is on disk, with its name, when `put` returns.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the folder cannot be made or is none.
    pub fn file(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        folder::make(folder).map_err(|source| StoreError::unavailable(STORE, source))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(unavailable)?;
        Ok(Self::over(Arc::new(store.with_fsync(true))))
    }

    fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            signer: None,
            prefix: String::new(),
        }
    }

    fn path(&self, key: &str) -> Result<object_store::path::Path> {
        let path = key::parse(key)?;
        Ok(if self.prefix.is_empty() {
            path
        } else {
            object_store::path::Path::from(format!("{}/{path}", self.prefix))
        })
    }

    async fn read(&self, key: &object_store::path::Path) -> Result<Option<Bytes>> {
        let found = match self.store.get(key).await {
            Ok(found) => found,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        check_size(key.as_ref(), found.meta.size)?;
        let bytes = found.bytes().await.map_err(unavailable)?;
        Ok(Some(bytes))
    }
}

#[async_trait]
impl ReplayObjects for ObjectReplays {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        let path = self.path(key)?;
        check_size(key, bytes.len() as u64)?;
        within(async {
            let put = self.store.put(&path, bytes.into()).await;
            put.map(drop).map_err(unavailable)
        })
        .await
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let path = self.path(key)?;
        within(self.read(&path)).await
    }

    async fn link(&self, key: &str, valid_for: Duration) -> Result<Option<String>> {
        let path = self.path(key)?;
        let Some(signer) = &self.signer else {
            return Ok(None);
        };
        within(async {
            let url = signer
                .signed_url(Method::GET, &path, valid_for.min(LINK_VALID_MAX))
                .await;
            url.map(|url| Some(url.into())).map_err(unavailable)
        })
        .await
    }
}

impl fmt::Debug for ObjectReplays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectReplays({})", self.store)
    }
}

/// Ends a call that takes too long. Work on a blocking thread goes on, which does no harm: an object appears whole or not at all.
async fn within<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    let in_time = tokio::time::timeout(CALL_TIMEOUT, call).await;
    in_time.unwrap_or_else(|_elapsed| {
        Err(StoreError::TimedOut {
            store: STORE,
            after_ms: CALL_TIMEOUT.as_millis() as u64,
        })
    })
}

/// Refuses what is larger than any replay, before it is in memory or on disk.
fn check_size(key: &str, size: u64) -> Result<()> {
    if size <= REPLAY_PACKED_BYTES_MAX as u64 {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        store: STORE,
        what: format!("object {key} of {size} bytes, over {REPLAY_PACKED_BYTES_MAX}"),
    })
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;
    use object_store::throttle::{ThrottleConfig, ThrottledStore};

    use super::*;

    fn slow(wait: Duration) -> ObjectReplays {
        let config = ThrottleConfig {
            wait_get_per_call: wait,
            wait_put_per_call: wait,
            ..ThrottleConfig::default()
        };
        ObjectReplays::over(Arc::new(ThrottledStore::new(InMemory::new(), config)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_given_up() {
        let replays = slow(CALL_TIMEOUT + Duration::from_millis(1));
        let put = replays.put("a", Bytes::from_static(b"x")).await;
        assert!(matches!(put, Err(StoreError::TimedOut { after_ms: 5_000, .. })));
        let got = replays.get("a").await;
        assert!(matches!(got, Err(StoreError::TimedOut { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_only_slow_is_waited_for() {
        let replays = slow(CALL_TIMEOUT - Duration::from_millis(1));
        replays.put("a", Bytes::from_static(b"x")).await.unwrap();
        let got = replays.get("a").await.unwrap();
        assert_eq!(got, Some(Bytes::from_static(b"x")));
    }
}
