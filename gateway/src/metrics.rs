//! The gateway's metrics, and the recorder of everybody's.

use std::time::Duration;

use anyhow::Context as _;
use http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Buckets of durations in seconds: from a message's way to a handler's time-out.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Installs the recorder of this process; a second call fails.
pub(crate) fn install() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .context("metrics: the buckets")?
        .install_recorder()
        .context("metrics: a recorder is installed already")?;
    describe();
    tiltyard_actor_kit::describe_metrics();
    tiltyard_actors::describe_metrics();
    tiltyard_db_postgres::describe_metrics();
    tiltyard_db_redis::describe_metrics();
    gauge!("tiltyard_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

fn describe() {
    describe_counter!("tiltyard_http_requests_total", "Requests by route, method and status.");
    describe_histogram!(
        "tiltyard_http_request_seconds",
        "Time from a request's head to its answer's head."
    );
    describe_gauge!("tiltyard_connections", "Open connections.");
    describe_counter!(
        "tiltyard_connections_refused_total",
        "Connections refused, by the cap that was reached."
    );
    describe_counter!(
        "tiltyard_connections_stalled_total",
        "Connections cut because the peer took nothing."
    );
    describe_gauge!("tiltyard_streams", "Open event streams.");
    describe_counter!("tiltyard_streams_shed_total", "Event streams answered with `later`.");
    describe_gauge!("tiltyard_build_info", "1, with the version as a label.");
}

/// Counts an answered request. `route` is a pattern of the table, never a path, so that labels stay few.
pub(crate) fn request(method: &Method, route: &'static str, status: StatusCode, took: Duration) {
    let method = known(method);
    let labels = [
        ("route", route.to_owned()),
        ("method", method.to_owned()),
        ("code", status.as_u16().to_string()),
    ];
    counter!("tiltyard_http_requests_total", &labels).increment(1);
    histogram!("tiltyard_http_request_seconds", "route" => route).record(took);
}

/// A method is the client's text: what is not one of the usual is one label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// Counts an open stream until it is dropped.
#[derive(Debug)]
pub(crate) struct StreamGauge(());

impl StreamGauge {
    /// Counts one more.
    pub(crate) fn enter() -> Self {
        gauge!("tiltyard_streams").increment(1.0);
        Self(())
    }
}

impl Drop for StreamGauge {
    fn drop(&mut self) {
        gauge!("tiltyard_streams").decrement(1.0);
    }
}
