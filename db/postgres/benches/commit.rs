//! What the two hot commits cost by batch size: matches made, and results stored.
//!
//! `cargo bench -p tiltyard-db-postgres`. The server is private and keeps what is committed: each measured call ends with an
//! `fsync`, so that the disk decides; set `TMPDIR` to choose it.

#![allow(clippy::expect_used, reason = "a measurement that cannot be set up has to stop")]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Paired, Pairing};
use tiltyard_db::durable::results::Finish;
use tiltyard_db_postgres::{Options, PostgresStore, migrate};
use tiltyard_db_testkit::Postgres;
use tokio::runtime::Runtime;

const BATCHES: [u32; 3] = [1, 16, 128];

/// A store with a leader, and numbers that were not used yet.
struct World {
    store: Durable,
    leadership: Leadership,
    next: u32,
    runtime: Runtime,
    _server: Postgres,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = Postgres::options().durable().start().expect("a server");
        server.create_database("bench", None).expect("a database");
        let options = Options::new(server.url("bench").parse().expect("a URL"));
        let store = runtime.block_on(async {
            migrate(&options).await.expect("a schema");
            Durable::of(PostgresStore::open(&options).await.expect("a store"))
        });
        let leadership = runtime.block_on(async {
            store_build(&store).await;
            lead(&store).await
        });
        Self {
            store,
            leadership,
            next: 0,
            runtime,
            _server: server,
        }
    }

    /// Queues two tickets of new players for each of `batch` pairings.
    fn pairings(&mut self, batch: u32) -> Vec<Pairing> {
        let first = self.next;
        self.next += 2 * batch;
        let tickets = (first..self.next).map(|n| ranked(key(n))).collect();
        let accepted = self.runtime.block_on(self.store.tickets.enqueue(tickets, SLOTS));
        accepted.expect("queued");
        (first..self.next)
            .step_by(2)
            .map(|n| pairing(key(n), key(n + 1)))
            .collect()
    }

    fn commit(&self, pairings: Vec<Pairing>) -> Vec<Paired> {
        self.runtime.block_on(commit(&self.store, &self.leadership, pairings))
    }

    fn fought(&mut self, batch: u32) -> Vec<Finish> {
        let pairings = self.pairings(batch);
        let made = self.commit(pairings);
        let mut fought = Vec::new();
        for paired in made {
            if let Paired::Done(made) = paired {
                fought.push(self.runtime.block_on(rated(&self.store, &made)));
            }
        }
        fought
    }
}

fn matches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("postgres match commit");
    let mut world = World::new();
    for batch in BATCHES {
        group.throughput(Throughput::Elements(u64::from(batch)));
        group.bench_function(BenchmarkId::from_parameter(batch), |bencher| {
            let shared = std::cell::RefCell::new(&mut world);
            let setup = || shared.borrow_mut().pairings(batch);
            bencher.iter_batched(
                setup,
                |pairings| black_box(shared.borrow().commit(pairings)),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn results(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("postgres finish");
    let mut world = World::new();
    for batch in BATCHES {
        group.throughput(Throughput::Elements(u64::from(batch)));
        group.bench_function(BenchmarkId::from_parameter(batch), |bencher| {
            let shared = std::cell::RefCell::new(&mut world);
            let setup = || shared.borrow_mut().fought(batch);
            let store = |fought: Vec<Finish>| {
                let world = shared.borrow();
                let stored = world.runtime.block_on(world.store.results.finish(fought));
                black_box(stored.expect("stored"))
            };
            bencher.iter_batched(setup, store, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = matches, results
}
criterion_main!(benches);
