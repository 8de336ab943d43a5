//! Tickets: a team that waits for, or is in, one match.

use serde::{Deserialize, Serialize};

use crate::{MatchId, QueueName, TeamId, TicketId, Timestamp};

/// Body of `POST /v1/tickets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewTicket {
    /// Waits for a player of near rating; changes both ratings.
    Ranked {
        /// A UUIDv7 made by the client: sending the same request again is safe.
        id: TicketId,
        /// The team, taken as it is at this moment.
        team: TeamId,
        /// The queue; the deployment's first if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<QueueName>,
        /// Largest difference in rating; the queue's default if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spread: Option<u16>,
        /// Permission to widen the spread up to this difference while nobody is found; never wider if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        widen_to: Option<u16>,
    },
    /// Fights a bot team of the content at once; unrated.
    Practice {
        /// A UUIDv7 made by the client: sending the same request again is safe.
        id: TicketId,
        /// The team, taken as it is at this moment.
        team: TeamId,
        /// Key of the bot team.
        bot: String,
    },
}

impl NewTicket {
    /// Returns the ticket's id.
    #[must_use]
    pub const fn id(&self) -> TicketId {
        match self {
            Self::Ranked { id, .. } | Self::Practice { id, .. } => *id,
        }
    }

    /// Returns the team's id.
    #[must_use]
    pub const fn team(&self) -> TeamId {
        match self {
            Self::Ranked { team, .. } | Self::Practice { team, .. } => *team,
        }
    }
}

/// Kind of match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Against a player, rated.
    Ranked,
    /// Against a bot, unrated.
    Practice,
}

/// Where a ticket is in its life. Each ticket ends in exactly one of the last four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Waits for an opponent.
    Queued,
    /// In a match that is not finished.
    Matched,
    /// Its match has a result.
    Finished,
    /// Cancelled by the player.
    Cancelled,
    /// Found no opponent in its life.
    Expired,
    /// Given back by the server, with an event that says why.
    Returned,
}

/// A ticket as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketView {
    /// The ticket.
    pub id: TicketId,
    /// Kind of match.
    pub mode: Mode,
    /// Where it is in its life.
    pub state: TicketState,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
    /// Its match, once there is one.
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    pub match_id: Option<MatchId>,
}

/// Answer of `GET /v1/tickets`: the live tickets, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketList {
    /// The tickets.
    pub tickets: Vec<TicketView>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_decides_which_fields_are_known() {
        let id = "0193588a-5a00-7000-8000-000000000000";
        let ranked = format!(r#"{{"mode":"ranked","id":"{id}","team":"{id}"}}"#);
        assert!(matches!(
            serde_json::from_str(&ranked),
            Ok(NewTicket::Ranked { spread: None, .. })
        ));
        let mixed = format!(r#"{{"mode":"ranked","id":"{id}","team":"{id}","bot":"x"}}"#);
        let error = serde_json::from_str::<NewTicket>(&mixed).unwrap_err().to_string();
        assert!(error.contains("unknown field `bot`"), "{error}");
    }
}
