//! The durable store in PostgreSQL: every durable trait over one database, shared by every node.
//!
//! A call is one autocommit statement. Those that change several rows are functions of the schema, which lock before they decide
//! and answer an outcome per item, so that sending one again after a lost connection is always safe. SQL stands in `queries/`, one
//! statement a file, and in `migrations/`.

mod audit;
mod codes;
mod contents;
mod events;
mod leaders;
mod link;
mod matches;
mod migrate;
mod params;
mod players;
pub mod queries;
mod queue_states;
mod ratings;
mod results;
mod rows;
mod seasons;
mod secrets;
mod store;
mod teams;
mod tickets;
mod tls;
mod url;

pub use link::{CONNECTIONS_MAX, METRICS, Options, describe_metrics};
pub use migrate::{check_schema, migrate, migrate_if_behind};
pub use store::PostgresStore;
pub use url::{Address, UrlError};
