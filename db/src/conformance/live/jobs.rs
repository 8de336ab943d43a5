//! Cases of [`Jobs`](crate::live::Jobs) on the way of a job that nothing happens to.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_protocol::MatchId;
use tokio::time::Instant;

use super::{LONG, LiveFixture, node, soon};
use crate::live::jobs::{Delivery, Job, JobDepth, Receipt, Submitted};

/// Waiting for nothing.
pub(super) const NONE: Duration = Duration::ZERO;
/// A wait that a case sits out.
const SHORT: Duration = Duration::from_millis(100);
/// A bound that no case reaches.
pub(super) const ROOM: usize = 1_000;

/// Makes the `n`th job of rules version `rules_version`, with bytes that no text would survive.
pub(super) fn job(rules_version: u32, n: u8) -> Job {
    Job {
        match_id: MatchId::from_bytes([n; 16]),
        rules_version,
        request: Bytes::from(vec![0, n, u8::MAX, b'\r', b'\n', 0]),
    }
}

pub(super) fn receipts(deliveries: &[Delivery]) -> Vec<Receipt> {
    let receipts = deliveries.iter().map(|delivery| delivery.receipt.clone());
    receipts.collect()
}

pub(super) fn jobs_of(deliveries: Vec<Delivery>) -> Vec<Job> {
    let jobs = deliveries.into_iter().map(|delivery| delivery.job);
    jobs.collect()
}

/// Nothing is lost of a job on its way, and nobody overtakes.
pub async fn jobs_come_as_submitted_and_in_order(fixture: &impl LiveFixture) {
    let (sender, jobs) = (fixture.client().await.jobs, fixture.client().await.jobs);
    let sent: Vec<Job> = (1..=5).map(|n| job(1, n)).collect();
    let submitted = sender.submit(sent.clone(), ROOM).await.unwrap();
    assert_eq!(submitted, [Submitted::Queued; 5]);
    let taken = jobs.take(1, node(1), 10, LONG).await.unwrap();
    assert!(taken.iter().all(|delivery| delivery.deliveries == 1));
    assert_eq!(receipts(&taken).iter().collect::<HashSet<_>>().len(), 5);
    assert_eq!(jobs_of(taken), sent);
}

/// A consumer gets what it can work on; with no credits that is nothing, at once.
pub async fn credits_bound_a_delivery(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    let sent: Vec<Job> = (1..=5).map(|n| job(1, n)).collect();
    jobs.submit(sent.clone(), ROOM).await.unwrap();
    assert_eq!(soon(jobs.take(1, node(1), 0, LONG)).await.unwrap(), []);
    let first = jobs.take(1, node(1), 2, NONE).await.unwrap();
    assert_eq!(jobs_of(first), sent[..2]);
    let rest = jobs.take(1, node(1), 10, NONE).await.unwrap();
    assert_eq!(jobs_of(rest), sent[2..]);
}

/// A waiting job goes to one consumer.
pub async fn two_consumers_share_no_job(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await.jobs, fixture.client().await.jobs);
    let sent: Vec<Job> = (1..=20).map(|n| job(1, n)).collect();
    one.submit(sent, ROOM).await.unwrap();
    let (left, right) = tokio::join!(one.take(1, node(1), 10, LONG), two.take(1, node(2), 10, LONG));
    let taken = jobs_of([left.unwrap(), right.unwrap()].concat());
    let matches: HashSet<_> = taken.iter().map(|job| job.match_id).collect();
    assert_eq!((taken.len(), matches.len()), (20, 20));
}

/// A job that comes during a wait ends it.
pub async fn waiting_ends_with_the_first_job(fixture: &impl LiveFixture) {
    let (sender, jobs) = (fixture.client().await.jobs, fixture.client().await.jobs);
    let (taken, submitted) =
        soon(async { tokio::join!(jobs.take(1, node(1), 10, LONG), sender.submit(vec![job(1, 1)], ROOM)) }).await;
    assert_eq!(submitted.unwrap(), [Submitted::Queued]);
    assert_eq!(jobs_of(taken.unwrap()), [job(1, 1)]);
}

/// Without a job the wait is as long as was said.
pub async fn waiting_ends_with_its_time(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    let start = Instant::now();
    let taken = soon(jobs.take(1, node(1), 10, SHORT)).await.unwrap();
    assert_eq!(taken, []);
    // A server's clock and ours may differ by the rounding to milliseconds.
    assert!(start.elapsed() + Duration::from_millis(5) >= SHORT);
}

/// No wait is no wait, not one without end.
pub async fn not_waiting_answers_at_once(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    let taken = soon(jobs.take(1, node(1), 10, NONE)).await.unwrap();
    assert_eq!(taken, []);
}

