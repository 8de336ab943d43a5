//! The plans of every statement at a million players and tickets: each touches what it is about, and walks no big table.
//!
//! The store is used as the server uses it, and PostgreSQL logs the plan of every statement, those inside functions too, with
//! what it read (`auto_explain`). Sessions that were opened while the tables were empty are held to the same.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking and prints its figures"
)]

#[path = "support/database.rs"]
mod database;
#[path = "plans/exercise.rs"]
mod exercise;
#[path = "plans/plan.rs"]
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use exercise::exercise;
use plan::Plan;
use tiltyard_db::conformance::durable::world::{returned, ticket};
use tiltyard_db::durable::Durable;
use tiltyard_db_postgres::{Options, PostgresStore, migrate, queries};
use tiltyard_db_testkit::{Postgres, PostgresOptions};

/// Tables that grow with players, tickets or matches.
const BIG: [&str; 12] = [
    "builds",
    "event_heads",
    "events",
    "match_results",
    "match_seats",
    "matches",
    "players",
    "rating_changes",
    "ratings",
    "season_standings",
    "teams",
    "tickets",
];
/// Reads a whole queue, which is most of the tickets when it matters.
const WALKS: &str = include_str!("../queries/tickets_queued_all.sql");
/// Rows that one scan may touch for the batches of `exercise`, whose largest has 128 pairs.
const ROWS_MAX: u64 = 2_000;
/// Blocks that a scan may touch for each of its repetitions and rows: an index's height, and the row.
const BLOCKS_PER_ROW_MAX: u64 = 16;
/// Blocks that a scan may touch besides, for rows that are dead; the smallest index over a big table has thousands.
const BLOCKS_MAX: u64 = 256;

/// The auditor's statements about all rows at once, which nobody runs while serving.
const SUMS: [&str; 8] = [
    "audit_i11_count",
    "audit_i4_archived",
    "audit_i5_leader",
    "audit_i6_count",
    "audit_i9_late",
    "audit_i9_spool",
    "audit_queued",
    "audit_ticket_counts",
];

fn explaining() -> PostgresOptions {
    let settings = [
        "shared_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_nested_statements=on",
        "auto_explain.log_analyze=on",
        "auto_explain.log_timing=off",
        "auto_explain.log_buffers=on",
        "auto_explain.log_format=json",
        "shared_buffers=1GB",
        "max_wal_size=8GB",
        "autovacuum=off",
    ];
    settings
        .iter()
        .fold(Postgres::options(), |options, setting| options.setting(*setting))
}

/// Plans that were logged while `server` was exercised, by its clients' statements and those inside of functions.
struct Watched {
    server: Postgres,
    seen: usize,
}

impl Watched {
    fn plans(&mut self) -> Vec<Plan> {
        let log = std::fs::read_to_string(self.server.folder().join("log")).unwrap();
        let plans = plan::read(&log[self.seen..]);
        self.seen = log.len();
        plans
    }
}

impl Drop for Watched {
    /// Says where a statement was that ran out of time, if that is what failed: the plan of one that was cancelled is not logged.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.server.folder().join("log")).unwrap();
            let mut told = false;
            for line in log[self.seen..].lines() {
                told = (told && line.starts_with('\t')) || line.contains("ERROR:") || line.contains("CONTEXT:");
                if told {
                    println!("{line}");
                }
            }
        }
    }
}

/// Holds every scan of a big table against its limits, and prints what each statement cost at most.
fn check(plans: &[Plan], sessions: &str) {
    let mut costs: BTreeMap<&str, (f64, u64)> = BTreeMap::new();
    let mut walks = Vec::new();
    for plan in plans {
        let scans = plan.scans().filter(|_| plan.query.trim() != WALKS.trim());
        for scan in scans.filter(|scan| BIG.contains(&scan.table.as_str())) {
            let fair = BLOCKS_MAX + BLOCKS_PER_ROW_MAX * (scan.loops + scan.rows);
            if scan.kind == "Seq Scan" || scan.rows > ROWS_MAX || scan.blocks > fair {
                walks.push(format!("{scan:?} in\n{}", plan.query));
            }
        }
        if let Some((name, _)) = queries::ALL.iter().find(|(_, sql)| sql.trim() == plan.query.trim()) {
            let most = costs.entry(name).or_default();
            *most = (plan.ms.max(most.0), plan.blocks.max(most.1));
        }
    }
    println!("{sessions}:");
    for (name, (ms, blocks)) in &costs {
        println!("{name:24} {ms:9.1} ms {blocks:7} blocks");
    }
    assert!(walks.is_empty(), "{sessions}: {}", walks.join("\n"));
    let hot = queries::ALL
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !SUMS.contains(name));
    let missed: Vec<&str> = hot.filter(|name| !costs.contains_key(name)).collect();
    assert!(missed.is_empty(), "{sessions}: never run: {missed:?}");
}

async fn opened(url: &str) -> Durable {
    let mut options = Options::new(url.parse().unwrap());
    options.connections_max = 1;
    Durable::of(
        PostgresStore::open(&options)
            .await
            .map(|store| Arc::clone(&store))
            .unwrap(),
    )
}

#[tokio::test]
async fn no_statement_walks_a_big_table() {
    let mut watched = tokio::task::spawn_blocking(|| Watched {
        server: explaining().start().unwrap(),
        seen: 0,
    })
    .await
    .unwrap();
    watched.server.create_database("million", None).unwrap();
    let url = watched.server.url("million");
    migrate(&Options::new(url.parse().unwrap())).await.unwrap();
    let old = opened(&url).await;
    // As often as it takes until the plans of prepared statements are kept.
    for round in 0..6 {
        exercise(&old, 1_500_000 + 10_000 * round).await;
    }

    let raw = database::connect(&url).await;
    let event = serde_json::to_string(&returned(ticket(1))).unwrap();
    let fill = include_str!("plans/million.sql").replace("$event", &format!("'{event}'"));
    raw.batch_execute(&fill).await.unwrap();

    watched.plans();
    exercise(&old, 100_000).await;
    check(&watched.plans(), "sessions older than the data, which nobody analyzed");

    raw.batch_execute("ANALYZE").await.unwrap();
    let new = opened(&url).await;
    watched.plans();
    exercise(&new, 200_000).await;
    check(&watched.plans(), "new sessions on analyzed data");
}
