//! What keeps a private server from starting, in words that say what to do.

use std::io;
use std::path::PathBuf;

/// Why a server could not be found, started or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not on this machine.
    #[error("{program} is not on this machine; run: {remedy}")]
    Missing {
        /// The program looked for.
        program: String,
        /// The command that installs it.
        remedy: &'static str,
    },
    /// The operating system refused something.
    #[error("cannot {what}")]
    System {
        /// What was tried.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A program that was to do its work and end has failed.
    #[error("{program} failed ({status}): {output}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// What it wrote on standard error.
        output: String,
    },
    /// A server ended, or did not answer in time, while starting.
    #[error("{server} did not start ({why}); its log: {log}")]
    NotStarted {
        /// The server.
        server: &'static str,
        /// What happened instead.
        why: String,
        /// The end of its log.
        log: String,
    },
    /// A socket in this folder would have a name longer than Unix allows.
    #[error("{} is too long for the name of a Unix socket; set TMPDIR to a shorter folder", .0.display())]
    LongPath(PathBuf),
}

impl Error {
    /// Returns a function that says what was tried when the system refused.
    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System {
            what: what.into(),
            source,
        }
    }
}

/// Returns what was made, or ends the test with the error and its causes.
#[expect(clippy::panic, reason = "a test whose server is missing has failed")]
pub(crate) fn or_panic<T>(made: Result<T, Error>) -> T {
    made.unwrap_or_else(|error| match std::error::Error::source(&error) {
        Some(source) => panic!("{error}: {source}"),
        None => panic!("{error}"),
    })
}
