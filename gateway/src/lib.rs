//! The gateway: HTTP, event streams, configuration, command line, and the composition root of the binary `tiltyard`.
//!
//! Thin by design: it parses requests into types that cannot be wrong, asks stores and actors, and writes replies.

mod address;
mod app;
mod audit;
mod builds;
mod cli;
mod commands;
pub mod config;
mod content;
mod crash;
mod descriptors;
mod edge;
mod exit;
pub mod http;
mod jitter;
mod lock;
mod logs;
mod metrics;
mod node;
mod private;
mod refight;
mod routes;
mod secrets;
mod shared;
mod shutdown;
mod sse;
mod stores;

pub use cli::{
    AuditArgs, Cli, Command, ContentCommand, Options, PublishArgs, SimBalanceArgs, SimBenchArgs, SimCommand,
    SimFuzzArgs, SimReplayArgs, SimReproArgs, SimRunArgs, SimSampleArgs, SimVerifyArgs,
};
pub use commands::run;
pub use exit::Fatal;

/// Installs the TLS provider of this process, unless there is one; to be called before any store is opened.
pub fn provide_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
