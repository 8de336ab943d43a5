//! Accepts tickets, and makes the match of one that has nothing to wait for.

use rusqlite::{Connection, params};
use tiltyard_db::durable::tickets::{Enqueued, NewTicket, Purpose, TicketRecord};
use tiltyard_protocol::PlayerId;
use tiltyard_protocol::http::tickets::TicketState;

use super::reading;
use crate::codes::Code;
use crate::fault::Work;
use crate::sql::{all, first, limit, run};
use crate::{matches, queries};

/// Accepts tickets, each against what the one before it left.
pub(super) fn enqueue(on: &Connection, tickets: &[NewTicket], slots: usize) -> Work<Vec<Enqueued>> {
    let outcomes = tickets
        .iter()
        .map(|ticket| accept(on, ticket, slots))
        .collect::<Work<Vec<_>>>()?;
    let accepted = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Enqueued::Accepted(_)));
    run(on, queries::ACCEPTED_ADD, [limit(accepted.count())])?;
    Ok(outcomes)
}

fn accept(on: &Connection, ticket: &NewTicket, slots: usize) -> Work<Enqueued> {
    let key = (ticket.player, ticket.id);
    if let Some(stored) = reading::get(on, key)? {
        return Ok(if stored.request == ticket.request {
            Enqueued::Already(stored.record)
        } else {
            Enqueued::Conflict
        });
    }
    if is_tombstone(on, ticket)? {
        return Ok(Enqueued::Cancelled);
    }
    if names_a_known_match(on, ticket)? {
        return Ok(Enqueued::Conflict);
    }
    let Some(slot) = free_slot(on, ticket.player, slots)? else {
        return Ok(Enqueued::SlotsFull);
    };
    let record = record(ticket);
    insert(on, ticket, &record, slot)?;
    if let Some(practice) = ticket.practice_match() {
        matches::insert(on, &practice, None)?;
    }
    Ok(Enqueued::Accepted(record))
}

fn is_tombstone(on: &Connection, ticket: &NewTicket) -> Work<bool> {
    let key = params![ticket.player.as_bytes(), ticket.id.as_bytes()];
    Ok(first(on, queries::TOMBSTONE_GET, key, |_row| Ok(()))?.is_some())
}

/// Match ids follow from tickets, so that a known one means a request that is not what it was.
fn names_a_known_match(on: &Connection, ticket: &NewTicket) -> Work<bool> {
    match &ticket.purpose {
        Purpose::Ranked { .. } => Ok(false),
        Purpose::Practice { match_id, .. } => matches::exists(on, *match_id),
    }
}

/// Returns the lowest slot that no live ticket of the player has.
fn free_slot(on: &Connection, player: PlayerId, slots: usize) -> Work<Option<i64>> {
    let taken = all(on, queries::TICKET_SLOTS, [player.as_bytes()], |row| {
        Ok(row.get::<_, i64>(0)?)
    })?;
    if taken.len() >= slots {
        return Ok(None);
    }
    let free = (0..).zip(&taken).find(|(slot, taken)| slot != *taken);
    Ok(Some(free.map_or(limit(taken.len()), |(slot, _)| slot)))
}

fn record(ticket: &NewTicket) -> TicketRecord {
    let (ranked, state, match_id) = match &ticket.purpose {
        Purpose::Ranked { queue, spread, .. } => (Some((queue.clone(), *spread)), TicketState::Queued, None),
        Purpose::Practice { match_id, .. } => (None, TicketState::Matched, Some(*match_id)),
    };
    TicketRecord {
        player: ticket.player,
        id: ticket.id,
        build: ticket.build,
        ranked,
        state,
        enqueued_at: ticket.enqueued_at,
        match_id,
    }
}

fn insert(on: &Connection, ticket: &NewTicket, record: &TicketRecord, slot: i64) -> Work<()> {
    let ranked = record.ranked.as_ref();
    let widen_to = match &ticket.purpose {
        Purpose::Ranked { widen_to, .. } => *widen_to,
        Purpose::Practice { .. } => None,
    };
    run(
        on,
        queries::TICKET_INSERT,
        params![
            ticket.player.as_bytes(),
            ticket.id.as_bytes(),
            ticket.request,
            ticket.build.as_bytes(),
            ranked.map(|(queue, _)| queue.as_str()),
            ranked.map(|(_, spread)| *spread),
            widen_to,
            Code(record.state),
            slot,
            ticket.enqueued_at.micros(),
            ticket.expires_at.micros(),
            record.match_id.as_ref().map(|id| *id.as_bytes()),
        ],
    )?;
    Ok(())
}
