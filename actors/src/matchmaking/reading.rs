//! Reads a queue: what is recent, and all of it.

use std::time::Duration;

use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_protocol::{QueueName, Timestamp, limits};

use tiltyard_sim_wire::rules_version;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::events::PAGE;
use super::programs::Programs;
use crate::Deps;
use crate::health::{DATABASE, Health, LIVE};
use crate::rules::Stamp;

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
    /// Who takes jobs, this reading included.
    pub(crate) programs: Programs,
    /// What matches are stamped with; `None`: as this program does.
    pub(crate) other: Option<Stamp>,
}

/// Reads the tickets of the recent past, who takes jobs, and how many wait there.
pub(super) async fn recent(deps: Deps, health: Health, queue: QueueName, mut programs: Programs) -> Recent {
    let began = crate::now(&deps.clock);
    let recent = deps
        .durable
        .tickets
        .queued_since(&queue, began.before(RECENT_SPAN), PAGE)
        .await;
    let attended = health.note(LIVE, deps.live.jobs.attended().await);
    programs.read(Instant::now(), attended.ok());
    let other = other(&deps, &health, &programs).await;
    let stamped = other.as_ref().map(|stamp| stamp.program.rules_version);
    let depth = deps.live.jobs.depth(stamped.unwrap_or_else(rules_version)).await;
    let tickets = health.note(DATABASE, recent).unwrap_or_default();
    let congested = health
        .note(LIVE, depth)
        .is_ok_and(|depth| depth.waiting >= limits::JOBS_MAX);
    Recent {
        tickets,
        began,
        congested,
        programs,
        other,
    }
}

/// Finds what to stamp with if nobody fights under this program's rules.
async fn other(deps: &Deps, health: &Health, programs: &Programs) -> Option<Stamp> {
    let program = programs.other(rules_version(), Instant::now())?.clone();
    let published = deps.durable.contents.published(program.rules_version).await;
    let content = health.note(DATABASE, published).ok()??.hash;
    Some(Stamp { program, content })
}

/// Reads the whole queue in pages, which end before a short one if that fails.
pub(super) async fn pages(deps: Deps, health: Health, queue: QueueName, pages: mpsc::Sender<Vec<QueuedTicket>>) {
    let read = deps.durable.tickets.queued_all(&queue, PAGE, pages).await;
    crate::ignore_error("the pages end early", health.note(DATABASE, read));
}

/// Reads the whole queue; returns it with the time at which that began, `None` if it failed.
pub(super) async fn whole(deps: Deps, health: Health, queue: QueueName) -> (Option<Vec<QueuedTicket>>, Timestamp) {
    let since = crate::now(&deps.clock);
    let (sender, mut taken) = mpsc::channel::<Vec<QueuedTicket>>(1);
    let take = async {
        let mut all = Vec::new();
        while let Some(page) = taken.recv().await {
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Some(all);
            }
        }
        None
    };
    let (all, ()) = tokio::join!(take, pages(deps, health, queue, sender));
    (all, since)
}
