//! Tickets: queueing a team, looking, cancelling. A command goes to the writers; a look goes to the store.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tiltyard_actors::InForce;
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket as StoredTicket, Purpose, TicketRecord};
use tiltyard_protocol::http::tickets::{Mode, NewTicket, TicketList, TicketState, TicketView};
use tiltyard_protocol::limits::{TICKET_FUTURE_MAX, TICKET_LIFE, TICKET_RETENTION, TICKETS_PER_PLAYER_MAX};
use tiltyard_protocol::{BuildHash, MatchId, PlayerId, Problem, ProblemCode, TicketId, Timestamp};

use super::teams::stored_build;
use super::{command_problem, not_found, queues, store_problem};
use crate::http::{Answer, Call, empty, json, json_reply};
use crate::shared::Shared;

/// `POST /v1/tickets`
pub(crate) async fn post(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let request: NewTicket = json(&call.body)?;
    check_id(request.id(), call.now)?;
    let (build, purpose, life) = match proposed(&shared, player, &request).await {
        Ok(proposed) => proposed,
        // The store tells a repetition of a known id from a conflict by its request alone, whatever became of team, bot and queue.
        Err(refused) => match known(&shared, player, request.id()).await? {
            Some(accepted) => (accepted.build, as_accepted(&shared, accepted), TICKET_LIFE),
            None => return Err(refused),
        },
    };
    let ticket = StoredTicket {
        player,
        id: request.id(),
        request: request_hash(&request)?,
        build,
        purpose,
        enqueued_at: call.now,
        expires_at: call.now.after(life),
    };
    let outcome = shared.system.enqueue(ticket).await.map_err(command_problem)?;
    fail::fail_point!("ticket-before-reply");
    match outcome {
        Enqueued::Accepted(ticket) => json_reply(StatusCode::CREATED, &view(ticket)),
        Enqueued::Already(ticket) => json_reply(StatusCode::OK, &view(ticket)),
        refused @ (Enqueued::Conflict | Enqueued::Cancelled | Enqueued::SlotsFull) => Err(refusal(&refused)),
    }
}

/// `GET /v1/tickets`
pub(crate) async fn list(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let tickets = shared
        .durable
        .tickets
        .live_tickets(player)
        .await
        .map_err(|error| store_problem(&error))?;
    json_reply(
        StatusCode::OK,
        &TicketList {
            tickets: tickets.into_iter().map(view).collect(),
        },
    )
}

/// `GET /v1/tickets/{ticket}`
pub(crate) async fn get(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let ticket = known(&shared, player, call.params.parse("ticket")?).await?;
    json_reply(StatusCode::OK, &view(ticket.ok_or_else(|| not_found("ticket"))?))
}

/// `DELETE /v1/tickets/{ticket}`
pub(crate) async fn cancel(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let id = call.params.parse("ticket")?;
    check_id(id, call.now)?;
    match shared.system.cancel(player, id).await.map_err(command_problem)? {
        Cancelled::Done | Cancelled::Already | Cancelled::Recorded => Ok(empty(StatusCode::NO_CONTENT)),
        Cancelled::TooLate(state) => {
            let detail = format!("the ticket is {} and cannot be cancelled", state_name(state));
            Err(Problem::new(ProblemCode::TicketMatched, detail))
        }
    }
}

pub(super) async fn known(shared: &Shared, player: PlayerId, id: TicketId) -> Result<Option<TicketRecord>, Problem> {
    shared
        .durable
        .tickets
        .ticket(player, id)
        .await
        .map_err(|error| store_problem(&error))
}

/// Refuses ids that could come back after they were forgotten.
fn check_id(id: TicketId, now: Timestamp) -> Result<(), Problem> {
    let Some(millis) = id.unix_millis() else {
        return Err(Problem::field("id", "version", "must be a UUIDv7"));
    };
    let made = Timestamp::from_micros(millis.saturating_mul(1_000));
    if made < now.before(TICKET_RETENTION) {
        return Err(Problem::field(
            "id",
            "too_old",
            "was made more than 7 days ago; make a new one",
        ));
    }
    if made > now.after(TICKET_FUTURE_MAX) {
        return Err(Problem::field(
            "id",
            "in_future",
            "was made more than 5 minutes ahead; set the clock",
        ));
    }
    Ok(())
}

/// Returns what a new ticket takes into battle, what it is for and how long it may wait, by the content and the queues of this moment.
async fn proposed(
    shared: &Shared,
    player: PlayerId,
    request: &NewTicket,
) -> Result<(BuildHash, Purpose, Duration), Problem> {
    // Content may change meanwhile: build, bot and stamps belong to one.
    let rules = shared.rules.in_force();
    let build = team_build(shared, &rules, player, request).await?;
    let (purpose, life) = purpose(shared, &rules, player, request)?;
    Ok((build, purpose, life))
}

/// Returns the team's build as it is at this moment, if it fits the content in force.
async fn team_build(
    shared: &Shared,
    rules: &InForce,
    player: PlayerId,
    request: &NewTicket,
) -> Result<BuildHash, Problem> {
    let team = shared
        .durable
        .teams
        .team(player, request.team())
        .await
        .map_err(|error| store_problem(&error))?
        .ok_or_else(|| not_found("team"))?;
    if !shared.builds.is_known_valid(&team.build, rules) {
        let build = stored_build(shared, team.build)
            .await?
            .ok_or_else(|| not_found("team"))?;
        shared.builds.check(team.build, &build, rules)?;
    }
    Ok(team.build)
}

