//! One stream as a plain value: jobs that wait in order, and jobs that were delivered, by the age of their delivery.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use tiltyard_db::live::jobs::{Delivery, Job, JobDepth, Receipt, Submitted};
use tiltyard_protocol::MatchId;
use tokio::time::Instant;

use crate::bounds::DELIVERED_MAX;

/// A job's number over all streams; its text is the receipt.
type Number = u64;

/// One stream.
#[derive(Default)]
pub(super) struct Stream {
    waiting: VecDeque<(Number, Job)>,
    /// The matches of all jobs here, waiting or delivered.
    matches: HashSet<MatchId>,
    delivered: HashMap<Number, Delivered>,
    /// The numbers in `delivered` by turn: oldest delivery first.
    turns: BTreeMap<u64, Number>,
    next_turn: u64,
}

struct Delivered {
    job: Job,
    deliveries: u32,
    since: Instant,
    turn: u64,
}

impl Stream {
    /// Appends a job. One whose match is here already is dropped: it would be the same fight, and a sweeper repeats itself.
    pub(super) fn submit(&mut self, number: Number, job: Job, max: usize) -> Submitted {
        if self.matches.contains(&job.match_id) {
            return Submitted::Queued;
        }
        if self.waiting.len() >= max {
            return Submitted::Full;
        }
        self.matches.insert(job.match_id);
        self.waiting.push_back((number, job));
        Submitted::Queued
    }

    /// Delivers waiting jobs, as far as the delivered ones leave room.
    pub(super) fn take(&mut self, credits: usize, now: Instant) -> Vec<Delivery> {
        let room = DELIVERED_MAX.saturating_sub(self.delivered.len());
        let count = credits.min(room).min(self.waiting.len());
        let taken: Vec<_> = self.waiting.drain(..count).collect();
        let mut deliveries = Vec::with_capacity(count);
        for (number, job) in taken {
            deliveries.push(self.deliver(number, job, 1, now));
        }
        deliveries
    }

    /// Delivers again what was delivered `min_idle` ago or earlier, oldest first.
    pub(super) fn claim(&mut self, credits: usize, min_idle: Duration, now: Instant) -> Vec<Delivery> {
        let is_idle = |number: &Number| {
            let since = self.delivered.get(number).map(|delivered| delivered.since);
            since.is_some_and(|since| now.saturating_duration_since(since) >= min_idle)
        };
        let turns = self.turns.values().copied();
        let idle: Vec<Number> = turns.take_while(is_idle).take(credits).collect();
        let mut deliveries = Vec::with_capacity(idle.len());
        for number in idle {
            if let Some(old) = self.remove(number) {
                let count = old.deliveries.saturating_add(1);
                deliveries.push(self.deliver(number, old.job, count, now));
            }
        }
        deliveries
    }

    /// Removes a delivered job. A text that is no number is no receipt of this store, and unknown like any other.
    pub(super) fn acknowledge(&mut self, receipt: &Receipt) {
        let removed = receipt.0.parse().ok().and_then(|number| self.remove(number));
        if let Some(removed) = removed {
            self.matches.remove(&removed.job.match_id);
        }
    }

    pub(super) fn depth(&self) -> JobDepth {
        JobDepth {
            waiting: self.waiting.len(),
            delivered: self.delivered.len(),
        }
    }

    fn deliver(&mut self, number: Number, job: Job, deliveries: u32, now: Instant) -> Delivery {
        let turn = self.next_turn;
        self.next_turn += 1;
        self.turns.insert(turn, number);
        let delivered = Delivered {
            job: job.clone(),
            deliveries,
            since: now,
            turn,
        };
        self.delivered.insert(number, delivered);
        Delivery {
            job,
            deliveries,
            receipt: Receipt(number.to_string()),
        }
    }

    fn remove(&mut self, number: Number) -> Option<Delivered> {
        let delivered = self.delivered.remove(&number)?;
        self.turns.remove(&delivered.turn);
        Some(delivered)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn job(n: u64) -> Job {
        Job {
            match_id: MatchId::from_bytes(u128::from(n).to_be_bytes()),
            rules_version: 1,
            request: Bytes::new(),
        }
    }

    #[test]
    fn a_match_is_here_once_until_its_job_is_acknowledged() {
        let mut stream = Stream::default();
        for number in 0..3 {
            assert_eq!(stream.submit(number, job(7), 1), Submitted::Queued);
        }
        assert_eq!(stream.submit(3, job(8), 1), Submitted::Full);
        let taken = stream.take(9, Instant::now());
        assert_eq!(taken.len(), 1);
        assert_eq!(stream.submit(4, job(7), 1), Submitted::Queued);
        assert_eq!(
            stream.take(9, Instant::now()),
            [],
            "the delivered one will be delivered again if need be"
        );
        stream.acknowledge(&taken[0].receipt);
        assert_eq!(stream.submit(5, job(7), 1), Submitted::Queued);
        assert_eq!(stream.take(9, Instant::now()).len(), 1);
    }

    #[test]
    fn nothing_is_taken_while_too_much_is_delivered() {
        let now = Instant::now();
        let mut stream = Stream::default();
        for number in 0..=DELIVERED_MAX as u64 {
            stream.submit(number, job(number), usize::MAX);
        }
        let taken = stream.take(usize::MAX, now);
        assert_eq!(taken.len(), DELIVERED_MAX);
        assert_eq!(stream.take(1, now), []);
        stream.acknowledge(&taken[0].receipt);
        assert_eq!(stream.take(1, now).len(), 1);
    }

    #[test]
    fn no_trace_is_left_of_what_was_acknowledged() {
        let now = Instant::now();
        let mut stream = Stream::default();
        stream.submit(0, job(0), 1);
        stream.take(1, now);
        for expected in 2..5 {
            let claimed = stream.claim(1, Duration::ZERO, now);
            assert_eq!(claimed[0].deliveries, expected);
        }
        stream.acknowledge(&Receipt("0".to_owned()));
        assert_eq!(stream.depth(), JobDepth::default());
        assert!(stream.turns.is_empty() && stream.matches.is_empty());
    }
}
