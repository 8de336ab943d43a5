//! Players: one per outside identity.

use futures::future::join_all;

use super::DurableFixture;
use super::world::*;
use crate::durable::players::PlayerRecord;

fn candidate(n: u32, identity: &str) -> PlayerRecord {
    PlayerRecord {
        id: player(n),
        identity: identity.to_owned(),
        name: format!("Name \u{1f98a} {n}"),
        created_at: at(i64::from(n)),
    }
}

/// The first sign-in stores the candidate, every later one returns it.
pub async fn an_identity_is_one_player(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let first = candidate(1, "dev:alice");
    assert_eq!(store.players.sign_in(first.clone()).await.unwrap(), first);
    assert_eq!(store.players.sign_in(first.clone()).await.unwrap(), first);
    let again = store.players.sign_in(candidate(2, "dev:alice")).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(store.players.players(&[player(2)]).await.unwrap(), [None]);
    let other = candidate(3, "dev:bob");
    assert_eq!(store.players.sign_in(other.clone()).await.unwrap(), other);
}

/// Of many first sign-ins at once one decides for all.
pub async fn a_crowd_signs_in_as_one(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let sign_in = |n: u32| {
        nodes[usize::from(n.is_multiple_of(2))]
            .players
            .sign_in(candidate(n, "dev:alice"))
    };
    let signed_in = join_all((0..12).map(sign_in)).await;
    let first = signed_in[0].as_ref().unwrap();
    for record in &signed_in {
        assert_eq!(record.as_ref().unwrap(), first);
    }
}

/// Records come in the order of the question, none for the unknown.
pub async fn players_come_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let (one, two) = (candidate(1, "dev:a"), candidate(2, "dev:b"));
    store.players.sign_in(one.clone()).await.unwrap();
    store.players.sign_in(two.clone()).await.unwrap();
    let ids = [player(2), player(9), player(1), player(2)];
    let records = store.players.players(&ids).await.unwrap();
    assert_eq!(records, [Some(two.clone()), None, Some(one), Some(two)]);
}
