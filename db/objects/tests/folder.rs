//! What only a folder can do wrong: be no folder, be in the way, hold what nobody stored.

use std::fs;

use bytes::Bytes;
use tiltyard_db::StoreError;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_db_objects::ObjectReplays;
use tiltyard_protocol::limits::REPLAY_PACKED_BYTES_MAX;

const BYTES: Bytes = Bytes::from_static(b"replay");

#[test]
fn a_file_in_its_place_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.join("replays"), file] {
        let opened = ObjectReplays::file(&path);
        assert!(matches!(opened, Err(StoreError::Unavailable { .. })), "{path:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_unavailable_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let replays = ObjectReplays::file(dir.path()).unwrap();
    fs::write(dir.path().join("blocked"), "").unwrap();
    let put = replays.put("blocked/a", BYTES).await;
    assert!(matches!(put, Err(StoreError::Unavailable { .. })));
    fs::create_dir(dir.path().join("taken")).unwrap();
    let put = replays.put("taken", BYTES).await;
    assert!(matches!(put, Err(StoreError::Unavailable { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "no staged file is left");
}

#[tokio::test]
async fn a_file_larger_than_any_replay_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let replays = ObjectReplays::file(dir.path()).unwrap();
    let file = fs::File::create(dir.path().join("huge")).unwrap();
    file.set_len(REPLAY_PACKED_BYTES_MAX as u64 + 1).unwrap();
    let got = replays.get("huge").await;
    assert!(matches!(got, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn replays_survive_the_store_that_wrote_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/c");
    let first = ObjectReplays::file(&path).unwrap();
    first.put("r/1", BYTES).await.unwrap();
    drop(first);
    assert_eq!(fs::read(path.join("r/1")).unwrap(), BYTES);
    let again = ObjectReplays::file(&path).unwrap();
    assert_eq!(again.get("r/1").await.unwrap(), Some(BYTES));
}
