//! Builds on their own: an editor's check before anything is stored.

use std::sync::Arc;

use http::StatusCode;
use tiltyard_protocol::http::teams::BuildCheck;
use tiltyard_sim::{Build, validate};

use crate::builds::field_problems;
use crate::http::{Answer, Call, json, json_reply};
use crate::shared::Shared;

/// `POST /v1/builds/validate`: by the same function that queueing and the simulation use. An invalid build is an answer here,
/// not a refusal, so that an editor may ask at every change.
pub(crate) fn check(shared: &Arc<Shared>, call: &Call) -> Answer {
    let build: Build = json(&call.body)?;
    let rules = shared.rules.in_force();
    let problems = validate(&build, rules.content()).err().unwrap_or_default();
    let check = BuildCheck {
        valid: problems.is_empty(),
        content: rules.hash(),
        problems: field_problems("", &problems),
    };
    json_reply(StatusCode::OK, &check)
}
