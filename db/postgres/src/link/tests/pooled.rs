//! The link behind `PgBouncer` in transaction mode.

use futures::future::join_all;
use tiltyard_db::StoreError;
use tiltyard_db_testkit::{PgBouncer, Postgres};

use super::{one, options, pid, run};
use crate::link::{Link, Options, Statement};
use crate::migrate::{check_schema, migrate};

const ROLES: &str = include_str!("../../../roles/roles.sql");

/// A pooler with two connections to the server, and a new database behind it that belongs to the owner's role.
struct Pooled {
    pooler: PgBouncer,
    database: String,
    direct: Link,
    _server: Postgres,
}

impl Pooled {
    async fn new() -> Self {
        let server = Postgres::start().unwrap();
        let direct = Link::open(&options(&server.url("postgres"))).await.unwrap();
        run(&direct, ROLES).await;
        run(&direct, "CREATE DATABASE pooled OWNER tiltyard_owner").await;
        let pooler = PgBouncer::start(&server, 2, &["tiltyard_owner", "tiltyard_server"]).unwrap();
        Self {
            pooler,
            database: "pooled".to_owned(),
            direct,
            _server: server,
        }
    }

    fn options(&self, role: &str) -> Options {
        options(&(self.pooler.url(role, &self.database) + "?pooler=transaction"))
    }
}

#[tokio::test]
async fn many_clients_share_few_connections() {
    let pooled = Pooled::new().await;
    let links =
        join_all((0..4).map(|_node| async { Link::open(&pooled.options("tiltyard_server")).await.unwrap() })).await;
    let mut pids: Vec<i32> = join_all((0..200).map(|call| pid(&links[call % links.len()]))).await;
    pids.sort_unstable();
    pids.dedup();
    assert!(pids.len() <= 2, "{pids:?}");
}

#[tokio::test]
async fn the_roles_limits_hold_behind_the_pooler() {
    let pooled = Pooled::new().await;
    let link = Link::open(&pooled.options("tiltyard_server")).await.unwrap();
    let limit = Statement {
        name: "limit",
        sql: "SELECT current_setting('lock_timeout')",
    };
    assert_eq!(one::<String>(&link.query(&limit, &[]).await.unwrap()), "1s");

    let snapshot = link.snapshot().await.unwrap();
    let longer = Statement {
        name: "longer",
        sql: "SELECT current_setting('statement_timeout')",
    };
    assert_eq!(one::<String>(&snapshot.query(&longer, &[]).await.unwrap()), "2min");
    snapshot.end().await.unwrap();
    assert_eq!(one::<String>(&link.query(&longer, &[]).await.unwrap()), "5s");
}

#[tokio::test]
async fn four_nodes_migrate_an_empty_database_through_the_pooler() {
    let pooled = Pooled::new().await;
    let owner = pooled.options("tiltyard_owner");
    for outcome in join_all((0..4).map(|_node| migrate(&owner))).await {
        outcome.unwrap();
    }
    check_schema(&pooled.options("tiltyard_server")).await.unwrap();
}

#[tokio::test]
async fn a_backend_killed_behind_the_pooler_costs_no_call() {
    let pooled = Pooled::new().await;
    let link = Link::open(&pooled.options("tiltyard_server")).await.unwrap();
    pid(&link).await;
    run(
        &pooled.direct,
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'tiltyard_server'",
    )
    .await;
    pid(&link).await;
}

#[tokio::test]
async fn a_pooler_that_was_not_announced_is_found_out() {
    let pooled = Pooled::new().await;
    let url = pooled.pooler.url("tiltyard_server", &pooled.database);
    let Err(StoreError::Unavailable { source, .. }) = Link::open(&options(&url)).await else {
        panic!("the pooler took the limits");
    };
    let cause = source.source().map(ToString::to_string).unwrap_or_default();
    assert!(cause.contains("pooler=transaction"), "{source:?}");
}
