//! What pairing costs: cold rounds by size and window, and ticks of a standing pool by arrivals.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tiltyard_pairing::bench::{draw, draw_near_standing, fill, standing_pool};
use tiltyard_pairing::random::Random;
use tiltyard_pairing::{Pool, Rules};

const STANDING: u32 = 100_000;

fn cold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cold");
    group.sample_size(10);
    for tickets in [1_000, 10_000, 100_000, 1_000_000] {
        let drawn = draw(tickets, &mut Random::new(1));
        group.throughput(Throughput::Elements(tickets.into()));
        for window in 1..=4 {
            let rules = Rules {
                window: Some(window),
                ..Rules::default()
            };
            let filled = || {
                let mut pool = Pool::new(rules);
                fill(&mut pool, 0, &drawn);
                pool
            };
            group.bench_function(BenchmarkId::new(format!("K={window}"), tickets), |bencher| {
                bencher.iter_batched_ref(filled, |pool| black_box(pool.tick(0).len()), BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

fn standing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("standing 100,000");
    group.sample_size(10);
    for arrivals in [100, 1_000, 10_000] {
        let mut random = Random::new(2);
        let mut filled = || {
            let mut pool = standing_pool(STANDING);
            fill(
                &mut pool,
                STANDING,
                &draw_near_standing(arrivals, STANDING, &mut random),
            );
            pool
        };
        group.throughput(Throughput::Elements(arrivals.into()));
        group.bench_function(BenchmarkId::from_parameter(arrivals), |bencher| {
            bencher.iter_batched_ref(
                &mut filled,
                |pool| black_box(pool.tick(0).len()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, cold, standing);
criterion_main!(benches);
