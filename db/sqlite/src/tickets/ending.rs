//! Ends tickets: by their owner, by time, by the server, by a result.

use rusqlite::{Connection, params};
use tiltyard_db::durable::tickets::{Cancelled, EndTicket, Ended};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventSeq, PlayerEvent, PlayerId, TicketId, Timestamp};

use super::reading;
use crate::codes::Code;
use crate::fault::{Fault, Work};
use crate::sql::{first, run};
use crate::{events, queries};

/// Cancels a queued ticket, or records the id as cancelled.
pub(super) fn cancel(on: &Connection, key: (PlayerId, TicketId), at: Timestamp) -> Work<Cancelled> {
    let Some(stored) = reading::get(on, key)? else {
        return record_cancelled(on, key, at);
    };
    match stored.record.state {
        TicketState::Queued => {
            set(on, key, TicketState::Cancelled, None, at)?;
            Ok(Cancelled::Done)
        }
        TicketState::Cancelled => Ok(Cancelled::Already),
        state => Ok(Cancelled::TooLate(state)),
    }
}

fn record_cancelled(on: &Connection, (player, id): (PlayerId, TicketId), at: Timestamp) -> Work<Cancelled> {
    let key = params![player.as_bytes(), id.as_bytes()];
    if first(on, queries::TOMBSTONE_GET, key, |_row| Ok(()))?.is_some() {
        return Ok(Cancelled::Already);
    }
    run(
        on,
        queries::TOMBSTONE_PUT,
        params![player.as_bytes(), id.as_bytes(), at.micros()],
    )?;
    Ok(Cancelled::Recorded)
}

/// Ends a queued ticket with its event.
pub(super) fn end(on: &Connection, end: &EndTicket, at: Timestamp) -> Work<Ended> {
    let EndTicket { player, id, event } = end;
    let state = match event {
        PlayerEvent::TicketExpired { .. } => TicketState::Expired,
        PlayerEvent::TicketReturned { .. } => TicketState::Returned,
        PlayerEvent::Result(_) => {
            let what = format!("a result cannot end ticket {id}: it has no match");
            return Err(Fault::Unreadable(what));
        }
    };
    let key = (*player, *id);
    match reading::get(on, key)? {
        Some(stored) if stored.record.state == TicketState::Queued => {
            let told = events::append(on, *player, event, at)?;
            set(on, key, state, Some(told.seq), at)?;
            Ok(Ended::Done(told))
        }
        Some(_) | None => Ok(Ended::NotQueued),
    }
}

/// Moves a live ticket to one of its ends, `told` being the event that says so, and frees its slot.
pub(crate) fn set(
    on: &Connection,
    (player, id): (PlayerId, TicketId),
    state: TicketState,
    told: Option<EventSeq>,
    at: Timestamp,
) -> Work<()> {
    let row = params![
        player.as_bytes(),
        id.as_bytes(),
        Code(state),
        at.micros(),
        told.map(|seq| seq.0),
    ];
    run(on, queries::TICKET_END, row).map(|_changed| ())
}
