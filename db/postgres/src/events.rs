//! The event log. Numbers are given under the lock of the player's head, so that their order is the order of commits.

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::durable::Events;
use tiltyard_db::durable::events::{EventPage, EventRecord};
use tiltyard_protocol::{EventSeq, Generation, PlayerEvent, PlayerId, Timestamp};
use tokio_postgres::Row;

use crate::params::{Id, limit, params, uuids};
use crate::queries;
use crate::rows::{corrupt, get, get_option, only};
use crate::store::PostgresStore;

#[async_trait]
impl Events for PostgresStore {
    async fn generation(&self) -> Result<Generation> {
        let rows = self.query(&queries::GENERATION_GET, params![]).await?;
        Ok(Generation(get(only(&rows)?, 0)?))
    }

    async fn heads(&self, players: &[PlayerId]) -> Result<Vec<EventSeq>> {
        let rows = self.query(&queries::EVENT_HEADS, params![uuids(players)]).await?;
        rows.iter().map(|row| Ok(EventSeq(get(row, 0)?))).collect()
    }

    async fn events_after(&self, player: PlayerId, after: EventSeq, rows: usize) -> Result<EventPage> {
        let rows = self
            .query(&queries::EVENTS_AFTER, params![player.uuid(), after.0, limit(rows)])
            .await?;
        let first = only(&rows)?;
        let events = rows.iter().filter_map(|row| event(row).transpose());
        Ok(EventPage {
            head: EventSeq(get(first, 0)?),
            trimmed: EventSeq(get(first, 1)?),
            events: events.collect::<Result<_>>()?,
        })
    }

    async fn trim_events(&self, before: Timestamp, rows: usize) -> Result<usize> {
        let trimmed = self
            .query(&queries::EVENTS_TRIM, params![before.micros(), limit(rows)])
            .await?;
        let trimmed = get::<i64>(only(&trimmed)?, 0)?;
        usize::try_from(trimmed).map_err(|_error| corrupt(format!("{trimmed} events were trimmed")))
    }
}

/// Returns an event as it is stored.
///
/// # Errors
/// `Corrupt` if it has no JSON.
pub(crate) fn json(event: &PlayerEvent) -> Result<String> {
    serde_json::to_string(event).map_err(|error| corrupt(format!("an event has no JSON: {error}")))
}

/// Returns the event of a row; `None` in the row of a page without any.
fn event(row: &Row) -> Result<Option<EventRecord>> {
    let Some(seq) = get_option(row, 2)? else {
        return Ok(None);
    };
    let json = get::<String>(row, 3)?;
    let event =
        serde_json::from_str(&json).map_err(|error| corrupt(format!("an event is not of this version: {error}")))?;
    Ok(Some(EventRecord {
        seq: EventSeq(seq),
        event,
        at: get(row, 4)?,
    }))
}
