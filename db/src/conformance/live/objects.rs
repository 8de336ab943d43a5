//! Cases of [`ReplayObjects`](crate::objects::ReplayObjects): the bytes that went in come out, under keys that mean one thing only.

use std::time::Duration;

use bytes::Bytes;
use tiltyard_protocol::limits::REPLAY_PACKED_BYTES_MAX;

use super::ObjectsFixture;
use crate::StoreError;
use crate::objects::LINK_VALID_MAX;

const KEY: &str = "replays/01/0193588a-5a00-7000-8000-000000000000.tyr.zst";

const LINK_VALID: Duration = Duration::from_secs(60);

/// Makes bytes that no text would survive.
fn replay(salt: u8, len: usize) -> Bytes {
    (0..=u8::MAX).map(|byte| byte ^ salt).cycle().take(len).collect()
}

/// Another node finds what one has stored.
pub async fn bytes_come_back_as_stored(fixture: &impl ObjectsFixture) {
    let (one, two) = (fixture.client().await, fixture.client().await);
    one.put(KEY, replay(1, 70_000)).await.unwrap();
    assert_eq!(two.get(KEY).await.unwrap(), Some(replay(1, 70_000)));
}

/// Absence is an answer, not an error.
pub async fn an_absent_object_is_none(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    assert_eq!(objects.get(KEY).await.unwrap(), None);
    objects.put("replays/01/other", replay(1, 10)).await.unwrap();
    assert_eq!(objects.get(KEY).await.unwrap(), None);
}

/// An uploader that does not know whether it succeeded may repeat itself.
pub async fn storing_again_is_harmless(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    for _ in 0..3 {
        objects.put(KEY, replay(1, 1_000)).await.unwrap();
    }
    assert_eq!(objects.get(KEY).await.unwrap(), Some(replay(1, 1_000)));
}

/// Two workers that fought the same match may store it at the same time; a reader sees a whole object or none.
pub async fn storing_at_once_is_harmless(fixture: &impl ObjectsFixture) {
    let (one, two) = (fixture.client().await, fixture.client().await);
    let bytes = replay(1, 300_000);
    let (left, right, seen) = tokio::join!(one.put(KEY, bytes.clone()), two.put(KEY, bytes.clone()), one.get(KEY));
    left.unwrap();
    right.unwrap();
    assert!(seen.unwrap().is_none_or(|seen| seen == bytes));
    assert_eq!(two.get(KEY).await.unwrap(), Some(bytes));
}

/// Each key has its own bytes.
pub async fn keys_are_apart(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    let keys = ["replays/a/1", "replays/b/1", "replays/a/2", "replays/a/1.tmp"];
    for (key, salt) in keys.iter().zip(1..) {
        objects.put(key, replay(salt, 100)).await.unwrap();
    }
    for (key, salt) in keys.iter().zip(1..) {
        assert_eq!(objects.get(key).await.unwrap(), Some(replay(salt, 100)));
    }
}

/// What only begins the keys of others is not itself a key.
pub async fn a_folder_is_no_object(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    objects.put("replays/a/1", replay(1, 100)).await.unwrap();
    assert_eq!(objects.get("replays/a").await.unwrap(), None);
}

/// The bound that the recorder keeps is within the store's.
pub async fn the_largest_replay_fits(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    let bytes = replay(1, REPLAY_PACKED_BYTES_MAX);
    objects.put(KEY, bytes.clone()).await.unwrap();
    assert_eq!(objects.get(KEY).await.unwrap(), Some(bytes));
}

/// What could not be read back is not taken.
pub async fn a_larger_one_is_refused(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    let refused = objects.put(KEY, replay(1, REPLAY_PACKED_BYTES_MAX + 1)).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })));
    assert_eq!(objects.get(KEY).await.unwrap(), None);
}

/// Whoever has a link reads the object, and that one only, without any key. A store has links for all objects or for none.
pub async fn a_link_leads_to_the_object(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    objects.put(KEY, replay(1, 1_000)).await.unwrap();
    let link = objects.link(KEY, LINK_VALID).await.unwrap();
    let absent = objects.link("replays/01/other", LINK_VALID).await.unwrap();
    assert_eq!(link.is_some(), absent.is_some());
    if let (Some(link), Some(absent)) = (link, absent) {
        assert_eq!(fixture.follow(&link).await, Some(replay(1, 1_000)));
        assert_eq!(fixture.follow(&absent).await, None);
    }
}

/// A longer time than the store can promise is cut to what it can.
pub async fn a_link_may_be_asked_for_any_time(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    objects.put(KEY, replay(1, 1_000)).await.unwrap();
    if let Some(link) = objects.link(KEY, LINK_VALID_MAX * 100).await.unwrap() {
        assert_eq!(fixture.follow(&link).await, Some(replay(1, 1_000)));
    }
}

/// No key leads out of the store, and no two spellings lead to one object.
pub async fn strange_keys_are_refused(fixture: &impl ObjectsFixture) {
    let objects = fixture.client().await;
    let long = "a".repeat(201);
    let keys = [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/.b", "a\\b", "a b", "A", "a%2fb", "a#1",
        "a\0b", "\u{e9}", &long,
    ];
    for key in keys {
        let put = objects.put(key, replay(1, 10)).await;
        assert!(matches!(put, Err(StoreError::Corrupt { .. })), "{key:?}");
        let got = objects.get(key).await;
        assert!(matches!(got, Err(StoreError::Corrupt { .. })), "{key:?}");
        let link = objects.link(key, LINK_VALID).await;
        assert!(matches!(link, Err(StoreError::Corrupt { .. })), "{key:?}");
    }
}
