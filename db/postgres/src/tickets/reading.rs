//! Reads tickets: for their owner and for a leader.

use tiltyard_db::Result;
use tiltyard_db::durable::ratings::Rating;
use tiltyard_db::durable::tickets::{QueuedTicket, TicketRecord};
use tiltyard_protocol::{PlayerId, QueueName};
use tokio_postgres::Row;

use crate::rows::{corrupt, get, get_code, get_option};

/// Decodes a ticket of `player`.
pub(super) fn record(player: PlayerId, row: &Row) -> Result<TicketRecord> {
    Ok(TicketRecord {
        player,
        id: get(row, 0)?,
        build: get(row, 1)?,
        ranked: ranked(row, 2)?,
        state: get_code(row, 4)?,
        enqueued_at: get(row, 5)?,
        match_id: get_option(row, 6)?,
    })
}

/// Decodes queue and spread, which stand in `column` and the next one; `None` for practice.
pub(super) fn ranked(row: &Row, column: usize) -> Result<Option<(QueueName, u16)>> {
    match get_option::<String>(row, column)? {
        Some(queue) => Ok(Some((queue_name(&queue)?, get(row, column + 1)?))),
        None => Ok(None),
    }
}

/// Decodes a queued ticket.
pub(super) fn queued(row: &Row) -> Result<QueuedTicket> {
    let rating = get_option::<f64>(row, 5)?;
    Ok(QueuedTicket {
        player: get(row, 0)?,
        id: get(row, 1)?,
        build: get(row, 2)?,
        spread: get(row, 3)?,
        widen_to: get_option(row, 4)?,
        rating: rating.unwrap_or(Rating::START.rating),
        enqueued_at: get(row, 6)?,
    })
}

fn queue_name(text: &str) -> Result<QueueName> {
    text.parse()
        .map_err(|error| corrupt(format!("queue {text:?}: {error}")))
}
