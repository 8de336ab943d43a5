//! Content bundles: stored once, never changed.

use bytes::Bytes;
use tiltyard_protocol::ContentHash;

use super::DurableFixture;
use super::world::*;

/// A bundle comes back as it was stored; an unknown hash has none.
pub async fn a_bundle_comes_back(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let bundle = Bytes::from(vec![0xa5; 300_000]);
    let hash = ContentHash::of(&bundle);
    store.contents.put_content(hash, bundle.clone(), at(0)).await.unwrap();
    assert_eq!(store.contents.content(hash).await.unwrap(), Some(bundle));
    let unknown = store.contents.content(ContentHash::of(b"other")).await;
    assert_eq!(unknown.unwrap(), None);
}

/// Storing a bundle again changes nothing.
pub async fn a_bundle_never_changes(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (hash, bundle) = (ContentHash::of(b"one"), Bytes::from_static(b"one"));
    store.contents.put_content(hash, bundle.clone(), at(0)).await.unwrap();
    store.contents.put_content(hash, bundle.clone(), at(1)).await.unwrap();
    let other = Bytes::from_static(b"two");
    store.contents.put_content(hash, other, at(2)).await.unwrap();
    assert_eq!(store.contents.content(hash).await.unwrap(), Some(bundle));
}
