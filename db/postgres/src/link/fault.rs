//! What can go wrong between here and the server, and whether sending the statement again may help.

use std::error::Error as StdError;
use std::time::Duration;

use tiltyard_db::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// The store's name in errors.
pub(crate) const STORE: &str = "PostgreSQL";

type Source = Box<dyn StdError + Send + Sync>;

/// Why one try failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The connection broke or could not be made; what a statement in flight did is unknown.
    Lost(Source),
    /// The server undid the statement and lives: deadlock, serialization failure, lock time-out, too many clients.
    Undone(&'static str, Source),
    /// No answer in time; what the statement did is unknown.
    Slow,
    /// Trying again does not help.
    Final(StoreError),
}

impl Fault {
    /// What the statement's failure means.
    pub(crate) fn of_statement(error: Error) -> Self {
        if error.is_closed() || is_io(&error) {
            return Self::Lost(error.into());
        }
        match error.code().cloned() {
            Some(code) => Self::of_code(&code, error),
            None => Self::Final(StoreError::Corrupt {
                store: STORE,
                what: described(&error),
            }),
        }
    }

    /// What a failure to connect means.
    pub(crate) fn of_connecting(error: Error) -> Self {
        match error.code().cloned() {
            Some(SqlState::PROTOCOL_VIOLATION) if described(&error).contains("startup parameter") => {
                Self::Final(StoreError::unavailable(STORE, Unannounced(error)))
            }
            Some(code) if may_pass(&code) => Self::Lost(error.into()),
            Some(_) => Self::Final(StoreError::unavailable(STORE, error)),
            None if error.is_closed() || is_io(&error) => Self::Lost(error.into()),
            None => Self::Final(StoreError::unavailable(STORE, error)),
        }
    }

    fn of_code(code: &SqlState, error: Error) -> Self {
        if *code == SqlState::T_R_DEADLOCK_DETECTED {
            Self::Undone("deadlock", error.into())
        } else if *code == SqlState::T_R_SERIALIZATION_FAILURE {
            Self::Undone("serialization", error.into())
        } else if *code == SqlState::LOCK_NOT_AVAILABLE {
            Self::Undone("lock time-out", error.into())
        } else if *code == SqlState::QUERY_CANCELED {
            Self::Slow
        } else if may_pass(code) || *code == SqlState::FEATURE_NOT_SUPPORTED {
            // A prepared statement whose answer has another shape since a migration says that it is not supported.
            Self::Lost(error.into())
        } else if matches!(code.code().get(..2), Some("53" | "57" | "58" | "28" | "3D" | "25")) {
            Self::Final(StoreError::unavailable(STORE, error))
        } else {
            Self::Final(StoreError::Corrupt {
                store: STORE,
                what: described(&error),
            })
        }
    }

    /// Says whether the connection may serve another statement.
    pub(crate) fn leaves_connection(&self) -> bool {
        match self {
            Self::Undone(..) | Self::Final(StoreError::Corrupt { .. }) => true,
            Self::Lost(_) | Self::Slow | Self::Final(_) => false,
        }
    }

    /// The label of the retry counter.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Lost(_) => "connection lost",
            Self::Undone(why, _) => why,
            Self::Slow => "slow",
            Self::Final(_) => "final",
        }
    }

    /// What the caller is told when there is no further try.
    pub(crate) fn told(self, after: Duration) -> StoreError {
        match self {
            Self::Lost(source) | Self::Undone(_, source) => StoreError::unavailable(STORE, source),
            Self::Slow => timed_out(after),
            Self::Final(error) => error,
        }
    }
}

/// A transaction pooler refused the limits that a session asks for.
#[derive(Debug, thiserror::Error)]
#[error("a pooler answers there: add pooler=transaction to the URL, and set the limits of sessions by roles.sql")]
struct Unannounced(#[source] Error);

/// The error of a call that ran out of time.
pub(crate) fn timed_out(after: Duration) -> StoreError {
    StoreError::TimedOut {
        store: STORE,
        after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
    }
}

/// The states in which another connection, a moment later, may do: the server ends, starts, recovers, fails over or is crowded.
fn may_pass(code: &SqlState) -> bool {
    let passing = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    passing.contains(code) || code.code().starts_with("08")
}

fn is_io(error: &Error) -> bool {
    error.source().is_some_and(|source| source.is::<std::io::Error>())
}

/// The error with its sources in one line: `Corrupt` has room for a text only.
fn described(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}
