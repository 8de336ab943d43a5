//! The actors as handlers reach them: there until the drain takes them.

use tiltyard_actors::{CommandError, Frame, System};
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket};
use tiltyard_protocol::{EventId, PlayerId, TicketId};
use tokio::sync::{RwLock, mpsc};

/// The system, or the place where it was. Commands hold it while they run, so that a drain waits for those under way and
/// answers later ones with `Unavailable`.
#[derive(Debug)]
pub(crate) struct SystemSlot(RwLock<Option<System>>);

impl SystemSlot {
    /// Fills the slot.
    pub(crate) fn new(system: System) -> Self {
        Self(RwLock::new(Some(system)))
    }

    /// Accepts a ticket; on return it is durable.
    pub(crate) async fn enqueue(&self, ticket: NewTicket) -> Result<Enqueued, CommandError> {
        match &*self.0.read().await {
            Some(system) => system.enqueue(ticket).await,
            None => Err(CommandError::Unavailable),
        }
    }

    /// Cancels a ticket; on return it is durable.
    pub(crate) async fn cancel(&self, player: PlayerId, id: TicketId) -> Result<Cancelled, CommandError> {
        match &*self.0.read().await {
            Some(system) => system.cancel(player, id).await,
            None => Err(CommandError::Unavailable),
        }
    }

    /// Opens a stream.
    pub(crate) async fn attach(
        &self,
        player: PlayerId,
        after: Option<EventId>,
    ) -> Result<mpsc::Receiver<Frame>, CommandError> {
        match &*self.0.read().await {
            Some(system) => system.attach(player, after).await,
            None => Err(CommandError::Unavailable),
        }
    }

    /// Names each sick dependency.
    pub(crate) async fn sick(&self) -> Vec<String> {
        self.0.read().await.as_ref().map_or_else(Vec::new, System::sick)
    }

    /// Waits until the system has failed; returns why. It must not be waited for during a drain.
    pub(crate) async fn failed(&self) -> String {
        match &*self.0.read().await {
            Some(system) => system.failed().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for commands under way, then stops everything in order.
    pub(crate) async fn drain(&self) {
        let system = self.0.write().await.take();
        if let Some(system) = system {
            system.drain().await;
        }
    }
}
