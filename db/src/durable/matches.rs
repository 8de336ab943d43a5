//! Matches: made by a fenced commit, read by their players.

use async_trait::async_trait;
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{BuildHash, ContentHash, EndReason, MatchId, PlayerId, Side, StateHash, TicketId, Timestamp};

use super::leader::Leadership;
use super::ratings::RatingChange;
use super::results::ReplayRecord;
use crate::Result;

/// What a match is fought with. With both builds it is enough to fight it again, bit for bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// Version of the engine.
    pub engine: String,
    /// Version of the rules.
    pub rules_version: u32,
    /// Hash of the content.
    pub content: ContentHash,
    /// Name of the random number generator.
    pub rng: String,
    /// The seed.
    pub seed: [u8; 16],
}

impl Stamps {
    /// Returns what an attempt at the match is held to.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms {
            rules_version: self.rules_version,
            content: self.content,
        }
    }
}

/// What an attempt was fought under. A match that was stamped anew meanwhile takes nothing from an attempt under other terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Version of the rules.
    pub rules_version: u32,
    /// Hash of the content.
    pub content: ContentHash,
}

/// What matches are stamped with whose rules nobody runs; they keep their seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restamp {
    /// Rules versions whose matches stay as they are; the new one is among them.
    pub kept: Vec<u32>,
    /// Version of the engine.
    pub engine: String,
    /// Rules and content.
    pub terms: Terms,
    /// Name of the random number generator.
    pub rng: String,
}

/// Outcome of stamping anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restamped {
    /// The caller is not the leader of this epoch; nothing changed.
    Fenced,
    /// The matches that have the new stamps.
    Done(Vec<MatchId>),
}

/// Two queued tickets that a leader wants to meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairing {
    /// The match to make.
    pub match_id: MatchId,
    /// Left and right.
    pub seats: [(PlayerId, TicketId); 2],
    /// What it is fought with.
    pub stamps: Stamps,
}

/// Outcome of committing one pairing.
#[derive(Clone, Debug, PartialEq)]
pub enum Paired {
    /// The match was made.
    Done(Box<PendingMatch>),
    /// This match was made before.
    Already,
    /// These sides' tickets are not queued in the leader's queue (any more), or, if neither is gone, are the same player's;
    /// nothing changed.
    Gone {
        /// For the left and the right ticket, whether it is gone.
        gone: [bool; 2],
    },
    /// The current ratings are farther apart than one of the tickets ever allows; nothing changed.
    OutOfSpread {
        /// The current ratings, left and right.
        ratings: [f64; 2],
    },
}

/// Outcome of a commit.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// The caller is not the leader of this epoch; nothing changed.
    Fenced,
    /// An outcome per pairing.
    Outcomes(Vec<Paired>),
}

/// A match without a result.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingMatch {
    /// The match.
    pub id: MatchId,
    /// Kind of match.
    pub mode: Mode,
    /// What it is fought with.
    pub stamps: Stamps,
    /// Left and right.
    pub seats: [Seat; 2],
    /// When it was made.
    pub created_at: Timestamp,
}

/// One side of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who fights.
    pub entrant: Entrant,
    /// The build, as it was when it was queued.
    pub build: BuildHash,
}

/// Who fights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entrant {
    /// A player with a ticket.
    Player {
        /// The player.
        player: PlayerId,
        /// The ticket.
        ticket: TicketId,
    },
    /// A bot team of the content.
    Bot {
        /// Its key.
        bot: String,
    },
}

impl Entrant {
    /// Returns the player and the ticket; `None` for a bot.
    #[must_use]
    pub const fn player(&self) -> Option<(PlayerId, TicketId)> {
        match self {
            Self::Player { player, ticket } => Some((*player, *ticket)),
            Self::Bot { .. } => None,
        }
    }
}

/// A match with all that is stored of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchRecord {
    /// What was committed.
    pub pending: PendingMatch,
    /// Where it is in its life.
    pub state: MatchState,
}

/// Where a match is in its life.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchState {
    /// No result.
    Pending,
    /// Fought.
    Done(Box<DoneMatch>),
    /// Given up; its tickets were returned.
    DeadLettered {
        /// Why.
        why: String,
    },
}

/// The stored end of a match.
#[derive(Clone, Debug, PartialEq)]
pub struct DoneMatch {
    /// How it ended.
    pub outcome: Outcome,
    /// The encoded `MatchResult`.
    pub result: bytes::Bytes,
    /// Where the replay is.
    pub replay: ReplayRecord,
    /// Changes of rating, left and right; empty if unrated.
    pub ratings: Vec<RatingChange>,
    /// When the result was stored.
    pub finished_at: Timestamp,
}

/// How a fight ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The winner; `None` for a draw.
    pub winner: Option<Side>,
    /// Why it ended.
    pub reason: EndReason,
    /// Its length in ticks.
    pub ticks: u32,
    /// Hash of the final state.
    pub state_hash: StateHash,
}

/// The place of a match in time: in a player's history, newest first, and among the pending, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryCursor {
    /// When the match was made.
    pub created_at: Timestamp,
    /// The match.
    pub id: MatchId,
}

/// The matches.
#[async_trait]
pub trait Matches: Send + Sync {
    /// Makes matches of queued tickets: one transaction, fenced by the leader's epoch, spreads held against current ratings.
    async fn commit(&self, leadership: &Leadership, pairings: Vec<Pairing>, at: Timestamp) -> Result<Commit>;

    /// Stamps up to `limit` pending matches anew whose rules version is not kept, the oldest first: one transaction, fenced by
    /// the leader's epoch, which may be any queue's, since practice has no leader. A match that is being finished is left out.
    async fn restamp(&self, leadership: &Leadership, restamp: Restamp, limit: usize) -> Result<Restamped>;

    /// Returns up to `limit` pending matches behind `after` that were made at or before `created_by`, oldest first: what a
    /// dispatcher may have missed.
    async fn pending(
        &self,
        after: Option<HistoryCursor>,
        created_by: Timestamp,
        limit: usize,
    ) -> Result<Vec<PendingMatch>>;

    /// Returns a match if it is pending; `None` if it is unknown or has ended.
    async fn pending_match(&self, id: MatchId) -> Result<Option<PendingMatch>>;

    /// Returns a match to one of its players; `None` for everybody else.
    async fn match_of(&self, player: PlayerId, id: MatchId) -> Result<Option<MatchRecord>>;

    /// Returns up to `limit` of the player's matches before `before`, newest first.
    async fn history(&self, player: PlayerId, before: Option<HistoryCursor>, limit: usize) -> Result<Vec<MatchRecord>>;
}
