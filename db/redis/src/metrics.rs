//! What this store measures.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tiltyard_db::StoreError;

/// The names of all metrics of this crate.
pub const METRICS: [&str; 6] = [
    "tiltyard_redis_call_seconds",
    "tiltyard_redis_calls_refused_total",
    "tiltyard_redis_connected",
    "tiltyard_redis_connections_lost_total",
    "tiltyard_redis_hints_lost_total",
    "tiltyard_redis_jobs_unreadable_total",
];

/// Describes the metrics to the recorder in use.
pub fn describe_metrics() {
    describe_histogram!(METRICS[0], Unit::Seconds, "Time of a call, by operation and outcome.");
    describe_counter!(METRICS[1], "Calls refused because too many were under way.");
    describe_gauge!(METRICS[2], "1 while the connection is usable, by connection.");
    describe_counter!(METRICS[3], "Connections lost or not made, by connection.");
    describe_counter!(METRICS[4], "Times that readers were told of lost hints, by reason.");
    describe_counter!(METRICS[5], "Jobs removed from a stream because they could not be read.");
}

/// Records the end of a call.
pub(crate) fn called<T>(operation: &'static str, time: Duration, result: &Result<T, StoreError>) {
    let outcome = match result {
        Ok(_) => "ok",
        Err(StoreError::Unavailable { .. }) => "unavailable",
        Err(StoreError::TimedOut { .. }) => "timed_out",
        Err(StoreError::Corrupt { .. }) => "corrupt",
    };
    histogram!(METRICS[0], "operation" => operation, "outcome" => outcome).record(time.as_secs_f64());
}

pub(crate) fn refused() {
    counter!(METRICS[1]).increment(1);
}

pub(crate) fn connected(connection: &'static str, is_up: bool) {
    gauge!(METRICS[2], "connection" => connection).set(if is_up { 1.0 } else { 0.0 });
    if !is_up {
        counter!(METRICS[3], "connection" => connection).increment(1);
    }
}

pub(crate) fn hints_lost(reason: &'static str) {
    counter!(METRICS[4], "reason" => reason).increment(1);
}

pub(crate) fn unreadable(jobs: usize) {
    counter!(METRICS[5]).increment(jobs as u64);
}
