//! What a store may answer instead of a result. Outcomes that a caller decides on are not errors.

use std::error::Error;

/// A store's answer when it could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached, is full, or is stopping. The call may be made again.
    #[error("{store} is unavailable")]
    Unavailable {
        /// Which store.
        store: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store did not answer in time; whether it did the work is unknown. The call may be made again.
    #[error("{store} did not answer within {after_ms} ms")]
    TimedOut {
        /// Which store.
        store: &'static str,
        /// How long was waited, in milliseconds.
        after_ms: u64,
    },
    /// Stored data or the schema is not what this version can read. Trying again does not help.
    #[error("{store} holds data that cannot be read: {what}")]
    Corrupt {
        /// Which store.
        store: &'static str,
        /// What was found.
        what: String,
    },
}

/// A store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl StoreError {
    /// Wraps what an unreachable `store` said.
    pub fn unavailable(store: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            store,
            source: source.into(),
        }
    }
}