/// Returns what a new ticket is for, and how long it may wait.
fn purpose(
    shared: &Shared,
    rules: &InForce,
    player: PlayerId,
    request: &NewTicket,
) -> Result<(Purpose, Duration), Problem> {
    match request {
        NewTicket::Ranked {
            queue,
            spread,
            widen_to,
            ..
        } => {
            let queue = queues::of_ticket(shared, queue.as_ref())?;
            let spread = spread.unwrap_or(queue.spread);
            check_within("spread", spread, 1..=queue.spread_max)?;
            if let Some(widen_to) = widen_to {
                check_within("widen_to", *widen_to, spread..=queue.spread_max)?;
            }
            queues::check_open(shared, queue)?;
            let purpose = Purpose::Ranked {
                queue: queue.name.clone(),
                spread,
                widen_to: *widen_to,
            };
            Ok((purpose, queue.ticket_life()))
        }
        NewTicket::Practice { id, bot, .. } => {
            let Some(bot_build) = rules.bot_build(bot) else {
                let keys: Vec<_> = rules.bot_keys().collect();
                let message = format!("no bot team has this key; there are {}", keys.join(", "));
                return Err(Problem::field("bot", "unknown_bot", message));
            };
            let match_id = MatchId::of_tickets(&[(player, *id)]);
            let stamps = shared.rules.stamps_of(rules, match_id);
            let purpose = Purpose::Practice {
                bot: bot.clone(),
                bot_build,
                match_id,
                stamps,
            };
            Ok((purpose, TICKET_LIFE))
        }
    }
}

fn check_within(field: &str, points: u16, range: RangeInclusive<u16>) -> Result<(), Problem> {
    if range.contains(&points) {
        return Ok(());
    }
    let message = format!("{points} is not within {} and {}", range.start(), range.end());
    Err(Problem::field(field, "range", message))
}

/// Returns the purpose of a ticket that was accepted before. Nothing new can come of it: the ticket is there, and so is a
/// practice ticket's match.
fn as_accepted(shared: &Shared, accepted: TicketRecord) -> Purpose {
    let match_id = MatchId::of_tickets(&[(accepted.player, accepted.id)]);
    match accepted.ranked {
        Some((queue, spread)) => Purpose::Ranked {
            queue,
            spread,
            widen_to: None,
        },
        None => Purpose::Practice {
            bot: String::new(),
            bot_build: accepted.build,
            match_id,
            stamps: shared.rules.stamps(match_id),
        },
    }
}

/// Hashes the parsed request, so that spacing and order of fields do not make it another one.
fn request_hash(request: &NewTicket) -> Result<[u8; 32], Problem> {
    match serde_json::to_vec(request) {
        Ok(bytes) => Ok(*blake3::hash(&bytes).as_bytes()),
        Err(error) => {
            tracing::error!(%error, "a request could not be written");
            Err(Problem::new(ProblemCode::Internal, "the request could not be hashed"))
        }
    }
}

fn refusal(outcome: &Enqueued) -> Problem {
    match outcome {
        Enqueued::Cancelled => Problem::new(ProblemCode::TicketCancelled, "this id was cancelled; make a new one"),
        Enqueued::SlotsFull => {
            let detail = format!("at most {TICKETS_PER_PLAYER_MAX} live tickets; wait for one to end, or cancel one");
            Problem::new(ProblemCode::TicketLimit, detail)
        }
        Enqueued::Conflict | Enqueued::Accepted(_) | Enqueued::Already(_) => Problem::new(
            ProblemCode::TicketConflict,
            "this id was used for another request; make a new one",
        ),
    }
}

fn view(ticket: TicketRecord) -> TicketView {
    let TicketRecord {
        player: _,
        id,
        build: _,
        ranked,
        state,
        enqueued_at,
        match_id,
    } = ticket;
    let mode = if ranked.is_some() { Mode::Ranked } else { Mode::Practice };
    TicketView {
        id,
        mode,
        state,
        enqueued_at,
        match_id,
    }
}

const fn state_name(state: TicketState) -> &'static str {
    match state {
        TicketState::Queued => "queued",
        TicketState::Matched => "in a match",
        TicketState::Finished => "finished",
        TicketState::Cancelled => "cancelled",
        TicketState::Expired => "expired",
        TicketState::Returned => "returned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_763_809_200_000_000);

    fn id_made(at: Timestamp) -> TicketId {
        TicketId::from_uuid(crate::node::uuid_v7(at))
    }

    #[test]
    fn an_id_is_a_recent_uuid_v7() {
        let day = Duration::from_secs(24 * 3600);
        assert!(check_id(id_made(NOW), NOW).is_ok());
        assert!(check_id(id_made(NOW.before(6 * day)), NOW).is_ok());
        for (id, code) in [
            (id_made(NOW.before(8 * day)), "too_old"),
            (id_made(NOW.after(day)), "in_future"),
            (TicketId::from_bytes([7; 16]), "version"),
        ] {
            let problem = check_id(id, NOW).unwrap_err();
            assert_eq!((problem.status, problem.errors[0].code.as_str()), (422, code));
        }
    }

    #[test]
    fn the_request_hash_is_over_the_meaning() {
        let parse = |text: &str| serde_json::from_str::<NewTicket>(text).unwrap();
        let id = id_made(NOW);
        let one = parse(&format!(r#"{{"mode":"ranked","id":"{id}","team":"{id}"}}"#));
        let two = parse(&format!(r#"{{ "team":"{id}", "id":"{id}","mode":"ranked"}}"#));
        let three = parse(&format!(r#"{{"mode":"ranked","id":"{id}","team":"{id}","spread":7}}"#));
        assert_eq!(request_hash(&one), request_hash(&two));
        assert_ne!(request_hash(&one), request_hash(&three));
    }
}
