//! Reads tickets: for their owner, for a leader, for the sweeper.

use rusqlite::{Connection, Row, params};
use tiltyard_db::durable::ratings::Rating;
use tiltyard_db::durable::tickets::{QueuedTicket, TicketRecord};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{BuildHash, MatchId, PlayerId, QueueName, TicketId, Timestamp};

use crate::codes::Code;
use crate::fault::{Fault, Work};
use crate::queries;
use crate::sql::{all, first, limit};

/// A ticket with the hash of the request that made it.
pub(super) struct Stored {
    pub(super) record: TicketRecord,
    pub(super) request: [u8; 32],
}

pub(super) fn get(on: &Connection, (player, id): (PlayerId, TicketId)) -> Work<Option<Stored>> {
    let key = params![player.as_bytes(), id.as_bytes()];
    first(on, queries::TICKET_GET, key, |row| {
        Ok(Stored {
            record: record(player, row)?,
            request: row.get(7)?,
        })
    })
}

pub(super) fn live(on: &Connection, player: PlayerId) -> Work<Vec<TicketRecord>> {
    all(on, queries::TICKET_LIVE, [player.as_bytes()], |row| record(player, row))
}

pub(super) fn queued(
    on: &Connection,
    queue: &QueueName,
    after: Option<(PlayerId, TicketId)>,
    rows: usize,
) -> Work<Vec<QueuedTicket>> {
    // No bytes at all sort before every id.
    let (player, id) = after
        .as_ref()
        .map_or((&[][..], &[][..]), |(player, id)| (player.as_bytes(), id.as_bytes()));
    let range = params![queue.as_str(), player, id, limit(rows)];
    all(on, queries::TICKETS_QUEUED, range, queued_ticket)
}

pub(super) fn queued_since(
    on: &Connection,
    queue: &QueueName,
    since: Timestamp,
    rows: usize,
) -> Work<Vec<QueuedTicket>> {
    let range = params![queue.as_str(), since.micros(), limit(rows)];
    all(on, queries::TICKETS_QUEUED_SINCE, range, queued_ticket)
}

pub(super) fn expiring(on: &Connection, at: Timestamp, rows: usize) -> Work<Vec<(PlayerId, TicketId)>> {
    let range = params![at.micros(), limit(rows)];
    all(on, queries::TICKETS_EXPIRING, range, |row| {
        Ok((PlayerId::from_bytes(row.get(0)?), TicketId::from_bytes(row.get(1)?)))
    })
}

fn queued_ticket(row: &Row<'_>) -> Work<QueuedTicket> {
    let rating = row.get::<_, Option<f64>>(5)?;
    Ok(QueuedTicket {
        player: PlayerId::from_bytes(row.get(0)?),
        id: TicketId::from_bytes(row.get(1)?),
        build: BuildHash::from_bytes(row.get(2)?),
        spread: row.get(3)?,
        widen_to: row.get(4)?,
        rating: rating.unwrap_or(Rating::START.rating),
        enqueued_at: Timestamp::from_micros(row.get(6)?),
    })
}

fn record(player: PlayerId, row: &Row<'_>) -> Work<TicketRecord> {
    let queue = row.get::<_, Option<String>>(2)?;
    let ranked = match queue {
        Some(queue) => Some((queue_name(&queue)?, row.get(3)?)),
        None => None,
    };
    Ok(TicketRecord {
        player,
        id: TicketId::from_bytes(row.get(0)?),
        build: BuildHash::from_bytes(row.get(1)?),
        ranked,
        state: row.get::<_, Code<TicketState>>(4)?.0,
        enqueued_at: Timestamp::from_micros(row.get(5)?),
        match_id: row.get::<_, Option<[u8; 16]>>(6)?.map(MatchId::from_bytes),
    })
}

fn queue_name(text: &str) -> Work<QueueName> {
    text.parse()
        .map_err(|error| Fault::Unreadable(format!("queue {text:?}: {error}")))
}
