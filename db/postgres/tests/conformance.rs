//! The store in PostgreSQL under the suites that every durable store passes.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use database::Database;

async fn database() -> Database {
    Database::new().await
}

tiltyard_db::durable_conformance!(database);
