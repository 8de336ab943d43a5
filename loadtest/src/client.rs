//! The typed client of the HTTP API, used by the load test and by the whole-process tests: one client, no drift.
//!
//! A [`Client`] is the addresses of one deployment with a connection pool; signing in gives a [`Session`], which can do what a player can.
//! Refused or reset connections, 429, 503 and 504 are retried as [`RetryPolicy`] says, except on the event stream,
//! whose reader knows its own cursor.

mod error;
mod events;
mod retry;
mod servers;
mod transport;

pub use error::ClientError;
pub(crate) use error::chain;
pub use events::{EventStream, Frame, StreamEnd};
pub use retry::RetryPolicy;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use servers::Home;
use tiltyard_protocol::http::matches::{MatchList, MatchView};
use tiltyard_protocol::http::players::{DevSignIn, Me, SignedIn};
use tiltyard_protocol::http::teams::{PutTeam, TeamList, TeamView};
use tiltyard_protocol::http::tickets::{NewTicket, TicketList, TicketView};
use tiltyard_protocol::{EventId, MatchId, PlayerId, TeamId, TicketId, limits};
use transport::{Call, Transport};

/// How a client behaves.
#[derive(Clone, Copy, Debug)]
pub struct ClientOptions {
    /// Time for a connection to open.
    pub connect_timeout: Duration,
    /// Time for one attempt, from its start to the last byte of its answer; longer than the server's own patience.
    pub request_timeout: Duration,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            request_timeout: limits::HANDLER_TIMEOUT.saturating_add(Duration::from_secs(4)),
            retry: RetryPolicy::default(),
            seed: 0,
        }
    }
}

/// Leads to the servers of one deployment. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
    home: Home,
}

/// Acts as one player, at one server until that is away. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Session {
    transport: Arc<Transport>,
    token: HeaderValue,
    home: Home,
}

impl Client {
    /// Makes a client of the servers at `bases`, as `http://127.0.0.1:8080`; sessions are spread over them. Connects to
    /// nothing yet.
    ///
    /// # Errors
    /// There is no address, or one is no URL.
    pub fn new<S: AsRef<str>>(bases: &[S], options: ClientOptions) -> Result<Self, ClientError> {
        let transport = Arc::new(Transport::new(bases, options)?);
        let home = transport.home();
        Ok(Self { transport, home })
    }

    /// Returns how many requests of this client and its sessions were repeated.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.transport.retries()
    }

    /// Waits until the server is ready, as long as the retry policy allows.
    ///
    /// # Errors
    /// It was not.
    pub async fn ready(&self) -> Result<(), ClientError> {
        let call = Call {
            method: Method::GET,
            path: "/readyz".to_owned(),
            token: None,
            body: None,
            home: &self.home,
        };
        self.transport.send(call, limits::BODY_BYTES_MAX).await.map(drop)
    }

    /// Signs in through the development route.
    ///
    /// # Errors
    /// As every request: see [`ClientError`].
    pub async fn sign_in(&self, name: &str) -> Result<(PlayerId, Session), ClientError> {
        let body = Some(json(&DevSignIn { name: name.to_owned() })?);
        let path = "/v1/dev/sign-in".to_owned();
        let call = Call {
            method: Method::POST,
            path,
            token: None,
            body,
            home: &self.home,
        };
        let SignedIn {
            player,
            token,
            expires_at: _,
        } = self.transport.json(call).await?;
        Ok((player, self.session(&token)?))
    }

    /// Acts with a token from elsewhere.
    ///
    /// # Errors
    /// The token has characters that no header may have.
    pub fn session(&self, token: &str) -> Result<Session, ClientError> {
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|error| ClientError::Invalid(format!("token: {error}")))?;
        value.set_sensitive(true);
        Ok(Session {
            transport: Arc::clone(&self.transport),
            token: value,
            home: self.transport.home(),
        })
    }
}

/// The player's requests. Each may fail as [`ClientError`] says.
#[expect(clippy::missing_errors_doc, reason = "stated once for all of them")]
impl Session {
    /// Reads the player's own record.
    pub async fn me(&self) -> Result<Me, ClientError> {
        self.get("/v1/me".to_owned()).await
    }

