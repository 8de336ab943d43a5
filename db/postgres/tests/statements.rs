//! Every SQL file against the migrated schema: it prepares and it is used.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use std::collections::BTreeSet;
use std::path::Path;

use database::Database;
use tiltyard_db_postgres::queries;

#[tokio::test]
async fn every_statement_prepares() {
    let database = Database::new().await;
    let raw = database.raw().await;
    for (name, sql) in queries::ALL {
        let prepared = raw.prepare(sql).await;
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
