//! What the server refuses or asks to be repeated, and the limits that are set on it.

use metrics_exporter_prometheus::PrometheusBuilder;
use tiltyard_db::StoreError;
use tiltyard_db_testkit::Postgres;

use super::{linked, one, options, pid, run};
use crate::link::{Link, METRICS, Statement, describe_metrics};

const TRY: Statement = Statement {
    name: "try",
    sql: "SELECT attempt()",
};
const TRIES: Statement = Statement {
    name: "tries",
    sql: "SELECT last_value::int4 FROM tries",
};

/// A function that fails with `code` at its first `times` calls; a sequence counts them, since a failure does not undo it.
async fn failing(link: &Link, code: &str, times: u32) {
    let function = format!(
        "CREATE SEQUENCE tries; CREATE FUNCTION attempt() RETURNS int4 LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'not yet' USING ERRCODE = '{code}'; END IF; RETURN 7; END $$"
    );
    run(link, &function).await;
}

#[tokio::test]
async fn what_the_server_undid_is_sent_again() {
    for code in ["40P01", "40001", "55P03"] {
        let link = linked(Postgres::shared(), 1).await;
        failing(&link, code, 3).await;
        let before = pid(&link).await;
        assert_eq!(one::<i32>(&link.query(&TRY, &[]).await.unwrap()), 7, "{code}");
        assert_eq!(one::<i32>(&link.query(&TRIES, &[]).await.unwrap()), 4, "{code}");
        assert_eq!(pid(&link).await, before, "the connection was good");
    }
}

#[tokio::test]
async fn a_server_that_always_asks_again_is_given_up() {
    let link = linked(Postgres::shared(), 1).await;
    failing(&link, "40001", 1_000).await;
    let refused = link.query(&TRY, &[]).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    assert_eq!(one::<i32>(&link.query(&TRIES, &[]).await.unwrap()), 8);
}

#[tokio::test]
async fn a_wrong_statement_is_tried_once() {
    let link = linked(Postgres::shared(), 1).await;
    failing(&link, "22023", 1_000).await;
    let before = pid(&link).await;
    let Err(StoreError::Corrupt { what, .. }) = link.query(&TRY, &[]).await else {
        panic!("a wrong statement was taken for a passing weakness");
    };
    assert_eq!(what, "not yet (22023)");
    assert_eq!(one::<i32>(&link.query(&TRIES, &[]).await.unwrap()), 1);
    assert_eq!(pid(&link).await, before, "the connection was good");
}

#[tokio::test]
async fn every_session_has_its_limits() {
    let link = linked(Postgres::shared(), 1).await;
    let limits = Statement {
        name: "limits",
        sql: "SELECT string_agg(current_setting(name), ' ' ORDER BY name) FROM unnest(ARRAY['application_name', \
              'idle_in_transaction_session_timeout', 'jit', 'lock_timeout', 'statement_timeout']) AS name",
    };
    assert_eq!(
        one::<String>(&link.query(&limits, &[]).await.unwrap()),
        "tiltyard 1s off 1s 5s"
    );
}

#[tokio::test]
async fn a_role_without_limits_is_refused_behind_a_pooler() {
    let url = Postgres::shared().database_from("empty", |_url| {}) + "?pooler=transaction";
    let Err(StoreError::Corrupt { what, .. }) = Link::open(&options(&url)).await else {
        panic!("a session without limits was taken");
    };
    assert!(
        what.contains("jit, lock_timeout") && what.contains("ALTER ROLE"),
        "{what}"
    );
}

#[tokio::test]
async fn the_pool_is_bounded_and_waiting_for_it_too() {
    let server = Postgres::shared();
    let link = linked(server, 2).await;
    let (first, second) = (link.snapshot().await.unwrap(), link.snapshot().await.unwrap());
    tokio::time::pause();
    let third = link.snapshot().await.map(|_snapshot| ());
    tokio::time::resume();
    assert!(matches!(third, Err(StoreError::TimedOut { .. })), "{third:?}");
    first.end().await.unwrap();
    second.end().await.unwrap();
    pid(&link).await;
}

#[tokio::test]
async fn a_snapshot_sees_one_state_and_writes_nothing() {
    let link = linked(Postgres::shared(), 2).await;
    run(&link, "CREATE TABLE counted (id int); INSERT INTO counted VALUES (1)").await;
    let count = Statement {
        name: "count",
        sql: "SELECT count(*) FROM counted",
    };
    let write = Statement {
        name: "write",
        sql: "INSERT INTO counted VALUES (2)",
    };
    let snapshot = link.snapshot().await.unwrap();
    assert_eq!(one::<i64>(&snapshot.query(&count, &[]).await.unwrap()), 1);
    link.query(&write, &[]).await.unwrap();
    assert_eq!(one::<i64>(&snapshot.query(&count, &[]).await.unwrap()), 1);
    assert!(snapshot.query(&write, &[]).await.is_err());
    drop(snapshot);
    assert_eq!(one::<i64>(&link.query(&count, &[]).await.unwrap()), 2);
}

#[tokio::test]
async fn nothing_shown_holds_the_password() {
    let url = Postgres::shared().url("nowhere").replace('@', ":hunter2@");
    let options = options(&url);
    let error = Link::open(&options).await.unwrap_err();
    let shown = format!("{options:?} {} {error:?} {error}", options.address);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("nowhere"), "{shown}");
}

#[tokio::test]
async fn what_happens_is_counted_under_the_names_that_are_described() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let shown = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    describe_metrics();

    let link = linked(Postgres::shared(), 3).await;
    failing(&link, "40001", 2).await;
    link.query(&TRY, &[]).await.unwrap();
    let wrong = Statement {
        name: "wrong",
        sql: "SELECT 1 / 0",
    };
    link.query(&wrong, &[]).await.unwrap_err();

    let shown = shown.render();
    for line in [
        "tiltyard_database_connections{state=\"in use\"} 0",
        "tiltyard_database_connections{state=\"idle\"} 1",
        "tiltyard_database_calls_waiting 0",
        "tiltyard_database_connections_opened_total 1",
        "tiltyard_database_statement_seconds_count{statement=\"try\"} 1",
        "tiltyard_database_retries_total{statement=\"try\",why=\"serialization\"} 2",
        "tiltyard_database_failures_total{statement=\"wrong\",why=\"final\"} 1",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} is not in\n{shown}");
    }
    for (name, help) in METRICS {
        assert!(shown.contains(&format!("# HELP {name} {help}")), "{name} has no help");
    }
}

#[tokio::test]
async fn a_migration_under_an_open_session_costs_no_call() {
    let link = linked(Postgres::shared(), 1).await;
    run(&link, "CREATE TABLE grown (id int); INSERT INTO grown VALUES (1)").await;
    let all = Statement {
        name: "all",
        sql: "SELECT * FROM grown",
    };
    assert_eq!(link.query(&all, &[]).await.unwrap()[0].len(), 1);
    run(&link, "ALTER TABLE grown ADD COLUMN more int").await;
    assert_eq!(link.query(&all, &[]).await.unwrap()[0].len(), 2);
}
