//! What the link counts and measures.

use deadpool_postgres::Status;
use tokio::time::Instant;

/// Every metric of the PostgreSQL store, with its help.
pub const METRICS: [(&str, &str); 6] = [
    (
        "tiltyard_database_connections",
        "Connections to the database by state: in use, idle.",
    ),
    ("tiltyard_database_calls_waiting", "Calls that wait for a connection."),
    (
        "tiltyard_database_connections_opened_total",
        "Connections made to the database.",
    ),
    (
        "tiltyard_database_statement_seconds",
        "Time of a statement, tries and waits included.",
    ),
    (
        "tiltyard_database_retries_total",
        "Statements sent again, by statement and reason.",
    ),
    (
        "tiltyard_database_failures_total",
        "Statements given up, by statement and reason.",
    ),
];

/// Gives the metrics their help in the recorder that is installed.
pub fn describe_metrics() {
    for (name, help) in METRICS {
        if name.ends_with("_total") {
            metrics::describe_counter!(name, help);
        } else if name.ends_with("_seconds") {
            metrics::describe_histogram!(name, metrics::Unit::Seconds, help);
        } else {
            metrics::describe_gauge!(name, help);
        }
    }
}

pub(super) fn connections(status: &Status) {
    let in_use = status.size.saturating_sub(status.available);
    metrics::gauge!("tiltyard_database_connections", "state" => "in use").set(count(in_use));
    metrics::gauge!("tiltyard_database_connections", "state" => "idle").set(count(status.available));
    metrics::gauge!("tiltyard_database_calls_waiting").set(count(status.waiting));
}

pub(super) fn opened() {
    metrics::counter!("tiltyard_database_connections_opened_total").increment(1);
}

pub(super) fn took(statement: &'static str, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    metrics::histogram!("tiltyard_database_statement_seconds", "statement" => statement).record(seconds);
}

pub(super) fn retried(statement: &'static str, why: &'static str) {
    metrics::counter!("tiltyard_database_retries_total", "statement" => statement, "why" => why).increment(1);
}

pub(super) fn given_up(statement: &'static str, why: &'static str) {
    metrics::counter!("tiltyard_database_failures_total", "statement" => statement, "why" => why).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a pool has tens of connections")]
fn count(connections: usize) -> f64 {
    connections as f64
}
