//! The way of every request: route, token, limits, body, handler; each step bounded, each refusal a problem document.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures::{FutureExt, Stream, StreamExt};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method};
use tiltyard_gateway_auth::Verified;
use tiltyard_protocol::limits::BODY_BYTES_MAX;
use tiltyard_protocol::{Problem, ProblemCode, Timestamp};
use tokio::time::{Instant, timeout};

use super::call::Call;
use super::host;
use super::limits::InFlightGuard;
use super::params::Params;
use super::reply::{Answer, Reply, problem_reply};
use super::route::{BodyRule, Listener, Match, Rate, Route, Who, find};
use super::table::routes;
use crate::shared::Shared;

/// Time in which a refused request's body is read on.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);
/// Bytes of a refused request's body that are read on: four times the largest that any route takes.
const DISCARD_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Head {
    /// The door it came through.
    pub(crate) listener: Listener,
    /// Who sent it.
    pub(crate) ip: IpAddr,
    /// The method.
    pub(crate) method: Method,
    /// The path, not decoded.
    pub(crate) path: String,
    /// The raw query.
    pub(crate) query: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
}

/// Answers a request.
pub(crate) async fn answer<S, B, E>(shared: Arc<Shared>, head: Head, body: S) -> Reply
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Buf,
    E: Send,
{
    let started = Instant::now();
    let method = head.method.clone();
    let mut body = pin!(body);
    let patience = shared.http.body_timeout.min(DISCARD_TIMEOUT);
    let (path, answer, allowed) = match find(routes(), head.listener, &head.method, &head.path) {
        Match::Found(route, params) => (
            route.path,
            admitted(shared, route, params, head, body.as_mut()).await,
            Vec::new(),
        ),
        Match::Methods(methods) => ("(method)", Err(wrong_method(&methods)), methods),
        Match::Nothing => ("(unknown)", Err(nothing_here()), Vec::new()),
    };
    discard(body, patience).await;
    let reply = answer.unwrap_or_else(|problem| problem_reply(&problem, &allowed));
    crate::metrics::request(&method, path, reply.status(), started.elapsed());
    // What makes a node not ready was logged when it began; a probe a second would bury it.
    if reply.status().is_server_error() && path != "/readyz" {
        tracing::warn!(%method, path, status = reply.status().as_u16(), "request failed");
    }
    reply
}

async fn admitted<S, B, E>(shared: Arc<Shared>, route: &'static Route, params: Params, head: Head, body: S) -> Answer
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Buf,
    E: Send,
{
    if route.dev_only && !(shared.serves_dev_endpoints && host::is_loopback(&head.headers)) {
        return Err(nothing_here());
    }
    let verified = authorize(&shared, route.who, &head.headers, shared.now())?;
    let _in_flight = limit(&shared, route.rate, verified, head.ip).await?;
    let body = match route.body {
        BodyRule::None => Bytes::new(),
        BodyRule::Json { bytes_max } => {
            check_media_type(&head.headers)?;
            read_body(&head.headers, body, bytes_max, shared.http.body_timeout).await?
        }
    };
    let call = Call {
        verified,
        params,
        query: head.query,
        headers: head.headers,
        body,
        now: shared.now(),
    };
    let handler_timeout = shared.http.handler_timeout;
    let handled = AssertUnwindSafe((route.handler)(shared, call)).catch_unwind();
    match timeout(handler_timeout, handled).await {
        Ok(Ok(answer)) => answer,
        // The panic hook has told the log where; a call owns all it touches, so nothing is left half done in memory.
        Ok(Err(_panic)) => Err(Problem::new(
            ProblemCode::Internal,
            "a defect of the server; it has been logged",
        )),
        Err(_) => {
            let detail = "the request may have been carried out; look, or send it again if it is idempotent";
            Err(Problem::new(ProblemCode::TimedOut, detail).retry_after(1))
        }
    }
}

fn authorize(shared: &Shared, who: Who, headers: &HeaderMap, now: Timestamp) -> Result<Option<Verified>, Problem> {
    match who {
        Who::Public | Who::Operator => Ok(None),
        Who::Player => {
            let token = bearer(headers).ok_or_else(|| unauthorized("Authorization: Bearer TOKEN is missing"))?;
            shared.keys.verify(token, now).map(Some).map_err(|denied| {
                tracing::debug!(reason = %denied.reason, "token refused");
                unauthorized("the access token is not valid, or not any more; sign in again")
            })
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(token.trim())
    } else {
        None
    }
}

async fn limit(
    shared: &Shared,
    rate: Option<Rate>,
    verified: Option<Verified>,
    ip: IpAddr,
) -> Result<Option<InFlightGuard>, Problem> {
    match (rate, verified) {
        (Some(Rate::WritesInFlight), Some(verified)) => shared.in_flight.enter(verified.player).map(Some),
        (Some(Rate::Questions), Some(verified)) => shared.questions.enter(verified.player).map(Some),
        (Some(Rate::SignIns), _) => shared.rate_limits.sign_in(ip).await.map(|()| None),
        (Some(Rate::WritesInFlight | Rate::Questions | Rate::Trusted) | None, _) => Ok(None),
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::new(
            ProblemCode::MediaTypeUnsupported,
            "send Content-Type: application/json",
        ))
    }
}

async fn read_body<S, B, E>(headers: &HeaderMap, body: S, bytes_max: usize, within: Duration) -> Result<Bytes, Problem>
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Buf,
    E: Send,
{
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    match timeout(within, collect(body, bytes_max)).await {
        Ok(bytes) => bytes,
        Err(_) => {
            let detail = format!("the body did not end within {} ms", within.as_millis());
            Err(Problem::new(ProblemCode::BodyTimeout, detail))
        }
    }
}

/// Collects a body of unannounced length: what is over the cap is never held.
async fn collect<S, B, E>(body: S, bytes_max: usize) -> Result<Bytes, Problem>
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Buf,
    E: Send,
{
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let Ok(mut chunk) = chunk else {
            return Err(Problem::new(ProblemCode::BodyInvalid, "the body broke off"));
        };
        if bytes.len() + chunk.remaining() > bytes_max {
            return Err(too_large(bytes_max));
        }
        bytes.extend_from_slice(&chunk.copy_to_bytes(chunk.remaining()));
    }
    Ok(bytes.freeze())
}

