//! The link to the server: a pool of connections with time-outs on everything, and statements that survive a lost one.
//!
//! Every statement of the store is idempotent per item, so one whose fate is unknown is simply sent again.

mod attempts;
mod fault;
mod meters;
mod pool;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::limits::WRITE_TIMEOUT;
use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::link::attempts::Attempts;
pub(crate) use crate::link::fault::{Fault, STORE, timed_out};
pub use crate::link::meters::{METRICS, describe_metrics};
use crate::link::pool::Connections;
pub(crate) use crate::link::pool::Held;
pub(crate) use crate::link::snapshot::Snapshot;
use crate::url::Address;

/// Time a call may take, tries and waits included.
const CALL_LIMIT: Duration = WRITE_TIMEOUT.saturating_sub(Duration::from_secs(1));
/// Time that one statement of a snapshot may take: walking a million matches takes seconds.
const SNAPSHOT_LIMIT: Duration = Duration::from_secs(120);
/// Time that closing waits for calls under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Oldest PostgreSQL that has what the statements use.
const SERVER_VERSION_MIN: i32 = 150_000;
/// Connections of a node: its writers need a handful, its readers the rest, and four nodes fit a server's default of 100.
pub const CONNECTIONS_MAX: usize = 20;

/// What the server is told about each session: nobody waits for a frozen client or statement longer than that, and nothing is
/// compiled, since a statement of milliseconds whose estimate is high would spend seconds on it.
const SESSION: [(&str, &str); 4] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "1s"),
    ("idle_in_transaction_session_timeout", "1s"),
    ("jit", "off"),
];

/// Asks for the version, and for those of [`SESSION`] that are not set.
const OPENING: Statement = Statement {
    name: "opening",
    sql: "SELECT current_setting('server_version_num')::int4, current_setting('server_version'), \
          (SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE (name, setting) IN \
          (('statement_timeout', '0'), ('lock_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('jit', 'on')))",
};

/// How the database is reached.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub address: Address,
    /// Connections this process may have open.
    pub connections_max: usize,
    /// The name under which the server lists the connections.
    pub application: String,
}

impl Options {
    /// The usual options for `address`.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            address,
            connections_max: CONNECTIONS_MAX,
            application: "tiltyard".to_owned(),
        }
    }
}

/// One named SQL statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// The connections of this process to its database.
pub(crate) struct Link {
    connections: Connections,
    place: String,
}

impl Link {
    /// Connects, and checks that the server is new enough and that its time-outs are set.
    ///
    /// # Errors
    /// `Unavailable` if it cannot be reached or refuses the sign-in, `Corrupt` if it is too old or lets sessions wait for ever.
    pub(crate) async fn open(options: &Options) -> Result<Self> {
        let link = Self::connect(options)?;
        let rows = link.query(&OPENING, &[]).await?;
        let row = rows
            .first()
            .ok_or_else(|| unreadable("it answered nothing when asked for its version"))?;
        let version: i32 = row.try_get(0).map_err(|error| unreadable(&error.to_string()))?;
        if version < SERVER_VERSION_MIN {
            let version: String = row.try_get(1).map_err(|error| unreadable(&error.to_string()))?;
            return Err(unreadable(&format!(
                "the server is PostgreSQL {version}; 15 or newer is needed"
            )));
        }
        let unset: Option<String> = row.try_get(2).map_err(|error| unreadable(&error.to_string()))?;
        match unset {
            Some(unset) => Err(unreadable(&format!(
                "sessions of this role have no good {unset}; behind a pooler ALTER ROLE .. SET is to say it (roles.sql does)"
            ))),
            None => Ok(link),
        }
    }

    /// Prepares the connections, and makes and checks none.
    ///
    /// # Errors
    /// `Unavailable` if TLS cannot be set up.
    pub(crate) fn connect(options: &Options) -> Result<Self> {
        Ok(Self {
            connections: Connections::new(options)?,
            place: options.address.to_string(),
        })
    }

