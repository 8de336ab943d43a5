//! Results: the one statement that finishes a match, and what happens when none can be had.

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_protocol::{MatchId, NodeId, PlayerEvent, PlayerId, StateHash, Timestamp};

use super::events::Appended;
use super::matches::{Outcome, Terms};
use super::ratings::RatingChange;
use crate::Result;

/// Where a match's replay is, and how to check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRecord {
    /// Key in the object store.
    pub key: String,
    /// Size in bytes, compressed.
    pub size: u32,
    /// BLAKE3 of the compressed bytes.
    pub checksum: [u8; 32],
}

/// A fought match, ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Finish {
    /// The match.
    pub match_id: MatchId,
    /// What it was fought under.
    pub terms: Terms,
    /// How it ended.
    pub outcome: Outcome,
    /// The encoded `MatchResult`.
    pub result: Bytes,
    /// Where the replay is.
    pub replay: ReplayRecord,
    /// The replay's bytes, if the object store did not take them in time: they are spooled in the same statement.
    pub spool: Option<Bytes>,
    /// Changes of rating, one per player; empty if unrated.
    pub ratings: Vec<RatingChange>,
    /// What the players are told.
    pub events: Vec<(PlayerId, PlayerEvent)>,
    /// When.
    pub finished_at: Timestamp,
}

impl Finish {
    /// Says whether every rating in it is one.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut ratings = self
            .ratings
            .iter()
            .flat_map(|change| [change.before, change.after, change.opponent]);
        ratings.all(|rating| rating.is_sound())
    }
}

/// Outcome of finishing one match.
#[derive(Clone, Debug, PartialEq)]
pub enum Finished {
    /// Result, ratings, tickets and events are stored, the events in the order given.
    Done(Vec<Appended>),
    /// A result was stored before; equal hashes mean that this attempt was superseded, others that determinism is broken.
    Already(StateHash),
    /// The match was stamped anew since this attempt began; nothing changed.
    Superseded,
    /// A rating is not at the version the change was computed from; nothing changed.
    Conflict,
    /// A change of rating holds what is no rating; nothing changed, whatever else is in the batch.
    Refused,
    /// The match was given up; nothing changed.
    DeadLettered,
    /// There is no such match.
    NotFound,
}

/// A match that cannot be fought.
#[derive(Clone, Debug, PartialEq)]
pub struct GiveUp {
    /// The match.
    pub match_id: MatchId,
    /// What was to be fought under.
    pub terms: Terms,
    /// Why, for operators.
    pub why: String,
    /// What the players are told.
    pub events: Vec<(PlayerId, PlayerEvent)>,
    /// When.
    pub at: Timestamp,
}

/// Outcome of giving up one match.
#[derive(Clone, Debug, PartialEq)]
pub enum GivenUp {
    /// The match is dead-lettered, its tickets are returned, the events stored in the order given.
    Done(Vec<Appended>),
    /// It is not pending under these terms (any more).
    NotPending,
}

/// The results.
#[async_trait]
pub trait Results: Send + Sync {
    /// Finishes matches in one transaction: match, tickets, ratings, history and events of each appear together or not at all.
    /// A player occurs at most once in a batch.
    async fn finish(&self, matches: Vec<Finish>) -> Result<Vec<Finished>>;

    /// Records a failed attempt reported by a live worker; returns how many there are under these rules, this one included.
    /// The same node and time again is the same failure; a match that does not exist, or has other terms, has none.
    async fn record_failure(&self, id: MatchId, terms: Terms, node: NodeId, why: &str, at: Timestamp) -> Result<u32>;

    /// Gives up one match.
    async fn give_up(&self, give_up: GiveUp) -> Result<GivenUp>;

    /// Returns up to `limit` spooled replays, oldest first.
    async fn spooled(&self, limit: usize) -> Result<Vec<(ReplayRecord, Bytes)>>;

    /// Returns the bytes of one replay if they are still spooled.
    async fn spooled_replay(&self, key: &str) -> Result<Option<Bytes>>;

    /// Forgets spooled replays that the object store has.
    async fn unspool(&self, keys: &[String]) -> Result<()>;
}