/// Reads what is left of a body, within bounds. A connection that is closed over unread bytes is reset, and the reset can
/// overtake the answer: the client would see a broken connection instead of the problem document.
async fn discard<S, B, E>(mut body: Pin<&mut S>, within: Duration)
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Buf,
    E: Send,
{
    let reading = async {
        let mut left = DISCARD_BYTES_MAX;
        while let Some(Ok(chunk)) = body.next().await {
            match left.checked_sub(chunk.remaining()) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    if timeout(within, reading).await.is_err() {
        tracing::debug!("a refused body did not end");
    }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(
        ProblemCode::BodyTooLarge,
        format!("a body here has at most {bytes_max} bytes"),
    )
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(ProblemCode::Unauthorized, detail)
}

fn nothing_here() -> Problem {
    Problem::new(ProblemCode::NotFound, "no such path")
}

fn wrong_method(allowed: &[Method]) -> Problem {
    let names: Vec<_> = allowed.iter().map(Method::as_str).collect();
    Problem::new(
        ProblemCode::MethodNotAllowed,
        format!("this path takes {}", names.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    fn chunks(sizes: &[usize]) -> impl Stream<Item = Result<Bytes, ()>> + use<> {
        let chunks: Vec<_> = sizes.iter().map(|&size| Ok(Bytes::from(vec![b'x'; size]))).collect();
        stream::iter(chunks)
    }

    #[tokio::test]
    async fn a_body_is_capped_whether_its_length_is_announced_or_not() {
        let headers = HeaderMap::new();
        let within = Duration::from_secs(1);
        let fits = read_body(&headers, chunks(&[5, 5]), 10, within).await.unwrap();
        assert_eq!(fits.len(), 10);
        let over = read_body(&headers, chunks(&[5, 6]), 10, within).await.unwrap_err();
        assert_eq!(over.status, 413);
        let announced = HeaderMap::from_iter([(CONTENT_LENGTH, "11".parse().unwrap())]);
        let over = read_body(&announced, chunks(&[]), 10, within).await.unwrap_err();
        assert_eq!(over.status, 413);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let endless = stream::pending::<Result<Bytes, ()>>();
        let problem = read_body(&HeaderMap::new(), endless, 10, Duration::from_secs(10))
            .await
            .unwrap_err();
        assert_eq!(problem.status, 408);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_of_a_body_is_read_within_bounds() {
        let mut short = pin!(chunks(&[1_000, 1_000]));
        discard(short.as_mut(), DISCARD_TIMEOUT).await;
        assert!(short.next().await.is_none());
        let mut flood = pin!(chunks(&[DISCARD_BYTES_MAX; 3]));
        discard(flood.as_mut(), DISCARD_TIMEOUT).await;
        assert!(flood.next().await.is_some(), "not all of it");
        let started = Instant::now();
        discard(pin!(stream::pending::<Result<Bytes, ()>>()), DISCARD_TIMEOUT).await;
        assert_eq!(started.elapsed(), DISCARD_TIMEOUT);
    }

    #[test]
    fn only_json_and_only_bearer_tokens_pass() {
        let with = |name, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        assert!(check_media_type(&with(CONTENT_TYPE, "Application/JSON; charset=utf-8")).is_ok());
        assert!(check_media_type(&with(CONTENT_TYPE, "text/plain")).is_err());
        assert!(check_media_type(&HeaderMap::new()).is_err());
        assert_eq!(bearer(&with(AUTHORIZATION, "bearer abc")), Some("abc"));
        assert_eq!(bearer(&with(AUTHORIZATION, "Basic abc")), None);
    }
}
