//! Tickets: accepted once, ended once, outliving every process.

use async_trait::async_trait;
use tiltyard_protocol::http::tickets::{Mode, TicketState};
use tiltyard_protocol::{BuildHash, MatchId, PlayerEvent, PlayerId, QueueName, TicketId, Timestamp};
use tokio::sync::mpsc;

use super::events::Appended;
use super::matches::{Entrant, PendingMatch, Seat, Stamps};
use crate::Result;

/// A ticket to be accepted. Its key is (player, id).
#[derive(Clone, Debug, PartialEq)]
pub struct NewTicket {
    /// The owner.
    pub player: PlayerId,
    /// The id, made by the client.
    pub id: TicketId,
    /// Hash of the request, so that the same id with another request is told apart from a repetition.
    pub request: [u8; 32],
    /// The build as it is now.
    pub build: BuildHash,
    /// What the ticket is for.
    pub purpose: Purpose,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
    /// When it expires if still queued.
    pub expires_at: Timestamp,
}

impl NewTicket {
    /// Returns the match that a ticket for practice makes as it is accepted; nothing for one that is to be paired.
    pub fn practice_match(&self) -> Option<PendingMatch> {
        let Purpose::Practice {
            bot,
            bot_build,
            match_id,
            stamps,
        } = &self.purpose
        else {
            return None;
        };
        let player = Entrant::Player {
            player: self.player,
            ticket: self.id,
        };
        let seats = [(player, self.build), (Entrant::Bot { bot: bot.clone() }, *bot_build)];
        Some(PendingMatch {
            id: *match_id,
            mode: Mode::Practice,
            stamps: stamps.clone(),
            seats: seats.map(|(entrant, build)| Seat { entrant, build }),
            created_at: self.enqueued_at,
        })
    }
}

/// What a ticket is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    /// To be paired by the queue's leader within `spread` rating points, or within `widen_to` where that is given.
    Ranked {
        /// The queue.
        queue: QueueName,
        /// Largest difference in rating.
        spread: u16,
        /// Permission to widen the spread up to this difference; at least the spread.
        widen_to: Option<u16>,
    },
    /// To fight a bot. The match is made in the statement that accepts the ticket, so there is nothing to wait for.
    Practice {
        /// Key of the bot team.
        bot: String,
        /// The bot's build, already stored.
        bot_build: BuildHash,
        /// The match to make.
        match_id: MatchId,
        /// What it is fought with.
        stamps: Stamps,
    },
}

/// Outcome of enqueueing one ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum Enqueued {
    /// It was accepted.
    Accepted(TicketRecord),
    /// The same request was accepted before.
    Already(TicketRecord),
    /// Its id was accepted before for another request.
    Conflict,
    /// It was cancelled before it arrived.
    Cancelled,
    /// The player has `slots` live tickets.
    SlotsFull,
}

/// A stored ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketRecord {
    /// The owner.
    pub player: PlayerId,
    /// The id.
    pub id: TicketId,
    /// The build.
    pub build: BuildHash,
    /// The queue and spread; `None` for practice.
    pub ranked: Option<(QueueName, u16)>,
    /// Where it is in its life.
    pub state: TicketState,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
    /// Its match, once there is one.
    pub match_id: Option<MatchId>,
}

/// A queued ticket as a leader holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedTicket {
    /// The owner.
    pub player: PlayerId,
    /// The id.
    pub id: TicketId,
    /// The build.
    pub build: BuildHash,
    /// Largest difference in rating.
    pub spread: u16,
    /// Permission to widen the spread up to this difference.
    pub widen_to: Option<u16>,
    /// The owner's rating at the time of reading; the commit holds the spread against the rating of its own moment.
    pub rating: f64,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
}

/// Outcome of cancelling one ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum Cancelled {
    /// It was queued and is cancelled.
    Done,
    /// It was cancelled before.
    Already,
    /// No such ticket was accepted; from here on none of this id will be.
    Recorded,
    /// It was matched, or has ended otherwise; its state stays.
    TooLate(TicketState),
}

/// The end of a ticket that had no match.
#[derive(Clone, Debug, PartialEq)]
pub struct EndTicket {
    /// The owner.
    pub player: PlayerId,
    /// The ticket.
    pub id: TicketId,
    /// What its owner is told; decides between expired and returned.
    pub event: PlayerEvent,
}

/// Outcome of ending one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was queued and has ended; the event is in the log.
    Done(Appended),
    /// It is not queued (any more).
    NotQueued,
}

/// The tickets.
#[async_trait]
pub trait Tickets: Send + Sync {
    /// Accepts tickets, each only while its owner has fewer than `slots` live (queued or matched) ones.
    async fn enqueue(&self, tickets: Vec<NewTicket>, slots: usize) -> Result<Vec<Enqueued>>;

    /// Cancels queued tickets. An unknown id is recorded as cancelled, so that a late insert cannot revive it.
    async fn cancel(&self, tickets: Vec<(PlayerId, TicketId)>, at: Timestamp) -> Result<Vec<Cancelled>>;

    /// Returns the player's ticket; `None` if none of this id was accepted, also if it was cancelled before it arrived.
    async fn ticket(&self, player: PlayerId, id: TicketId) -> Result<Option<TicketRecord>>;

    /// Returns the player's live tickets, oldest first.
    async fn live_tickets(&self, player: PlayerId) -> Result<Vec<TicketRecord>>;

    /// Sends a queue's tickets, in any order, in pages of `page` and a last one that is shorter: how a leader loads and compares
    /// its queue. Whoever is queued from the call to its end is among them. It goes on as pages are taken, and ends if the
    /// receiver is dropped.
    async fn queued_all(&self, queue: &QueueName, page: usize, pages: mpsc::Sender<Vec<QueuedTicket>>) -> Result<()>;

    /// Returns up to `limit` queued tickets with a key over `after`, by key: how a queue is reviewed.
    async fn queued(
        &self,
        queue: &QueueName,
        after: Option<(PlayerId, TicketId)>,
        limit: usize,
    ) -> Result<Vec<QueuedTicket>>;

    /// Returns up to `limit` tickets accepted at or after `since` that are still queued: what announcements may have missed.
    async fn queued_since(&self, queue: &QueueName, since: Timestamp, limit: usize) -> Result<Vec<QueuedTicket>>;

    /// Returns up to `limit` queued tickets of every queue that expire at or before `at`.
    async fn expiring(&self, at: Timestamp, limit: usize) -> Result<Vec<(PlayerId, TicketId)>>;

    /// Ends queued tickets with an event, as expired or returned.
    async fn end(&self, tickets: Vec<EndTicket>, at: Timestamp) -> Result<Vec<Ended>>;
}