    /// Takes a connection for work that is neither one statement nor a snapshot.
    ///
    /// # Errors
    /// `Unavailable` or `TimedOut` if there is none to be had.
    pub(crate) async fn take(&self) -> Result<Held> {
        let mut attempts = Attempts::new("connecting", CALL_LIMIT);
        loop {
            match self.connections.take(attempts.left()).await {
                Ok(held) => return Ok(held),
                Err(fault) => attempts.failed(fault).await.map_err(|error| self.placed(error))?,
            }
        }
    }

    /// Runs one autocommit statement in one round trip and returns its rows.
    ///
    /// It is sent again, a bounded number of times, if the connection was lost, nothing came back in time, or the server asked
    /// for it (deadlock, serialization, lock time-out). Columns are of built-in types: others cost a round trip to look up.
    ///
    /// # Errors
    /// `Unavailable` or `TimedOut` if nothing is known about the outcome, `Corrupt` if the statement or a value is refused.
    pub(crate) async fn query(
        &self,
        statement: &Statement,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>> {
        let started = Instant::now();
        let mut attempts = Attempts::new(statement.name, CALL_LIMIT);
        let outcome = loop {
            match self.attempt(statement, params, &attempts).await {
                Ok(rows) => break Ok(rows),
                Err(fault) => {
                    if let Err(error) = attempts.failed(fault).await {
                        break Err(self.placed(error));
                    }
                }
            }
        };
        meters::took(statement.name, started);
        outcome
    }

    /// Begins several reads in one state of the database, for which each statement may take minutes.
    ///
    /// # Errors
    /// As [`Link::query`].
    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        let mut attempts = Attempts::new("snapshot", CALL_LIMIT);
        loop {
            let begun = async {
                let held = self.connections.take(attempts.left()).await?;
                let begin = Snapshot::begin(held, SNAPSHOT_LIMIT);
                match tokio::time::timeout(attempts.try_limit(), begin).await {
                    Ok(begun) => begun,
                    Err(_elapsed) => Err(Fault::Slow),
                }
            };
            match begun.await {
                Ok(snapshot) => return Ok(snapshot),
                Err(fault) => attempts.failed(fault).await.map_err(|error| self.placed(error))?,
            }
        }
    }

    /// Refuses later calls and waits for those under way, a second at most.
    pub(crate) async fn close(&self) {
        self.connections.close();
        let closed = async {
            while self.connections.open() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(CLOSE_LIMIT, closed).await.is_err() {
            tracing::warn!("closed the database with statements under way; their calls find out by themselves");
        }
    }

    async fn attempt(
        &self,
        statement: &Statement,
        params: &[(&(dyn ToSql + Sync), Type)],
        attempts: &Attempts,
    ) -> Result<Vec<Row>, Fault> {
        let held = self.connections.take(attempts.left()).await?;
        let limit = attempts.try_limit().saturating_sub(Connections::abandon_limit());
        match tokio::time::timeout(limit, self.connections.run(&held, statement.sql, params)).await {
            Ok(Ok(rows)) => {
                held.release();
                Ok(rows)
            }
            Ok(Err(fault)) => Err(given_back(held, fault)),
            Err(_elapsed) => {
                self.connections.abandon(held).await;
                Err(Fault::Slow)
            }
        }
    }

    /// Says which server an error is about.
    fn placed(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Unavailable { store, source } => StoreError::Unavailable {
                store,
                source: Box::new(Placed {
                    place: self.place.clone(),
                    source,
                }),
            },
            other => other,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.place)
    }
}

/// An error and the server it is about.
#[derive(Debug, thiserror::Error)]
#[error("{place}")]
struct Placed {
    place: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The `options` of a session: what the URL says, and [`SESSION`].
fn session_options(own: Option<&str>) -> String {
    let ours = SESSION.map(|(name, value)| format!("-c {name}={value}"));
    own.into_iter()
        .map(str::to_owned)
        .chain(ours)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Gives the connection back if `fault` leaves it usable.
fn given_back(held: Held, fault: Fault) -> Fault {
    if fault.leaves_connection() {
        held.release();
    }
    fault
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Corrupt {
        store: STORE,
        what: what.to_owned(),
    }
}
