//! The load test: a client library, fake players as actors, and the checks that only clients can make.
//!
//! The library is also what the whole-process tests drive a server with, so that there is one client and no drift.
//! Checks are pure ([`history`], [`record`], [`replay`]); scenarios ([`players`]) feed them from a running server.

pub mod audit;
pub mod breach;
pub mod chaos;
pub mod client;
pub mod cluster;
pub mod history;
pub mod players;
mod random;
pub mod record;
pub mod replay;
#[cfg(test)]
mod sample;
pub mod takeover;

pub use breach::{Breach, Check};

/// Installs the TLS provider of this process, unless there is one: reqwest is built without one of its own and cannot
/// make a client before.
pub fn provide_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
