//! Health, version, metrics.

use http::StatusCode;
use serde::Serialize;
use tiltyard_protocol::{ContentHash, Problem, ProblemCode};
use tiltyard_sim::ENGINE_VERSION;
use tiltyard_sim_wire::rules_version;

use crate::http::{Answer, Reply, json_reply, text};
use crate::shared::Shared;

/// Answer of `GET /version`.
#[derive(Debug, Serialize)]
struct Version {
    /// Version of the program.
    version: &'static str,
    /// Version of the engine.
    engine: &'static str,
    /// Version of the rules.
    rules_version: u32,
    /// Hash of the content in force.
    content: ContentHash,
}

/// Stands in the table's base rows, which are never served.
pub(crate) fn nothing() -> Answer {
    Err(Problem::new(ProblemCode::NotFound, "no such path"))
}

/// `GET /livez`: asks nothing and nobody, so that a sick dependency never restarts the process.
pub(crate) fn livez() -> Reply {
    text(StatusCode::OK, "ok\n".to_owned())
}

/// `GET /readyz`: 503 without what nothing works without. Whatever else is away is named, and the node goes on: taking every
/// gateway out of service because Redis or the bucket is away would turn a delay into an outage.
pub(crate) fn readyz(shared: &Shared) -> Answer {
    if shared.is_draining() {
        return Err(Problem::new(ProblemCode::Unavailable, "the process is draining").retry_after(1));
    }
    let sick = shared.system.sick();
    let names: Vec<_> = sick.iter().map(ToString::to_string).collect();
    if sick.iter().any(|sick| sick.is_vital) {
        return Err(Problem::new(ProblemCode::Unavailable, format!("sick: {}", names.join(", "))).retry_after(1));
    }
    let degraded: String = names.iter().map(|name| format!("degraded: {name}\n")).collect();
    Ok(text(StatusCode::OK, format!("ready\n{degraded}")))
}

/// `GET /version`
pub(crate) fn version(shared: &Shared) -> Answer {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        engine: ENGINE_VERSION,
        rules_version: rules_version(),
        content: shared.rules.in_force().hash(),
    };
    json_reply(StatusCode::OK, &version)
}

/// `GET /metrics`
pub(crate) fn metrics(shared: &Shared) -> Reply {
    text(StatusCode::OK, shared.metrics.render())
}
