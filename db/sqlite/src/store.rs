//! The store as its callers hold it: hands work to the writer and the readers, waits with a limit, and closes both.

use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::limits::WRITE_TIMEOUT;
use tokio::sync::oneshot;

use crate::fault::{STORE, Work};
use crate::reader::{self, Readers};
use crate::writer::{self, Call, Purpose, Writer};
use crate::{connection, schema};

/// Time that reading the whole store for an audit may take: a million matches take seconds.
const AUDIT_TIMEOUT: Duration = Duration::from_secs(120);

/// Every durable aggregate in one SQLite file.
///
/// It must be used inside a tokio runtime with time enabled. The time-outs are tokio's: under a paused clock they fire at once.
pub struct SqliteStore {
    threads: Mutex<Option<Threads>>,
}

#[derive(Debug)]
struct Threads {
    writer: Option<Writer>,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file at `path`, making and migrating it as needed. Blocks for as long as that takes.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be opened or written, `Corrupt` if it is no database of Tiltyard or a newer one.
    pub fn open(path: &Path) -> Result<Arc<Self>> {
        let mut writing = connection::writing(path)?;
        schema::migrate(&mut writing)?;
        let writer = Some(writer::start(writing)?);
        let readers = reader::start(path)?;
        Ok(Self::of(Threads { writer, readers }))
    }

    /// Opens the file at `path` to read and write beside a server that may be writing it. SQLite lets one write at a time, and
    /// the other waits: this is for an operator's command that writes once, never for a second server.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be opened, `Corrupt` if its schema is not exactly this version's.
    pub fn open_beside(path: &Path) -> Result<Arc<Self>> {
        schema::check(&connection::reading(path)?)?;
        let writer = Some(writer::start(connection::writing(path)?)?);
        let readers = reader::start(path)?;
        Ok(Self::of(Threads { writer, readers }))
    }

    /// Opens the file at `path` to read beside a server that may be writing it; every write answers `Unavailable`.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be opened, `Corrupt` if its schema is not exactly this version's.
    pub fn open_read_only(path: &Path) -> Result<Arc<Self>> {
        schema::check(&connection::reading(path)?)?;
        let readers = reader::start(path)?;
        let writer = None;
        Ok(Self::of(Threads { writer, readers }))
    }

    fn of(threads: Threads) -> Arc<Self> {
        Arc::new(Self {
            threads: Mutex::new(Some(threads)),
        })
    }

    /// Finishes what was called before, writes the log back into the file and closes it. Later calls answer `Unavailable`.
    ///
    /// # Errors
    /// `Unavailable` if the log could not be written back: nothing is lost, the next opening does it.
    pub async fn close(&self) -> Result<()> {
        let Some(threads) = self.take_threads() else {
            return Ok(());
        };
        match tokio::task::spawn_blocking(move || threads.join()).await {
            Ok(closed) => Ok(closed?),
            Err(panicked) => Err(StoreError::unavailable(STORE, panicked)),
        }
    }

    /// Has `work` done in a transaction together with whatever else waits; answers after its commit.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        purpose: Purpose,
        items: usize,
        work: impl FnOnce(&Connection) -> Work<T> + Send + 'static,
    ) -> Result<T> {
        let queue = self.with_threads(|threads| Some(threads.writer.as_ref()?.queue()));
        let queue = queue.ok_or_else(|| refused("it is closed, or open for reading only"))?;
        let (reply, answer) = oneshot::channel();
        let call = Box::new(Call::new(purpose, items, work, reply));
        in_time(WRITE_TIMEOUT, async move {
            let sent = queue.send(call).await;
            sent.map_err(|_unsent| refused("it is closing"))?;
            settled(answer).await
        })
        .await
    }

    /// Has `work` done in one snapshot of the store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Work<T> + Send + 'static,
    ) -> Result<T> {
        self.read_for(WRITE_TIMEOUT, work).await
    }

    /// Has `work`, which walks whole tables, done in one snapshot of the store.
    pub(crate) async fn survey<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Work<T> + Send + 'static,
    ) -> Result<T> {
        self.read_for(AUDIT_TIMEOUT, work).await
    }

    async fn read_for<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Connection) -> Work<T> + Send + 'static,
    ) -> Result<T> {
        let queue = self.with_threads(|threads| Some(threads.readers.queue()));
        let queue = queue.ok_or_else(|| refused("it is closed"))?;
        let (reply, answer) = oneshot::channel();
        let query = reader::query(work, reply);
        in_time(limit, async move {
            let sent = queue.send(query).await;
            sent.map_err(|_unsent| refused("it is closing"))?;
            settled(answer).await
        })
        .await
    }

    fn with_threads<T>(&self, take: impl FnOnce(&Threads) -> Option<T>) -> Option<T> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.as_ref().and_then(take)
    }

    fn take_threads(&self) -> Option<Threads> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.take()
    }
}

impl Drop for SqliteStore {
    /// Closes like [`SqliteStore::close`], blocking; a caller in a runtime closes first.
    fn drop(&mut self) {
        let Some(threads) = self.take_threads() else {
            return;
        };
        if let Err(fault) = threads.join() {
            tracing::warn!(%fault, "the SQLite log was not written back on closing; the next opening does it");
        }
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}

impl Threads {
    /// Ends the readers first: the writer's last checkpoint has to find nobody in the log.
    fn join(self) -> Work<()> {
        self.readers.join();
        self.writer.map_or(Ok(()), Writer::join)
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_elapsed) => Err(StoreError::TimedOut {
            store: STORE,
            after_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        }),
    }
}

async fn settled<T>(answer: oneshot::Receiver<Result<T>>) -> Result<T> {
    match answer.await {
        Ok(settled) => settled,
        Err(_dropped) => Err(refused("it stopped before it answered")),
    }
}

fn refused(why: &'static str) -> StoreError {
    StoreError::unavailable(STORE, why)
}
