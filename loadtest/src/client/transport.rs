//! One request over a shared connection pool: time-outs on everything, bounded answers, problems told from noise.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use tiltyard_protocol::{EventId, Problem, limits};
use tokio::time::timeout;

use super::retry::retry;
use super::servers::{Home, Servers};
use super::{ClientError, ClientOptions};
use crate::random::SharedRandom;

/// Largest JSON answer: a page of 100 matches is about 100 KB.
const JSON_BYTES_MAX: usize = 1024 * 1024;
/// Shorter than the server's patience with an idle connection, so that no request meets a closing one.
const POOL_IDLE: Duration = Duration::from_secs(limits::HEADER_TIMEOUT.as_secs() - 2);

/// A request that can be sent any number of times.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) token: Option<&'a HeaderValue>,
    pub(super) body: Option<Bytes>,
    pub(super) home: &'a Home,
}

/// An answer with a status of success, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    body: Bytes,
}

/// The pool, the addresses and the habits of a client.
#[derive(Debug)]
pub(super) struct Transport {
    http: reqwest::Client,
    servers: Servers,
    options: ClientOptions,
    random: SharedRandom,
    retries: AtomicU64,
}

impl Transport {
    pub(super) fn new<S: AsRef<str>>(bases: &[S], options: ClientOptions) -> Result<Self, ClientError> {
        let servers = Servers::parse(bases)?;
        crate::provide_tls();
        let http = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .build()?;
        let random = SharedRandom::new(options.seed);
        Ok(Self {
            http,
            servers,
            options,
            random,
            retries: AtomicU64::new(0),
        })
    }

    /// Chooses a server for a session.
    pub(super) fn home(&self) -> Home {
        self.servers.home()
    }

    /// Returns how many requests were repeated so far.
    pub(super) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Sends a call until it is answered, and reads JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ClientError> {
        self.send(call, JSON_BYTES_MAX).await?.json()
    }

    /// Sends a call until it is answered, and reads up to `bytes_max` bytes.
    pub(super) async fn send(&self, call: Call<'_>, bytes_max: usize) -> Result<Answer, ClientError> {
        let count = || {
            self.retries.fetch_add(1, Ordering::Relaxed);
        };
        retry(self.options.retry, &self.random, count, || {
            self.attempt(&call, bytes_max)
        })
        .await
    }

    /// Opens an event stream, a response whose body never ends; one attempt.
    pub(super) async fn open(&self, call: Call<'_>, after: Option<EventId>) -> Result<Response, ClientError> {
        self.servers.land(call.home);
        let (place, base) = self.servers.at(call.home);
        let mut request = self.request(&call, base)?.header(ACCEPT, "text/event-stream");
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after.to_string());
        }
        let opened = timeout(self.options.request_timeout, async {
            let response = request.send().await?;
            if response.status().is_success() {
                return Ok(response);
            }
            Err(refusal(
                response.status().as_u16(),
                &read(response, JSON_BYTES_MAX).await?,
            ))
        });
        let silent = || ClientError::Transport("no answer in time".to_owned());
        let opened = opened.await.unwrap_or_else(|_elapsed| Err(silent()));
        self.leave_if_away(&call, place, &opened);
        opened
    }

    async fn attempt(&self, call: &Call<'_>, bytes_max: usize) -> Result<Answer, ClientError> {
        let (place, base) = self.servers.at(call.home);
        let answer = self.answer(self.request(call, base)?, bytes_max).await;
        self.leave_if_away(call, place, &answer);
        answer
    }

    fn leave_if_away<T>(&self, call: &Call<'_>, place: usize, answer: &Result<T, ClientError>) {
        if answer.as_ref().is_err_and(ClientError::is_server_away) {
            self.servers.leave(call.home, place);
        }
    }

    async fn answer(&self, request: RequestBuilder, bytes_max: usize) -> Result<Answer, ClientError> {
        let response = request.timeout(self.options.request_timeout).send().await?;
        let success = response.status().is_success();
        let status = response.status().as_u16();
        let body = read(response, if success { bytes_max } else { JSON_BYTES_MAX }).await?;
        if success {
            Ok(Answer { status, body })
        } else {
            Err(refusal(status, &body))
        }
    }

    fn request(&self, call: &Call<'_>, base: &Url) -> Result<RequestBuilder, ClientError> {
        let url = base.join(&call.path);
        let url = url.map_err(|error| ClientError::Invalid(format!("path {:?}: {error}", call.path)))?;
        let mut request = self.http.request(call.method.clone(), url);
        if let Some(token) = call.token {
            request = request.header(AUTHORIZATION, token);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        Ok(request)
    }
}

impl Answer {
    /// Returns the body.
    pub(super) fn into_body(self) -> Bytes {
        self.body
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let detail = format!("{error} in {}", excerpt(&self.body));
            ClientError::Unexpected {
                status: self.status,
                detail,
            }
        })
    }
}

fn refusal(status: u16, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) if problem.status == status => ClientError::Problem(Box::new(problem)),
        Ok(_) | Err(_) => ClientError::Unexpected {
            status,
            detail: excerpt(body),
        },
    }
}

async fn read(mut response: Response, bytes_max: usize) -> Result<Bytes, ClientError> {
    let status = response.status().as_u16();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > bytes_max {
            let detail = format!("more than {bytes_max} bytes");
            return Err(ClientError::Unexpected { status, detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Quotes the beginning of a body.
fn excerpt(body: &[u8]) -> String {
    const CHARS: usize = 200;
    String::from_utf8_lossy(body)
        .chars()
        .take(CHARS)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_protocol::ProblemCode;

    #[test]
    fn problems_are_told_from_other_refusals() {
        let problem = Problem::new(ProblemCode::TicketMatched, "too late");
        let body = serde_json::to_vec(&problem).unwrap();
        assert_eq!(refusal(409, &body), ClientError::Problem(Box::new(problem)));
        let other = refusal(502, b"<html>\n");
        assert_eq!(
            other,
            ClientError::Unexpected {
                status: 502,
                detail: "<html>\\n".to_owned()
            }
        );
        assert!(matches!(
            refusal(404, &body),
            ClientError::Unexpected { status: 404, .. }
        ));
    }

    #[test]
    fn an_answer_of_another_shape_is_unexpected() {
        let answer = Answer {
            status: 200,
            body: Bytes::from_static(b"[1]"),
        };
        let error = answer.json::<Problem>().unwrap_err();
        assert!(matches!(error, ClientError::Unexpected { status: 200, .. }), "{error}");
    }
}
