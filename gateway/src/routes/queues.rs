//! Queues: what there is, how long it takes, why somebody still waits; and for operators pausing and resuming.

use std::sync::Arc;

use http::StatusCode;
use tiltyard_actors::{Explanation, Snapshot, Waiting};
use tiltyard_db::durable::tickets::TicketRecord;
use tiltyard_protocol::http::queues::{
    EstimateView, OthersView, PauseView, QueueChange, QueueList, QueueView, TrafficView, WaitingView,
};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::limits::REASON_CHARS_MAX;
use tiltyard_protocol::{PlayerId, Problem, ProblemCode, QueueName, Timestamp};

use super::{is_deceptive, not_found, store_problem, tickets};
use crate::config::Queue;
use crate::http::{Answer, Call, json, json_reply};
use crate::shared::Shared;

/// Time after which to look again whether a paused queue goes on.
const PAUSED_RETRY_S: u32 = 30;

/// `GET /v1/queues`, `GET /v1/operator/queues`
pub(crate) async fn list(shared: Arc<Shared>) -> Answer {
    let snapshots = shared.queues.iter().map(|queue| snapshot(&shared, &queue.name));
    let snapshots = futures::future::join_all(snapshots).await;
    let views = shared.queues.iter().zip(snapshots);
    let queues = views.map(|(queue, snapshot)| view(&shared, queue, snapshot.as_ref()));
    json_reply(
        StatusCode::OK,
        &QueueList {
            queues: queues.collect(),
        },
    )
}

/// `GET /v1/queues/{queue}/estimate`
pub(crate) async fn estimate(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let queue = of_path(&shared, &call)?;
    call.check_query(&["spread"])?;
    let spread = match call.query("spread") {
        None => queue.spread,
        Some(text) => spread_of(text, queue.spread_max)?,
    };
    let ratings = shared.durable.ratings.ratings(&[player]).await;
    let ratings = ratings.map_err(|error| store_problem(&error))?;
    let rating = ratings.first().map(|record| record.rating.rating);
    let rating = rating.ok_or_else(|| Problem::new(ProblemCode::Internal, "the rating could not be read"))?;
    let snapshot = snapshot(&shared, &queue.name).await;
    let expected_wait_ms = snapshot
        .as_ref()
        .and_then(|snapshot| snapshot.expected_wait_ms(rating, spread));
    let note = match (&snapshot, expected_wait_ms) {
        _ if paused(&shared, &queue.name).is_some() => "the queue is paused; the figures are those of before",
        (None, _) => "nobody leads the queue at the moment; ask again in a few seconds",
        (Some(_), None) => "nobody who fits came in the last minute; a wider spread, or allowing to widen it, may help",
        (Some(_), Some(_)) => "if tickets go on arriving as in the last minute",
    };
    let view = EstimateView {
        queue: queue.name.clone(),
        spread,
        rating,
        expected_wait_ms,
        fitting_per_minute: snapshot.map(|snapshot| snapshot.fitting_per_minute(rating, spread)),
        note: note.to_owned(),
    };
    json_reply(StatusCode::OK, &view)
}

/// `GET /v1/tickets/{ticket}/waiting`
pub(crate) async fn waiting(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    explain(&shared, player, &call).await
}

/// `GET /v1/operator/players/{player}/tickets/{ticket}/waiting`
pub(crate) async fn waiting_of(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.params.parse("player")?;
    explain(&shared, player, &call).await
}

/// `POST /v1/queues/{queue}/pause`
pub(crate) async fn pause(shared: Arc<Shared>, call: Call) -> Answer {
    change(&shared, &call, true).await
}

/// `POST /v1/queues/{queue}/resume`
pub(crate) async fn resume(shared: Arc<Shared>, call: Call) -> Answer {
    change(&shared, &call, false).await
}

/// Returns the queue that a ticket names, or the one of those that name none.
pub(super) fn of_ticket<'a>(shared: &'a Shared, name: Option<&QueueName>) -> Result<&'a Queue, Problem> {
    let found = match name {
        None => shared.queues.first(),
        Some(name) => shared.queues.iter().find(|queue| queue.name == *name),
    };
    found.ok_or_else(|| Problem::field("queue", "unknown_queue", known_queues(shared)))
}

/// Refuses new tickets of a paused queue.
pub(super) fn check_open(shared: &Shared, queue: &Queue) -> Result<(), Problem> {
    let Some(pause) = paused(shared, &queue.name) else {
        return Ok(());
    };
    let detail = format!("queue {} is paused: {}", queue.name, pause.reason);
    Err(Problem::new(ProblemCode::QueuePaused, detail).retry_after(PAUSED_RETRY_S))
}

async fn change(shared: &Shared, call: &Call, paused: bool) -> Answer {
    let queue = of_path(shared, call)?;
    let QueueChange { reason } = json(&call.body)?;
    let chars = reason.chars().count();
    if !(1..=REASON_CHARS_MAX).contains(&chars) || reason.chars().any(is_deceptive) {
        let message =
            format!("must have 1 to {REASON_CHARS_MAX} characters, no control or direction characters among them");
        return Err(Problem::field("reason", "characters", message));
    }
    let changed = shared.system.change_queue(queue.name.clone(), paused, reason).await;
    changed.map_err(|error| store_problem(&error))?;
    let snapshot = snapshot(shared, &queue.name).await;
    json_reply(StatusCode::OK, &view(shared, queue, snapshot.as_ref()))
}

