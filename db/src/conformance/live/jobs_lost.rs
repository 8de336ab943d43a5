//! Cases of [`Jobs`] when a consumer dies, hangs, or is only slow.

use super::jobs::{NONE, ROOM, job, jobs_of, receipts};
use super::{LONG, LiveFixture, MOST_OF_TTL, OVER_TTL, TTL, node};
use crate::live::jobs::{Delivery, Receipt};
use crate::live::{Jobs, Live};

/// Delivers `count` jobs of rules version 1 to node 1, which then falls silent.
async fn deliver(live: &Live, count: u8) -> Vec<Delivery> {
    let jobs = (1..=count).map(|n| job(1, n)).collect();
    live.jobs.submit(jobs, ROOM).await.unwrap();
    let taken = live.jobs.take(1, node(1), ROOM, NONE).await.unwrap();
    assert_eq!(taken.len(), usize::from(count));
    taken
}

async fn claim(jobs: &dyn Jobs, claimant: u8) -> Vec<Delivery> {
    jobs.claim(1, node(claimant), 10, TTL).await.unwrap()
}

/// What a dead worker had goes to another, and the count says so.
pub async fn a_job_left_alone_is_claimed(fixture: &impl LiveFixture) {
    let (live, other) = (fixture.client().await, fixture.client().await);
    deliver(&live, 2).await;
    assert_eq!(other.jobs.take(1, node(2), 10, NONE).await.unwrap(), []);
    fixture.pass(OVER_TTL).await;
    let claimed = claim(&*other.jobs, 2).await;
    assert!(claimed.iter().all(|delivery| delivery.deliveries == 2));
    assert_eq!(jobs_of(claimed), [job(1, 1), job(1, 2)]);
}

/// A worker has its time.
pub async fn a_job_is_not_claimed_before_its_time(fixture: &impl LiveFixture) {
    let live = fixture.client().await;
    deliver(&live, 1).await;
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(claim(&*live.jobs, 2).await, []);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(claim(&*live.jobs, 2).await.len(), 1);
}

/// The time of a claimed job counts from the claim, also if its first consumer claims it.
pub async fn each_claim_counts_and_begins_anew(fixture: &impl LiveFixture) {
    let live = fixture.client().await;
    deliver(&live, 1).await;
    fixture.pass(OVER_TTL).await;
    assert_eq!(claim(&*live.jobs, 2).await[0].deliveries, 2);
    fixture.pass(MOST_OF_TTL).await;
    assert_eq!(claim(&*live.jobs, 1).await, []);
    fixture.pass(MOST_OF_TTL).await;
    let claimed = claim(&*live.jobs, 1).await;
    assert_eq!(claimed[0].deliveries, 3);
    assert_eq!(jobs_of(claimed), [job(1, 1)]);
}

/// A claimant gets what it can work on; the rest is there for the next one.
pub async fn credits_bound_a_claim(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await;
    deliver(&jobs, 3).await;
    fixture.pass(OVER_TTL).await;
    let jobs = jobs.jobs;
    assert_eq!(jobs.claim(1, node(2), 0, TTL).await.unwrap(), []);
    assert_eq!(jobs.claim(1, node(2), 2, TTL).await.unwrap().len(), 2);
    assert_eq!(jobs.claim(1, node(3), 2, TTL).await.unwrap().len(), 1);
    assert_eq!(jobs.claim(1, node(3), 2, TTL).await.unwrap(), []);
}

/// A job left alone goes to one claimant.
pub async fn two_claimants_share_no_job(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await, fixture.client().await);
    deliver(&one, 20).await;
    fixture.pass(OVER_TTL).await;
    let (left, right) = tokio::join!(
        one.jobs.claim(1, node(2), ROOM, TTL),
        two.jobs.claim(1, node(3), ROOM, TTL)
    );
    assert_eq!(left.unwrap().len() + right.unwrap().len(), 20);
}

/// An acknowledged job never comes again.
pub async fn acknowledging_ends_a_job(fixture: &impl LiveFixture) {
    let live = fixture.client().await;
    let taken = deliver(&live, 3).await;
    let done = receipts(&taken[..2]);
    live.jobs.acknowledge(1, done.clone()).await.unwrap();
    live.jobs.acknowledge(1, done).await.unwrap();
    fixture.pass(OVER_TTL).await;
    assert_eq!(jobs_of(claim(&*live.jobs, 2).await), [job(1, 3)]);
}

/// The result of a worker that was only slow is stored as well as another's.
pub async fn a_late_acknowledgement_ends_a_claimed_job(fixture: &impl LiveFixture) {
    let live = fixture.client().await;
    let taken = deliver(&live, 1).await;
    fixture.pass(OVER_TTL).await;
    let claimed = claim(&*live.jobs, 2).await;
    assert_eq!(claimed.len(), 1);
    live.jobs.acknowledge(1, receipts(&taken)).await.unwrap();
    assert_eq!(live.jobs.depth(1).await.unwrap().delivered, 0);
    live.jobs.acknowledge(1, receipts(&claimed)).await.unwrap();
}

/// A receipt of another time or stream, or of no form, ends no job.
pub async fn unknown_receipts_are_ignored(fixture: &impl LiveFixture) {
    let live = fixture.client().await;
    let taken = deliver(&live, 1).await;
    live.jobs.acknowledge(2, receipts(&taken)).await.unwrap();
    let strange = ["", "no receipt", "18446744073709551615", "0-1"];
    let strange = strange.map(|text| Receipt(text.to_owned()));
    live.jobs.acknowledge(1, strange.to_vec()).await.unwrap();
    assert_eq!(live.jobs.depth(1).await.unwrap().delivered, 1);
}

/// A job that nobody was given is not lost, however long it waits.
pub async fn waiting_jobs_are_not_claimed(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    jobs.submit(vec![job(1, 1)], ROOM).await.unwrap();
    fixture.pass(OVER_TTL).await;
    assert_eq!(claim(&*jobs, 1).await, []);
    let taken = jobs.take(1, node(1), 10, LONG).await.unwrap();
    assert_eq!((taken.len(), taken[0].deliveries), (1, 1));
}
