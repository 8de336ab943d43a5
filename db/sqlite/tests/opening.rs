//! Opening, closing and opening again: what was answered is there, whatever happened in between.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Connection;
use tempfile::TempDir;
use tiltyard_db::StoreError;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::{Durable, Tickets};
use tiltyard_db_sqlite::SqliteStore;
use tiltyard_protocol::ContentHash;

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("tiltyard.db")
}

fn open(path: &Path) -> Durable {
    Durable::of(SqliteStore::open(path).unwrap())
}

fn refusal<T: std::fmt::Debug>(answer: tiltyard_db::Result<T>) -> String {
    match answer {
        Err(error @ StoreError::Corrupt { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_dropped_store_opens_again_with_everything() {
    let folder = TempDir::new().unwrap();
    let store = open(&file(&folder));
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    drop(store);
    let store = open(&file(&folder));
    assert_eq!(store.matches.pending(None, at(9), 9).await.unwrap(), [made]);
    assert_sound(&store).await;
}

/// An operator's command publishes content while the server accepts tickets: each waits for the other, and nothing is lost.
#[tokio::test]
async fn a_command_writes_beside_the_server() {
    let folder = TempDir::new().unwrap();
    let server = open(&file(&folder));
    store_build(&server).await;
    let hash = ContentHash::of(b"bundle");
    let accepting = async {
        for n in 0..100 {
            accept(&server, ranked(key(n))).await;
        }
    };
    let publishing = async {
        for n in 0..10 {
            let command = SqliteStore::open_beside(&file(&folder)).unwrap();
            let contents = Durable::of(Arc::clone(&command)).contents;
            contents
                .put_content(hash, Bytes::from_static(b"bundle"), at(n))
                .await
                .unwrap();
            contents.offer(1, hash, at(n)).await.unwrap();
            command.close().await.unwrap();
        }
    };
    tokio::join!(accepting, publishing);
    assert_eq!(server.contents.published(1).await.unwrap().unwrap().hash, hash);
    assert_eq!(server.audit.ticket_counts().await.unwrap().queued, 100);
    assert_sound(&server).await;
    drop(server);
    assert!(SqliteStore::open_beside(&folder.path().join("none.db")).is_err());
}

/// The files as a power cut would leave them after an answer: the log was never written back, no thread ended.
#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let (alive, dead) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(&file(&alive));
    store_build(&store).await;
    for n in 0..50 {
        accept(&store, ranked(key(n))).await;
        for suffix in ["", "-wal"] {
            let name = format!("tiltyard.db{suffix}");
            std::fs::copy(alive.path().join(&name), dead.path().join(&name)).unwrap();
        }
        if n % 10 == 9 {
            let found = open(&file(&dead));
            let counts = found.audit.ticket_counts().await.unwrap();
            assert_eq!((counts.accepted, counts.queued), (i64::from(n) + 1, i64::from(n) + 1));
            assert_sound(&found).await;
        }
    }
}

#[tokio::test]
async fn closing_finishes_what_was_called_and_refuses_the_rest() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&file(&folder)).unwrap();
    let durable = Durable::of(Arc::clone(&store));
    store_build(&durable).await;
    accept(&durable, ranked(key(1))).await;
    store.close().await.unwrap();
    store.close().await.unwrap();
    assert!(
        !folder.path().join("tiltyard.db-wal").exists(),
        "the log is written back"
    );
    for refused in [
        store.enqueue(vec![ranked(key(2))], 9).await.err(),
        store.ticket(player(1), ticket(1)).await.err(),
    ] {
        assert!(matches!(refused, Some(StoreError::Unavailable { .. })), "{refused:?}");
    }
    let counts = open(&file(&folder)).audit.ticket_counts().await.unwrap();
    assert_eq!(counts.accepted, 1);
}

#[tokio::test]
async fn a_reader_beside_the_server_sees_commits_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let store = open(&file(&folder));
    store_build(&store).await;
    let beside = Durable::of(SqliteStore::open_read_only(&file(&folder)).unwrap());
    accept(&store, ranked(key(1))).await;
    assert_eq!(beside.audit.ticket_counts().await.unwrap().accepted, 1);
    assert_sound(&beside).await;
    let refused = beside.tickets.enqueue(vec![ranked(key(2))], 9).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    drop(beside);
    accept(&store, ranked(key(2))).await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(open(&file(&folder)));
    let raw = Connection::open(file(&folder)).unwrap();
    raw.execute_batch(
        "INSERT INTO refinery_schema_history SELECT version + 998, 'later', applied_on, checksum FROM refinery_schema_history",
    )
    .unwrap();
    let writing = refusal(SqliteStore::open(&file(&folder)));
    assert!(
        writing.contains("schema is version 999, this program knows up to 1"),
        "{writing}"
    );
    let reading = refusal(SqliteStore::open_read_only(&file(&folder)));
    assert!(
        reading.contains("schema is version 999, this program reads version 1 only"),
        "{reading}"
    );
}

#[tokio::test]
async fn an_older_schema_is_not_for_a_reader() {
    let folder = TempDir::new().unwrap();
    drop(
        Connection::open(file(&folder))
            .unwrap()
            .execute_batch("CREATE TABLE other (id INTEGER)"),
    );
    let reading = refusal(SqliteStore::open_read_only(&file(&folder)));
    assert!(reading.contains("schema is version 0"), "{reading}");
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::write(file(&folder), vec![b'x'; 8_192]).unwrap();
    let writing = refusal(SqliteStore::open(&file(&folder)));
    assert!(writing.contains("not a database"), "{writing}");
}

#[tokio::test]
async fn a_missing_folder_is_unavailable() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing/tiltyard.db");
    for answer in [SqliteStore::open(&missing), SqliteStore::open_read_only(&missing)] {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    }
}
