//! Health, version, metrics.

use http::StatusCode;
use serde::Serialize;
use tiltyard_protocol::{ContentHash, Problem, ProblemCode};
use tiltyard_sim::{ENGINE_VERSION, RULES_VERSION};

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

/// `GET /readyz`
pub(crate) fn readyz(shared: &Shared) -> Answer {
    if shared.is_draining() {
        return Err(Problem::new(ProblemCode::Unavailable, "the process is draining").retry_after(1));
    }
    let sick = shared.system.sick();
    if sick.is_empty() {
        Ok(text(StatusCode::OK, "ready\n".to_owned()))
    } else {
        Err(Problem::new(ProblemCode::Unavailable, format!("sick: {}", sick.join(", "))).retry_after(1))
    }
}

/// `GET /version`
pub(crate) fn version(shared: &Shared) -> Answer {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        engine: ENGINE_VERSION,
        rules_version: RULES_VERSION,
        content: ContentHash::from_bytes(shared.content().hash()),
    };
    json_reply(StatusCode::OK, &version)
}

/// `GET /metrics`
pub(crate) fn metrics(shared: &Shared) -> Reply {
    text(StatusCode::OK, shared.metrics.render())
}
