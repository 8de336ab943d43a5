//! Cases of [`Presence`]: every node that holds a stream is found, and a dead one is not found for ever.

use super::{LONG, LiveFixture, MOST_OF_TTL, OVER_TTL, TTL, node, player};
use crate::live::Presence;
use tiltyard_protocol::NodeId;

/// Returns the nodes of one player in their own order, which the trait leaves open.
async fn nodes_of(presence: &dyn Presence, n: u8) -> Vec<NodeId> {
    let mut nodes = presence.nodes_of(&[player(n)]).await.unwrap();
    assert_eq!(nodes.len(), 1);
    let mut nodes = nodes.remove(0);
    nodes.sort();
    nodes
}

/// The answer has the order of the question, with a place for those who are nowhere.
pub async fn nodes_come_per_player_in_order(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await.presence, fixture.client().await.presence);
    one.attach(node(1), &[player(1), player(2)], LONG).await.unwrap();
    two.attach(node(2), &[player(3)], LONG).await.unwrap();
    let asked = [player(3), player(9), player(1), player(3), player(2)];
    let found = one.nodes_of(&asked).await.unwrap();
    let expected = [vec![node(2)], vec![], vec![node(1)], vec![node(2)], vec![node(1)]];
    assert_eq!(found, expected);
}

/// Several devices may be on several nodes; each gets its wake-up.
pub async fn a_player_may_be_on_several_nodes(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    for n in 1..=3 {
        presence.attach(node(n), &[player(1)], LONG).await.unwrap();
    }
    assert_eq!(nodes_of(&*presence, 1).await, [node(1), node(2), node(3)]);
}

/// Repetition leaves one entry, which one detaching removes.
pub async fn attaching_twice_is_once(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    let twice = [player(1), player(1)];
    presence.attach(node(1), &twice, LONG).await.unwrap();
    presence.attach(node(1), &twice, LONG).await.unwrap();
    assert_eq!(nodes_of(&*presence, 1).await, [node(1)]);
    presence.detach(node(1), &[player(1)]).await.unwrap();
    assert_eq!(nodes_of(&*presence, 1).await, []);
}

/// A node speaks for itself, and for the players it names.
pub async fn detaching_concerns_one_node(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    let both = [player(1), player(2)];
    presence.attach(node(1), &both, LONG).await.unwrap();
    presence.attach(node(2), &both, LONG).await.unwrap();
    presence.detach(node(1), &[player(1), player(9)]).await.unwrap();
    assert_eq!(nodes_of(&*presence, 1).await, [node(2)]);
    assert_eq!(nodes_of(&*presence, 2).await, [node(1), node(2)]);
}

/// A node that died is forgotten.
pub async fn it_ends_unless_said_again(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    presence.attach(node(1), &[player(1)], TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(nodes_of(&*presence, 1).await, [node(1)]);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(nodes_of(&*presence, 1).await, []);
}

/// A living node does not keep a dead one in the directory.
pub async fn each_node_ends_by_itself(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    presence.attach(node(1), &[player(1)], TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    presence.attach(node(2), &[player(1)], LONG).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(nodes_of(&*presence, 1).await, [node(2)]);
}

/// What is said again counts from then.
pub async fn attaching_again_lengthens_it(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    presence.attach(node(1), &[player(1)], TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    presence.attach(node(1), &[player(1)], TTL).await.unwrap();
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(nodes_of(&*presence, 1).await, [node(1)]);
    fixture.pass(OVER_TTL).await;
    assert_eq!(nodes_of(&*presence, 1).await, []);
}

/// Empty lists and unknown players are ordinary.
pub async fn none_of_something_is_harmless(fixture: &impl LiveFixture) {
    let presence = fixture.client().await.presence;
    presence.attach(node(1), &[], LONG).await.unwrap();
    presence.detach(node(1), &[]).await.unwrap();
    presence.detach(node(1), &[player(1)]).await.unwrap();
    assert!(presence.nodes_of(&[]).await.unwrap().is_empty());
}
