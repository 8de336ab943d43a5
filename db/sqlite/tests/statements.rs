//! Every SQL file against the migrated schema: it prepares, it is used, and what is called often never walks a big table.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tempfile::TempDir;
use tiltyard_db_sqlite::{SqliteStore, queries};

/// Tables of a row each, or of few: walking them is no harm.
const SMALL: [&str; 3] = ["queue_states", "seasons", "store"];
/// Walks an index from its beginning and stops at its limit, which is no worse than a search.
const LIMITED: [&str; 1] = ["spool_oldest"];

/// The auditor's, of all rows at once.
const SUMS: [&str; 7] = [
    "audit_i11_count",
    "audit_i4_archived",
    "audit_i6_count",
    "audit_i9_spool",
    "audit_i9_late",
    "audit_queued",
    "audit_ticket_counts",
];

fn migrated() -> (TempDir, Connection) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tiltyard.db");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    // As the store's own connections have it.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .unwrap();
    (folder, connection)
}

/// One line of `EXPLAIN QUERY PLAN`.
struct Step {
    id: i64,
    parent: i64,
    detail: String,
}

fn plan(connection: &Connection, sql: &str) -> Vec<Step> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = explain.raw_query().mapped(|row| {
        Ok(Step {
            id: row.get(0)?,
            parent: row.get(1)?,
            detail: row.get(3)?,
        })
    });
    steps.collect::<Result<_, _>>().unwrap()
}

fn details(connection: &Connection, name: &str) -> String {
    let (_, sql) = queries::ALL.iter().find(|(known, _)| *known == name).unwrap();
    let steps = plan(connection, sql);
    steps
        .iter()
        .map(|step| step.detail.as_str())
        .collect::<Vec<_>>()
        .join("; ")
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
            let scanned = step
                .detail
                .strip_prefix("SCAN ")
                .map(|table| table.split(' ').next().unwrap());
            let harmless = scanned.is_none_or(|table| SMALL.contains(&table) || table == "CONSTANT");
            assert!(harmless, "{name}: {}", step.detail);
        }
    }
}

#[test]
fn pages_come_sorted_from_an_index() {
    let (_folder, connection) = migrated();
    // Few enough to sort: a player has at most as many live tickets as slots, and two seasons at most are looked at.
    let sorts_a_handful = ["season_in_the_way", "ticket_live"];
    for (name, sql) in queries::ALL {
        if name.starts_with("audit_") || sorts_a_handful.contains(name) {
            continue;
        }
        for step in plan(&connection, sql) {
            assert!(!step.detail.contains("TEMP B-TREE"), "{name}: {}", step.detail);
        }
    }
}

/// An index that is found but not used to the full walks everything a player ever did.
#[test]
fn statements_use_their_index_to_the_full() {
    let (_folder, connection) = migrated();
    for (name, search) in [
        ("epoch_current", "(queue=?)"),
        ("event_head", "PRIMARY KEY (player=?)"),
        ("events_after", "PRIMARY KEY (player=? AND seq>?)"),
        ("events_trimmable", "events_at (at<?)"),
        ("match_get", "SEARCH m USING PRIMARY KEY (id=?)"),
        ("match_is_players", "PRIMARY KEY (match_id=?)"),
        ("match_rating_changes", "rating_changes_match (match_id=? AND player=?)"),
        ("matches_done", "PRIMARY KEY (id>?)"),
        (
            "matches_history",
            "match_seats_history (player=? AND (created_at,match_id)<(?,?))",
        ),
        ("matches_by_rules", "matches_pending (created_at<?)"),
        (
            "matches_pending",
            "matches_pending ((created_at,id)>(?,?) AND created_at<?)",
        ),
        ("rating_changes_after", "PRIMARY KEY ((player,number)>(?,?))"),
        ("rating_history", "PRIMARY KEY (player=? AND number>?)"),
        ("season_unarchived", "PRIMARY KEY (player>?)"),
        ("season_unarchived", "PRIMARY KEY (player=? AND season=?)"),
        ("spool_oldest", "replay_spool_age"),
        ("team_get", "PRIMARY KEY (player=? AND id=?)"),
        ("ticket_for_pairing", "PRIMARY KEY (player=? AND id=?)"),
        ("ticket_get", "PRIMARY KEY (player=? AND id=?)"),
        ("ticket_live", "tickets_slot (player=? AND slot>?)"),
        ("ticket_slots", "tickets_slot (player=? AND slot>?)"),
        ("tickets_expiring", "tickets_expiring (expires_at<?)"),
        ("tickets_queued", "tickets_queued (queue=? AND (player,id)>(?,?))"),
        (
            "tickets_queued_since",
            "tickets_queued_since (queue=? AND enqueued_at>?)",
        ),
    ] {
        let found = details(&connection, name);
        assert!(found.contains(search), "{name}: {found}");
    }
}

/// What the auditor asks about rows costs as many searches as there are rows; only sums walk tables.
#[test]
fn only_sums_walk_tables_for_the_auditor() {
    let (_folder, connection) = migrated();
    for (name, sql) in queries::ALL.iter().filter(|(name, _)| name.starts_with("audit_")) {
        let steps = plan(&connection, sql);
        let made = |table: &str| {
            let names = [format!("CO-ROUTINE {table}"), format!("MATERIALIZE {table}")];
            steps.iter().any(|step| names.contains(&step.detail))
        };
        // The only row of a subquery is scanned as well.
        let mut scanned = steps.iter().filter_map(|step| step.detail.strip_prefix("SCAN "));
        assert!(scanned.all(made) || SUMS.contains(name), "{name}");
    }
}

/// The audit's sums walk tables, but never one table for each row of another.
#[test]
fn no_audit_is_quadratic() {
    let (_folder, connection) = migrated();
    for (name, sql) in queries::ALL.iter().filter(|(name, _)| name.starts_with("audit_")) {
        let steps = plan(&connection, sql);
        for scan in steps.iter().filter(|step| step.detail.starts_with("SCAN ")) {
            let siblings = steps
                .iter()
                .filter(|step| step.parent == scan.parent && step.detail.starts_with("SCAN "));
            let parent = steps.iter().find(|step| step.id == scan.parent);
            let repeated = parent.is_some_and(|parent| parent.detail.starts_with("CORRELATED"));
            assert!(siblings.count() == 1 && !repeated, "{name}: {}", scan.detail);
        }
    }
}
