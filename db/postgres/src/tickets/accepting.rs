//! Accepts tickets, and makes the matches of those that have nothing to wait for.

use tiltyard_db::Result;
use tiltyard_db::durable::tickets::{Enqueued, NewTicket, Purpose, TicketRecord};
use tiltyard_protocol::http::tickets::TicketState;
use tokio_postgres::Row;
use uuid::Uuid;

use super::reading;
use crate::params::{Id, limit, params, uuids};
use crate::queries;
use crate::rows::{corrupt, get, get_code, get_option};
use crate::store::PostgresStore;

/// Accepts tickets, each against what the one before it left.
pub(super) async fn enqueue(store: &PostgresStore, tickets: &[NewTicket], slots: usize) -> Result<Vec<Enqueued>> {
    let ranked = Ranked::of(tickets);
    let practice = Practice::of(tickets);
    let rows = store
        .query(
            &queries::TICKETS_ENQUEUE,
            params![
                uuids(tickets.iter().map(|ticket| &ticket.player)),
                uuids(tickets.iter().map(|ticket| &ticket.id)),
                column(tickets, |ticket| ticket.request.as_slice()),
                column(tickets, |ticket| ticket.build.as_bytes().as_slice()),
                ranked.queues,
                ranked.spreads,
                ranked.widen_to,
                column(tickets, |ticket| ticket.enqueued_at.micros()),
                column(tickets, |ticket| ticket.expires_at.micros()),
                practice.bots,
                practice.bot_builds,
                practice.match_ids,
                practice.engines,
                practice.rules_versions,
                practice.contents,
                practice.rngs,
                practice.seeds,
                limit(slots),
            ],
        )
        .await?;
    tickets
        .iter()
        .zip(&rows)
        .map(|(ticket, row)| outcome(ticket, row))
        .collect()
}

fn column<'a, T>(tickets: &'a [NewTicket], of: impl FnMut(&'a NewTicket) -> T) -> Vec<T> {
    tickets.iter().map(of).collect()
}

/// What ranked tickets have, by item.
#[derive(Default)]
struct Ranked<'a> {
    queues: Vec<Option<&'a str>>,
    spreads: Vec<Option<i32>>,
    widen_to: Vec<Option<i32>>,
}

impl<'a> Ranked<'a> {
    fn of(tickets: &'a [NewTicket]) -> Self {
        let mut columns = Self::default();
        for ticket in tickets {
            let ranked = match &ticket.purpose {
                Purpose::Ranked {
                    queue,
                    spread,
                    widen_to,
                } => Some((queue.as_str(), *spread, *widen_to)),
                Purpose::Practice { .. } => None,
            };
            columns.queues.push(ranked.map(|(queue, ..)| queue));
            columns.spreads.push(ranked.map(|(_, spread, _)| spread.into()));
            columns
                .widen_to
                .push(ranked.and_then(|(.., widen_to)| widen_to).map(i32::from));
        }
        columns
    }
}

/// What practice tickets have, by item.
#[derive(Default)]
struct Practice<'a> {
    bots: Vec<Option<&'a str>>,
    bot_builds: Vec<Option<&'a [u8]>>,
    match_ids: Vec<Option<Uuid>>,
    engines: Vec<Option<&'a str>>,
    rules_versions: Vec<Option<i64>>,
    contents: Vec<Option<&'a [u8]>>,
    rngs: Vec<Option<&'a str>>,
    seeds: Vec<Option<&'a [u8]>>,
}

impl<'a> Practice<'a> {
    fn of(tickets: &'a [NewTicket]) -> Self {
        let mut columns = Self::default();
        for ticket in tickets {
            let practice = match &ticket.purpose {
                Purpose::Ranked { .. } => None,
                Purpose::Practice {
                    bot,
                    bot_build,
                    match_id,
                    stamps,
                } => Some((bot, bot_build, match_id, stamps)),
            };
            columns.bots.push(practice.map(|(bot, ..)| bot.as_str()));
            columns
                .bot_builds
                .push(practice.map(|(_, build, ..)| build.as_bytes().as_slice()));
            columns.match_ids.push(practice.map(|(_, _, id, _)| id.uuid()));
            let stamps = practice.map(|(.., stamps)| stamps);
            columns.engines.push(stamps.map(|stamps| stamps.engine.as_str()));
            columns
                .rules_versions
                .push(stamps.map(|stamps| i64::from(stamps.rules_version)));
            columns
                .contents
                .push(stamps.map(|stamps| stamps.content.as_bytes().as_slice()));
            columns.rngs.push(stamps.map(|stamps| stamps.rng.as_str()));
            columns.seeds.push(stamps.map(|stamps| stamps.seed.as_slice()));
        }
        columns
    }
}

fn outcome(ticket: &NewTicket, row: &Row) -> Result<Enqueued> {
    match get::<i16>(row, 0)? {
        0 => Ok(Enqueued::Accepted(accepted(ticket))),
        1 => Ok(Enqueued::Already(TicketRecord {
            player: ticket.player,
            id: ticket.id,
            build: get(row, 1)?,
            ranked: reading::ranked(row, 2)?,
            state: get_code(row, 4)?,
            enqueued_at: get(row, 5)?,
            match_id: get_option(row, 6)?,
        })),
        2 => Ok(Enqueued::Conflict),
        3 => Ok(Enqueued::Cancelled),
        4 => Ok(Enqueued::SlotsFull),
        other => Err(corrupt(format!("accepting has no outcome {other}"))),
    }
}

fn accepted(ticket: &NewTicket) -> TicketRecord {
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
