//! Why a request has no result, sorted by what the caller can do about it.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use tiltyard_protocol::Problem;

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The server refused and said why.
    #[error("{} {}: {}", .0.status, .0.code.as_str(), .0.detail)]
    Problem(Box<Problem>),
    /// No answer: refused, reset, timed out. Whether the server acted is unknown.
    #[error("no answer: {0}")]
    Transport(String),
    /// The caller's address, token or body cannot be put into a request.
    #[error("not a request: {0}")]
    Invalid(String),
    /// An answer that this API does not give.
    #[error("unexpected answer (status {status}): {detail}")]
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        detail: String,
    },
}

impl ClientError {
    /// Says whether the same request may succeed later: no answer, or one that asks to come back.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Problem(problem) => is_transient_status(problem.status),
            Self::Transport(_) => true,
            Self::Invalid(_) => false,
            Self::Unexpected { status, .. } => is_transient_status(*status),
        }
    }

    /// Says whether another server of the deployment may answer where this one does not.
    #[must_use]
    pub fn is_server_away(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Problem(problem) => problem.status == 503,
            Self::Unexpected { status, .. } => *status == 503,
            Self::Invalid(_) => false,
        }
    }

    /// Returns how long the server asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) => problem.retry_after_s.map(|s| Duration::from_secs(s.into())),
            Self::Transport(_) | Self::Invalid(_) | Self::Unexpected { .. } => None,
        }
    }

    /// Returns the server's problem, if it sent one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Transport(_) | Self::Invalid(_) | Self::Unexpected { .. } => None,
        }
    }
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(chain(&error))
    }
}

const fn is_transient_status(status: u16) -> bool {
    matches!(status, 429 | 503 | 504)
}

/// Writes an error with its sources: the outermost one of reqwest says only that something failed.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        if write!(text, ": {error}").is_err() {
            break;
        }
        source = error.source();
    }
    text
}
