//! Several reads in one state of the database.

use std::pin::Pin;
use std::time::Duration;

use futures::TryStreamExt as _;
use tiltyard_db::Result;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, RowStream};

use crate::link::fault::{Fault, timed_out};
use crate::link::pool::Held;
use crate::link::{Statement, meters};

/// For a statement whose rows are many: handing rows on from parallel workers counts for nothing, which by default keeps the
/// planner from using any, and a million ratings are joined in memory (63 MB; a hash table may take twice what is set).
const WALK: &str = "SET LOCAL parallel_tuple_cost = 0; SET LOCAL work_mem = '64MB'";

/// A read-only transaction at REPEATABLE READ. Dropped without [`Snapshot::end`], its connection is closed.
pub(crate) struct Snapshot {
    held: Held,
    limit: Duration,
}

/// Rows on their way.
pub(crate) struct Rows {
    rows: Pin<Box<RowStream>>,
    limit: Duration,
}

impl Rows {
    /// Returns the next row; `None` after the last.
    ///
    /// # Errors
    /// As [`Snapshot::query`].
    pub(crate) async fn next(&mut self) -> Result<Option<Row>> {
        let row = self.rows.as_mut().try_next().await;
        row.map_err(|error| Fault::of_statement(error).told(self.limit))
    }
}

impl Snapshot {
    /// Begins on `held`; each statement may take `limit`.
    pub(crate) async fn begin(held: Held, limit: Duration) -> Result<Self, Fault> {
        let ms = limit.as_millis();
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {ms}; \
             SET LOCAL idle_in_transaction_session_timeout = {ms}"
        );
        held.client()?
            .batch_execute(&begin)
            .await
            .map_err(Fault::of_statement)?;
        Ok(Self { held, limit })
    }

    /// Runs one statement. Nothing is sent again: a lost snapshot cannot be had back.
    ///
    /// # Errors
    /// `TimedOut` after the limit, `Unavailable` if the connection was lost, `Corrupt` if the statement cannot be run.
    pub(crate) async fn query(
        &self,
        statement: &Statement,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>> {
        let client = self.held.client().map_err(|fault| fault.told(self.limit))?;
        let started = tokio::time::Instant::now();
        let answer = tokio::time::timeout(self.limit, client.query_typed(statement.sql, params)).await;
        meters::took(statement.name, started);
        match answer {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(Fault::of_statement(error).told(started.elapsed())),
            Err(_elapsed) => Err(timed_out(self.limit)),
        }
    }

    /// Runs one statement whose rows are taken as they come, so that they need not fit into memory together.
    ///
    /// # Errors
    /// As [`Snapshot::query`]; the caller bounds the time that taking the rows needs.
    pub(crate) async fn stream(&self, statement: &Statement, params: &[(&(dyn ToSql + Sync), Type)]) -> Result<Rows> {
        self.run(WALK).await?;
        let client = self.held.client().map_err(|fault| fault.told(self.limit))?;
        let params = params.iter().map(|(value, kind)| (*value, kind.clone()));
        let answer = tokio::time::timeout(self.limit, client.query_typed_raw(statement.sql, params)).await;
        match answer {
            Ok(Ok(rows)) => Ok(Rows {
                rows: Box::pin(rows),
                limit: self.limit,
            }),
            Ok(Err(error)) => Err(Fault::of_statement(error).told(self.limit)),
            Err(_elapsed) => Err(timed_out(self.limit)),
        }
    }

    /// Ends the transaction and gives the connection back.
    ///
    /// # Errors
    /// `Unavailable` if the connection was lost: what was read stands.
    pub(crate) async fn end(self) -> Result<()> {
        self.run("COMMIT").await?;
        self.held.release();
        Ok(())
    }

    async fn run(&self, sql: &str) -> Result<()> {
        let client = self.held.client().map_err(|fault| fault.told(self.limit))?;
        match tokio::time::timeout(self.limit, client.batch_execute(sql)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::of_statement(error).told(self.limit)),
            Err(_elapsed) => Err(timed_out(self.limit)),
        }
    }
}
