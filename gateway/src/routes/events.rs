//! The event stream: a player's frames as SSE, resumed where the client left off.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, stream};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tiltyard_protocol::{EventId, Problem, ProblemCode};
use warp::Reply as _;

use super::command_problem;
use crate::http::{Answer, Call, Reply};
use crate::shared::Shared;
use crate::sse::{EventStream, Life, shed};

/// `GET /v1/events`
pub(crate) async fn stream(shared: Arc<Shared>, call: Call) -> Answer {
    let verified = call.verified()?;
    call.check_query(&["last_event_id"])?;
    let after = cursor(&call)?;
    match shared.system.attach(verified.player, after).await {
        Ok(frames) => {
            let life = Life::of(&shared, call.now, verified.expires_at);
            let events = EventStream::new(shared, frames, life);
            Ok(event_stream(stream::unfold(events, EventStream::next)))
        }
        // On any status but 200 an EventSource gives up for good, so a full server says "later" in the stream.
        Err(error) => {
            let problem = command_problem(error);
            tracing::debug!(code = problem.code.as_str(), "stream shed");
            metrics::counter!("tiltyard_streams_shed_total").increment(1);
            let later = shed(&shared.jitter);
            Ok(event_stream(stream::iter([Ok(later)])))
        }
    }
}

/// Returns where the client left off: the header of a reconnecting EventSource, or a query for clients that cannot set one.
fn cursor(call: &Call) -> Result<Option<EventId>, Problem> {
    let header = match call.headers.get("last-event-id") {
        Some(value) => Some(value.to_str().map_err(|_error| malformed())?),
        None => None,
    };
    match header.or_else(|| call.query("last_event_id")) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_error| malformed()),
    }
}

fn malformed() -> Problem {
    Problem::new(
        ProblemCode::ParameterInvalid,
        "Last-Event-ID: must be <generation>.<seq>, as an event's id",
    )
}

fn event_stream<S>(frames: S) -> Reply
where
    S: Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + Sync + 'static,
{
    let mut reply = warp::reply::stream(frames).into_response();
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    // nginx buffers answers unless it is told not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    reply
}
