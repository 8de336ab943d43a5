//! Reads matches: for a dispatcher, for their players, for the auditor.

use bytes::Bytes;
use rusqlite::{Connection, Row, params};
use tiltyard_db::durable::matches::{
    DoneMatch, Entrant, HistoryCursor, MatchRecord, MatchState, Outcome, PendingMatch, Seat, Stamps,
};
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{BuildHash, ContentHash, EndReason, MatchId, PlayerId, Side, StateHash, TicketId, Timestamp};

use crate::codes::{Code, Progress};
use crate::fault::{Fault, Work};
use crate::sql::{all, first, limit};
use crate::{queries, ratings};

/// Says whether there is such a match.
pub(crate) fn exists(on: &Connection, id: MatchId) -> Work<bool> {
    let found = first(on, queries::MATCH_STATE, [id.as_bytes()], |_row| Ok(()))?;
    Ok(found.is_some())
}

/// Returns the seats of a match, left and right.
pub(crate) fn seats(on: &Connection, id: MatchId) -> Work<[Seat; 2]> {
    let seats = all(on, queries::MATCH_SEATS, [id.as_bytes()], seat)?;
    <[Seat; 2]>::try_from(seats).map_err(|seats| Fault::Unreadable(format!("match {id} has {} seats", seats.len())))
}

/// Returns finished matches by id.
pub(crate) fn done_after(on: &Connection, after: Option<MatchId>, rows: usize) -> Work<Vec<MatchRecord>> {
    // No bytes at all sort before every id.
    let after = after.as_ref().map_or(&[][..], |id| id.as_bytes());
    let ids = all(on, queries::MATCHES_DONE, params![after, limit(rows)], id)?;
    records(on, &ids)
}

pub(super) fn pending(
    on: &Connection,
    after: Option<HistoryCursor>,
    created_by: Timestamp,
    rows: usize,
) -> Work<Vec<PendingMatch>> {
    let (at, id) = after.as_ref().map_or((i64::MIN, &[][..]), |cursor| {
        (cursor.created_at.micros(), cursor.id.as_bytes())
    });
    let range = params![at, id, created_by.micros(), limit(rows)];
    all(on, queries::MATCHES_PENDING, range, |row| pending_match(on, row))
}

pub(super) fn pending_one(on: &Connection, id: MatchId) -> Work<Option<PendingMatch>> {
    let found = record(on, id)?.filter(|found| found.state == MatchState::Pending);
    Ok(found.map(|found| found.pending))
}

pub(super) fn match_of(on: &Connection, player: PlayerId, id: MatchId) -> Work<Option<MatchRecord>> {
    let key = params![id.as_bytes(), player.as_bytes()];
    match first(on, queries::MATCH_IS_PLAYERS, key, |_row| Ok(()))? {
        Some(()) => record(on, id),
        None => Ok(None),
    }
}

pub(super) fn history(
    on: &Connection,
    player: PlayerId,
    before: Option<HistoryCursor>,
    rows: usize,
) -> Work<Vec<MatchRecord>> {
    // One byte more than an id sorts after every id.
    let (at, id_before) = before.as_ref().map_or((i64::MAX, &[u8::MAX; 17][..]), |cursor| {
        (cursor.created_at.micros(), cursor.id.as_bytes())
    });
    let range = params![player.as_bytes(), at, id_before, limit(rows)];
    let ids = all(on, queries::MATCHES_HISTORY, range, id)?;
    records(on, &ids)
}

fn records(on: &Connection, ids: &[MatchId]) -> Work<Vec<MatchRecord>> {
    let known = |id: &MatchId| record(on, *id)?.ok_or_else(|| Fault::Unreadable(format!("match {id} has seats only")));
    ids.iter().map(known).collect()
}

/// Returns a match.
pub(crate) fn record(on: &Connection, id: MatchId) -> Work<Option<MatchRecord>> {
    first(on, queries::MATCH_GET, [id.as_bytes()], |row| {
        let pending = pending_match(on, row)?;
        let state = match row.get::<_, Code<Progress>>(8)?.0 {
            Progress::Pending => MatchState::Pending,
            Progress::Done => MatchState::Done(Box::new(done(on, id, row)?)),
            Progress::DeadLettered => MatchState::DeadLettered { why: row.get(18)? },
        };
        Ok(MatchRecord { pending, state })
    })
}

fn pending_match(on: &Connection, row: &Row<'_>) -> Work<PendingMatch> {
    let id = id(row)?;
    Ok(PendingMatch {
        id,
        mode: row.get::<_, Code<Mode>>(1)?.0,
        stamps: Stamps {
            engine: row.get(2)?,
            rules_version: row.get(3)?,
            content: ContentHash::from_bytes(row.get(4)?),
            rng: row.get(5)?,
            seed: row.get(6)?,
        },
        seats: seats(on, id)?,
        created_at: Timestamp::from_micros(row.get(7)?),
    })
}

fn done(on: &Connection, id: MatchId, row: &Row<'_>) -> Work<DoneMatch> {
    let winner = row.get::<_, Option<Code<Side>>>(9)?;
    Ok(DoneMatch {
        outcome: Outcome {
            winner: winner.map(|code| code.0),
            reason: row.get::<_, Code<EndReason>>(10)?.0,
            ticks: row.get(11)?,
            state_hash: StateHash(row.get::<_, i64>(12)?.cast_unsigned()),
        },
        result: Bytes::from(row.get::<_, Vec<u8>>(13)?),
        replay: ReplayRecord {
            key: row.get(14)?,
            size: row.get(15)?,
            checksum: row.get(16)?,
        },
        ratings: all(on, queries::MATCH_RATING_CHANGES, [id.as_bytes()], ratings::change)?,
        finished_at: Timestamp::from_micros(row.get(17)?),
    })
}

fn seat(row: &Row<'_>) -> Work<Seat> {
    let entrant = match row.get::<_, Option<String>>(2)? {
        Some(bot) => Entrant::Bot { bot },
        None => Entrant::Player {
            player: PlayerId::from_bytes(row.get(0)?),
            ticket: TicketId::from_bytes(row.get(1)?),
        },
    };
    let build = BuildHash::from_bytes(row.get(3)?);
    Ok(Seat { entrant, build })
}

fn id(row: &Row<'_>) -> Work<MatchId> {
    Ok(MatchId::from_bytes(row.get(0)?))
}
