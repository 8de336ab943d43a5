//! Jobs: matches on their way to a worker, at least once. One stream per rules version.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_protocol::{MatchId, NodeId};

use crate::Result;

/// A match to be simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The match.
    pub match_id: MatchId,
    /// The rules that a worker must have.
    pub rules_version: u32,
    /// The encoded `MatchRequest`.
    pub request: Bytes,
}

/// A program that takes jobs: what a match must be stamped with to be fought by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// Version of the rules.
    pub rules_version: u32,
    /// Version of the engine; no control characters.
    pub engine: String,
    /// Name of the random number generator; no control characters.
    pub rng: String,
}

/// A job given to a consumer, to be acknowledged once its result is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The job.
    pub job: Job,
    /// How often it has been delivered, this time included.
    pub deliveries: u32,
    /// What to acknowledge.
    pub receipt: Receipt,
}

/// Names one delivery's job in its stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub String);

/// Outcome of submitting one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It waits for a worker.
    Queued,
    /// The stream is full; the sweeper will submit it again.
    Full,
}

/// How much is in a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobDepth {
    /// Waiting for a worker.
    pub waiting: usize,
    /// Delivered and not acknowledged.
    pub delivered: usize,
}

/// The jobs. A job may be submitted and delivered more than once; what it causes is idempotent by match.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Appends jobs to the streams of their rules versions, each stream up to `max` waiting ones. A job whose match is in
    /// the stream and not acknowledged may be dropped as `Queued`: the one that is there will be delivered.
    async fn submit(&self, jobs: Vec<Job>, max: usize) -> Result<Vec<Submitted>>;

    /// Delivers up to `credits` waiting jobs to `consumer`, waiting up to `wait` for the first.
    async fn take(&self, rules_version: u32, consumer: NodeId, credits: usize, wait: Duration)
    -> Result<Vec<Delivery>>;

    /// Delivers up to `credits` jobs again that were delivered at least `min_idle` ago and not acknowledged.
    async fn claim(
        &self,
        rules_version: u32,
        consumer: NodeId,
        credits: usize,
        min_idle: Duration,
    ) -> Result<Vec<Delivery>>;

    /// Removes delivered jobs; unknown receipts are ignored.
    async fn acknowledge(&self, rules_version: u32, receipts: Vec<Receipt>) -> Result<()>;

    /// Says that a node runs `program` and takes its jobs, for `ttl` unless said again.
    async fn attend(&self, program: &Program, ttl: Duration) -> Result<()>;

    /// Returns the programs that were said to take jobs, in order, each once.
    async fn attended(&self) -> Result<Vec<Program>>;

    /// Says how much is in a stream.
    async fn depth(&self, rules_version: u32) -> Result<JobDepth>;
}
