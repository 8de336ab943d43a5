//! Minting epochs: each one higher than every one before, and the last one rules.

use std::collections::BTreeSet;

use futures::future::join_all;
use tiltyard_protocol::QueueName;

use super::DurableFixture;
use super::world::*;
use crate::durable::leader::Leadership;
use crate::durable::matches::Commit;

/// A minted leadership says who holds what.
pub async fn a_leadership_names_its_holder(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let minted = store.leaders.mint(&queue("duel"), boot(7), at(0)).await.unwrap();
    let epoch = minted.epoch;
    let expected = Leadership {
        queue: queue("duel"),
        epoch,
        boot: boot(7),
    };
    assert_eq!(minted, expected);
}

/// Epochs rise with each minting, also by the same process.
pub async fn epochs_rise(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let mut last = lead(&store).await.epoch;
    for n in [1, 2, 2, 1] {
        let next = store.leaders.mint(&QueueName::ranked(), boot(n), at(0)).await.unwrap();
        assert!(next.epoch > last, "{next:?} after {last}");
        last = next.epoch;
    }
    assert_sound(&store).await;
}

/// Minting in one queue leaves the leader of another.
pub async fn queues_have_leaders_of_their_own(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    store.leaders.mint(&queue("duel"), boot(2), at(0)).await.unwrap();
    assert_eq!(commit(&store, &leadership, Vec::new()).await, []);
}

/// Of many who mint at once each gets an epoch of its own, and only the highest rules.
pub async fn a_crowd_gets_an_epoch_each(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let mint = |n: u32| {
        let store = &nodes[usize::from(n.is_multiple_of(2))];
        async move { store.leaders.mint(&QueueName::ranked(), boot(n), at(0)).await.unwrap() }
    };
    let minted = join_all((0..12).map(mint)).await;
    let epochs: BTreeSet<_> = minted.iter().map(|leadership| leadership.epoch).collect();
    assert_eq!(epochs.len(), minted.len());
    for leadership in &minted {
        let rules = Some(&leadership.epoch) == epochs.last();
        let answer = nodes[0].matches.commit(leadership, Vec::new(), at(1)).await.unwrap();
        assert_eq!(answer != Commit::Fenced, rules, "{leadership:?}");
    }
    assert_sound(&nodes[0]).await;
}
