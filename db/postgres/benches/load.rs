//! What a new leader reads: a queue of a million tickets, whole; and the recent past of it, as each second.
//!
//! `cargo bench -p tiltyard-db-postgres --bench load`. The figures are printed, one line a reading: each is a matter of seconds,
//! and a takeover does it once.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be set up has to stop, and prints its figures"
)]

use tiltyard_db::durable::Durable;
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db_postgres::{Options, PostgresStore, migrate};
use tiltyard_db_testkit::Postgres;
use tiltyard_protocol::{QueueName, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Tickets of a page, as a leader takes them.
const PAGE: usize = 10_000;
const TICKETS: i64 = 1_000_000;

/// Queued tickets of players who have a rating each, in an order that has nothing to do with their ids.
const FILL: &str = "
INSERT INTO tickets (player, id, request, build, queue, spread, state, slot, enqueued_at, expires_at)
SELECT md5('p' || n)::uuid, md5('t' || n)::uuid, sha256(n::text::bytea), sha256('b'), 'ranked', 400, 0, 0, n, n + 1000000000
FROM generate_series(1, $tickets) AS n;
INSERT INTO ratings (player, rating, deviation, volatility, version, rated_at, won, lost, drawn)
SELECT md5('p' || n)::uuid, 1200 + n % 600, 120, 0.06, 1, 1, 1, 0, 0 FROM generate_series(1, $tickets) AS n ORDER BY md5(n::text);
ANALYZE tickets, ratings;";

#[tokio::main]
async fn main() {
    let server = tokio::task::spawn_blocking(|| Postgres::options().setting("max_wal_size=8GB").start());
    let server = server.await.expect("a thread").expect("a server");
    server.create_database("bench", None).expect("a database");
    let url = server.url("bench");
    let options = Options::new(url.parse().expect("a URL"));
    migrate(&options).await.expect("a schema");
    let (raw, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .expect("a connection");
    #[expect(clippy::disallowed_methods, reason = "it ends with its client")]
    tokio::spawn(connection);
    let fill = FILL.replace("$tickets", &TICKETS.to_string());
    raw.batch_execute(&fill).await.expect("tickets");
    let store = Durable::of(PostgresStore::open(&options).await.expect("a store"));
    let queue = QueueName::ranked();
    for _ in 0..3 {
        let began = Instant::now();
        println!(
            "whole queue, as a stream: {} tickets in {:?}",
            stream(&store, &queue).await,
            began.elapsed()
        );
        let began = Instant::now();
        println!(
            "whole queue, page by page: {} tickets in {:?}",
            pages(&store, &queue).await,
            began.elapsed()
        );
        for recent in [1_000, 10_000] {
            let since = Timestamp::from_micros(TICKETS + 1 - recent);
            let began = Instant::now();
            let read = store.tickets.queued_since(&queue, since, PAGE).await.expect("tickets");
            println!("recent past: {} tickets in {:?}", read.len(), began.elapsed());
        }
    }
}

async fn stream(store: &Durable, queue: &QueueName) -> usize {
    let (sender, mut pages) = mpsc::channel::<Vec<QueuedTicket>>(1);
    let count = async {
        let mut count = 0;
        while let Some(page) = pages.recv().await {
            count += page.len();
        }
        count
    };
    let (read, count) = tokio::join!(store.tickets.queued_all(queue, PAGE, sender), count);
    read.expect("the queue");
    count
}

async fn pages(store: &Durable, queue: &QueueName) -> usize {
    let (mut count, mut after) = (0, None);
    loop {
        let page = store.tickets.queued(queue, after, PAGE).await.expect("a page");
        count += page.len();
        after = page.last().map(|ticket| (ticket.player, ticket.id));
        if page.len() < PAGE {
            return count;
        }
    }
}
