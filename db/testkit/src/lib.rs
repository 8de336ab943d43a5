//! Private PostgreSQL, Redis and S3 servers for tests and load runs: processes only, no SQL.
//!
//! Each server has a folder of its own, with a Unix socket and no fixed port, so that any number run side by side. Nothing
//! outlives the process that started it, however that ends: the servers die with it, and a folder is removed by a
//! watcher that notices. Linux only.

mod binaries;
mod cluster;
mod error;
mod folder;
mod pooler;
mod port;
mod postgres;
mod process;
mod program;
mod redis;
mod s3;

pub use error::Error;
pub use folder::Folder;
pub use pooler::PgBouncer;
pub use postgres::{Postgres, PostgresOptions};
pub use program::{Ended, Launch, Program};
pub use redis::{Redis, RedisOptions};
pub use s3::{S3, S3Mood};
