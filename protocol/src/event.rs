//! What a player is told: durable events, their numbering, and the control frames of a stream.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{MatchId, TicketId};

/// A player's event number: 1, 2, 3, ... in commit order without a gap; 0 is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventSeq(pub i64);

/// The life of the event log, raised when a restore or failover may have lost its tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub i64);

/// The SSE `id:` of a durable event, `<generation>.<seq>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The log's generation.
    pub generation: Generation,
    /// The event's number.
    pub seq: EventSeq,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation.0, self.seq.0)
    }
}

/// The text is not `<generation>.<seq>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event id must be <generation>.<seq>, two whole numbers")]
pub struct InvalidEventId;

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let (generation, seq) = text.split_once('.').ok_or(InvalidEventId)?;
        Ok(Self {
            generation: Generation(whole(generation)?),
            seq: EventSeq(whole(seq)?),
        })
    }
}

fn whole(text: &str) -> Result<i64, InvalidEventId> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        text.parse().map_err(|_error| InvalidEventId)
    } else {
        Err(InvalidEventId)
    }
}

/// A durable event, as the log stores it and as `data:` of its SSE frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PlayerEvent {
    /// A ticket's match was fought.
    Result(ResultEvent),
    /// A ticket ended without a match through no act of the player.
    TicketReturned {
        /// The ticket.
        ticket: TicketId,
        /// Why, for programs.
        reason: ReturnReason,
        /// Why, for people.
        message: String,
    },
    /// A ticket found no opponent in its life.
    TicketExpired {
        /// The ticket.
        ticket: TicketId,
    },
}

impl PlayerEvent {
    /// Returns the name in the frame's `event:` field.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Result(_) => "result",
            Self::TicketReturned { .. } => "ticket_returned",
            Self::TicketExpired { .. } => "ticket_expired",
        }
    }

    /// Returns the ticket that the event ends.
    #[must_use]
    pub const fn ticket(&self) -> TicketId {
        match self {
            Self::Result(result) => result.ticket,
            Self::TicketReturned { ticket, .. } | Self::TicketExpired { ticket } => *ticket,
        }
    }
}

/// The end of a match as one player sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultEvent {
    /// The player's ticket.
    pub ticket: TicketId,
    /// The match.
    pub match_id: MatchId,
    /// How it ended for this player.
    pub outcome: PlayerOutcome,
    /// Who stood on the other side.
    pub opponent: Opponent,
    /// Length of the fight in ticks of 50 ms.
    pub ticks: u32,
    /// The change of rating; absent for unrated matches.
    pub rating: Option<RatingDelta>,
}

/// A rating before and after one match.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatingDelta {
    /// Before the match.
    pub before: f64,
    /// After the match.
    pub after: f64,
    /// How many rated matches the player has behind him with this one.
    pub number: i64,
}

/// The other side of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opponent {
    /// A player, by id; names come with the match record.
    Player(crate::PlayerId),
    /// A bot team of the content, by key.
    Bot(String),
}

/// How a match ended for one player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayerOutcome {
    /// The other side was wiped out.
    Win,
    /// This side was wiped out.
    Loss,
    /// Neither.
    Draw,
}

/// Why a ticket was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// The build no longer fits the content.
    BuildInvalid,
    /// The match could not be simulated.
    MatchFailed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_round_trip_and_refuse_tricks() {
        let id = EventId {
            generation: Generation(3),
            seq: EventSeq(41),
        };
        assert_eq!(id.to_string(), "3.41");
        assert_eq!("3.41".parse(), Ok(id));
        for text in ["", "3", "3.", ".1", "3.-1", "+3.1", "3.1.1", "3.9999999999999999999"] {
            assert_eq!(text.parse::<EventId>(), Err(InvalidEventId), "{text}");
        }
    }

    #[test]
    fn the_type_tag_is_the_frame_name() {
        let event = PlayerEvent::TicketExpired {
            ticket: TicketId::from_bytes([1; 16]),
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], event.name());
    }
}
