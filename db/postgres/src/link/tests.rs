//! The link against real servers that are killed, frozen, cut off and asked for too much.

mod lost;
mod pooled;
mod proxy;
mod refused;
mod tls;

use tiltyard_db_testkit::Postgres;
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::{Link, Options, Statement};
use crate::url::Address;

const PID: Statement = Statement {
    name: "pid",
    sql: "SELECT pg_backend_pid()",
};

fn options(url: &str) -> Options {
    Options::new(url.parse::<Address>().unwrap())
}

/// A link with `connections` to a new, empty database of `server`.
async fn linked(server: &Postgres, connections: usize) -> Link {
    let mut options = options(&server.database_from("empty", |_url| {}));
    options.connections_max = connections;
    Link::open(&options).await.unwrap()
}

fn one<T: FromSqlOwned>(rows: &[Row]) -> T {
    rows.first().unwrap().get(0)
}

async fn pid(link: &Link) -> i32 {
    one(&link.query(&PID, &[]).await.unwrap())
}

/// Runs SQL of any number of statements.
async fn run(link: &Link, sql: &str) {
    let held = link.take().await.unwrap();
    held.client().unwrap().batch_execute(sql).await.unwrap();
    held.release();
}

/// Waits until a question about the database is answered with true.
async fn until(link: &Link, question: &'static str) {
    let question = Statement {
        name: "until",
        sql: question,
    };
    for _look in 0..10_000 {
        if one(&link.query(&question, &[]).await.unwrap()) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never true: {}", question.sql);
}
