//! Matches and history.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use tiltyard_db::durable::matches::{DoneMatch, Entrant, HistoryCursor, MatchRecord, MatchState, Stamps};
use tiltyard_protocol::event::RatingDelta;
use tiltyard_protocol::http::matches::{MatchList, MatchView, OutcomeView, SeatView, StampsView};
use tiltyard_protocol::limits::HISTORY_PAGE_MAX;
use tiltyard_protocol::{MatchId, PlayerId, Problem, ProblemCode, Side, Timestamp};

use super::{not_found, store_problem};
use crate::http::{Answer, Call, json_reply};
use crate::shared::Shared;

/// Matches on a page if the client does not say.
const PAGE_DEFAULT: usize = 20;

/// `GET /v1/matches`
pub(crate) async fn list(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    call.check_query(&["before", "limit"])?;
    let before = call.query("before").map(parse_cursor).transpose()?;
    let limit = call
        .query("limit")
        .map(parse_limit)
        .transpose()?
        .unwrap_or(PAGE_DEFAULT);
    let records = shared
        .durable
        .matches
        .history(player, before, limit)
        .await
        .map_err(|error| store_problem(&error))?;
    let next = records.last().filter(|_| records.len() == limit).map(cursor_after);
    let matches = views(&shared, player, records).await?;
    json_reply(StatusCode::OK, &MatchList { matches, next })
}

/// `GET /v1/matches/{match}`
pub(crate) async fn get(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let record = of_player(&shared, player, call.params.parse("match")?).await?;
    let mut views = views(&shared, player, vec![record]).await?;
    json_reply(StatusCode::OK, &views.pop().ok_or_else(|| not_found("match"))?)
}

/// Reads a match of the player; everybody else's is not found.
pub(super) async fn of_player(shared: &Shared, player: PlayerId, id: MatchId) -> Result<MatchRecord, Problem> {
    let record = shared
        .durable
        .matches
        .match_of(player, id)
        .await
        .map_err(|error| store_problem(&error))?;
    record.ok_or_else(|| not_found("match"))
}

async fn views(shared: &Shared, player: PlayerId, records: Vec<MatchRecord>) -> Result<Vec<MatchView>, Problem> {
    let names = names(shared, &records).await?;
    let rules = shared.rules.in_force();
    let name_of = |entrant: &Entrant| match entrant {
        Entrant::Player { player, .. } => names.get(player).cloned().unwrap_or_default(),
        Entrant::Bot { bot } => rules
            .content()
            .bot(bot)
            .map_or_else(|| bot.clone(), |bot| bot.name.clone()),
    };
    records
        .into_iter()
        .map(|record| view(player, record, &name_of).ok_or_else(|| not_found("match")))
        .collect()
}

async fn names(shared: &Shared, records: &[MatchRecord]) -> Result<BTreeMap<PlayerId, String>, Problem> {
    let seats = records.iter().flat_map(|record| &record.pending.seats);
    let mut ids: Vec<_> = seats.filter_map(|seat| Some(seat.entrant.player()?.0)).collect();
    ids.sort_unstable();
    ids.dedup();
    let players = shared
        .durable
        .players
        .players(&ids)
        .await
        .map_err(|error| store_problem(&error))?;
    Ok(players
        .into_iter()
        .flatten()
        .map(|player| (player.id, player.name))
        .collect())
}

/// Shows a match to one of its players; `None` to anybody else.
fn view(player: PlayerId, record: MatchRecord, name_of: &impl Fn(&Entrant) -> String) -> Option<MatchView> {
    let MatchRecord { pending, state } = record;
    let own = |side: &Side| {
        pending.seats[side.index()]
            .entrant
            .player()
            .is_some_and(|(id, _)| id == player)
    };
    let side = Side::BOTH.into_iter().find(own)?;
    let (_, ticket) = pending.seats[side.index()].entrant.player()?;
    let done = match state {
        MatchState::Done(done) => Some(*done),
        MatchState::Pending | MatchState::DeadLettered { .. } => None,
    };
    let seat = |side: Side| {
        let entrant = &pending.seats[side.index()].entrant;
        let player = entrant.player().map(|(player, _)| player);
        SeatView {
            player,
            name: name_of(entrant),
            rating: rating_of(player, done.as_ref()),
        }
    };
    let seats = Side::BOTH.map(seat);
    let Stamps {
        engine,
        rules_version,
        content,
        rng: _,
        seed: _,
    } = pending.stamps;
    Some(MatchView {
        id: pending.id,
        mode: pending.mode,
        created_at: pending.created_at,
        side,
        ticket,
        seats,
        stamps: StampsView {
            engine,
            rules_version,
            content,
        },
        outcome: done.as_ref().map(outcome),
        replay: done.map(|_| format!("/v1/matches/{}/replay", pending.id)),
    })
}

fn rating_of(player: Option<PlayerId>, done: Option<&DoneMatch>) -> Option<RatingDelta> {
    let player = player?;
    let change = done?.ratings.iter().find(|change| change.player == player)?;
    let (before, after) = (change.before.rating, change.after.rating);
    Some(RatingDelta {
        before,
        after,
        number: change.number,
    })
}

const fn outcome(done: &DoneMatch) -> OutcomeView {
    let outcome = done.outcome;
    OutcomeView {
        winner: outcome.winner,
        reason: outcome.reason,
        ticks: outcome.ticks,
        state_hash: outcome.state_hash,
        finished_at: done.finished_at,
    }
}

fn cursor_after(record: &MatchRecord) -> String {
    format!("{}.{}", record.pending.created_at.micros(), record.pending.id)
}

fn parse_cursor(text: &str) -> Result<HistoryCursor, Problem> {
    let parsed = text.split_once('.').and_then(|(micros, id)| {
        let created_at = Timestamp::from_micros(micros.parse().ok()?);
        Some(HistoryCursor {
            created_at,
            id: id.parse().ok()?,
        })
    });
    parsed.ok_or_else(|| {
        Problem::new(
            ProblemCode::ParameterInvalid,
            "before: pass what the page before named as next",
        )
    })
}

fn parse_limit(text: &str) -> Result<usize, Problem> {
    match text.parse() {
        Ok(limit) if (1..=HISTORY_PAGE_MAX).contains(&limit) => Ok(limit),
        Ok(_) | Err(_) => {
            let detail = format!("limit: a whole number from 1 to {HISTORY_PAGE_MAX}");
            Err(Problem::new(ProblemCode::ParameterInvalid, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_and_limits_parse_strictly() {
        let id = MatchId::from_bytes([5; 16]);
        let cursor = parse_cursor(&format!("123.{id}")).unwrap();
        assert_eq!(
            cursor,
            HistoryCursor {
                created_at: Timestamp::from_micros(123),
                id
            }
        );
        for text in ["", "123", "x.y", "123.", "9999999999999999999.0"] {
            assert_eq!(parse_cursor(text).unwrap_err().status, 400, "{text}");
        }
        assert_eq!(parse_limit("100"), Ok(100));
        for text in ["0", "101", "-1", "ten", ""] {
            assert_eq!(parse_limit(text).unwrap_err().status, 400, "{text}");
        }
    }
}
