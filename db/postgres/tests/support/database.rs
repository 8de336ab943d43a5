//! A migrated database of a private server for each test.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::Arc;

use async_trait::async_trait;
use tiltyard_db::conformance::durable::DurableFixture;
use tiltyard_db::durable::Durable;
use tiltyard_db_postgres::{Options, PostgresStore};
use tiltyard_db_testkit::Postgres;

/// A migrated database that nobody else uses.
pub(crate) struct Database {
    pub(crate) url: String,
    store: Arc<PostgresStore>,
}

impl Database {
    /// Makes one, with a first client.
    pub(crate) async fn new() -> Self {
        let url = tokio::task::spawn_blocking(url).await.unwrap();
        let store = open(&url).await;
        Self { url, store }
    }

    /// Returns the first client.
    pub(crate) fn store(&self) -> Durable {
        Durable::of(Arc::clone(&self.store))
    }

    /// Connects past the store, as the superuser.
    pub(crate) async fn raw(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }
}

#[async_trait]
impl DurableFixture for Database {
    async fn client(&self) -> Durable {
        Durable::of(open(&self.url).await)
    }
}

/// Returns the URL of a migrated database. Blocks.
pub(crate) fn url() -> String {
    Postgres::shared().database_from("tiltyard", migrate)
}

/// Opens another client, as another node would, with the rights that a server has.
pub(crate) async fn open(url: &str) -> Arc<PostgresStore> {
    let url = url.replace("//tiltyard@", "//tiltyard_server@");
    let options = Options::new(url.parse().unwrap());
    PostgresStore::open(&options).await.unwrap()
}

/// Connects to any database.
pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "it ends with its client")]
    tokio::spawn(connection);
    client
}

fn migrate(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let roles = include_str!("../../roles/roles.sql");
        connect(url).await.batch_execute(roles).await.unwrap();
        let options = Options::new(url.parse().unwrap());
        tiltyard_db_postgres::migrate(&options).await.unwrap();
    });
}
