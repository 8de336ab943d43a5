//! Makes matches of queued tickets, in one statement that locks before it decides.

use tiltyard_db::Result;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Commit, Entrant, Paired, Pairing, PendingMatch, Seat};
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{BuildHash, PlayerId, TicketId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::params::{Id, params};
use crate::queries;
use crate::rows::{corrupt, get};
use crate::store::PostgresStore;

/// Outcome of the single row that a caller gets who does not lead.
const FENCED: i16 = 9;

/// Commits the pairings of one leader.
pub(super) async fn commit(
    store: &PostgresStore,
    leadership: &Leadership,
    pairings: &[Pairing],
    at: Timestamp,
) -> Result<Commit> {
    let seats = |of: fn(&Pairing) -> Uuid| -> Vec<Uuid> { pairings.iter().map(of).collect() };
    let rows = store
        .query(
            &queries::MATCHES_COMMIT,
            params![
                leadership.queue.as_str(),
                leadership.epoch.0,
                leadership.boot.uuid(),
                at.micros(),
                seats(|pairing| pairing.match_id.uuid()),
                seats(|pairing| pairing.seats[0].0.uuid()),
                seats(|pairing| pairing.seats[0].1.uuid()),
                seats(|pairing| pairing.seats[1].0.uuid()),
                seats(|pairing| pairing.seats[1].1.uuid()),
                column(pairings, |pairing| pairing.stamps.engine.as_str()),
                column(pairings, |pairing| i64::from(pairing.stamps.rules_version)),
                column(pairings, |pairing| pairing.stamps.content.as_bytes().as_slice()),
                column(pairings, |pairing| pairing.stamps.rng.as_str()),
                column(pairings, |pairing| pairing.stamps.seed.as_slice()),
            ],
        )
        .await?;
    if let [row] = &rows[..]
        && get::<i16>(row, 0)? == FENCED
    {
        return Ok(Commit::Fenced);
    }
    let outcomes = pairings.iter().zip(&rows);
    let outcomes = outcomes.map(|(pairing, row)| outcome(pairing, row, at));
    Ok(Commit::Outcomes(outcomes.collect::<Result<_>>()?))
}

fn column<'a, T>(pairings: &'a [Pairing], of: impl FnMut(&'a Pairing) -> T) -> Vec<T> {
    pairings.iter().map(of).collect()
}

fn outcome(pairing: &Pairing, row: &Row, at: Timestamp) -> Result<Paired> {
    match get::<i16>(row, 0)? {
        0 => {
            let [left, right] = pairing.seats;
            Ok(Paired::Done(Box::new(PendingMatch {
                id: pairing.match_id,
                mode: Mode::Ranked,
                stamps: pairing.stamps.clone(),
                seats: [seat(left, get(row, 1)?), seat(right, get(row, 2)?)],
                created_at: at,
            })))
        }
        1 => Ok(Paired::Already),
        2 => Ok(Paired::Gone {
            gone: [get(row, 3)?, get(row, 4)?],
        }),
        3 => Ok(Paired::OutOfSpread {
            ratings: [get(row, 5)?, get(row, 6)?],
        }),
        other => Err(corrupt(format!("pairing has no outcome {other}"))),
    }
}

const fn seat((player, ticket): (PlayerId, TicketId), build: BuildHash) -> Seat {
    Seat {
        entrant: Entrant::Player { player, ticket },
        build,
    }
}
