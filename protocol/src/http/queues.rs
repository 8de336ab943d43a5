//! Queues: what there is to wait in, how long, and why somebody still waits.

use serde::{Deserialize, Serialize};

use super::tickets::{Mode, TicketState};
use crate::{QueueName, TicketId, Timestamp};

/// A queue as players and operators see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueView {
    /// The queue.
    pub name: QueueName,
    /// Kind of its matches.
    pub mode: Mode,
    /// Where its players are at home.
    pub region: String,
    /// Spread of a ticket that names none.
    pub spread: u16,
    /// Widest spread that a ticket may allow.
    pub widen_to_max: u16,
    /// Why and since when it is paused, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<PauseView>,
    /// What its leader said last; absent if nobody leads it at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<TrafficView>,
}

/// An operator's change of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// Why, in the operator's words.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// What goes on in a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrafficView {
    /// When that was.
    pub at: Timestamp,
    /// Tickets that wait.
    pub waiting: usize,
    /// Tickets that arrive a minute.
    pub arriving_per_minute: f64,
    /// Time between two pairings, in ms.
    pub tick_ms: u64,
}

/// Answer of `GET /v1/queues`: the queues in the order of the configuration; the first is the one of a ticket that names none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueList {
    /// The queues.
    pub queues: Vec<QueueView>,
}

/// Answer of `GET /v1/queues/{queue}/estimate`: what a spread would mean, for a ticket queued at this moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EstimateView {
    /// The queue.
    pub queue: QueueName,
    /// The spread that was asked about, or the queue's own.
    pub spread: u16,
    /// The player's rating.
    pub rating: f64,
    /// Expected wait in ms; absent if nobody who fits came lately, or nobody leads the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_wait_ms: Option<u64>,
    /// Tickets that arrive a minute and would fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitting_per_minute: Option<f64>,
    /// What to know about these figures.
    pub note: String,
}

/// Answer of `GET /v1/tickets/{ticket}/waiting`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WaitingView {
    /// The ticket.
    pub ticket: TicketId,
    /// Where it is in its life.
    pub state: TicketState,
    /// Its queue; absent for practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueName>,
    /// Time since it was accepted, in ms.
    pub age_ms: u64,
    /// Why and since when its queue is paused, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<PauseView>,
    /// Whom the leader could pair it with, and what keeps each of the others away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<OthersView>,
    /// Expected wait from here on in ms, if arrivals go on as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_wait_ms: Option<u64>,
    /// The reason in a sentence.
    pub why: String,
}

/// Other tickets in the queue; each is counted once, under the first of the reasons that applies, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OthersView {
    /// All that wait.
    pub waiting: usize,
    /// Of the same player or family.
    pub same_family: usize,
    /// Too far away for this ticket's spread.
    pub outside_own_spread: usize,
    /// Near enough, but this one is too far away for their spread.
    pub outside_their_spread: usize,
    /// One of the two players blocks the other.
    pub blocked: usize,
    /// The two met a short time ago.
    pub recent: usize,
    /// They fit: the next pairing looks at them.
    pub fitting: usize,
    /// The spread that counts at present, widened if the ticket allows it.
    pub spread: u16,
    /// Difference in rating to the nearest, in points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest_gap: Option<f64>,
    /// Whether another ticket of the same player stands in its place and goes first.
    pub behind_own_ticket: bool,
}

/// Body of an operator's change of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueChange {
    /// Why; shown to players. At most 200 characters.
    pub reason: String,
}
