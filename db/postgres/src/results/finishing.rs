//! Finishes matches, in one statement that locks before it decides.

use tiltyard_db::Result;
use tiltyard_db::durable::ratings::{Rating, RatingChange};
use tiltyard_db::durable::results::{Finish, Finished};
use tiltyard_protocol::{PlayerEvent, PlayerId, StateHash};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::codes::Stored;
use crate::events;
use crate::params::{Id, params};
use crate::queries;
use crate::rows::{corrupt, get_option, only};
use crate::store::PostgresStore;

/// Finishes matches. What is no rating would fail the statement for all of them, so it is left out.
pub(super) async fn finish(store: &PostgresStore, matches: Vec<Finish>) -> Result<Vec<Finished>> {
    let sound: Vec<_> = matches.iter().map(Finish::is_sound).collect();
    let matches: Vec<_> = matches.into_iter().filter(Finish::is_sound).collect();
    let mut finished = finish_sound(store, &matches).await?.into_iter();
    let answer = |sound| {
        if sound {
            finished.next()
        } else {
            Some(Finished::Refused)
        }
    };
    Ok(sound.into_iter().filter_map(answer).collect())
}

async fn finish_sound(store: &PostgresStore, matches: &[Finish]) -> Result<Vec<Finished>> {
    let changes = changes(matches);
    let told = told(matches);
    let jsons = told.iter().map(|(_, _, event)| events::json(event));
    let rows = store
        .query(
            &queries::MATCHES_FINISH,
            params![
                column(matches, |fought| fought.match_id.uuid()),
                column(matches, |fought| i64::from(fought.terms.rules_version)),
                column(matches, |fought| fought.terms.content.as_bytes().as_slice()),
                column(matches, |fought| fought.outcome.winner.map(Stored::code)),
                column(matches, |fought| fought.outcome.reason.code()),
                column(matches, |fought| i64::from(fought.outcome.ticks)),
                column(matches, |fought| fought.outcome.state_hash.0.cast_signed()),
                column(matches, |fought| fought.result.as_ref()),
                column(matches, |fought| fought.replay.key.as_str()),
                column(matches, |fought| i64::from(fought.replay.size)),
                column(matches, |fought| fought.replay.checksum.as_slice()),
                column(matches, |fought| fought.spool.as_deref()),
                column(matches, |fought| fought.finished_at.micros()),
                column(&changes, |(item, _)| *item),
                column(&changes, |(_, change)| change.player.uuid()),
                column(&changes, |(_, change)| change.number),
                numbers(&changes, |change| change.before, |rating| rating.rating),
                numbers(&changes, |change| change.before, |rating| rating.deviation),
                numbers(&changes, |change| change.before, |rating| rating.volatility),
                numbers(&changes, |change| change.after, |rating| rating.rating),
                numbers(&changes, |change| change.after, |rating| rating.deviation),
                numbers(&changes, |change| change.after, |rating| rating.volatility),
                numbers(&changes, |change| change.opponent, |rating| rating.rating),
                numbers(&changes, |change| change.opponent, |rating| rating.deviation),
                numbers(&changes, |change| change.opponent, |rating| rating.volatility),
                column(&changes, |(_, change)| change.score.code()),
                column(&changes, |(_, change)| change.idle_micros),
                column(&changes, |(_, change)| change.algorithm),
                column(&changes, |(_, change)| change.at.micros()),
                column(&told, |(item, ..)| *item),
                column(&told, |(_, player, _)| -> Uuid { player.uuid() }),
                column(&told, |(_, _, event)| event.ticket().uuid()),
                jsons.collect::<Result<Vec<String>>>()?,
            ],
        )
        .await?;
    outcomes(matches, only(&rows)?)
}

fn column<'a, S, T>(items: &'a [S], of: impl FnMut(&'a S) -> T) -> Vec<T> {
    items.iter().map(of).collect()
}

/// A change with the place of its match, from 1.
type Change<'a> = (i32, &'a RatingChange);

fn changes(matches: &[Finish]) -> Vec<Change<'_>> {
    let changes = (1..).zip(matches).map(|(item, fought)| (item, &fought.ratings));
    changes
        .flat_map(|(item, changes)| changes.iter().map(move |change| (item, change)))
        .collect()
}

fn numbers(changes: &[Change<'_>], which: fn(&RatingChange) -> Rating, number: fn(Rating) -> f64) -> Vec<f64> {
    changes.iter().map(|(_, change)| number(which(change))).collect()
}

/// The events, in order, with the place of their match, from 1.
fn told(matches: &[Finish]) -> Vec<(i32, PlayerId, &PlayerEvent)> {
    let events = (1..).zip(matches).map(|(item, fought)| (item, &fought.events));
    events
        .flat_map(|(item, events)| events.iter().map(move |(player, event)| (item, *player, event)))
        .collect()
}

fn outcomes(matches: &[Finish], row: &Row) -> Result<Vec<Finished>> {
    let outcomes = get_option::<Vec<i16>>(row, 0)?.unwrap_or_default();
    let hashes = get_option::<Vec<Option<i64>>>(row, 1)?.unwrap_or_default();
    let mut seqs = get_option::<Vec<i64>>(row, 2)?.unwrap_or_default().into_iter();
    let answers = matches.iter().zip(outcomes).zip(hashes);
    answers
        .map(|((fought, outcome), hash)| match (outcome, hash) {
            (0, _) => {
                let seqs = seqs.by_ref().take(fought.events.len());
                super::appended(&fought.events, seqs).map(Finished::Done)
            }
            (1, Some(hash)) => Ok(Finished::Already(StateHash(hash.cast_unsigned()))),
            (1, None) => Err(corrupt(format!("match {} is done without a result", fought.match_id))),
            (2, _) => Ok(Finished::Conflict),
            (3, _) => Ok(Finished::DeadLettered),
            (4, _) => Ok(Finished::NotFound),
            (6, _) => Ok(Finished::Superseded),
            (other, _) => Err(corrupt(format!("finishing has no outcome {other}"))),
        })
        .collect()
}
