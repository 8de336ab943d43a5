//! What it costs to audit a store of 20,000 finished matches: every statement short, and none of it reporting what is sound.
//! `ROWS=286000 cargo test .. --test survey -- --nocapture` audits 100,000, in minutes.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking and prints its figures"
)]

#[path = "support/database.rs"]
mod database;

use database::Database;
use tiltyard_db::durable::audit::{Subjects, Violations, survey};
use tiltyard_protocol::Timestamp;
use tokio::time::Instant;

/// Number of players; seven of ten have fought a match with one other.
const ROWS: &str = match option_env!("ROWS") {
    Some(rows) => rows,
    None => "57200",
};
/// What the load leaves out of a sound store, and what it has too much.
const SOUND: &str = "
    INSERT INTO builds VALUES (some_bytes(32), '{}');
    INSERT INTO epochs (queue, epoch, boot, minted_at) VALUES ('ranked', 1, some_player(0), 0);
    INSERT INTO epoch_counts SELECT 'ranked', 1, 0, count(*) FROM matches;
    INSERT INTO accepted_counts SELECT 0, count(*) FROM tickets;
    UPDATE tickets SET slot = 0 WHERE state = 1;
    DELETE FROM replay_spool;
    ANALYZE";
/// Rows of a page, as the command has it.
const PAGE: usize = 1_000;

#[tokio::test]
async fn thousands_of_matches_are_audited_in_pages() {
    let database = Database::new().await;
    let raw = database.raw().await;
    let load = include_str!("support/load.sql").replace(":rows", ROWS);
    raw.batch_execute(&load).await.unwrap();
    raw.batch_execute(SOUND).await.unwrap();
    let store = database.store();
    let audit = store.audit.as_ref();
    let mut found = Violations::keeping(3);

    for walk in Subjects::walks() {
        let (began, mut rows, mut longest_ms) = (Instant::now(), 0, 0);
        let mut page = audit.page(&walk, PAGE).await.unwrap();
        while !page.is_empty() {
            let checking = Instant::now();
            assert_eq!(audit.check(&page, 3).await.unwrap(), []);
            longest_ms = longest_ms.max(checking.elapsed().as_millis());
            rows += page.len();
            page = audit.page(&page, PAGE).await.unwrap();
        }
        let ms = began.elapsed().as_millis();
        println!("{walk:?}: {rows} rows in {ms} ms, the longest page {longest_ms} ms");
    }
    let began = Instant::now();
    assert_eq!(audit.sums(Timestamp::from_micros(0), 3).await.unwrap(), []);
    println!("sums: {} ms", began.elapsed().as_millis());
    let began = Instant::now();
    let rows = survey(audit, Timestamp::from_micros(0), PAGE, &mut found)
        .await
        .unwrap();
    println!("all: {rows} rows in {} ms", began.elapsed().as_millis());
    assert_eq!(found.kept(), []);
}
