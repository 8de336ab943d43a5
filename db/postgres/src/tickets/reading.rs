//! Reads tickets: for their owner and for a leader.

use std::time::Duration;

use tiltyard_db::Result;
use tiltyard_db::durable::ratings::Rating;
use tiltyard_db::durable::tickets::{QueuedTicket, TicketRecord};
use tiltyard_protocol::{PlayerId, QueueName};
use tokio::sync::mpsc;
use tokio_postgres::Row;

use crate::link::timed_out;
use crate::params::params;
use crate::queries;
use crate::rows::{corrupt, get, get_code, get_option};
use crate::store::PostgresStore;

/// Time that reading a whole queue may take, its reader's included: a million tickets take seconds.
const READ_LIMIT: Duration = Duration::from_secs(60);

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

/// Sends a queue's tickets as the server finds them: one statement, whose rows are taken as they come.
pub(super) async fn queued_all(
    store: &PostgresStore,
    queue: &QueueName,
    page: usize,
    pages: &mpsc::Sender<Vec<QueuedTicket>>,
) -> Result<()> {
    let read = async {
        let snapshot = store.link().snapshot().await?;
        let mut rows = snapshot
            .stream(&queries::TICKETS_QUEUED_ALL, params![queue.as_str()])
            .await?;
        let mut open = Vec::with_capacity(page);
        while let Some(row) = rows.next().await? {
            open.push(queued(&row)?);
            if open.len() == page {
                let full = std::mem::replace(&mut open, Vec::with_capacity(page));
                if pages.send(full).await.is_err() {
                    return Ok(());
                }
            }
        }
        drop(rows);
        // Nobody to take the last page has given up.
        drop(pages.send(open).await);
        snapshot.end().await
    };
    tokio::time::timeout(READ_LIMIT, read)
        .await
        .unwrap_or_else(|_elapsed| Err(timed_out(READ_LIMIT)))
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
