//! Cases of [`Limits`]: never more than so many in a window, and a window that ends when it was to end.

use std::time::Duration;

use futures::future::join_all;

use super::{LONG, LiveFixture, MOST_OF_TTL, OVER_TTL, TTL};
use crate::live::Limits;
use crate::live::limits::Allowance;

const KEY: &str = "sign-in/2001:db8::/64";

async fn allowed(limits: &dyn Limits, max: u32, window: Duration) -> bool {
    limits.allow(KEY, max, window).await.unwrap() == Allowance::Allowed
}

/// Asks for one too many, and returns how long to wait.
async fn told_to_wait(limits: &dyn Limits, max: u32, window: Duration) -> Duration {
    match limits.allow(KEY, max, window).await.unwrap() {
        Allowance::Denied { retry_after } => retry_after,
        Allowance::Allowed => panic!("{max} were allowed before"),
    }
}

/// The next one after `max` is told to wait, for no longer than the window.
pub async fn so_many_are_allowed_and_no_more(fixture: &impl LiveFixture) {
    let (limits, other) = (fixture.client().await.limits, fixture.client().await.limits);
    assert!(allowed(&*limits, 3, LONG).await);
    assert!(allowed(&*other, 3, LONG).await);
    assert!(allowed(&*limits, 3, LONG).await);
    for _ in 0..2 {
        let told = told_to_wait(&*other, 3, LONG).await;
        assert!(told > Duration::ZERO && told <= LONG, "{told:?}");
    }
}

/// Asking at once is no way around it.
pub async fn a_crowd_gets_no_more_than_one(fixture: &impl LiveFixture) {
    let (limits, other) = (fixture.client().await.limits, fixture.client().await.limits);
    let ask = |n: u32| {
        let limits = if n.is_multiple_of(2) { &limits } else { &other };
        allowed(&**limits, 5, LONG)
    };
    let answers = join_all((0..40).map(ask)).await;
    assert_eq!(answers.into_iter().filter(|allowed| *allowed).count(), 5);
}

/// Time restores all that was used.
pub async fn a_window_ends_and_another_begins(fixture: &impl LiveFixture) {
    let limits = fixture.client().await.limits;
    for _ in 0..2 {
        assert!(allowed(&*limits, 2, TTL).await);
        assert!(allowed(&*limits, 2, TTL).await);
        assert!(!allowed(&*limits, 2, TTL).await);
        fixture.pass(OVER_TTL).await;
    }
}

/// The window is counted from its first use, not from the last.
pub async fn uses_do_not_move_the_window(fixture: &impl LiveFixture) {
    let limits = fixture.client().await.limits;
    assert!(allowed(&*limits, 2, TTL).await);
    fixture.pass(MOST_OF_TTL).await;
    assert!(allowed(&*limits, 2, TTL).await);
    assert!(!allowed(&*limits, 2, TTL).await);
    fixture.pass(MOST_OF_TTL).await;
    assert!(allowed(&*limits, 2, TTL).await);
}

/// Whoever is too fast is not held longer for asking again.
pub async fn refused_uses_do_not_move_the_window(fixture: &impl LiveFixture) {
    let limits = fixture.client().await.limits;
    assert!(allowed(&*limits, 1, TTL).await);
    fixture.pass(MOST_OF_TTL).await;
    assert!(!allowed(&*limits, 1, TTL).await);
    fixture.pass(MOST_OF_TTL).await;
    assert!(allowed(&*limits, 1, TTL).await);
}

/// The time that is told is the time it takes.
pub async fn waiting_as_told_is_enough(fixture: &impl LiveFixture) {
    let limits = fixture.client().await.limits;
    assert!(allowed(&*limits, 1, TTL).await);
    fixture.pass(MOST_OF_TTL).await;
    let told = told_to_wait(&*limits, 1, TTL).await;
    assert!(told > Duration::ZERO && told < TTL, "{told:?}");
    fixture.pass(told).await;
    assert!(allowed(&*limits, 1, TTL).await);
}

/// One address does not use up another's.
pub async fn keys_are_apart(fixture: &impl LiveFixture) {
    let limits = fixture.client().await.limits;
    assert!(allowed(&*limits, 1, LONG).await);
    assert!(!allowed(&*limits, 1, LONG).await);
    let other = limits.allow("sign-in/192.0.2.1", 1, LONG).await.unwrap();
    assert_eq!(other, Allowance::Allowed);
}

/// Zero is a limit like any other.
pub async fn a_limit_of_none_denies(fixture: &impl LiveFixture) {
    let limits = fixture.client().await.limits;
    assert!(!allowed(&*limits, 0, LONG).await);
    assert!(!allowed(&*limits, 0, LONG).await);
}
