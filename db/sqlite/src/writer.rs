//! The writer thread: one transaction for all calls that wait, replies only after its commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::limits::COMMIT_ITEMS_MAX;
use tokio::sync::{mpsc, oneshot};

use crate::fault::{Fault, STORE, Work};

/// Items of one transaction: at about 0.1 ms an item it stays far under the callers' time-out.
const GROUP_ITEMS_MAX: usize = 4 * COMMIT_ITEMS_MAX;
/// Calls that wait for the writer; over it callers wait for a place.
const CALLS_MAX: usize = 1_024;

/// What a call is for, where crash points tell calls apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Accepts tickets.
    Tickets,
    /// Makes matches.
    Matches,
    /// Stores results.
    Results,
    /// Anything else.
    Other,
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Pending>>,
    thread: JoinHandle<Work<()>>,
}

impl Writer {
    /// Returns the way to the thread.
    pub(crate) fn queue(&self) -> mpsc::Sender<Box<dyn Pending>> {
        self.queue.clone()
    }

    /// Ends the thread after what is queued, writing the log back into the file.
    pub(crate) fn join(self) -> Work<()> {
        drop(self.queue);
        match self.thread.join() {
            Ok(closed) => closed,
            Err(_panic) => Err(Fault::Unreadable("its writer thread panicked".to_owned())),
        }
    }
}

/// Starts the thread on its connection.
pub(crate) fn start(connection: Connection) -> Result<Writer> {
    let (queue, calls) = mpsc::channel(CALLS_MAX);
    let thread = std::thread::Builder::new()
        .name("sqlite-write".to_owned())
        .spawn(move || serve(connection, calls));
    let thread = thread.map_err(|error| StoreError::unavailable(STORE, error))?;
    Ok(Writer { queue, thread })
}

/// A call of any type, as the thread sees it.
pub(crate) trait Pending: Send {
    /// What it is for.
    fn purpose(&self) -> Purpose;
    /// How many items it has.
    fn items(&self) -> usize;
    /// Whether its caller still waits.
    fn is_wanted(&self) -> bool;
    /// Does the work and keeps the outcome. `Err` keeps none: nothing of the call may be committed.
    fn perform(&mut self, connection: &Connection) -> Work<()>;
    /// Remembers that the call alone was refused.
    fn refuse(&mut self, fault: Fault);
    /// Tells the caller: the outcome, or why the whole group was not committed.
    fn settle(self: Box<Self>, group: Result<(), &str>);
}

/// One call on its way through the thread.
pub(crate) struct Call<T, W> {
    purpose: Purpose,
    items: usize,
    work: Option<W>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, W> Call<T, W> {
    /// Wraps `work` on `items` items, to be answered through `reply`.
    pub(crate) fn new(purpose: Purpose, items: usize, work: W, reply: oneshot::Sender<Result<T>>) -> Self {
        Self {
            purpose,
            items,
            work: Some(work),
            outcome: None,
            reply,
        }
    }
}

impl<T, W> Pending for Call<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> Work<T> + Send,
{
    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn items(&self) -> usize {
        self.items
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn perform(&mut self, connection: &Connection) -> Work<()> {
        if let Some(work) = self.work.take() {
            self.outcome = Some(Ok(work(connection)?));
        }
        Ok(())
    }

    fn refuse(&mut self, fault: Fault) {
        self.outcome = Some(Err(fault.into()));
    }

    fn settle(self: Box<Self>, group: Result<(), &str>) {
        let answer = match (group, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::unavailable(STORE, "the call was not performed")),
            (Err(why), _) => Err(StoreError::unavailable(STORE, why.to_owned())),
        };
        if self.reply.send(answer).is_err() {
            tracing::debug!("a SQLite write was answered after its caller had gone");
        }
    }
}

fn serve(connection: Connection, mut calls: mpsc::Receiver<Box<dyn Pending>>) -> Work<()> {
    while let Some(first) = calls.blocking_recv() {
        let mut group = gather(first, &mut calls);
        let committed = match catch_unwind(AssertUnwindSafe(|| commit(&connection, &mut group))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(fault)) => Err(fault.to_string()),
            Err(_panic) => Err("the writer panicked".to_owned()),
        };
        if let Err(why) = &committed {
            tracing::error!(why, calls = group.len(), "a SQLite group was not committed");
            abandon(&connection);
        }
        for call in group {
            call.settle(match &committed {
                Ok(()) => Ok(()),
                Err(why) => Err(why),
            });
        }
    }
    checkpoint(&connection)?;
    connection.close().map_err(|(_connection, error)| error)?;
    Ok(())
}

