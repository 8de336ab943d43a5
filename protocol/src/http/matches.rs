//! Matches and a player's history.

use serde::{Deserialize, Serialize};

use crate::http::tickets::Mode;
use crate::{ContentHash, EndReason, MatchId, PlayerId, Side, StateHash, TicketId, Timestamp, event::RatingDelta};

/// A match as one of its players sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchView {
    /// The match.
    pub id: MatchId,
    /// Kind of match.
    pub mode: Mode,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whose seat is the asking player's.
    pub side: Side,
    /// The asking player's ticket.
    pub ticket: TicketId,
    /// Left and right.
    pub seats: [SeatView; 2],
    /// The rules it is fought under.
    pub stamps: StampsView,
    /// The end; absent while it is being fought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeView>,
    /// Path of the replay; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
}

/// One side of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatView {
    /// The player; absent for a bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player: Option<PlayerId>,
    /// The player's or the bot team's name.
    pub name: String,
    /// The change of rating; absent if unrated or unfinished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingDelta>,
}

/// What a match was fought with; enough, with both builds, to fight it again bit for bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampsView {
    /// Version of the engine.
    pub engine: String,
    /// Version of the rules.
    pub rules_version: u32,
    /// Hash of the content.
    pub content: ContentHash,
}

/// How a match ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeView {
    /// The winner; absent for a draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<Side>,
    /// Why the fight ended.
    pub reason: EndReason,
    /// Length in ticks of 50 ms.
    pub ticks: u32,
    /// Hash of the final state.
    pub state_hash: StateHash,
    /// When the result was stored.
    pub finished_at: Timestamp,
}

/// Answer of `GET /v1/matches`: newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchList {
    /// One page.
    pub matches: Vec<MatchView>,
    /// What to pass as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
