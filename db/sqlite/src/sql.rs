//! The three ways in which statements are run, all of them prepared once per connection.

use rusqlite::{Connection, Params, Row};

use crate::fault::Work;

/// Runs a statement; returns how many rows it changed.
pub(crate) fn run(on: &Connection, sql: &str, params: impl Params) -> Work<usize> {
    Ok(on.prepare_cached(sql)?.execute(params)?)
}

/// Returns the first row, decoded.
pub(crate) fn first<T>(
    on: &Connection,
    sql: &str,
    params: impl Params,
    decode: impl FnMut(&Row<'_>) -> Work<T>,
) -> Work<Option<T>> {
    on.prepare_cached(sql)?
        .query_and_then(params, decode)?
        .next()
        .transpose()
}

/// Returns every row, decoded.
pub(crate) fn all<T>(
    on: &Connection,
    sql: &str,
    params: impl Params,
    decode: impl FnMut(&Row<'_>) -> Work<T>,
) -> Work<Vec<T>> {
    on.prepare_cached(sql)?.query_and_then(params, decode)?.collect()
}

/// Turns a limit into what SQL takes.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
