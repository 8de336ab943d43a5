//! What must hold after a schedule, once the faults have ended and all is quiet.

use std::sync::Arc;
use std::time::Duration;

use tiltyard_db::durable::audit::Violation;
use tiltyard_db::durable::matches::MatchState;
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::Live;
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{PlayerEvent, QueueName};

use super::crowd::Told;
use super::fleet::Fleet;
use super::link::{Link, lock};
use super::live::LiveLink;
use super::node::outcome;
use super::soundness::broken;
use super::truth::Truth;
use crate::matchmaking::asking;

/// Ratings nearer to the edge of a spread than this count as neither side of it, as in pairing.
const EDGE: f64 = 0.002;

/// From the end of the faults until all is quiet: a job whose worker died lies for 3 s before it is claimed.
const QUIET_WITHIN: Duration = Duration::from_secs(10);

/// By how much the clocks of two nodes differ at most.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

/// Time between two comparisons of a leader's memory with the whole queue, and some.
const COMPARED_WITHIN: Duration = Duration::from_secs(310);

/// Says what is still under way, if anything is, and by when it must have ended.
pub(super) fn unrest(truth: &Truth, told: &Told) -> Option<(String, Duration)> {
    if told.open > 0 {
        return Some((format!("{} commands have no answer", told.open), QUIET_WITHIN));
    }
    let mut matches = truth.matches.values();
    if let Some(record) = matches.find(|record| record.state == MatchState::Pending) {
        return Some((format!("match {} is pending", record.pending.id), QUIET_WITHIN));
    }
    for (player, log) in &truth.logs {
        let heard = told.events.get(player).map_or(0, Vec::len);
        if heard < log.events.len() {
            let what = format!("{player} heard {heard} of {} events", log.events.len());
            return Some((what, QUIET_WITHIN));
        }
    }
    let queued: Vec<_> = truth.queued(&QueueName::ranked()).collect();
    let pairs = queued.iter().enumerate();
    let pairs = pairs.flat_map(|(n, left)| queued[n + 1..].iter().map(move |right| (left, right)));
    let waiting = pairs.filter(|(left, right)| fits(left, right)).map(|(left, right)| {
        let is_dated = [left, right].into_iter().any(|ticket| is_dated(truth, ticket));
        let within = if is_dated { COMPARED_WITHIN } else { QUIET_WITHIN };
        (format!("{} and {} fit and wait", left.id, right.id), within)
    });
    waiting.min_by_key(|(_, within)| *within)
}

/// Says whether a ticket's player was rated since it was queued: of ratings that another ticket of the same player earned a leader
/// hears when it tries a pair, when the player queues again, or when it compares.
fn is_dated(truth: &Truth, ticket: &QueuedTicket) -> bool {
    let rated_at = truth.rating(ticket.player).rated_at;
    rated_at.is_some_and(|at| at.after(CLOCKS_DIFFER) > ticket.enqueued_at)
}

fn fits(left: &QueuedTicket, right: &QueuedTicket) -> bool {
    let spread = f64::from(left.spread.min(right.spread));
    left.player != right.player && (left.rating - right.rating).abs() < spread - EDGE
}

/// Holds what players were told against what is stored.
pub(super) fn promises(truth: &Truth, told: &Told) -> Vec<Violation> {
    let mut found: Vec<_> = told.wrong.iter().map(|wrong| broken("told", wrong.clone())).collect();
    for key in &told.accepted {
        if !truth.tickets.contains_key(key) {
            found.push(broken("I1", format!("accepted {key:?} is gone")));
        }
    }
    for key in &told.cancelled {
        let state = truth.tickets.get(key).map(|ticket| ticket.state);
        if state.is_some_and(|state| state != TicketState::Cancelled) {
            found.push(broken("I2", format!("cancelled {key:?} is {state:?}")));
        }
    }
    for key in &told.too_late {
        let state = truth.tickets.get(key).map(|ticket| ticket.state);
        if matches!(state, None | Some(TicketState::Queued | TicketState::Cancelled)) {
            found.push(broken("I2", format!("{key:?} was beyond cancelling and is {state:?}")));
        }
    }
    for (player, events) in &told.events {
        let log = truth.logs.get(player).into_iter().flat_map(|log| log.events.values());
        let log: Vec<_> = log.map(|record| &record.event).collect();
        if !log.iter().copied().eq(events) {
            found.push(broken(
                "I8",
                format!("{player} was told {events:?}, and the log has {log:?}"),
            ));
        }
    }
    for record in truth.matches.values() {
        if let MatchState::Done(done) = &record.state
            && done.outcome.state_hash.0 != outcome(record.pending.id).state_hash
        {
            found.push(broken(
                "I3",
                format!("match {} ended otherwise than it is fought", record.pending.id),
            ));
        }
    }
    found.extend(ends(truth));
    found
}

