//! The durable store in PostgreSQL.

#[allow(dead_code, reason = "the aggregates call it")]
mod link;
mod tls;
mod url;

pub use link::{CONNECTIONS_MAX, Options};
pub use url::{Address, UrlError};