/// Takes what waits behind `first`, up to the limit.
fn gather(first: Box<dyn Pending>, calls: &mut mpsc::Receiver<Box<dyn Pending>>) -> Vec<Box<dyn Pending>> {
    let mut items = first.items();
    let mut group = vec![first];
    while items < GROUP_ITEMS_MAX {
        let Ok(next) = calls.try_recv() else { break };
        items += next.items();
        group.push(next);
    }
    group
}

/// Performs and commits a group. An `Err` may come after the commit as well as before: callers are told that nothing is known.
fn commit(connection: &Connection, group: &mut Vec<Box<dyn Pending>>) -> Work<()> {
    group.retain(|call| call.is_wanted());
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for call in group.iter_mut() {
        perform(connection, call.as_mut())?;
    }
    for purpose in purposes(group) {
        crash_point_before_commit(purpose);
    }
    connection.execute_batch("COMMIT")?;
    for purpose in purposes(group) {
        crash_point_after_commit(purpose);
    }
    Ok(())
}

/// Performs one call in a savepoint of its own: its fault takes back its work and no other's, unless the group is lost anyway.
///
/// The items inside a call need none, since each is decided before its first change.
fn perform(connection: &Connection, call: &mut dyn Pending) -> Work<()> {
    connection.prepare_cached("SAVEPOINT call")?.execute([])?;
    if let Err(fault) = call.perform(connection) {
        if fault.may_pass() || connection.is_autocommit() {
            return Err(fault);
        }
        tracing::error!(%fault, "a SQLite call was refused");
        connection.prepare_cached("ROLLBACK TO call")?.execute([])?;
        call.refuse(fault);
    }
    connection.prepare_cached("RELEASE call")?.execute([])?;
    Ok(())
}

fn abandon(connection: &Connection) {
    // SQLite has rolled back by itself after some faults.
    if connection.is_autocommit() {
        return;
    }
    if let Err(error) = connection.execute_batch("ROLLBACK") {
        tracing::error!(%error, "a SQLite group could not be rolled back");
    }
}

fn checkpoint(connection: &Connection) -> Work<()> {
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))?;
    if busy {
        tracing::info!("somebody else reads the SQLite file; its log stays until they are done");
    }
    Ok(())
}

fn purposes(group: &[Box<dyn Pending>]) -> impl Iterator<Item = Purpose> {
    let has = |purpose| group.iter().any(|call| call.purpose() == purpose);
    let present = [Purpose::Tickets, Purpose::Matches, Purpose::Results].map(|p| (p, has(p)));
    present
        .into_iter()
        .filter_map(|(purpose, present)| present.then_some(purpose))
}

// The action `return` of a crash point kills the process; `panic` only fails the group, since this thread survives it.

fn crash_point_before_commit(purpose: Purpose) {
    match purpose {
        Purpose::Tickets => fail::fail_point!("ticket-before-insert", |_| std::process::abort()),
        Purpose::Matches => fail::fail_point!("match-before-commit", |_| std::process::abort()),
        Purpose::Results => fail::fail_point!("result-before-commit", |_| std::process::abort()),
        Purpose::Other => {}
    }
}

fn crash_point_after_commit(purpose: Purpose) {
    match purpose {
        Purpose::Tickets => fail::fail_point!("ticket-after-insert", |_| std::process::abort()),
        Purpose::Matches => fail::fail_point!("match-after-commit", |_| std::process::abort()),
        Purpose::Results => fail::fail_point!("result-after-commit", |_| std::process::abort()),
        Purpose::Other => {}
    }
}
