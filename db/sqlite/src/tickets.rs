//! Tickets: accepted, read and ended.

mod accepting;
pub(crate) mod ending;
mod reading;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Tickets;
use tiltyard_db::durable::tickets::{Cancelled, EndTicket, Ended, Enqueued, NewTicket, QueuedTicket, TicketRecord};
use tiltyard_protocol::{PlayerId, QueueName, TicketId, Timestamp};
use tokio::sync::mpsc;

use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Tickets for SqliteStore {
    async fn enqueue(&self, tickets: Vec<NewTicket>, slots: usize) -> Result<Vec<Enqueued>> {
        self.write(Purpose::Tickets, tickets.len(), move |on| {
            accepting::enqueue(on, &tickets, slots)
        })
        .await
    }

    async fn cancel(&self, tickets: Vec<(PlayerId, TicketId)>, at: Timestamp) -> Result<Vec<Cancelled>> {
        self.write(Purpose::Other, tickets.len(), move |on| {
            let cancel = |key: &(PlayerId, TicketId)| ending::cancel(on, *key, at);
            tickets.iter().map(cancel).collect()
        })
        .await
    }

    async fn ticket(&self, player: PlayerId, id: TicketId) -> Result<Option<TicketRecord>> {
        self.read(move |on| {
            let stored = reading::get(on, (player, id))?;
            Ok(stored.map(|stored| stored.record))
        })
        .await
    }

    async fn live_tickets(&self, player: PlayerId) -> Result<Vec<TicketRecord>> {
        self.read(move |on| reading::live(on, player)).await
    }

    async fn queued_all(&self, queue: &QueueName, page: usize, pages: mpsc::Sender<Vec<QueuedTicket>>) -> Result<()> {
        let mut after = None;
        loop {
            let next = self.queued(queue, after, page).await?;
            after = next.last().map(|ticket| (ticket.player, ticket.id));
            let is_last = next.len() < page;
            if pages.send(next).await.is_err() || is_last {
                return Ok(());
            }
        }
    }

    async fn queued(
        &self,
        queue: &QueueName,
        after: Option<(PlayerId, TicketId)>,
        limit: usize,
    ) -> Result<Vec<QueuedTicket>> {
        let queue = queue.clone();
        self.read(move |on| reading::queued(on, &queue, after, limit)).await
    }

    async fn queued_since(&self, queue: &QueueName, since: Timestamp, limit: usize) -> Result<Vec<QueuedTicket>> {
        let queue = queue.clone();
        self.read(move |on| reading::queued_since(on, &queue, since, limit))
            .await
    }

    async fn expiring(&self, at: Timestamp, limit: usize) -> Result<Vec<(PlayerId, TicketId)>> {
        self.read(move |on| reading::expiring(on, at, limit)).await
    }

    async fn end(&self, tickets: Vec<EndTicket>, at: Timestamp) -> Result<Vec<Ended>> {
        self.write(Purpose::Other, tickets.len(), move |on| {
            tickets.iter().map(|end| ending::end(on, end, at)).collect()
        })
        .await
    }
}
