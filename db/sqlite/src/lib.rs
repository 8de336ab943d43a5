//! The embedded durable store: every durable trait over one SQLite file, as safe as the disk beneath it.
//!
//! One thread owns the only write connection and turns the calls that wait for it into one transaction, because what a commit
//! costs is its `fsync`. Two threads read beside it. Callers are never blocked, only made to wait, and never longer than a limit.
//! SQL stands in `queries/`, one statement a file.

mod audit;
mod codes;
mod connection;
mod contents;
mod events;
mod fault;
mod leaders;
mod matches;
mod players;
pub mod queries;
mod queue_states;
mod ratings;
mod reader;
mod results;
mod schema;
mod seasons;
mod secrets;
mod spool;
mod sql;
mod store;
mod teams;
#[cfg(test)]
mod tests;
mod tickets;
mod writer;

pub use store::SqliteStore;
