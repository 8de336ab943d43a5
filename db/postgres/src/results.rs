//! Results: a match finished or given up, with all that follows from it.

mod finishing;

use async_trait::async_trait;
use bytes::Bytes;
use fail::fail_point;
use tiltyard_db::Result;
use tiltyard_db::durable::Results;
use tiltyard_db::durable::events::Appended;
use tiltyard_db::durable::matches::Terms;
use tiltyard_db::durable::results::{Finish, Finished, GiveUp, GivenUp, ReplayRecord};
use tiltyard_protocol::{EventSeq, MatchId, NodeId, PlayerEvent, PlayerId, Timestamp};

use crate::params::{Id, limit, params, uuids};
use crate::rows::{corrupt, get, get_option, only};
use crate::store::PostgresStore;
use crate::{events, queries};

#[async_trait]
impl Results for PostgresStore {
    async fn finish(&self, matches: Vec<Finish>) -> Result<Vec<Finished>> {
        fail_point!("result-before-commit", |_| std::process::abort());
        let outcomes = finishing::finish(self, matches).await;
        fail_point!("result-after-commit", |_| std::process::abort());
        outcomes
    }

    async fn record_failure(&self, id: MatchId, terms: Terms, node: NodeId, why: &str, at: Timestamp) -> Result<u32> {
        let rows = self
            .query(
                &queries::FAILURE_PUT,
                params![
                    id.uuid(),
                    i64::from(terms.rules_version),
                    terms.content.as_bytes().as_slice(),
                    node.uuid(),
                    at.micros(),
                    text(why),
                ],
            )
            .await?;
        get(only(&rows)?, 0)
    }

    async fn give_up(&self, lost: GiveUp) -> Result<GivenUp> {
        fail_point!("result-before-commit", |_| std::process::abort());
        let outcome = give_up(self, &lost).await;
        fail_point!("result-after-commit", |_| std::process::abort());
        outcome
    }

    async fn spooled(&self, rows: usize) -> Result<Vec<(ReplayRecord, Bytes)>> {
        let rows = self.query(&queries::SPOOL_OLDEST, params![limit(rows)]).await?;
        let spooled = rows.iter().map(|row| {
            let replay = ReplayRecord {
                key: get(row, 0)?,
                size: get(row, 1)?,
                checksum: get(row, 2)?,
            };
            Ok((replay, get(row, 3)?))
        });
        spooled.collect()
    }

    async fn spooled_replay(&self, key: &str) -> Result<Option<Bytes>> {
        let found = self.first(&queries::SPOOL_GET, params![key]).await?;
        found.map(|row| get(&row, 0)).transpose()
    }

    async fn unspool(&self, keys: &[String]) -> Result<()> {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let deleted = self.query(&queries::SPOOL_DELETE, params![keys]).await;
        deleted.map(|_rows| ())
    }
}

async fn give_up(store: &PostgresStore, lost: &GiveUp) -> Result<GivenUp> {
    let GiveUp {
        match_id,
        terms,
        why,
        events,
        at,
    } = lost;
    let rows = store
        .query(
            &queries::MATCH_GIVE_UP,
            params![
                match_id.uuid(),
                i64::from(terms.rules_version),
                terms.content.as_bytes().as_slice(),
                text(why),
                at.micros(),
                uuids(events.iter().map(|(player, _)| player)),
                uuids(&tickets(events)),
                jsons(events)?,
            ],
        )
        .await?;
    Ok(match get_option::<Vec<i64>>(only(&rows)?, 0)? {
        Some(seqs) => GivenUp::Done(appended(events, seqs)?),
        None => GivenUp::NotPending,
    })
}

fn tickets(events: &[(PlayerId, PlayerEvent)]) -> Vec<tiltyard_protocol::TicketId> {
    events.iter().map(|(_, event)| event.ticket()).collect()
}

fn jsons(events: &[(PlayerId, PlayerEvent)]) -> Result<Vec<String>> {
    events.iter().map(|(_, event)| events::json(event)).collect()
}

/// Returns the places of `events` in their logs, given the numbers in their order.
fn appended(events: &[(PlayerId, PlayerEvent)], seqs: impl IntoIterator<Item = i64>) -> Result<Vec<Appended>> {
    let players = events.iter().map(|(player, _)| *player);
    let appended: Vec<Appended> = players
        .zip(seqs)
        .map(|(player, seq)| Appended {
            player,
            seq: EventSeq(seq),
        })
        .collect();
    if appended.len() == events.len() {
        Ok(appended)
    } else {
        let (found, expected) = (appended.len(), events.len());
        Err(corrupt(format!("{found} of {expected} events have a number")))
    }
}

/// Returns text that PostgreSQL takes: it has no place for NUL.
fn text(why: &str) -> String {
    why.replace('\0', "\u{fffd}")
}
