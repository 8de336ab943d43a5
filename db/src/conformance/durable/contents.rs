//! Content bundles: stored once, never changed, one of them in force for each version of the rules.

use bytes::Bytes;
use futures::future::join_all;
use tiltyard_protocol::ContentHash;

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::content::{Origin, Published};

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

/// Stores a bundle of this text.
async fn stored(store: &Durable, text: &'static str) -> ContentHash {
    let hash = ContentHash::of(text.as_bytes());
    let bundle = Bytes::from_static(text.as_bytes());
    store.contents.put_content(hash, bundle, at(0)).await.unwrap();
    hash
}

const fn published(hash: ContentHash, origin: Origin, second: i64) -> Published {
    Published {
        hash,
        origin,
        at: at(second),
    }
}

/// What was published is in force at once for every client, and each publishing tells what was before.
pub async fn a_published_bundle_is_in_force(fixture: &impl DurableFixture) {
    let (store, other) = (fixture.client().await, fixture.client().await);
    assert_eq!(store.contents.published(1).await.unwrap(), None);
    let one = published(stored(&store, "one").await, Origin::Operator, 5);
    let two = published(stored(&store, "two").await, Origin::Builtin, 6);
    assert_eq!(store.contents.publish(1, one).await.unwrap(), None);
    assert_eq!(other.contents.published(1).await.unwrap(), Some(one));
    assert_eq!(other.contents.publish(1, two).await.unwrap(), Some(one));
    assert_eq!(store.contents.published(1).await.unwrap(), Some(two));
    assert_eq!(store.contents.publish(1, two).await.unwrap(), Some(two));
}

/// Nodes of two versions of the rules follow what was published for theirs.
pub async fn versions_of_the_rules_are_apart(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let one = published(stored(&store, "one").await, Origin::Operator, 1);
    let two = published(stored(&store, "two").await, Origin::Operator, 2);
    store.contents.publish(1, one).await.unwrap();
    assert_eq!(store.contents.published(2).await.unwrap(), None);
    assert_eq!(store.contents.publish(2, two).await.unwrap(), None);
    assert_eq!(store.contents.published(1).await.unwrap(), Some(one));
    assert_eq!(store.contents.published(u32::MAX).await.unwrap(), None);
    store.contents.publish(u32::MAX, two).await.unwrap();
    assert_eq!(store.contents.published(u32::MAX).await.unwrap(), Some(two));
}

/// A program's own content gives way to the next program's; the same again is not news.
pub async fn an_offer_follows_an_offer(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (one, two) = (stored(&store, "one").await, stored(&store, "two").await);
    let first = published(one, Origin::Builtin, 1);
    assert_eq!(store.contents.offer(1, one, at(1)).await.unwrap(), first);
    assert_eq!(store.contents.offer(1, one, at(2)).await.unwrap(), first);
    let second = published(two, Origin::Builtin, 3);
    assert_eq!(store.contents.offer(1, two, at(3)).await.unwrap(), second);
    assert_eq!(store.contents.published(1).await.unwrap(), Some(second));
}

/// What an operator published stays in force whatever programs bring along, until an operator goes back.
pub async fn an_operators_bundle_stays(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (one, two) = (stored(&store, "one").await, stored(&store, "two").await);
    let operators = published(one, Origin::Operator, 1);
    store.contents.publish(1, operators).await.unwrap();
    assert_eq!(store.contents.offer(1, two, at(2)).await.unwrap(), operators);
    let back = published(one, Origin::Builtin, 3);
    assert_eq!(store.contents.publish(1, back).await.unwrap(), Some(operators));
    let next = published(two, Origin::Builtin, 4);
    assert_eq!(store.contents.offer(1, two, at(4)).await.unwrap(), next);
}

/// A bundle that nobody could load is never in force.
pub async fn only_a_stored_bundle_is_published(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let absent = ContentHash::of(b"absent");
    let refused = published(absent, Origin::Operator, 1);
    assert!(store.contents.publish(1, refused).await.is_err());
    assert!(store.contents.offer(1, absent, at(1)).await.is_err());
    assert_eq!(store.contents.published(1).await.unwrap(), None);
    let good = published(stored(&store, "good").await, Origin::Builtin, 2);
    store.contents.publish(1, good).await.unwrap();
    assert!(store.contents.publish(1, refused).await.is_err());
    assert_eq!(store.contents.published(1).await.unwrap(), Some(good));
}

/// Nodes that start at once agree on one bundle, and an operator among them has the last word.
pub async fn a_crowd_of_offers_leaves_one_in_force(fixture: &impl DurableFixture) {
    let (store, other) = (fixture.client().await, fixture.client().await);
    let (one, two) = (stored(&store, "one").await, stored(&store, "two").await);
    let offers = join_all((0..16).map(|n| {
        let (client, hash) = if n % 2 == 0 { (&store, one) } else { (&other, two) };
        client.contents.offer(1, hash, at(n))
    }));
    let operators = published(one, Origin::Operator, 99);
    let (offered, before) = futures::join!(offers, other.contents.publish(1, operators));
    assert!(
        offered.iter().all(Result::is_ok) && before.is_ok(),
        "{offered:?} {before:?}"
    );
    assert_eq!(store.contents.published(1).await.unwrap(), Some(operators));
}
