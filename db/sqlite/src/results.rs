//! Results: a match finished or given up, with all that follows from it.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Results;
use tiltyard_db::durable::events::Appended;
use tiltyard_db::durable::matches::{Entrant, Terms};
use tiltyard_db::durable::results::{Finish, Finished, GiveUp, GivenUp, ReplayRecord};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{ContentHash, MatchId, NodeId, PlayerEvent, PlayerId, StateHash, Timestamp};

use crate::codes::{Code, Progress};
use crate::fault::{Fault, Work};
use crate::sql::{first, run};
use crate::store::SqliteStore;
use crate::tickets::ending;
use crate::writer::Purpose;
use crate::{events, matches, queries, ratings, spool};

#[async_trait]
impl Results for SqliteStore {
    async fn finish(&self, matches: Vec<Finish>) -> Result<Vec<Finished>> {
        self.write(Purpose::Results, matches.len(), move |on| {
            matches.iter().map(|fought| finish(on, fought)).collect()
        })
        .await
    }

    async fn record_failure(&self, id: MatchId, terms: Terms, node: NodeId, why: &str, at: Timestamp) -> Result<u32> {
        let why = why.to_owned();
        self.write(Purpose::Other, 1, move |on| {
            let of = (id.as_bytes(), terms.rules_version, terms.content.as_bytes());
            let row = params![of.0, of.1, of.2, node.as_bytes(), at.micros(), why];
            run(on, queries::FAILURE_PUT, row)?;
            let failures = first(on, queries::FAILURE_COUNT, of, |row| Ok(row.get(0)?))?;
            Ok(failures.unwrap_or(0))
        })
        .await
    }

    async fn give_up(&self, lost: GiveUp) -> Result<GivenUp> {
        self.write(Purpose::Results, 1, move |on| give_up(on, &lost)).await
    }

    async fn spooled(&self, limit: usize) -> Result<Vec<(ReplayRecord, Bytes)>> {
        self.read(move |on| spool::oldest(on, limit)).await
    }

    async fn spooled_replay(&self, key: &str) -> Result<Option<Bytes>> {
        let key = key.to_owned();
        self.read(move |on| spool::get(on, &key)).await
    }

    async fn unspool(&self, keys: &[String]) -> Result<()> {
        let keys = keys.to_vec();
        self.write(Purpose::Other, keys.len(), move |on| spool::forget(on, &keys))
            .await
    }
}

/// Finishes one match. Everything is decided before the first change, so that a refusal leaves nothing half done.
fn finish(on: &Connection, fought: &Finish) -> Work<Finished> {
    if !fought.is_sound() {
        return Ok(Finished::Refused);
    }
    match progress(on, fought.match_id)? {
        None => return Ok(Finished::NotFound),
        Some((Progress::DeadLettered, ..)) => return Ok(Finished::DeadLettered),
        Some((_, _, terms)) if terms != fought.terms => return Ok(Finished::Superseded),
        Some((Progress::Done, hash, _)) => {
            return hash
                .map(Finished::Already)
                .ok_or_else(|| Fault::Unreadable(format!("match {} is done without a result", fought.match_id)));
        }
        Some((Progress::Pending, ..)) => {}
    }
    for change in &fought.ratings {
        if ratings::get(on, change.player)?.version + 1 != change.number {
            return Ok(Finished::Conflict);
        }
    }
    put_result(on, fought)?;
    matches::set_progress(on, fought.match_id, Progress::Done)?;
    if let Some(bytes) = &fought.spool {
        spool::put(on, &fought.replay, bytes, fought.finished_at)?;
    }
    for change in &fought.ratings {
        ratings::put(on, change)?;
    }
    let end = End {
        match_id: fought.match_id,
        state: TicketState::Finished,
        events: &fought.events,
        at: fought.finished_at,
    };
    Ok(Finished::Done(end.tell(on)?))
}

fn give_up(on: &Connection, lost: &GiveUp) -> Work<GivenUp> {
    let GiveUp {
        match_id,
        terms,
        why,
        events,
        at,
    } = lost;
    match progress(on, *match_id)? {
        Some((Progress::Pending, _, under)) if under == *terms => {}
        Some(_) | None => return Ok(GivenUp::NotPending),
    }
    run(
        on,
        queries::DEAD_LETTER_PUT,
        params![match_id.as_bytes(), why, at.micros()],
    )?;
    matches::set_progress(on, *match_id, Progress::DeadLettered)?;
    let end = End {
        match_id: *match_id,
        state: TicketState::Returned,
        events,
        at: *at,
    };
    Ok(GivenUp::Done(end.tell(on)?))
}

/// The end of a match for its tickets and their owners.
struct End<'a> {
    match_id: MatchId,
    state: TicketState,
    events: &'a [(PlayerId, PlayerEvent)],
    at: Timestamp,
}

impl End<'_> {
    /// Stores the events, then ends each ticket with the number of the event that tells of it.
    fn tell(&self, on: &Connection) -> Work<Vec<Appended>> {
        let mut appended = Vec::with_capacity(self.events.len());
        for (player, event) in self.events {
            appended.push(events::append(on, *player, event, self.at)?);
        }
        for seat in matches::seats(on, self.match_id)? {
            let Entrant::Player { player, ticket } = seat.entrant else {
                continue;
            };
            let told = self.events.iter().zip(&appended);
            let told = told
                .filter(|((owner, event), _)| *owner == player && event.ticket() == ticket)
                .map(|(_, appended)| appended.seq)
                .next();
            ending::set(on, (player, ticket), self.state, told, self.at)?;
        }
        Ok(appended)
    }
}

fn progress(on: &Connection, id: MatchId) -> Work<Option<(Progress, Option<StateHash>, Terms)>> {
    first(on, queries::MATCH_STATE, [id.as_bytes()], |row| {
        let hash = row.get::<_, Option<i64>>(1)?;
        let progress = row.get::<_, Code<Progress>>(0)?.0;
        let terms = Terms {
            rules_version: row.get(2)?,
            content: ContentHash::from_bytes(row.get(3)?),
        };
        Ok((progress, hash.map(|bits| StateHash(bits.cast_unsigned())), terms))
    })
}

fn put_result(on: &Connection, fought: &Finish) -> Work<()> {
    let Finish {
        match_id,
        outcome,
        result,
        replay,
        finished_at,
        ..
    } = fought;
    run(
        on,
        queries::MATCH_RESULT_PUT,
        params![
            match_id.as_bytes(),
            outcome.winner.map(Code),
            Code(outcome.reason),
            outcome.ticks,
            outcome.state_hash.0.cast_signed(),
            result.as_ref(),
            replay.key,
            replay.size,
            replay.checksum,
            finished_at.micros(),
        ],
    )?;
    Ok(())
}
