//! Job streams in memory, one per rules version, and the waiting of consumers for the first job.

mod stream;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Jobs;
use tiltyard_db::live::jobs::{Delivery, Job, JobDepth, Program, Receipt, Submitted};
use tiltyard_protocol::NodeId;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use self::stream::Stream;
use crate::sync::{after, lock};
use crate::{LocalStore, bounds};

/// The streams by rules version.
#[derive(Default)]
pub(crate) struct Streams {
    streams: BTreeMap<u32, Watched>,
    /// Number of the next job over all streams, so that a receipt of one stream means nothing to another.
    next: u64,
}

/// A stream and those that wait for it.
#[derive(Default)]
struct Watched {
    stream: Stream,
    /// Told when something can be taken. A waiting consumer holds a clone.
    takeable: Arc<Notify>,
}

/// Which consumer has a job decides nothing here: claims go by age, acknowledgements by receipt.
#[async_trait]
impl Jobs for LocalStore {
    async fn submit(&self, jobs: Vec<Job>, max: usize) -> Result<Vec<Submitted>> {
        let mut streams = lock(&self.jobs);
        jobs.into_iter().map(|job| streams.submit(job, max)).collect()
    }

    async fn take(
        &self,
        rules_version: u32,
        _consumer: NodeId,
        credits: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>> {
        let deadline = after(Instant::now(), wait);
        loop {
            let takeable = lock(&self.jobs).takeable(rules_version)?;
            let mut notified = pin!(takeable.notified());
            // Listening begins before looking, or a job that comes in between would not be noticed.
            notified.as_mut().enable();
            let taken = lock(&self.jobs).take(rules_version, credits, Instant::now());
            if !taken.is_empty() || credits == 0 {
                return Ok(taken);
            }
            if timeout_at(deadline, notified).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    async fn claim(
        &self,
        rules_version: u32,
        _consumer: NodeId,
        credits: usize,
        min_idle: Duration,
    ) -> Result<Vec<Delivery>> {
        let mut streams = lock(&self.jobs);
        let watched = streams.streams.get_mut(&rules_version);
        Ok(watched.map_or_else(Vec::new, |watched| {
            watched.stream.claim(credits, min_idle, Instant::now())
        }))
    }

    async fn acknowledge(&self, rules_version: u32, receipts: Vec<Receipt>) -> Result<()> {
        lock(&self.jobs).acknowledge(rules_version, &receipts);
        Ok(())
    }

    async fn attend(&self, program: &Program, ttl: Duration) -> Result<()> {
        let now = Instant::now();
        let attended = lock(&self.programs).put(program.clone(), (), after(now, ttl), now);
        attended.map_err(|_full| bounds::full("programs"))
    }

    async fn attended(&self) -> Result<Vec<Program>> {
        Ok(lock(&self.programs).keys(.., Instant::now()).cloned().collect())
    }

    async fn depth(&self, rules_version: u32) -> Result<JobDepth> {
        let streams = lock(&self.jobs);
        let watched = streams.streams.get(&rules_version);
        Ok(watched.map_or_else(JobDepth::default, |watched| watched.stream.depth()))
    }
}

impl Streams {
    fn submit(&mut self, job: Job, max: usize) -> Result<Submitted> {
        let number = self.next;
        self.next += 1;
        let watched = self.watched(job.rules_version)?;
        let submitted = watched.stream.submit(number, job, max);
        if submitted == Submitted::Queued {
            watched.takeable.notify_waiters();
        }
        Ok(submitted)
    }

    fn take(&mut self, rules_version: u32, credits: usize, now: Instant) -> Vec<Delivery> {
        let watched = self.streams.get_mut(&rules_version);
        watched.map_or_else(Vec::new, |watched| watched.stream.take(credits, now))
    }

    fn acknowledge(&mut self, rules_version: u32, receipts: &[Receipt]) {
        let Some(watched) = self.streams.get_mut(&rules_version) else {
            return;
        };
        for receipt in receipts {
            watched.stream.acknowledge(receipt);
        }
        // A stream with too many delivered jobs may have held back waiting ones.
        if watched.stream.depth().waiting > 0 {
            watched.takeable.notify_waiters();
        }
    }

    fn takeable(&mut self, rules_version: u32) -> Result<Arc<Notify>> {
        Ok(Arc::clone(&self.watched(rules_version)?.takeable))
    }

    fn watched(&mut self, rules_version: u32) -> Result<&mut Watched> {
        let known = self.streams.contains_key(&rules_version);
        if !known && self.streams.len() >= bounds::STREAMS_MAX {
            self.streams.retain(|_, watched| !watched.is_idle());
            if self.streams.len() >= bounds::STREAMS_MAX {
                return Err(bounds::full("job streams"));
            }
        }
        Ok(self.streams.entry(rules_version).or_default())
    }
}

impl Watched {
    /// Says whether nothing would be missed: no job is in it, and nobody waits for one.
    fn is_idle(&self) -> bool {
        self.stream.depth() == JobDepth::default() && Arc::strong_count(&self.takeable) == 1
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tiltyard_protocol::MatchId;

    use super::*;

    const WORKER: NodeId = NodeId::from_bytes([1; 16]);
    const LONG: Duration = Duration::from_secs(60);

    fn job(rules_version: u32) -> Job {
        Job {
            match_id: MatchId::from_bytes([1; 16]),
            rules_version,
            request: Bytes::new(),
        }
    }

    #[tokio::test]
    async fn streams_are_bounded_and_idle_ones_give_way() {
        let store = LocalStore::new();
        for version in 0..64 {
            let taken = store.take(version, WORKER, 1, Duration::ZERO).await.unwrap();
            assert_eq!(taken, []);
        }
        for version in 100..164 {
            store.submit(vec![job(version)], 1).await.unwrap();
        }
        let full = store.submit(vec![job(164)], 1).await;
        assert!(full.is_err(), "each stream holds a job");
        store.take(100, WORKER, 1, Duration::ZERO).await.unwrap();
        assert!(store.submit(vec![job(164)], 1).await.is_err(), "a delivered job counts");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_somebody_waits_for_stays() {
        let store = LocalStore::new();
        let crowd = async {
            for version in 1..200 {
                store.take(version, WORKER, 0, Duration::ZERO).await.unwrap();
            }
            store.submit(vec![job(0)], 1).await.unwrap();
        };
        let (taken, ()) = tokio::join!(store.take(0, WORKER, 1, LONG), crowd);
        assert_eq!(taken.unwrap().len(), 1);
    }
}
