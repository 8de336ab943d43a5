//! Jobs: a stream a rules version, read by one consumer group. An entry is one job; acknowledging it removes it, so what is
//! in the stream is waiting or delivered, and the difference of two lengths tells how many wait.

mod entry;
mod waiting;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use fred::interfaces::StreamsInterface;
use fred::types::Value;
use tiltyard_db::Result;
use tiltyard_db::live::Jobs;
use tiltyard_db::live::jobs::{Delivery, Job, JobDepth, Program, Receipt, Submitted};
use tiltyard_protocol::NodeId;
use tokio::time::Instant;

use self::entry::{Entry, Read};
pub(crate) use self::waiting::Waiters;
use crate::bounds::{
    BLOCK, CONSUMER_SILENCE, CREDITS_MAX, RECEIPTS_MAX, STREAM_LIFE, SUBMIT_BYTES_MAX, SUBMIT_JOBS_MAX, count, life_ms,
};
use crate::connection::once;
use crate::fault::{corrupt, is_to_look_again};
use crate::{RedisStore, metrics, scripts};

/// The consumer group of every stream.
const GROUP: &str = "workers";

#[async_trait]
impl Jobs for RedisStore {
    async fn submit(&self, jobs: Vec<Job>, max: usize) -> Result<Vec<Submitted>> {
        let submit = async {
            let mut outcomes = vec![Submitted::Full; jobs.len()];
            for (rules_version, part) in parts_of(&jobs) {
                let queued = self.submit_part(rules_version, &jobs, &part, max).await?;
                for (place, queued) in part.into_iter().zip(queued) {
                    outcomes[place] = if queued { Submitted::Queued } else { Submitted::Full };
                }
            }
            Ok(outcomes)
        };
        self.call("jobs_submit", submit).await
    }

    async fn take(
        &self,
        rules_version: u32,
        consumer: NodeId,
        credits: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>> {
        if credits == 0 {
            return Ok(Vec::new());
        }
        let deadline = Instant::now() + wait.min(Duration::from_secs(3600));
        let taken = self.take_waiting(rules_version, consumer, credits).await?;
        if !taken.is_empty() || wait.is_zero() {
            return Ok(taken);
        }
        tokio::select! {
            taken = self.take_next(rules_version, consumer, credits, deadline) => taken,
            lost = self.commands.down() => Err(lost),
        }
    }

    async fn claim(
        &self,
        rules_version: u32,
        consumer: NodeId,
        credits: usize,
        min_idle: Duration,
    ) -> Result<Vec<Delivery>> {
        if credits == 0 {
            return Ok(Vec::new());
        }
        let claim = async {
            let keys = vec![self.keys.stream(rules_version)];
            let min_idle = if min_idle.is_zero() { 0 } else { life_ms(min_idle) };
            let arguments = vec![
                GROUP.into(),
                consumer.to_string().into(),
                count(credits.min(CREDITS_MAX)).into(),
                min_idle.into(),
                life_ms(CONSUMER_SILENCE).into(),
            ];
            let answer = self.run(&scripts::JOBS_CLAIM, keys, arguments).await?;
            let read = entry::claimed(answer).ok_or_else(|| corrupt("jobs_claim answered no entries"))?;
            self.deliver(rules_version, read).await
        };
        self.call("jobs_claim", claim).await
    }

    async fn acknowledge(&self, rules_version: u32, receipts: Vec<Receipt>) -> Result<()> {
        let known = receipts
            .iter()
            .filter_map(|receipt| Entry::of_receipt(receipt, rules_version));
        let entries: Vec<Entry> = known.collect();
        if entries.is_empty() {
            return Ok(());
        }
        let acknowledge = self.remove(rules_version, &entries);
        self.call("jobs_acknowledge", acknowledge).await
    }

    async fn attend(&self, program: &Program, ttl: Duration) -> Result<()> {
        let attend = async {
            let arguments = vec![entry::program_text(program).into(), life_ms(ttl).into()];
            self.run(&scripts::JOBS_ATTEND, vec![self.keys.programs()], arguments)
                .await?;
            Ok(())
        };
        self.call("jobs_attend", attend).await
    }

    async fn attended(&self) -> Result<Vec<Program>> {
        let attended = async {
            let keys = vec![self.keys.programs()];
            let answer = self.run(&scripts::JOBS_ATTENDED, keys, Vec::new()).await?;
            entry::programs(answer).ok_or_else(|| corrupt("jobs_attended answered no programs"))
        };
        self.call("jobs_attended", attended).await
    }

    async fn depth(&self, rules_version: u32) -> Result<JobDepth> {
        let depth = async {
            let keys = vec![self.keys.stream(rules_version)];
            let answer = self.run(&scripts::JOBS_DEPTH, keys, vec![GROUP.into()]).await?;
            entry::depth(answer).ok_or_else(|| corrupt("jobs_depth answered no numbers"))
        };
        self.call("jobs_depth", depth).await
    }
}

impl RedisStore {
    async fn submit_part(&self, rules_version: u32, jobs: &[Job], part: &[usize], max: usize) -> Result<Vec<bool>> {
        let keys = vec![self.keys.stream(rules_version), self.keys.matches(rules_version)];
        let mut arguments: Vec<Value> = vec![GROUP.into(), count(max).into(), life_ms(STREAM_LIFE).into()];
        for job in part.iter().map(|place| &jobs[*place]) {
            arguments.push(job.match_id.as_bytes().as_slice().into());
            arguments.push(Value::Bytes(job.request.clone()));
        }
        let answer = self.run(&scripts::JOBS_SUBMIT, keys, arguments).await?;
        let queued = answer
            .into_array()
            .iter()
            .map(|queued| Some(queued.as_i64()? == 1))
            .collect::<Option<Vec<_>>>();
        let complete = queued.filter(|queued| queued.len() == part.len());
        complete.ok_or_else(|| corrupt("jobs_submit answered not every job"))
    }

