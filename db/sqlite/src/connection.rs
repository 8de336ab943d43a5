//! How the file is opened: what each connection must know before its first statement.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::fault::Work;

/// How long a connection waits for a lock. Only a tool beside the server can hold one: the server has one writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS_MAX: usize = 128;
/// Page cache of the writer in KiB: it keeps the inner pages of every index at ten million tickets.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Page cache of each reader in KiB.
const READER_CACHE_KIB: i64 = 16 * 1024;
/// Pages of the log after which a commit writes it back into the file: pages that many commits changed are written once.
const WAL_PAGES: i64 = 4_000;
/// Size to which the log is cut back after a burst.
const WAL_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// Opens the file to read and write, making it if there is none.
pub(crate) fn writing(path: &Path) -> Work<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is on the disk when it returns, as the replies promise.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
    Ok(connection)
}

/// Opens an existing file to read.
pub(crate) fn reading(path: &Path) -> Work<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection, READER_CACHE_KIB)?;
    Ok(connection)
}

fn prepare(connection: &Connection, cache_kib: i64) -> Work<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // One plan per statement, whatever is bound to it: otherwise most are compiled again at each use, a third of a commit.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A negative size counts KiB instead of pages.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    // Savepoints and sorts stay off the disk, which may be full.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}
