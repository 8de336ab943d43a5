//! The event log. Numbers are given under the one writer, so that their order is the order of commits.

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Events;
use tiltyard_db::durable::events::{Appended, EventPage, EventRecord};
use tiltyard_protocol::{EventSeq, Generation, PlayerEvent, PlayerId, Timestamp};

use crate::fault::{Fault, Work};
use crate::queries;
use crate::sql::{all, first, limit, run};
use crate::store::SqliteStore;
use crate::writer::Purpose;

#[async_trait]
impl Events for SqliteStore {
    async fn generation(&self) -> Result<Generation> {
        self.read(|on| {
            let found = first(on, queries::GENERATION_GET, [], |row| Ok(Generation(row.get(0)?)))?;
            found.ok_or_else(|| Fault::Unreadable("the log has no generation".to_owned()))
        })
        .await
    }

    async fn heads(&self, players: &[PlayerId]) -> Result<Vec<EventSeq>> {
        let players = players.to_vec();
        self.read(move |on| {
            let seq = |player: &PlayerId| Ok(head(on, *player)?.seq);
            players.iter().map(seq).collect()
        })
        .await
    }

    async fn events_after(&self, player: PlayerId, after: EventSeq, limit: usize) -> Result<EventPage> {
        self.read(move |on| page(on, player, after, limit)).await
    }

    async fn trim_events(&self, before: Timestamp, limit: usize) -> Result<usize> {
        self.write(Purpose::Other, limit, move |on| trim(on, before, limit))
            .await
    }
}

/// Stores one event under the player's next number.
pub(crate) fn append(on: &Connection, player: PlayerId, event: &PlayerEvent, at: Timestamp) -> Work<Appended> {
    let advanced = first(
        on,
        queries::EVENT_HEAD_ADVANCE,
        params![player.as_bytes(), at.micros()],
        |row| Ok((EventSeq(row.get(0)?), row.get::<_, i64>(1)?)),
    )?;
    let (seq, at_micros) = advanced.ok_or_else(|| Fault::Unreadable(format!("{player} has no event head")))?;
    let json =
        serde_json::to_string(event).map_err(|error| Fault::Unreadable(format!("an event has no JSON: {error}")))?;
    let ticket = event.ticket();
    run(
        on,
        queries::EVENT_INSERT,
        params![player.as_bytes(), seq.0, ticket.as_bytes(), json, at_micros],
    )?;
    Ok(Appended { player, seq })
}

#[derive(Default)]
struct Head {
    seq: EventSeq,
    trimmed: EventSeq,
}

fn head(on: &Connection, player: PlayerId) -> Work<Head> {
    let found = first(on, queries::EVENT_HEAD, [player.as_bytes()], |row| {
        Ok(Head {
            seq: EventSeq(row.get(0)?),
            trimmed: EventSeq(row.get(1)?),
        })
    })?;
    Ok(found.unwrap_or_default())
}

fn page(on: &Connection, player: PlayerId, after: EventSeq, rows: usize) -> Work<EventPage> {
    let Head { seq, trimmed } = head(on, player)?;
    let range = params![player.as_bytes(), after.0, limit(rows)];
    Ok(EventPage {
        head: seq,
        trimmed,
        events: all(on, queries::EVENTS_AFTER, range, event)?,
    })
}

fn event(row: &Row<'_>) -> Work<EventRecord> {
    let json = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    let event = serde_json::from_str(json)
        .map_err(|error| Fault::Unreadable(format!("an event is not of this version: {error}")))?;
    Ok(EventRecord {
        seq: EventSeq(row.get(0)?),
        event,
        at: Timestamp::from_micros(row.get(2)?),
    })
}

/// Forgets the oldest events. In each log times never go back, so that what goes is a prefix.
fn trim(on: &Connection, before: Timestamp, rows: usize) -> Work<usize> {
    let oldest = all(
        on,
        queries::EVENTS_TRIMMABLE,
        params![before.micros(), limit(rows)],
        |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, i64>(1)?)),
    )?;
    for (player, seq) in &oldest {
        run(on, queries::EVENT_DELETE, params![player, seq])?;
        run(on, queries::EVENT_HEAD_TRIM, params![player, seq])?;
    }
    Ok(oldest.len())
}
