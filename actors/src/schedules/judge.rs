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

/// Time between two comparisons of a leader's memory with the whole queue, and some.
const COMPARED_WITHIN: Duration = Duration::from_secs(310);

/// Says what is still under way, if anything is.
pub(super) fn unrest(truth: &Truth, told: &Told) -> Option<String> {
    let queue = QueueName::ranked();
    let queued: Vec<_> = truth.queued(&queue).collect();
    if told.open > 0 {
        return Some(format!("{} commands have no answer", told.open));
    }
    let mut matches = truth.matches.values();
    if let Some(record) = matches.find(|record| record.state == MatchState::Pending) {
        return Some(format!("match {} is pending", record.pending.id));
    }
    for (n, left) in queued.iter().enumerate() {
        if let Some(right) = queued[n + 1..].iter().find(|right| fits(left, right)) {
            return Some(format!("{} and {} fit and wait", left.id, right.id));
        }
    }
    for (player, log) in &truth.logs {
        let heard = told.events.get(player).map_or(0, Vec::len);
        if heard < log.events.len() {
            return Some(format!("{player} heard {heard} of {} events", log.events.len()));
        }
    }
    None
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
    let end = fleet.world.weather.elapsed() + COMPARED_WITHIN;
    // A snapshot is posted each second.
    let mut pause = Duration::from_millis(2_100);
    loop {
        tokio::time::sleep(pause).await;
        let found = held(fleet).await;
        if found.is_empty() || fleet.world.weather.elapsed() > end {
            return found;
        }
        pause = Duration::from_secs(10);
    }
}

/// Asks the leader in its own words: how many tickets it holds, and each queued one by name.
async fn held(fleet: &Arc<Fleet>) -> Vec<Violation> {
    let world = &fleet.world;
    let calm = Link::new(Arc::clone(&world.weather), 99, 0);
    let live: Live = LiveLink::live(world.shared.clone(), calm, 100);
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
