//! A connection that comes back: made again for ever, with growing pauses, and known to be up or down at every moment.

use std::future::Future;
use std::sync::Arc;

use fred::clients::Client;
use fred::error::{Error, ErrorKind};
use fred::types::config::ReconnectPolicy;
use tiltyard_db::StoreError;
use tokio::sync::{Notify, watch};
use tokio::time::{Duration, Instant, sleep};

use crate::address::Address;
use crate::bounds::{RECONNECT_JITTER_MS, RECONNECT_MAX_MS, RECONNECT_MIN_MS, STEADY};
use crate::connection::{Connection, Purpose};
use crate::{STORE, fault, metrics};

/// What is done with a connection while it lasts.
pub(crate) trait Session: Send + Sync + 'static {
    /// Prepares the connection, calls `up` once it can be used, and goes on until it cannot.
    fn serve(&self, client: &Client, up: impl FnOnce() + Send) -> impl Future<Output = Error> + Send;
}

/// The session of a connection that is only asked.
pub(crate) struct Asked;

impl Session for Asked {
    async fn serve(&self, _client: &Client, up: impl FnOnce() + Send) -> Error {
        up();
        std::future::pending().await
    }
}

#[derive(Clone)]
enum State {
    Up(Client),
    Down(Arc<str>),
}

/// The way to a connection, for its users.
pub(crate) struct Link {
    name: &'static str,
    purpose: Purpose,
    address: Address,
    state: watch::Sender<State>,
    renew: Notify,
}

impl Link {
    pub(crate) fn new(name: &'static str, purpose: Purpose, address: Address) -> Arc<Self> {
        Arc::new(Self {
            name,
            purpose,
            address,
            state: watch::Sender::new(State::Down("it is being connected to".into())),
            renew: Notify::new(),
        })
    }

    /// Returns the connection, or at once an error if there is none.
    pub(crate) fn client(&self) -> Result<Client, StoreError> {
        match &*self.state.borrow() {
            State::Up(client) => Ok(client.clone()),
            State::Down(reason) => {
                let what = format!("{} is not connected: {reason}", self.address);
                Err(StoreError::unavailable(STORE, what))
            }
        }
    }

    /// Waits until there is a connection.
    pub(crate) async fn up(&self) {
        let mut state = self.state.subscribe();
        // The sender is in `self`, so this ends only with the state.
        let up = state.wait_for(|state| matches!(state, State::Up(_))).await;
        drop(up);
    }

    /// Waits until there is no connection, and says so.
    pub(crate) async fn down(&self) -> StoreError {
        let mut state = self.state.subscribe();
        let down = state.wait_for(|state| matches!(state, State::Down(_))).await;
        drop(down);
        let lost = || StoreError::unavailable(STORE, format!("{} was lost", self.address));
        self.client().err().unwrap_or_else(lost)
    }

    /// Asks for a new connection, since the one there is leads to the wrong server or is in doubt.
    pub(crate) fn renew(&self) {
        if matches!(*self.state.borrow(), State::Up(_)) {
            self.renew.notify_one();
        }
    }

    /// Ends the use of the connection; whoever asks is told so.
    pub(crate) fn close(&self) {
        self.fall("the store was closed".into());
    }

    /// Keeps the connection up, beginning with `first`.
    pub(crate) async fn keep(self: Arc<Self>, mut first: Option<Connection>, session: impl Session) -> ! {
        let mut pauses = pauses();
        loop {
            let begun = Instant::now();
            let connection = match first.take() {
                Some(connection) => Ok(connection),
                None => Connection::open(&self.address, self.purpose).await,
            };
            let error = match connection {
                Ok(connection) => self.serve(connection, &session).await,
                Err(error) => error,
            };
            if begun.elapsed() >= STEADY {
                pauses = self::pauses();
            }
            let said = fault::said(&error);
            tracing::warn!(connection = self.name, server = %self.address, error = said, "Redis is not connected");
            self.fall(said.into());
            let pause = pauses.next_delay().unwrap_or(u64::from(RECONNECT_MAX_MS));
            sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn serve(&self, mut connection: Connection, session: &impl Session) -> Error {
        let client = connection.client.clone();
        let up = || {
            tracing::info!(connection = self.name, server = %self.address, "Redis is connected");
            metrics::connected(self.name, true);
            self.state.send_replace(State::Up(client.clone()));
        };
        tokio::select! {
            error = connection.end() => error,
            error = session.serve(&client, up) => error,
            () = self.renew.notified() => Error::new(ErrorKind::Canceled, "it is being connected to anew"),
        }
    }

    fn fall(&self, reason: Arc<str>) {
        metrics::connected(self.name, false);
        self.state.send_replace(State::Down(reason));
    }
}

/// Pauses that double up to a bound, each with a jitter, without end.
fn pauses() -> ReconnectPolicy {
    let mut policy = ReconnectPolicy::new_exponential(0, RECONNECT_MIN_MS, RECONNECT_MAX_MS, 2);
    policy.set_jitter(RECONNECT_JITTER_MS);
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_never_end() {
        let mut pauses = pauses();
        let first = pauses.next_delay().unwrap();
        assert!((50..150).contains(&first), "{first}");
        for _ in 0..1_000 {
            assert!(pauses.next_delay().unwrap() <= 2_000);
        }
    }
}
