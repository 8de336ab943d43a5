//! Wake-ups: hints that something is in the database. A lost one costs time, never an event or a ticket.

use async_trait::async_trait;
use tiltyard_protocol::{EventSeq, NodeId, PlayerEvent, PlayerId, QueueName, TicketId};
use tokio::sync::mpsc;

use crate::Result;
use crate::durable::tickets::QueuedTicket;

/// Where a wake-up goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inbox {
    /// To one server process.
    Node(NodeId),
    /// To whoever leads a queue.
    Queue(QueueName),
    /// To those who wait to lead a queue.
    Standby(QueueName),
}

/// A hint.
#[derive(Clone, Debug, PartialEq)]
pub enum Wakeup {
    /// A player has a new event; it is the log's, brought along to spare a read.
    Event {
        /// The player.
        player: PlayerId,
        /// Its number.
        seq: EventSeq,
        /// The event.
        event: PlayerEvent,
    },
    /// A ticket was accepted.
    Queued(QueuedTicket),
    /// A ticket left its queue.
    Left {
        /// The owner.
        player: PlayerId,
        /// The ticket.
        ticket: TicketId,
    },
    /// Somebody asks why a ticket still waits; the leader answers on the board.
    Explain {
        /// The owner.
        player: PlayerId,
        /// The ticket.
        ticket: TicketId,
    },
    /// Whoever led a queue has given its lease back for good.
    Free,
}

/// What a reader of an inbox gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A hint.
    Wakeup(Wakeup),
    /// Hints may have been lost: whatever they were about must be read from the database.
    Lagged,
}

/// The wake-ups.
#[async_trait]
pub trait Wakeups: Send + Sync {
    /// Sends hints. A full or absent inbox loses them; its reader is told [`Notice::Lagged`].
    async fn publish(&self, wakeups: Vec<(Inbox, Wakeup)>) -> Result<()>;

    /// Reads an inbox from here on. The receiver ends when the store does.
    async fn subscribe(&self, inbox: Inbox) -> Result<mpsc::Receiver<Notice>>;
}