    /// Writes a team.
    pub async fn put_team<B>(&self, id: TeamId, team: &PutTeam<B>) -> Result<TeamView<B>, ClientError>
    where
        B: Serialize + DeserializeOwned,
    {
        self.transport
            .json(self.call(Method::PUT, format!("/v1/teams/{id}"), Some(json(team)?)))
            .await
    }

    /// Reads a team.
    pub async fn team<B: DeserializeOwned>(&self, id: TeamId) -> Result<TeamView<B>, ClientError> {
        self.get(format!("/v1/teams/{id}")).await
    }

    /// Lists the player's teams.
    pub async fn teams<B: DeserializeOwned>(&self) -> Result<TeamList<B>, ClientError> {
        self.get("/v1/teams".to_owned()).await
    }

    /// Removes a team.
    pub async fn delete_team(&self, id: TeamId) -> Result<(), ClientError> {
        self.delete(format!("/v1/teams/{id}")).await
    }

    /// Queues a ticket; the same ticket may be sent any number of times.
    pub async fn enqueue(&self, ticket: &NewTicket) -> Result<TicketView, ClientError> {
        let call = self.call(Method::POST, "/v1/tickets".to_owned(), Some(json(ticket)?));
        self.transport.json(call).await
    }

    /// Cancels a ticket; a problem `ticket_matched` says that it is too late.
    pub async fn cancel(&self, id: TicketId) -> Result<(), ClientError> {
        self.delete(format!("/v1/tickets/{id}")).await
    }

    /// Reads a ticket.
    pub async fn ticket(&self, id: TicketId) -> Result<TicketView, ClientError> {
        self.get(format!("/v1/tickets/{id}")).await
    }

    /// Lists the player's live tickets.
    pub async fn tickets(&self) -> Result<TicketList, ClientError> {
        self.get("/v1/tickets".to_owned()).await
    }

    /// Reads a match of the player.
    pub async fn match_view(&self, id: MatchId) -> Result<MatchView, ClientError> {
        self.get(format!("/v1/matches/{id}")).await
    }

    /// Reads a page of the player's history; `before` is the `next` of the page before.
    pub async fn matches(&self, before: Option<&str>, limit: usize) -> Result<MatchList, ClientError> {
        let before = before.map(|cursor| format!("&before={cursor}")).unwrap_or_default();
        self.get(format!("/v1/matches?limit={limit}{before}")).await
    }

    /// Reads the replay of a match as it is stored: one zstd frame.
    pub async fn replay(&self, id: MatchId) -> Result<Bytes, ClientError> {
        let call = self.call(Method::GET, format!("/v1/matches/{id}/replay"), None);
        let answer = self.transport.send(call, limits::REPLAY_PACKED_BYTES_MAX).await?;
        Ok(answer.into_body())
    }

    /// Opens the event stream after the given event, or at the log's end. One attempt: the reader reconnects.
    pub async fn events(&self, after: Option<EventId>) -> Result<EventStream, ClientError> {
        let call = self.call(Method::GET, "/v1/events".to_owned(), None);
        let response = self.transport.open(call, after).await?;
        Ok(EventStream::new(response.bytes_stream()))
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, ClientError> {
        self.transport.json(self.call(Method::GET, path, None)).await
    }

    async fn delete(&self, path: String) -> Result<(), ClientError> {
        let call = self.call(Method::DELETE, path, None);
        self.transport.send(call, limits::BODY_BYTES_MAX).await.map(drop)
    }

    const fn call(&self, method: Method, path: String, body: Option<Bytes>) -> Call<'_> {
        Call {
            method,
            path,
            token: Some(&self.token),
            body,
            home: &self.home,
        }
    }
}

fn json<T: Serialize>(body: &T) -> Result<Bytes, ClientError> {
    let bytes = serde_json::to_vec(body);
    bytes
        .map(Bytes::from)
        .map_err(|error| ClientError::Invalid(format!("request body: {error}")))
}
