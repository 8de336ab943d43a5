//! What only the inside can show: a disk that fills up, a call that is refused among others, a crowd that shares a commit.

use std::pin::Pin;
use std::sync::Arc;

use futures::future::join_all;
use rusqlite::Connection;
use tempfile::TempDir;
use tiltyard_db::StoreError;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tokio::sync::oneshot;

use crate::fault::Work;
use crate::writer::Purpose;
use crate::{SqliteStore, sql};

fn opened() -> (TempDir, Arc<SqliteStore>, Durable) {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("tiltyard.db")).unwrap();
    let durable = Durable::of(Arc::clone(&store));
    (folder, store, durable)
}

/// Lets the file grow by so many pages, as a disk with so much left would.
async fn leave_room(store: &SqliteStore, pages: i64) {
    let limited = store.write(Purpose::Other, 1, move |on| {
        let used: i64 = on.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        on.pragma_update(None, "max_page_count", used + pages)?;
        Ok(())
    });
    limited.await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_whole_batches_and_recovers() {
    let (_folder, store, durable) = opened();
    store_build(&durable).await;
    accept(&durable, ranked(key(0))).await;
    leave_room(&store, 0).await;
    let batch = || (1..=500).map(|n| ranked(key(n))).collect::<Vec<_>>();
    for _ in 0..2 {
        let full = durable.tickets.enqueue(batch(), SLOTS).await;
        assert!(matches!(full, Err(StoreError::Unavailable { .. })), "{full:?}");
        assert_eq!(durable.audit.ticket_counts().await.unwrap().accepted, 1);
        assert_sound(&durable).await;
    }
    leave_room(&store, 100_000).await;
    assert_eq!(durable.tickets.enqueue(batch(), SLOTS).await.unwrap().len(), 500);
    assert_eq!(durable.audit.ticket_counts().await.unwrap().queued, 501);
    assert_sound(&durable).await;
}

/// A call that the writer is at, until told to go on.
type Held = Pin<Box<dyn Future<Output = tiltyard_db::Result<()>>>>;

/// Keeps the writer busy until told, so that calls gather behind it in a group of their own.
async fn hold(store: &Arc<SqliteStore>) -> (oneshot::Sender<()>, Held) {
    let (begin, begun) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let store = Arc::clone(store);
    let mut held: Held = Box::pin(async move {
        let wait = move |_: &Connection| {
            begin.send(()).unwrap();
            released.blocking_recv().unwrap();
            Ok(())
        };
        store.write(Purpose::Other, 1, wait).await
    });
    tokio::select! { _ = &mut held => panic!("it was not told to go on"), begun = begun => begun.unwrap() }
    (release, held)
}

fn put(on: &Connection, name: &str) -> Work<()> {
    sql::run(on, "INSERT INTO secrets VALUES (?1, x'00')", [name]).map(|_| ())
}

#[tokio::test]
async fn a_refused_call_takes_back_its_own_work_only() {
    let (_folder, store, _durable) = opened();
    let (release, busy) = hold(&store).await;
    let good = |name: &'static str| store.write(Purpose::Other, 1, move |on| put(on, name));
    let bad = store.write(Purpose::Other, 1, |on| {
        put(on, "half")?;
        put(on, "half")
    });
    let release = async { release.send(()).unwrap() };
    let (held, first, bad, second, ()) = tokio::join!(busy, good("first"), bad, good("second"), release);
    assert!(matches!(bad, Err(StoreError::Corrupt { .. })), "{bad:?}");
    assert!(held.is_ok() && first.is_ok() && second.is_ok());
    let names = store.read(|on| sql::all(on, "SELECT name FROM secrets ORDER BY name", [], |row| Ok(row.get(0)?)));
    let names: Vec<String> = names.await.unwrap();
    assert_eq!(names, ["first", "second"]);
}

#[tokio::test]
async fn a_panicking_call_fails_its_group_and_the_writer_lives() {
    let (_folder, store, durable) = opened();
    let broken: tiltyard_db::Result<()> = store.write(Purpose::Other, 1, |_on| panic!("a bug")).await;
    assert!(matches!(broken, Err(StoreError::Unavailable { .. })), "{broken:?}");
    let broken: tiltyard_db::Result<()> = store.read(|_on| panic!("a bug")).await;
    assert!(matches!(broken, Err(StoreError::Unavailable { .. })), "{broken:?}");
    accept(&durable, ranked(key(1))).await;
}

#[tokio::test]
async fn calls_that_wait_share_a_commit_and_its_fate() {
    let (_folder, store, durable) = opened();
    let (release, busy) = hold(&store).await;
    let crowd = join_all((0..20).map(|n| durable.tickets.enqueue(vec![ranked(key(n))], SLOTS)));
    let broken = store.write(Purpose::Other, 1, |_on| -> Work<()> { panic!("a bug") });
    let release = async { release.send(()).unwrap() };
    let (held, outcomes, broken, ()) = tokio::join!(busy, crowd, broken, release);
    assert!(held.is_ok() && broken.is_err());
    let lost = |answer: &tiltyard_db::Result<_>| matches!(answer, Err(StoreError::Unavailable { .. }));
    assert!(outcomes.iter().all(lost), "one transaction held them all");
    assert_eq!(durable.tickets.queued(&queue("ranked"), None, 999).await.unwrap(), []);
}

#[tokio::test]
async fn a_call_whose_caller_has_gone_is_not_performed() {
    let (_folder, store, durable) = opened();
    let (release, busy) = hold(&store).await;
    let abandoned = async {
        let call = durable.tickets.enqueue(vec![ranked(key(1))], SLOTS);
        tokio::select! { biased; _ = call => panic!("it was held"), () = tokio::task::yield_now() => {} }
        release.send(()).unwrap();
    };
    let (held, ()) = tokio::join!(busy, abandoned);
    held.unwrap();
    accept(&durable, ranked(key(2))).await;
    assert_eq!(durable.tickets.ticket(player(1), ticket(1)).await.unwrap(), None);
}
