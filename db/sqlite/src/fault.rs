//! What can go wrong inside a call, and what its caller is told.

use rusqlite::ErrorCode;
use tiltyard_db::StoreError;

/// The store's name in errors.
pub(crate) const STORE: &str = "SQLite";

/// Why a piece of work on a connection failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite said so.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// Stored data, or what a caller wants stored, makes no sense.
    #[error("{0}")]
    Unreadable(String),
}

/// Result of a piece of work on a connection.
pub(crate) type Work<T> = Result<T, Fault>;

impl Fault {
    /// Says whether trying again later may help: the disk, the memory or a lock is short, not the data wrong.
    pub(crate) fn may_pass(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::OperationInterrupted
                    | ErrorCode::OutOfMemory
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
                    | ErrorCode::FileLockingProtocolFailed
            )
        )
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        if fault.may_pass() {
            Self::unavailable(STORE, fault)
        } else {
            Self::Corrupt {
                store: STORE,
                what: fault.to_string(),
            }
        }
    }
}
