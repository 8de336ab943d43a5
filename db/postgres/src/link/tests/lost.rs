//! Connections that are lost, and callers that go away.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tiltyard_db::StoreError;
use tiltyard_db_testkit::Postgres;
use tokio_postgres::types::Type;

use super::proxy::Proxy;
use super::{PID, linked, one, options, pid, run, until};
use crate::link::{Link, Statement};

const TERMINATE: Statement = Statement {
    name: "terminate",
    sql: "SELECT pg_terminate_backend($1, 10000)",
};
const WRITE: Statement = Statement {
    name: "write",
    sql: "INSERT INTO written SELECT 1 FROM (SELECT pg_advisory_xact_lock(1)) AS held ON CONFLICT DO NOTHING RETURNING 1",
};
const WAITING: &str = "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";

#[tokio::test]
async fn a_connection_killed_while_idle_is_replaced() {
    let server = Postgres::shared();
    let (link, admin) = (linked(server, 1).await, linked(server, 1).await);
    let before = pid(&link).await;
    let ended: bool = one(&admin.query(&TERMINATE, &[(&before, Type::INT4)]).await.unwrap());
    assert!(ended);
    assert_ne!(pid(&link).await, before);
}

#[tokio::test]
async fn a_statement_whose_backend_is_killed_is_sent_again() {
    let server = Postgres::start().unwrap();
    let url = server.database_from("killed", |_url| {});
    let (link, admin) = (
        Link::open(&options(&url)).await.unwrap(),
        Link::open(&options(&url)).await.unwrap(),
    );
    run(&admin, "CREATE TABLE written (id int PRIMARY KEY)").await;
    let holder = admin.take().await.unwrap();
    holder
        .client()
        .unwrap()
        .batch_execute("SELECT pg_advisory_lock(1)")
        .await
        .unwrap();

    let kill = async {
        until(&admin, WAITING).await;
        run(
            &admin,
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
        )
        .await;
        until(&admin, WAITING).await;
        holder
            .client()
            .unwrap()
            .batch_execute("SELECT pg_advisory_unlock(1)")
            .await
            .unwrap();
    };
    let (written, ()) = tokio::join!(link.query(&WRITE, &[]), kill);
    assert_eq!(one::<i32>(&written.unwrap()), 1);
    holder.release();
}

#[tokio::test]
async fn a_server_that_is_gone_is_named_and_one_that_is_back_is_used() {
    let server = Postgres::start().unwrap();
    let link = linked(&server, 4).await;
    server.kill();
    let Err(StoreError::Unavailable { source, .. }) = link.query(&PID, &[]).await else {
        panic!("a server that is gone answered");
    };
    assert!(source.to_string().contains(".s.PGSQL."), "{source}");
    server.restart().unwrap();
    pid(&link).await;
}

#[tokio::test]
async fn a_call_waits_out_a_restart() {
    let server = Postgres::start().unwrap();
    let link = linked(&server, 4).await;
    server.kill();
    let restart = tokio::task::spawn_blocking(move || {
        server.restart().unwrap();
        server
    });
    // Each call lasts for about two seconds of refused connections; a slow machine takes several to start a server.
    let mut calls = 0;
    while link.query(&PID, &[]).await.is_err() {
        calls += 1;
        assert!(calls < 30, "the server never came back");
    }
    restart.await.unwrap();
}

#[tokio::test]
async fn a_frozen_backend_costs_its_connection_and_not_the_call() {
    let server = Postgres::shared();
    let link = linked(server, 1).await;
    let frozen = pid(&link).await;
    signal(frozen, Signal::STOP);
    let answered = link.query(&PID, &[]).await;
    signal(frozen, Signal::CONT);
    assert_ne!(one::<i32>(&answered.unwrap()), frozen);
}

#[tokio::test]
async fn a_frozen_server_costs_a_call_its_time_and_no_more() {
    let server = Postgres::start().unwrap();
    let link = linked(&server, 2).await;
    pid(&link).await;
    server.pause();
    // From here on nothing answers, and the time of the limits passes at once.
    tokio::time::pause();
    let frozen = link.query(&PID, &[]).await;
    tokio::time::resume();
    server.resume();
    assert!(
        matches!(
            frozen,
            Err(StoreError::TimedOut { .. } | StoreError::Unavailable { .. })
        ),
        "{frozen:?}"
    );
    pid(&link).await;
}

#[tokio::test]
async fn a_connection_that_swallows_everything_is_replaced() {
    let server = Postgres::options().tcp().start().unwrap();
    let url = server.tcp_url("postgres").unwrap();
    let behind = url.split(['@', '/']).nth(3).unwrap();
    let proxy = Proxy::start(behind.parse().unwrap()).await;
    let url = url.replace(behind, &proxy.address.to_string());
    let link = Link::open(&options(&url)).await.unwrap();
    let before = pid(&link).await;
    proxy.cut(1);
    assert_ne!(pid(&link).await, before);
}

#[tokio::test]
async fn a_connection_whose_caller_went_away_is_not_used_again() {
    let server = Postgres::shared();
    let link = linked(server, 1).await;
    let before = pid(&link).await;
    let slow = Statement {
        name: "slow",
        sql: "SELECT pg_sleep(1000)",
    };
    let gone = tokio::time::timeout(Duration::from_millis(1), link.query(&slow, &[])).await;
    assert!(gone.is_err());
    assert_ne!(pid(&link).await, before);
}

#[tokio::test]
async fn closing_ends_the_connections() {
    let server = Postgres::shared();
    let (link, admin) = (linked(server, 1).await, linked(server, 1).await);
    let closed = pid(&link).await;
    link.close().await;
    assert!(matches!(
        link.query(&PID, &[]).await,
        Err(StoreError::Unavailable { .. })
    ));
    let left = Statement {
        name: "left",
        sql: "SELECT count(*) FROM pg_stat_activity WHERE pid = $1",
    };
    for _look in 0..10_000 {
        if one::<i64>(&admin.query(&left, &[(&closed, Type::INT4)]).await.unwrap()) == 0 {
            return;
        }
    }
    panic!("the server still has the connection");
}

fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}
