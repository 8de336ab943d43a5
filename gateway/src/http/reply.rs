//! Making replies; the one place where a problem becomes a response.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;
use tiltyard_protocol::{Problem, ProblemCode};

/// A response on its way out.
pub(crate) type Reply = warp::reply::Response;
/// What a handler returns.
pub(crate) type Answer = Result<Reply, Problem>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// Kept, but asked about before each use.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Makes a JSON reply.
pub(crate) fn json_reply<T: Serialize>(status: StatusCode, body: &T) -> Answer {
    match serde_json::to_vec(body) {
        Ok(bytes) => Ok(reply(status, JSON, bytes.into())),
        Err(error) => {
            tracing::error!(%error, "a reply could not be written");
            Err(Problem::new(ProblemCode::Internal, "the reply could not be written"))
        }
    }
}

/// Makes a JSON reply that a client keeps, and asks about by its tag.
pub(crate) fn cached_json(body: Bytes, tag: &str) -> Answer {
    tagged(reply(StatusCode::OK, JSON, body), tag)
}

/// Says that what the client has under this tag is what there is.
pub(crate) fn unchanged(tag: &str) -> Answer {
    tagged(empty(StatusCode::NOT_MODIFIED), tag)
}

fn tagged(mut reply: Reply, tag: &str) -> Answer {
    let Ok(tag) = HeaderValue::from_str(tag) else {
        tracing::error!("a tag is no header");
        return Err(Problem::new(ProblemCode::Internal, "the reply could not be tagged"));
    };
    reply.headers_mut().insert(ETAG, tag);
    reply.headers_mut().insert(CACHE_CONTROL, NO_CACHE);
    Ok(reply)
}

/// Makes a reply without a body.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Reply::default();
    *reply.status_mut() = status;
    reply
}

/// Makes a reply of bytes that never change.
pub(crate) fn octets(bytes: Bytes) -> Reply {
    let mut reply = reply(StatusCode::OK, OCTETS, bytes);
    let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
    reply.headers_mut().insert(CACHE_CONTROL, forever);
    reply
}

/// Makes a reply that leads to a link whose life is short.
pub(crate) fn see(link: &str) -> Answer {
    let Ok(location) = HeaderValue::from_str(link) else {
        tracing::error!("a link is no header");
        return Err(Problem::new(ProblemCode::Internal, "the link could not be written"));
    };
    let mut reply = empty(StatusCode::SEE_OTHER);
    reply.headers_mut().insert(LOCATION, location);
    reply.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    Ok(reply)
}

/// Makes a reply of plain text.
pub(crate) fn text(status: StatusCode, body: String) -> Reply {
    reply(status, TEXT, body.into())
}

/// Makes the reply of a problem, with the headers that its code asks for.
pub(crate) fn problem_reply(problem: &Problem, allowed: &[Method]) -> Reply {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut reply = reply(status, PROBLEM, body.into());
    let headers = reply.headers_mut();
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let names: Vec<_> = allowed.iter().map(Method::as_str).collect();
    if let Ok(names) = HeaderValue::from_str(&names.join(", "))
        && !allowed.is_empty()
    {
        headers.insert(ALLOW, names);
    }
    reply
}

fn reply(status: StatusCode, kind: HeaderValue, body: Bytes) -> Reply {
    let mut reply = Reply::new(body.into());
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_carries_its_headers() {
        let problem = Problem::new(ProblemCode::RateLimited, "slow down").retry_after(7);
        let reply = problem_reply(&problem, &[]);
        assert_eq!(reply.status(), 429);
        assert_eq!(reply.headers()[RETRY_AFTER], "7");
        assert_eq!(reply.headers()[CONTENT_TYPE], "application/problem+json");
        let problem = Problem::new(ProblemCode::MethodNotAllowed, "no");
        let reply = problem_reply(&problem, &[Method::GET, Method::PUT]);
        assert_eq!(reply.headers()[ALLOW], "GET, PUT");
        assert!(!reply.headers().contains_key(RETRY_AFTER));
    }
}