/// Each ticket ended as its event says.
fn ends(truth: &Truth) -> Vec<Violation> {
    let mut found = Vec::new();
    for ticket in truth.tickets.values() {
        let key = (ticket.new.player, ticket.new.id);
        let log = truth.logs.get(&key.0);
        let told = ticket.told.and_then(|told| log?.events.get(&told));
        let fits = match (ticket.state, told.map(|record| &record.event)) {
            (TicketState::Finished, Some(PlayerEvent::Result(result))) => Some(result.match_id) == ticket.match_id,
            (TicketState::Expired, Some(PlayerEvent::TicketExpired { .. }))
            | (TicketState::Returned, Some(PlayerEvent::TicketReturned { .. }))
            | (TicketState::Queued | TicketState::Cancelled | TicketState::Matched, None) => true,
            _ => false,
        };
        if !fits {
            found.push(broken(
                "I1",
                format!("{key:?} is {:?} and was told {told:?}", ticket.state),
            ));
        }
    }
    found
}

/// I12: the leader holds what is queued, at the latest after it has compared the whole queue, which it does every 5 minutes.
pub(super) async fn memory(fleet: &Arc<Fleet>) -> Vec<Violation> {
    let weather = &fleet.world.weather;
    let end = weather.elapsed() + COMPARED_WITHIN;
    news(fleet).await;
    loop {
        let found = held(fleet).await;
        if found.is_empty() || weather.elapsed() > end {
            return found;
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
}

/// Waits for a snapshot that was made from here on: one is posted each second.
async fn news(fleet: &Fleet) {
    let live = board(fleet);
    let queue = QueueName::ranked();
    let posted = async || {
        let snapshot = asking::snapshot(&live, &queue).await.ok().flatten();
        snapshot.map(|snapshot| snapshot.at)
    };
    let (weather, last) = (&fleet.world.weather, posted().await);
    let end = weather.elapsed() + Duration::from_millis(2_100);
    while weather.elapsed() < end && posted().await == last {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns a way to the live store that no fault befalls.
fn board(fleet: &Fleet) -> Live {
    let world = &fleet.world;
    let calm = Link::new(Arc::clone(&world.weather), 99, 0);
    LiveLink::live(world.shared.clone(), calm, 100)
}

/// Asks the leader in its own words: how many tickets it holds, and each queued one by name.
async fn held(fleet: &Arc<Fleet>) -> Vec<Violation> {
    let world = &fleet.world;
    let live = board(fleet);
    let queue = QueueName::ranked();
    let queued: Vec<_> = lock(&world.truth).queued(&queue).collect();
    let mut found = Vec::new();
    match asking::snapshot(&live, &queue).await {
        Ok(Some(snapshot)) if snapshot.tickets == queued.len() => {}
        Ok(Some(snapshot)) => {
            let held = snapshot.tickets;
            found.push(broken(
                "I12",
                format!("the leader holds {held}, queued are {}", queued.len()),
            ));
        }
        other => found.push(broken("I12", format!("nobody leads: {other:?}"))),
    }
    for ticket in queued {
        let answer = asking::explain(&live, &queue, ticket.player, ticket.id).await;
        if !matches!(&answer, Ok(Some(explanation)) if explanation.waiting.is_some()) {
            found.push(broken(
                "I12",
                format!("the leader does not hold {}: {answer:?}", ticket.id),
            ));
        }
    }
    found
}
