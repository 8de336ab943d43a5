//! Every SQL file against the migrated schema: it prepares, it is used, and what is called often never walks a big table.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;
use tiltyard_db_sqlite::{SqliteStore, queries};

/// Tables of a row each, or of few: walking them is no harm.
const SMALL: [&str; 1] = ["store"];
/// Walks an index from its beginning and stops at its limit, which is no worse than a search.
const LIMITED: [&str; 1] = ["spool_oldest"];

fn migrated() -> (TempDir, Connection) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tiltyard.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    (folder, connection)
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = explain.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>();
    steps.unwrap()
}

#[test]
fn every_statement_prepares() {
    let (_folder, connection) = migrated();
    for (name, sql) in queries::ALL {
        let prepared = connection.prepare(sql);
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
    }
}

#[test]
fn every_file_is_a_statement() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named: BTreeSet<String> = queries::ALL.iter().map(|(name, _)| format!("{name}.sql")).collect();
    assert_eq!(files, named);
}

#[test]
fn no_hot_statement_walks_a_big_table() {
    let (_folder, connection) = migrated();
    for (name, sql) in queries::ALL {
        if name.starts_with("audit_") || name.starts_with("schema_") || LIMITED.contains(name) {
            continue;
        }
        for step in plan(&connection, sql) {
            let scanned = step.strip_prefix("SCAN ").map(|table| table.split(' ').next().unwrap());
            let harmless = scanned.is_none_or(|table| SMALL.contains(&table) || table == "CONSTANT");
            assert!(harmless, "{name}: {step}");
        }
    }
}

#[test]
fn pages_come_sorted_from_an_index() {
    let (_folder, connection) = migrated();
    // Few enough to sort: a player has at most as many live tickets as slots.
    let sorts_a_handful = ["ticket_live"];
    for (name, sql) in queries::ALL {
        if name.starts_with("audit_") || sorts_a_handful.contains(name) {
            continue;
        }
        for step in plan(&connection, sql) {
            assert!(!step.contains("TEMP B-TREE"), "{name}: {step}");
        }
    }
}

#[test]
fn the_audit_walks_each_table_once_at_most() {
    let (_folder, connection) = migrated();
    for (name, sql) in queries::ALL.iter().filter(|(name, _)| name.starts_with("audit_")) {
        for step in plan(&connection, sql) {
            let built =
                step.contains("AUTOMATIC") && !step.contains("(queue=? AND epoch=?)") && !step.contains("player=?");
            assert!(!built, "{name} builds an index over a whole table: {step}");
        }
    }
}
