//! Reads matches: for a dispatcher, for their players, for the auditor.

use tiltyard_db::Result;
use tiltyard_db::durable::matches::{DoneMatch, Entrant, MatchRecord, MatchState, Outcome, PendingMatch, Seat, Stamps};
use tiltyard_db::durable::ratings::RatingChange;
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::{MatchId, StateHash};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::codes::{Progress, Stored};
use crate::params::{Id, limit, params};
use crate::rows::{get, get_code, get_option};
use crate::store::PostgresStore;
use crate::{queries, ratings};

/// Where the left and the right player's change of rating begin in a row of `match_records`.
const CHANGES: [usize; 2] = [27, 41];

/// Returns finished matches by id.
pub(crate) async fn done_after(store: &PostgresStore, after: Option<MatchId>, rows: usize) -> Result<Vec<MatchRecord>> {
    // The nil UUID is no match's id and sorts before every other.
    let after = after.map_or(Uuid::nil(), |id| id.uuid());
    let rows = store.query(&queries::MATCHES_DONE, params![after, limit(rows)]).await?;
    records(&rows)
}

/// Returns a match.
pub(crate) async fn record(store: &PostgresStore, id: MatchId) -> Result<Option<MatchRecord>> {
    let rows = store.query(&queries::MATCH_GET, params![id.uuid()]).await?;
    rows.first().map(decode).transpose()
}

/// Decodes rows of `match_records`.
pub(super) fn records(rows: &[Row]) -> Result<Vec<MatchRecord>> {
    rows.iter().map(decode).collect()
}

/// Decodes a row of `match_records`.
pub(super) fn decode(row: &Row) -> Result<MatchRecord> {
    let pending = pending(row)?;
    let state = match get_code(row, 8)? {
        Progress::Pending => MatchState::Pending,
        Progress::Done => MatchState::Done(Box::new(done(row, &pending)?)),
        Progress::DeadLettered => MatchState::DeadLettered { why: get(row, 26)? },
    };
    Ok(MatchRecord { pending, state })
}

/// Decodes the changes of rating that a finished match made, the left player's first.
fn changes(row: &Row, pending: &PendingMatch) -> Result<Vec<RatingChange>> {
    let mut changes = Vec::new();
    for (seat, column) in pending.seats.iter().zip(CHANGES) {
        if let (Some((player, _)), Some(_)) = (seat.entrant.player(), get_option::<i64>(row, column)?) {
            changes.push(ratings::change_of(row, column, player, pending.id)?);
        }
    }
    Ok(changes)
}

/// Decodes what was committed.
pub(super) fn pending(row: &Row) -> Result<PendingMatch> {
    Ok(PendingMatch {
        id: get(row, 0)?,
        mode: get_code(row, 1)?,
        stamps: Stamps {
            engine: get(row, 2)?,
            rules_version: get(row, 3)?,
            content: get(row, 4)?,
            rng: get(row, 5)?,
            seed: get(row, 6)?,
        },
        seats: [seat(row, 9)?, seat(row, 13)?],
        created_at: get(row, 7)?,
    })
}

fn done(row: &Row, pending: &PendingMatch) -> Result<DoneMatch> {
    let winner = get_option::<i16>(row, 17)?;
    Ok(DoneMatch {
        outcome: Outcome {
            winner: winner.map(Stored::of_code).transpose()?,
            reason: get_code(row, 18)?,
            ticks: get(row, 19)?,
            state_hash: StateHash(get::<i64>(row, 20)?.cast_unsigned()),
        },
        result: get(row, 21)?,
        replay: ReplayRecord {
            key: get(row, 22)?,
            size: get(row, 23)?,
            checksum: get(row, 24)?,
        },
        ratings: changes(row, pending)?,
        finished_at: get(row, 25)?,
    })
}

/// Decodes the seat whose four columns begin at `column`.
fn seat(row: &Row, column: usize) -> Result<Seat> {
    let entrant = match get_option::<String>(row, column + 2)? {
        Some(bot) => Entrant::Bot { bot },
        None => Entrant::Player {
            player: get(row, column)?,
            ticket: get(row, column + 1)?,
        },
    };
    let build = get(row, column + 3)?;
    Ok(Seat { entrant, build })
}
