//! Tickets: accepted, read and ended.

mod accepting;
mod reading;

use async_trait::async_trait;
use fail::fail_point;
use tiltyard_db::Result;
use tiltyard_db::durable::Tickets;
use tiltyard_db::durable::events::Appended;
use tiltyard_db::durable::tickets::{Cancelled, EndTicket, Ended, Enqueued, NewTicket, QueuedTicket, TicketRecord};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventSeq, PlayerEvent, PlayerId, QueueName, TicketId, Timestamp};
use tokio::sync::mpsc;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::codes::Stored;
use crate::params::{Id, limit, params, uuids};
use crate::rows::{corrupt, get, get_code, get_option};
use crate::store::PostgresStore;
use crate::{events, queries};

#[async_trait]
impl Tickets for PostgresStore {
    async fn enqueue(&self, tickets: Vec<NewTicket>, slots: usize) -> Result<Vec<Enqueued>> {
        fail_point!("ticket-before-insert", |_| std::process::abort());
        let outcomes = accepting::enqueue(self, &tickets, slots).await;
        fail_point!("ticket-after-insert", |_| std::process::abort());
        outcomes
    }

    async fn cancel(&self, tickets: Vec<(PlayerId, TicketId)>, at: Timestamp) -> Result<Vec<Cancelled>> {
        let players = uuids(tickets.iter().map(|(player, _)| player));
        let ids = uuids(tickets.iter().map(|(_, id)| id));
        let rows = self
            .query(&queries::TICKETS_CANCEL, params![players, ids, at.micros()])
            .await?;
        rows.iter().map(cancelled).collect()
    }

    async fn ticket(&self, player: PlayerId, id: TicketId) -> Result<Option<TicketRecord>> {
        let found = self
            .first(&queries::TICKET_GET, params![player.uuid(), id.uuid()])
            .await?;
        found.map(|row| reading::record(player, &row)).transpose()
    }

    async fn live_tickets(&self, player: PlayerId) -> Result<Vec<TicketRecord>> {
        let rows = self.query(&queries::TICKET_LIVE, params![player.uuid()]).await?;
        rows.iter().map(|row| reading::record(player, row)).collect()
    }

    async fn queued_all(&self, queue: &QueueName, page: usize, pages: mpsc::Sender<Vec<QueuedTicket>>) -> Result<()> {
        reading::queued_all(self, queue, page, &pages).await
    }

    async fn queued(
        &self,
        queue: &QueueName,
        after: Option<(PlayerId, TicketId)>,
        rows: usize,
    ) -> Result<Vec<QueuedTicket>> {
        // The nil UUID is nobody's id and sorts before every other.
        let (player, id) = after.map_or((Uuid::nil(), Uuid::nil()), |(player, id)| (player.uuid(), id.uuid()));
        let rows = self
            .query(
                &queries::TICKETS_QUEUED,
                params![queue.as_str(), player, id, limit(rows)],
            )
            .await?;
        rows.iter().map(reading::queued).collect()
    }

    async fn queued_since(&self, queue: &QueueName, since: Timestamp, rows: usize) -> Result<Vec<QueuedTicket>> {
        let rows = self
            .query(
                &queries::TICKETS_QUEUED_SINCE,
                params![queue.as_str(), since.micros(), limit(rows)],
            )
            .await?;
        rows.iter().map(reading::queued).collect()
    }

    async fn expiring(&self, at: Timestamp, rows: usize) -> Result<Vec<(PlayerId, TicketId)>> {
        let rows = self
            .query(&queries::TICKETS_EXPIRING, params![at.micros(), limit(rows)])
            .await?;
        rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }

    async fn end(&self, tickets: Vec<EndTicket>, at: Timestamp) -> Result<Vec<Ended>> {
        let players = uuids(tickets.iter().map(|end| &end.player));
        let ids = uuids(tickets.iter().map(|end| &end.id));
        let states = tickets.iter().map(end_of).collect::<Result<Vec<i16>>>()?;
        let events = tickets.iter().map(|end| events::json(&end.event));
        let events = events.collect::<Result<Vec<String>>>()?;
        let rows = self
            .query(
                &queries::TICKETS_END,
                params![players, ids, states, events, at.micros()],
            )
            .await?;
        let answers = tickets.iter().zip(&rows);
        answers.map(|(end, row)| ended(end.player, row)).collect()
    }
}

fn cancelled(row: &Row) -> Result<Cancelled> {
    match get::<i16>(row, 0)? {
        0 => Ok(Cancelled::Done),
        1 => Ok(Cancelled::Already),
        2 => Ok(Cancelled::Recorded),
        3 => Ok(Cancelled::TooLate(get_code(row, 1)?)),
        other => Err(corrupt(format!("cancelling has no outcome {other}"))),
    }
}

/// Returns the code of the state in which the event says that the ticket ends.
fn end_of(end: &EndTicket) -> Result<i16> {
    match end.event {
        PlayerEvent::TicketExpired { .. } => Ok(TicketState::Expired.code()),
        PlayerEvent::TicketReturned { .. } => Ok(TicketState::Returned.code()),
        PlayerEvent::Result(_) => {
            let id = end.id;
            Err(corrupt(format!("a result cannot end ticket {id}: it has no match")))
        }
    }
}

fn ended(player: PlayerId, row: &Row) -> Result<Ended> {
    Ok(match get_option(row, 0)? {
        Some(seq) => Ended::Done(Appended {
            player,
            seq: EventSeq(seq),
        }),
        None => Ended::NotQueued,
    })
}
