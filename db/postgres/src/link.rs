//! The link to the server: a pool of connections with time-outs on everything, and statements that survive a lost one.
//!
//! Every statement of the store is idempotent per item, so one whose fate is unknown is simply sent again.

mod attempts;
mod fault;
mod pool;
mod snapshot;

use std::fmt;
use std::time::Duration;

use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::limits::WRITE_TIMEOUT;
use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::link::attempts::Attempts;
use crate::link::fault::Fault;
pub(crate) use crate::link::fault::STORE;
use crate::link::pool::{Connections, Held};
pub(crate) use crate::link::snapshot::Snapshot;
use crate::url::Address;

/// Time a call may take, tries and waits included.
const CALL_LIMIT: Duration = WRITE_TIMEOUT;
/// Time that one statement of a snapshot may take: walking a million matches takes seconds.
const SNAPSHOT_LIMIT: Duration = Duration::from_secs(120);
/// Time that closing waits for calls under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Oldest PostgreSQL that has what the statements use.
const SERVER_VERSION_MIN: i32 = 150_000;
/// Connections of a node: its writers need a handful, its readers the rest, and four nodes fit a server's default of 100.
pub const CONNECTIONS_MAX: usize = 20;

/// The server's time-outs of a session, in milliseconds: nobody waits for a frozen client or statement longer than that.
const SESSION_TIMEOUTS: [(&str, u32); 3] = [
    ("statement_timeout", 5_000),
    ("lock_timeout", 1_000),
    ("idle_in_transaction_session_timeout", 1_000),
];

const OPENING: Statement = Statement {
    name: "opening",
    sql: "SELECT current_setting('server_version_num')::int4, current_setting('server_version'), \
          (SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE setting = '0' AND name IN \
          ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'))",
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
        let link = Self {
            connections: Connections::new(options)?,
            place: options.address.to_string(),
        };
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
                "{unset} not set for this role; behind a pooler set them with ALTER ROLE .. SET (roles.sql does)"
            ))),
            None => Ok(link),
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
        seconds(statement.name, started);
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
        match tokio::time::timeout(limit, held.client()?.query_typed(statement.sql, params)).await {
            Ok(Ok(rows)) => {
                held.release();
                Ok(rows)
            }
            Ok(Err(error)) => Err(given_back(held, Fault::of_statement(error))),
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

/// The `options` of a session: what the URL says, and the time-outs.
fn session_options(own: Option<&str>) -> String {
    let mut options = own.map(|own| format!("{own} ")).unwrap_or_default();
    for (name, ms) in SESSION_TIMEOUTS {
        options.push_str(&format!("-c {name}={ms} "));
    }
    options.trim_end().to_owned()
}

/// Records how long a statement took, tries and waits included.
fn seconds(statement: &'static str, started: Instant) {
    metrics::histogram!("tiltyard_database_statement_seconds", "statement" => statement)
        .record(started.elapsed().as_secs_f64());
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