/// Nobody sleeps on while there is work.
pub async fn one_submission_wakes_every_waiting_consumer(fixture: &impl LiveFixture) {
    let (one, two) = (fixture.client().await.jobs, fixture.client().await.jobs);
    let sender = fixture.client().await.jobs;
    let (left, right, submitted) = soon(async {
        tokio::join!(
            one.take(1, node(1), 1, LONG),
            two.take(1, node(2), 1, LONG),
            sender.submit(vec![job(1, 1), job(1, 2)], ROOM)
        )
    })
    .await;
    submitted.unwrap();
    let (left, right) = (left.unwrap(), right.unwrap());
    assert_eq!((left.len(), right.len()), (1, 1));
    assert_ne!(left[0].job, right[0].job);
}

/// The bound is on those that wait, and what does not fit is said for each.
pub async fn a_full_stream_refuses_item_by_item(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    let batch = vec![job(1, 1), job(1, 2), job(1, 3), job(2, 4)];
    let submitted = jobs.submit(batch, 2).await.unwrap();
    assert_eq!(
        submitted,
        [Submitted::Queued, Submitted::Queued, Submitted::Full, Submitted::Queued]
    );
    assert_eq!(jobs.take(1, node(1), 1, NONE).await.unwrap().len(), 1);
    let submitted = jobs.submit(vec![job(1, 3), job(1, 5)], 2).await.unwrap();
    assert_eq!(submitted, [Submitted::Queued, Submitted::Full]);
    let rest = jobs.take(1, node(1), 10, NONE).await.unwrap();
    assert_eq!(jobs_of(rest), [job(1, 2), job(1, 3)]);
}

/// A worker sees only jobs of the rules it has.
pub async fn rules_versions_are_apart(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    jobs.submit(vec![job(1, 1), job(2, 2)], ROOM).await.unwrap();
    assert_eq!(jobs.take(3, node(1), 10, NONE).await.unwrap(), []);
    let second = jobs.take(2, node(1), 10, NONE).await.unwrap();
    assert_eq!(jobs_of(second), [job(2, 2)]);
    let claimed = jobs.claim(1, node(1), 10, NONE).await.unwrap();
    assert_eq!(claimed, []);
    let first = jobs.take(1, node(1), 10, NONE).await.unwrap();
    assert_eq!(jobs_of(first), [job(1, 1)]);
}

/// Each job is counted where it is.
pub async fn depth_follows_a_job(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    let depth = |waiting, delivered| JobDepth { waiting, delivered };
    jobs.submit(vec![job(1, 1), job(1, 2), job(1, 3)], ROOM).await.unwrap();
    assert_eq!(jobs.depth(1).await.unwrap(), depth(3, 0));
    let taken = jobs.take(1, node(1), 2, NONE).await.unwrap();
    assert_eq!(jobs.depth(1).await.unwrap(), depth(1, 2));
    let claimed = jobs.claim(1, node(2), 10, NONE).await.unwrap();
    assert_eq!(claimed.len(), 2);
    assert_eq!(jobs.depth(1).await.unwrap(), depth(1, 2));
    jobs.acknowledge(1, receipts(&taken[..1])).await.unwrap();
    assert_eq!(jobs.depth(1).await.unwrap(), depth(1, 1));
}

/// A store may notice a repetition or not, as long as the match is fought.
pub async fn a_job_submitted_twice_comes_at_least_once(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    for _ in 0..2 {
        let submitted = jobs.submit(vec![job(1, 1)], ROOM).await.unwrap();
        assert_eq!(submitted, [Submitted::Queued]);
    }
    let taken = jobs_of(jobs.take(1, node(1), 10, NONE).await.unwrap());
    assert!((1..=2).contains(&taken.len()));
    assert!(taken.iter().all(|taken| *taken == job(1, 1)));
}

/// The store does not remember what it is done with: a sweeper may have a reason to try again.
pub async fn an_acknowledged_match_may_be_submitted_again(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    for _ in 0..2 {
        jobs.submit(vec![job(1, 1)], ROOM).await.unwrap();
        let taken = jobs.take(1, node(1), 10, NONE).await.unwrap();
        assert_eq!((taken.len(), taken[0].deliveries), (1, 1));
        jobs.acknowledge(1, receipts(&taken)).await.unwrap();
    }
}

/// Nothing needs to be set up before it is asked about.
pub async fn a_stream_that_never_was_is_empty(fixture: &impl LiveFixture) {
    let jobs = fixture.client().await.jobs;
    assert_eq!(jobs.depth(9).await.unwrap(), JobDepth::default());
    let claimed = jobs.claim(9, node(1), 10, NONE).await.unwrap();
    assert_eq!(claimed, []);
    jobs.acknowledge(9, Vec::new()).await.unwrap();
    let nothing = jobs.submit(Vec::new(), ROOM).await.unwrap();
    assert_eq!(nothing, []);
}
