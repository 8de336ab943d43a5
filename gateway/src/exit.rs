//! How the process ends: a code that scripts and supervisors can act on, and one line for people.

use std::fmt;
use std::process::ExitCode;

/// Why a command did not succeed.
#[derive(Debug)]
pub struct Fatal {
    code: u8,
    message: String,
}

impl Fatal {
    /// A check found something: `audit` with violations, `healthcheck` of a sick server.
    pub(crate) const CHECK: u8 = 1;
    /// A subsystem is beyond its restart budget; the supervisor outside starts the process again.
    pub(crate) const SUBSYSTEM: u8 = 70;
    /// A store or a listener cannot be had.
    pub(crate) const RESOURCE: u8 = 74;
    /// Another process holds the data folder.
    pub(crate) const LOCKED: u8 = 75;
    /// Told to stop a second time: it has ended without stopping in order.
    pub(crate) const CUT: u8 = 130;
    /// The configuration or an input is wrong.
    pub(crate) const CONFIG: u8 = 78;

    /// Makes an end.
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A store or a listener cannot be had.
    pub(crate) fn resource(what: &str, error: &dyn std::error::Error) -> Self {
        Self::new(Self::RESOURCE, format!("{what}: {}", chain(error)))
    }

    /// Returns the exit code.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// Writes an error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(&format!(": {error}"));
        cause = error.source();
    }
    message
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fatal {}
