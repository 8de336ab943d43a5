//! The store as its callers hold it.

use std::sync::Arc;

use tiltyard_db::Result;
use tokio_postgres::Row;

use crate::link::{Link, Options, Statement};
use crate::migrate::check_schema;
use crate::params::Param;

/// Every durable aggregate in one PostgreSQL database.
///
/// It must be used inside a tokio runtime with time and I/O enabled.
#[derive(Debug)]
pub struct PostgresStore {
    link: Link,
}

impl PostgresStore {
    /// Opens a migrated database.
    ///
    /// # Errors
    /// `Unavailable` if it cannot be reached, `Corrupt` if its schema is not this version's.
    pub async fn open(options: &Options) -> Result<Arc<Self>> {
        check_schema(options).await?;
        let link = Link::open(options).await?;
        Ok(Arc::new(Self { link }))
    }

    /// Refuses later calls, which answer `Unavailable`, and waits for those under way.
    pub async fn close(&self) {
        self.link.close().await;
    }

    /// Runs one statement.
    pub(crate) async fn query(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<Row>> {
        self.link.query(statement, params).await
    }

    /// Runs one statement that answers a row at most.
    pub(crate) async fn first(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Option<Row>> {
        Ok(self.query(statement, params).await?.into_iter().next())
    }

    /// The way to the server, for reads that share a snapshot.
    pub(crate) const fn link(&self) -> &Link {
        &self.link
    }
}
