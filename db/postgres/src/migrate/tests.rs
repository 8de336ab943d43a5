//! The schema gate on real databases: empty, current, older, newer, edited, and four processes at once.

use futures::future::join_all;
use refinery::Migration;
use tiltyard_db::StoreError;
use tiltyard_db_testkit::Postgres;

use super::{Standing, check_schema, known, migrate, migrate_if_behind, migrate_to, standing};
use crate::link::{Link, Options};

fn options(url: &str) -> Options {
    Options::new(url.parse().unwrap())
}

/// The options of a new, empty database.
fn empty() -> Options {
    options(&Postgres::shared().database_from("empty", |_url| {}))
}

fn made(migrations: &[(&str, &str)]) -> Vec<Migration> {
    let made = |(name, sql): &(&str, &str)| Migration::unapplied(name, sql).unwrap();
    migrations.iter().map(made).collect()
}

const FIRST: (&str, &str) = ("V1__first.sql", "CREATE TABLE one (id int PRIMARY KEY)");
const SECOND: (&str, &str) = ("V2__second.sql", "CREATE TABLE two (id int PRIMARY KEY)");

fn what(outcome: Result<impl Sized, StoreError>) -> String {
    match outcome {
        Err(StoreError::Corrupt { what, .. }) => what,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it was let through"),
    }
}

#[tokio::test]
async fn an_empty_database_is_migrated_once() {
    let options = empty();
    assert!(what(check_schema(&options).await).contains("tiltyard migrate"));
    assert_eq!(migrate(&options).await.unwrap(), known().len());
    assert_eq!(migrate(&options).await.unwrap(), 0);
    check_schema(&options).await.unwrap();
}

#[tokio::test]
async fn eight_processes_at_once_migrate_an_empty_database_once() {
    let options = empty();
    let all = join_all((0..8).map(|_node| migrate_if_behind(&options))).await;
    let applied: usize = all.into_iter().map(|outcome| outcome.unwrap()).sum();
    assert_eq!(applied, known().len());
    check_schema(&options).await.unwrap();
}

#[tokio::test]
async fn an_older_schema_is_brought_up() {
    let options = empty();
    assert_eq!(migrate_to(&options, &made(&[FIRST])).await.unwrap(), 1);
    let link = Link::open(&options).await.unwrap();
    let both = made(&[FIRST, SECOND]);
    let behind = Standing::Behind { found: 1, known: 2 };
    assert_eq!(standing(&link, &both).await.unwrap(), behind);
    assert_eq!(migrate_to(&options, &both).await.unwrap(), 1);
    assert_eq!(standing(&link, &both).await.unwrap(), Standing::Current);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let options = empty();
    migrate_to(&options, &made(&[FIRST, SECOND])).await.unwrap();
    let why = what(migrate_to(&options, &made(&[FIRST])).await);
    assert!(why.contains("version 2") && why.contains("up to 1"), "{why}");
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    let options = empty();
    migrate_to(&options, &made(&[FIRST])).await.unwrap();
    let edited = made(&[("V1__first.sql", "CREATE TABLE one (id bigint PRIMARY KEY)"), SECOND]);
    let why = what(migrate_to(&options, &edited).await);
    assert!(why.contains("V1__first"), "{why}");
}

#[tokio::test]
async fn a_failing_migration_leaves_nothing() {
    let options = empty();
    let broken = made(&[FIRST, ("V2__broken.sql", "CREATE TABLE two (id int); SELECT 1 / 0")]);
    let why = what(migrate_to(&options, &broken).await);
    assert!(why.contains("V2__broken") && why.contains("division by zero"), "{why}");
    let link = Link::open(&options).await.unwrap();
    let both = made(&[FIRST, SECOND]);
    let behind = Standing::Behind { found: 0, known: 2 };
    assert_eq!(standing(&link, &both).await.unwrap(), behind);
    assert_eq!(migrate_to(&options, &both).await.unwrap(), 2);
}

#[tokio::test]
async fn the_history_is_one_that_refinery_reads() {
    let options = empty();
    migrate(&options).await.unwrap();
    let link = Link::open(&options).await.unwrap();
    let rows = crate::link::Statement {
        name: "history",
        sql: "SELECT count(*) FROM refinery_schema_history WHERE checksum ~ '^[0-9]+$' \
              AND applied_on ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$'",
    };
    let count: i64 = link.query(&rows, &[]).await.unwrap()[0].get(0);
    assert_eq!(usize::try_from(count).unwrap(), known().len());
}