    /// Delivers what waits, and sees to it that there is something to wait for.
    async fn take_waiting(&self, rules_version: u32, consumer: NodeId, credits: usize) -> Result<Vec<Delivery>> {
        let take = async {
            let keys = vec![self.keys.stream(rules_version)];
            let arguments = vec![
                GROUP.into(),
                consumer.to_string().into(),
                count(credits.min(CREDITS_MAX)).into(),
                life_ms(STREAM_LIFE).into(),
            ];
            let answer = self.run(&scripts::JOBS_TAKE, keys, arguments).await?;
            let read = entry::taken(answer).ok_or_else(|| corrupt("jobs_take answered no stream"))?;
            self.deliver(rules_version, read).await
        };
        self.call("jobs_take", take).await
    }

    /// Waits for the next jobs, in steps, on a connection of its own.
    async fn take_next(
        &self,
        rules_version: u32,
        consumer: NodeId,
        credits: usize,
        deadline: Instant,
    ) -> Result<Vec<Delivery>> {
        let waiter = self.waiters.waiter().await?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                waiter.keep();
                return Ok(Vec::new());
            }
            // A wait of no milliseconds would be one without end.
            let block = left.min(BLOCK) + Duration::from_micros(999);
            let client = once(waiter.client(), block);
            let read = client.xreadgroup::<Value, _, _, _, _>(
                GROUP,
                consumer.to_string(),
                Some(credits.min(CREDITS_MAX) as u64),
                Some(u64::try_from(block.as_millis()).unwrap_or(u64::MAX)),
                false,
                self.keys.stream(rules_version),
                ">",
            );
            let taken = match read.await {
                Ok(answer) => {
                    let read = entry::taken(answer).ok_or_else(|| corrupt("XREADGROUP answered no stream"))?;
                    self.deliver(rules_version, read).await?
                }
                // The server lost the stream, or all it had, and may have new jobs already; or it takes no writes, and says so.
                Err(error) if is_to_look_again(&error) => self.take_waiting(rules_version, consumer, credits).await?,
                Err(error) => return Err(self.failed(&error)),
            };
            if !taken.is_empty() {
                waiter.keep();
                return Ok(taken);
            }
        }
    }

    /// Turns entries into deliveries. One that cannot be read would come again for ever, so it is removed.
    async fn deliver(&self, rules_version: u32, read: Vec<Read>) -> Result<Vec<Delivery>> {
        let (mut deliveries, mut unreadable) = (Vec::with_capacity(read.len()), Vec::new());
        for read in read {
            match read.delivery(rules_version) {
                Ok(delivery) => deliveries.push(delivery),
                Err(entry) => unreadable.push(entry),
            }
        }
        if !unreadable.is_empty() {
            tracing::error!(rules_version, entries = ?unreadable, "removing jobs that cannot be read");
            metrics::unreadable(unreadable.len());
            self.remove(rules_version, &unreadable).await?;
        }
        Ok(deliveries)
    }

    async fn remove(&self, rules_version: u32, entries: &[Entry]) -> Result<()> {
        for part in entries.chunks(RECEIPTS_MAX) {
            let keys = vec![self.keys.stream(rules_version), self.keys.matches(rules_version)];
            let mut arguments: Vec<Value> = vec![GROUP.into()];
            for entry in part {
                arguments.push(entry.id.clone().into());
                arguments.push(entry.match_id.as_bytes().as_slice().into());
            }
            self.run(&scripts::JOBS_ACKNOWLEDGE, keys, arguments).await?;
        }
        Ok(())
    }
}

/// Splits jobs into parts of one rules version, bounded in number and bytes, each in the order of the jobs.
fn parts_of(jobs: &[Job]) -> Vec<(u32, Vec<usize>)> {
    let mut parts: Vec<(u32, Vec<usize>)> = Vec::new();
    let mut open: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for (place, job) in jobs.iter().enumerate() {
        let bytes = job.request.len();
        match open.get_mut(&job.rules_version) {
            Some((part, sum))
                if parts[*part].1.len() < SUBMIT_JOBS_MAX && sum.saturating_add(bytes) <= SUBMIT_BYTES_MAX =>
            {
                parts[*part].1.push(place);
                *sum += bytes;
            }
            _ => {
                open.insert(job.rules_version, (parts.len(), bytes));
                parts.push((job.rules_version, vec![place]));
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tiltyard_protocol::MatchId;

    use super::*;

    #[test]
    fn submissions_are_split_by_version_number_and_bytes() {
        let job = |rules_version, bytes| Job {
            match_id: MatchId::from_bytes([1; 16]),
            rules_version,
            request: Bytes::from(vec![0; bytes]),
        };
        let mixed = [job(1, 1), job(2, 1), job(1, 1)];
        assert_eq!(parts_of(&mixed), [(1, vec![0, 2]), (2, vec![1])]);
        let many = vec![job(1, 1); SUBMIT_JOBS_MAX + 1];
        let lengths: Vec<usize> = parts_of(&many).iter().map(|(_, part)| part.len()).collect();
        assert_eq!(lengths, [SUBMIT_JOBS_MAX, 1]);
        let large = vec![job(1, SUBMIT_BYTES_MAX / 2 + 1); 3];
        assert_eq!(parts_of(&large).len(), 3);
    }
}