async fn explain(shared: &Shared, player: PlayerId, call: &Call) -> Answer {
    let ticket = tickets::known(shared, player, call.params.parse("ticket")?).await?;
    let ticket = ticket.ok_or_else(|| not_found("ticket"))?;
    let queue = ticket.ranked.as_ref().map(|(queue, _)| queue.clone());
    let queued = queue.as_ref().filter(|_| ticket.state == TicketState::Queued);
    let answer = match queued {
        None => None,
        Some(queue) => match shared.system.explain(queue, player, ticket.id).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(%error, "a leader could not be asked");
                None
            }
        },
    };
    let paused = queued.and_then(|queue| paused(shared, queue));
    let why = why(&ticket, paused.is_some(), answer.as_ref());
    let view = WaitingView {
        ticket: ticket.id,
        state: ticket.state,
        queue,
        age_ms: age_ms(call.now, ticket.enqueued_at),
        paused,
        others: answer.and_then(|answer| answer.waiting).map(others),
        expected_wait_ms: answer.and_then(|answer| answer.expected_wait_ms),
        why: why.to_owned(),
    };
    json_reply(StatusCode::OK, &view)
}

/// Says in a sentence why a ticket waits, or that it does not.
const fn why(ticket: &TicketRecord, paused: bool, answer: Option<&Explanation>) -> &'static str {
    if !matches!(ticket.state, TicketState::Queued) {
        return "the ticket does not wait; see its state";
    }
    if paused {
        return "the queue is paused";
    }
    match answer {
        None => "nobody leads the queue at the moment, or it did not answer in time; the ticket keeps its place",
        Some(Explanation { waiting: None, .. }) => "it is being matched, or the leader hears of it within a second",
        Some(Explanation {
            waiting: Some(waiting), ..
        }) => obstacle(waiting),
    }
}

const fn obstacle(waiting: &Waiting) -> &'static str {
    if waiting.behind_own_ticket {
        "another ticket of yours goes first"
    } else if waiting.fitting > 0 {
        "somebody fits: the next pairing looks at it"
    } else if waiting.others == waiting.same_family {
        "nobody else waits"
    } else if waiting.recent > 0 {
        "who fits has met you a short time ago"
    } else if waiting.blocked > 0 {
        "who fits is blocked, by you or you by them"
    } else if waiting.outside_their_spread > 0 {
        "who is near enough for you wants somebody nearer"
    } else {
        "nobody waits within your spread"
    }
}

const fn others(waiting: Waiting) -> OthersView {
    let Waiting {
        others,
        same_family,
        outside_own_spread,
        outside_their_spread,
        blocked,
        recent,
        fitting,
        nearest_gap,
        spread,
        behind_own_ticket,
    } = waiting;
    OthersView {
        waiting: others,
        same_family,
        outside_own_spread,
        outside_their_spread,
        blocked,
        recent,
        fitting,
        spread,
        nearest_gap,
        behind_own_ticket,
    }
}

/// Returns what a queue's leader said last; an outage of the live store looks as if nobody led.
async fn snapshot(shared: &Shared, queue: &QueueName) -> Option<Snapshot> {
    match shared.system.snapshot(queue).await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            tracing::debug!(%error, "a snapshot could not be read");
            None
        }
    }
}

fn view(shared: &Shared, queue: &Queue, snapshot: Option<&Snapshot>) -> QueueView {
    QueueView {
        name: queue.name.clone(),
        mode: queue.mode(),
        region: queue.region.clone(),
        spread: queue.spread,
        widen_to_max: queue.spread_max,
        paused: paused(shared, &queue.name),
        traffic: snapshot.map(|snapshot| TrafficView {
            at: snapshot.at,
            waiting: snapshot.tickets,
            arriving_per_minute: snapshot.arriving_per_minute(),
            tick_ms: snapshot.tick_ms,
        }),
    }
}

fn paused(shared: &Shared, queue: &QueueName) -> Option<PauseView> {
    let state = shared.system.queue_state(queue).filter(|state| state.paused)?;
    Some(PauseView {
        reason: state.reason,
        since: state.changed_at,
    })
}

fn of_path<'a>(shared: &'a Shared, call: &Call) -> Result<&'a Queue, Problem> {
    let name: QueueName = call.params.parse("queue")?;
    let found = shared.queues.iter().find(|queue| queue.name == name);
    found.ok_or_else(|| Problem::new(ProblemCode::NotFound, known_queues(shared)))
}

fn known_queues(shared: &Shared) -> String {
    let names: Vec<_> = shared.queues.iter().map(|queue| queue.name.as_str()).collect();
    format!("no queue has this name; there are {}", names.join(", "))
}

fn spread_of(text: &str, most: u16) -> Result<u16, Problem> {
    let spread = text.parse().ok().filter(|spread| (1..=most).contains(spread));
    spread.ok_or_else(|| {
        Problem::new(
            ProblemCode::ParameterInvalid,
            format!("spread: a number from 1 to {most}"),
        )
    })
}

fn age_ms(now: Timestamp, since: Timestamp) -> u64 {
    u64::try_from(now.micros().saturating_sub(since.micros())).unwrap_or(0) / 1_000
}
