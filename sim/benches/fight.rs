//! Living unit-ticks a second: random teams of five against five with nothing recorded, and the plain-array floor
//! beside them. `cargo bench -p tiltyard-sim`; nanoseconds a unit-tick are 1,000 divided by criterion's Melem/s.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros; the built-in content is tested"
)]

#[path = "parts/floor.rs"]
mod floor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tiltyard_sim::balance::Balance;
use tiltyard_sim::{Content, Fight, Team, run, sample, validate};

fn team(content: &Content, number: u64) -> Team {
    validate(&sample::build(content, number, 5), content).expect("sampled builds are legal")
}

fn horde(content: &Content, number: u64) -> Team {
    sample::horde(content, number, 50).expect("sampled builds are legal")
}

fn fights(criterion: &mut Criterion) {
    let content = Content::builtin().expect("the built-in content is right");
    let pairs: Vec<(Team, Team)> = (0..64)
        .map(|n| (team(&content, 2 * n), team(&content, 2 * n + 1)))
        .collect();
    let mut counted = Balance::new(&content);
    for (number, (left, right)) in (0..).zip(&pairs) {
        let outcome = counted.add(&content, sample::seed(number), left, right);
        outcome.expect("the same content");
    }
    let mut group = criterion.benchmark_group("fight");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(counted.unit_ticks));
    group.bench_function("2x5, 64 random pairs", |bencher| {
        bencher.iter(|| {
            (0..).zip(&pairs).fold(0_u64, |ticks, (number, (left, right))| {
                let fight = Fight::new(&content, sample::seed(number), left, right).expect("the same content");
                ticks + u64::from(run(&fight, &mut ()).ticks)
            })
        });
    });
    let hordes: Vec<(Team, Team)> = (0..4)
        .map(|n| (horde(&content, 2 * n), horde(&content, 2 * n + 1)))
        .collect();
    let mut counted = Balance::new(&content);
    for (left, right) in &hordes {
        counted.add(&content, [1; 16], left, right).expect("the same content");
    }
    group
        .sample_size(10)
        .throughput(Throughput::Elements(counted.unit_ticks));
    group.bench_function("2x50, 4 random pairs", |bencher| {
        bencher.iter(|| {
            hordes.iter().fold(0_u64, |ticks, (left, right)| {
                let fight = Fight::new(&content, [1; 16], left, right).expect("the same content");
                ticks + u64::from(run(&fight, &mut ()).ticks)
            })
        });
    });
    group.throughput(Throughput::Elements(floor::fight(1).0));
    group.bench_function("floor: plain arrays", |bencher| {
        bencher.iter(|| floor::fight(std::hint::black_box(1)))
    });
    group.finish();
}

criterion_group!(benches, fights);
criterion_main!(benches);
