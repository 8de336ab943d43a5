//! Reads matches: for a dispatcher, for their players, for the auditor.

use std::collections::HashMap;

use tiltyard_db::Result;
use tiltyard_db::durable::matches::{DoneMatch, Entrant, MatchRecord, MatchState, Outcome, PendingMatch, Seat, Stamps};
use tiltyard_db::durable::ratings::RatingChange;
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::{MatchId, StateHash};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::codes::{Progress, Stored};
use crate::params::{Id, limit, params, uuids};
use crate::rows::{get, get_code, get_option};
use crate::store::PostgresStore;
use crate::{queries, ratings};

/// Changes of rating by match, left and right.
type Changes = HashMap<MatchId, Vec<RatingChange>>;

/// Returns finished matches by id.
pub(crate) async fn done_after(store: &PostgresStore, after: Option<MatchId>, rows: usize) -> Result<Vec<MatchRecord>> {
    // The nil UUID is no match's id and sorts before every other.
    let after = after.map_or(Uuid::nil(), |id| id.uuid());
    let rows = store.query(&queries::MATCHES_DONE, params![after, limit(rows)]).await?;
    records(store, &rows).await
}

/// Returns a match.
pub(crate) async fn record(store: &PostgresStore, id: MatchId) -> Result<Option<MatchRecord>> {
    let rows = store.query(&queries::MATCH_GET, params![id.uuid()]).await?;
    Ok(records(store, &rows).await?.into_iter().next())
}

/// Decodes rows of `match_records`, fetching the changes of rating: those never change, so that a second statement may.
pub(super) async fn records(store: &PostgresStore, rows: &[Row]) -> Result<Vec<MatchRecord>> {
    let mut done = Vec::new();
    for row in rows {
        if get_code::<Progress>(row, 8)? == Progress::Done {
            done.push(get::<MatchId>(row, 0)?);
        }
    }
    let mut changes = Changes::new();
    if !done.is_empty() {
        for row in store
            .query(&queries::MATCH_RATING_CHANGES, params![uuids(&done)])
            .await?
        {
            let change = ratings::change(&row)?;
            changes.entry(change.match_id).or_default().push(change);
        }
    }
    rows.iter().map(|row| decode(row, &mut changes)).collect()
}

fn decode(row: &Row, changes: &mut Changes) -> Result<MatchRecord> {
    let pending = pending(row)?;
    let state = match get_code(row, 8)? {
        Progress::Pending => MatchState::Pending,
        Progress::Done => {
            let ratings = changes.remove(&pending.id).unwrap_or_default();
            MatchState::Done(Box::new(done(row, ratings)?))
        }
        Progress::DeadLettered => MatchState::DeadLettered { why: get(row, 26)? },
    };
    Ok(MatchRecord { pending, state })
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

fn done(row: &Row, ratings: Vec<RatingChange>) -> Result<DoneMatch> {
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
        ratings,
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
