//! Reads a queue: what is recent, and all of it.

use std::time::Duration;

use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_protocol::{QueueName, Timestamp, limits};

use super::events::PAGE;
use crate::Deps;
use crate::health::{DATABASE, Health, LIVE};

/// How far back the recent past goes.
const RECENT_SPAN: Duration = Duration::from_secs(10);

/// Tickets of the recent past.
#[derive(Debug)]
pub(crate) struct Recent {
    pub(crate) tickets: Vec<QueuedTicket>,
    /// When reading them began.
    pub(crate) began: Timestamp,
    /// Whether the simulation is behind.
    pub(crate) congested: bool,
}

/// Reads the tickets of the recent past.
pub(super) async fn recent(deps: Deps, health: Health, queue: QueueName) -> Recent {
    let began = crate::now(&deps.clock);
    let recent = deps
        .durable
        .tickets
        .queued_since(&queue, began.before(RECENT_SPAN), PAGE)
        .await;
    let depth = deps.live.jobs.depth(tiltyard_sim::RULES_VERSION).await;
    let tickets = health.note(DATABASE, recent).unwrap_or_default();
    let congested = health
        .note(LIVE, depth)
        .is_ok_and(|depth| depth.waiting >= limits::JOBS_MAX);
    Recent {
        tickets,
        began,
        congested,
    }
}

/// Reads the whole queue; returns it with the time at which that began, `None` if it failed.
pub(super) async fn whole(deps: Deps, health: Health, queue: QueueName) -> (Option<Vec<QueuedTicket>>, Timestamp) {
    let since = crate::now(&deps.clock);
    let mut all = Vec::new();
    loop {
        let after = all.last().map(|ticket: &QueuedTicket| (ticket.player, ticket.id));
        let page = deps.durable.tickets.queued(&queue, after, PAGE).await;
        let Ok(page) = health.note(DATABASE, page) else {
            return (None, since);
        };
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            return (Some(all), since);
        }
    }
}
