//! The work of the server as actors: sessions, matchmaking, the simulation pool, the writers, and the tree that supervises them.
//!
//! Each actor is a pure core (state and events in, effects out) and a thin shell that performs the effects.
//! Stores are reached through the traits of `tiltyard-db` only. The gateway sees [`System`] and nothing below it.

pub mod audit;
mod auditor;
mod contents;
mod deps;
mod group;
mod health;
mod matchmaking;
mod metrics;
mod notify;
mod pulse;
mod queues;
pub mod rating;
mod results;
mod rules;
#[cfg(test)]
mod schedules;
pub mod seasons;
mod sessions;
mod simulation;
mod stop;
mod system;
mod tickets;

use tiltyard_actor_kit::{Clock, Refused};
use tiltyard_db::StoreError;
use tiltyard_protocol::Timestamp;

pub use self::metrics::describe_metrics;
pub use contents::store_content;
pub use deps::{Deps, QueueSettings, RecordSettings, Roles, Settings};
pub use health::Sick;
pub use matchmaking::asking::snapshot as queue_snapshot;
pub use matchmaking::notes::{Explanation, Snapshot};
pub use results::outcome_of;
pub use rules::{InForce, Rules, canonical};
pub use sessions::{Frame, ResyncReason};
pub use simulation::{AttemptError, attempt};
pub use system::{CommandError, StartError, System};
pub use tiltyard_pairing::Waiting;

/// Returns the time.
fn now(clock: &Clock) -> Timestamp {
    Timestamp::from_micros(clock.now_micros())
}

/// Lets a refused message go; `mended_by` says why nothing is lost. The kit has counted it.
fn ignore_refused<M>(mended_by: &'static str, told: Result<(), Refused<M>>) {
    if told.is_err() {
        tracing::debug!(mended_by, "a message was refused");
    }
}

/// Lets a store's failure go; `mended_by` says why nothing is lost.
fn ignore_error<T>(mended_by: &'static str, result: Result<T, StoreError>) {
    if let Err(error) = result {
        tracing::debug!(mended_by, error = &error as &dyn std::error::Error, "a store failed");
    }
}
