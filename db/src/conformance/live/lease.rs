//! Cases of [`Lease`](crate::live::Lease): one holder at a time, for as long as it says so.

use futures::future::join_all;

use super::{LONG, LiveFixture, MOST_OF_TTL, OVER_TTL, TTL, boot};
use crate::live::lease::Hold::{Mine, Next, Others};

const NAME: &str = "queue/ranked";

/// A free lease goes to whoever asks, and stays with it.
pub async fn a_free_lease_is_taken_and_held_again(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Mine);
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Mine);
}

/// Another node, or the same one after a restart, is refused.
pub async fn a_held_lease_is_refused_to_others(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    let other = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Mine);
    assert_eq!(other.hold(NAME, boot(2), LONG).await.unwrap(), Others);
    assert_eq!(lease.hold(NAME, boot(2), LONG).await.unwrap(), Others);
}

/// Of candidates that ask at once, exactly one gets it.
pub async fn one_of_many_candidates_gets_it(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    let other = fixture.client().await.lease;
    let ask = |n: u8| if n.is_multiple_of(2) { &lease } else { &other }.hold(NAME, boot(n), LONG);
    let answers = join_all((0..20).map(ask)).await;
    let held = answers.into_iter().filter(|answer| answer.as_ref().unwrap().is_mine());
    assert_eq!(held.count(), 1);
}

/// A renewal counts from its own moment.
pub async fn renewing_lengthens_it(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Next);
}

/// Asking in vain changes nothing.
pub async fn a_refused_candidate_does_not_lengthen_it(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Next);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Mine);
}

/// A holder that falls silent loses it, and is then refused like anybody.
pub async fn it_ends_unless_renewed(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(OVER_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), LONG).await.unwrap(), Mine);
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Others);
}

/// A successor need not wait for the end.
pub async fn releasing_frees_it_at_once(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Mine);
    lease.release(NAME, boot(1)).await.unwrap();
    lease.release(NAME, boot(1)).await.unwrap();
    assert_eq!(lease.hold(NAME, boot(2), LONG).await.unwrap(), Mine);
}

/// Only the holder's release counts.
pub async fn a_stranger_cannot_release_it(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Mine);
    lease.release(NAME, boot(2)).await.unwrap();
    assert_eq!(lease.hold(NAME, boot(2), LONG).await.unwrap(), Others);
}

/// The release of a holder that woke up too late does not hit its successor.
pub async fn a_former_holder_cannot_release_it(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(OVER_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), LONG).await.unwrap(), Mine);
    lease.release(NAME, boot(1)).await.unwrap();
    assert_eq!(lease.hold(NAME, boot(3), LONG).await.unwrap(), Others);
}

/// Of those who wait for a holder that does not renew, one is next, and stays it.
pub async fn one_is_next_once_it_is_not_renewed(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Others);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(3), TTL).await.unwrap(), Next);
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Others);
    assert_eq!(lease.hold(NAME, boot(3), TTL).await.unwrap(), Next);
}

/// A holder that renews after all promises it to nobody.
pub async fn renewing_takes_the_promise_back(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Next);
    assert_eq!(lease.hold(NAME, boot(1), LONG).await.unwrap(), Mine);
    assert_eq!(lease.hold(NAME, boot(2), LONG).await.unwrap(), Others);
    lease.release(NAME, boot(1)).await.unwrap();
    assert_eq!(lease.hold(NAME, boot(3), LONG).await.unwrap(), Mine);
}

/// Given back, it is free for anybody, whoever was next.
pub async fn releasing_takes_the_promise_back(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Next);
    lease.release(NAME, boot(1)).await.unwrap();
    assert_eq!(lease.hold(NAME, boot(3), LONG).await.unwrap(), Mine);
}

/// Who was next and falls silent as well holds nobody up for long.
pub async fn a_promise_ends_soon_after_the_lease(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold(NAME, boot(1), TTL).await.unwrap(), Mine);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(lease.hold(NAME, boot(2), TTL).await.unwrap(), Next);
    fixture.pass(OVER_TTL).await;
    assert_eq!(lease.hold(NAME, boot(3), LONG).await.unwrap(), Mine);
}

/// Leases of different names know nothing of each other.
pub async fn names_are_apart(fixture: &impl LiveFixture) {
    let lease = fixture.client().await.lease;
    assert_eq!(lease.hold("queue/a", boot(1), LONG).await.unwrap(), Mine);
    assert_eq!(lease.hold("queue/b", boot(2), LONG).await.unwrap(), Mine);
    lease.release("queue/b", boot(2)).await.unwrap();
    assert_eq!(lease.hold("queue/a", boot(2), LONG).await.unwrap(), Others);
}
