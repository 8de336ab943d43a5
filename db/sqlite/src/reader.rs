//! The reader threads: each call sees one snapshot, and none waits for the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tiltyard_db::{Result, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::connection;
use crate::fault::{Fault, STORE, Work};

/// Threads that read: one page of a long load does not hold up everybody else.
const READERS: usize = 2;
/// Reads that wait for a thread; over it callers wait for a place.
const READS_MAX: usize = 1_024;

/// A read, with its reply inside.
pub(crate) type Query = Box<dyn FnOnce(&Connection) + Send>;

/// The running threads.
#[derive(Debug)]
pub(crate) struct Readers {
    queue: mpsc::Sender<Query>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Returns the way to the threads.
    pub(crate) fn queue(&self) -> mpsc::Sender<Query> {
        self.queue.clone()
    }

    /// Ends the threads after what is queued.
    pub(crate) fn join(self) {
        drop(self.queue);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a SQLite reader thread panicked");
            }
        }
    }
}

/// Starts the threads, each with a connection of its own.
pub(crate) fn start(path: &Path) -> Result<Readers> {
    let (queue, queries) = mpsc::channel(READS_MAX);
    let queries = Arc::new(Mutex::new(queries));
    let mut readers = Readers {
        queue,
        threads: Vec::with_capacity(READERS),
    };
    for number in 0..READERS {
        let connection = connection::reading(path)?;
        let queries = Arc::clone(&queries);
        let thread = std::thread::Builder::new()
            .name(format!("sqlite-read-{number}"))
            .spawn(move || serve(&connection, &queries));
        let thread = thread.map_err(|error| StoreError::unavailable(STORE, error))?;
        readers.threads.push(thread);
    }
    Ok(readers)
}

/// Makes a read of `work`, done in one snapshot unless nobody waits for it by then.
pub(crate) fn query<T: Send + 'static>(
    work: impl FnOnce(&Connection) -> Work<T> + Send + 'static,
    reply: oneshot::Sender<Result<T>>,
) -> Query {
    Box::new(move |connection| {
        if reply.is_closed() {
            return;
        }
        let answer = snapshot(connection, work).map_err(StoreError::from);
        if reply.send(answer).is_err() {
            tracing::debug!("a SQLite read was answered after its caller had gone");
        }
    })
}

fn snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Work<T>) -> Work<T> {
    let transaction = connection.unchecked_transaction()?;
    let value = work(&transaction)?;
    transaction.commit().map_err(Fault::from)?;
    Ok(value)
}

fn serve(connection: &Connection, queries: &Mutex<mpsc::Receiver<Query>>) {
    loop {
        // The one who waits for the next query holds the lock; the others work or wait for the lock.
        let next = queries.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(query) = next else { return };
        if catch_unwind(AssertUnwindSafe(|| query(connection))).is_err() {
            tracing::error!("a SQLite read panicked; its caller was told that the store is unavailable");
        }
    }
}
