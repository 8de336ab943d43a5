//! Fights a second: random teams of five against five, nothing recorded. `cargo bench -p tiltyard-sim`.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros; the built-in content is tested"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tiltyard_sim::{Content, Fight, Team, run, sample, validate};

fn team(content: &Content, number: u64) -> Team {
    validate(&sample::build(content, number, 5), content).expect("sampled builds are legal")
}

fn fights(criterion: &mut Criterion) {
    let content = Content::builtin().expect("the built-in content is right");
    let pairs: Vec<(Team, Team)> = (0..64)
        .map(|n| (team(&content, 2 * n), team(&content, 2 * n + 1)))
        .collect();
    let mut group = criterion.benchmark_group("fight");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("2x5, 64 random pairs", |bencher| {
        bencher.iter(|| {
            let pairs = pairs.iter().enumerate();
            pairs.fold(0_u64, |ticks, (number, (left, right))| {
                let seed = sample::seed(number as u64);
                let fight = Fight::new(&content, seed, left, right).expect("the same content");
                ticks + u64::from(run(&fight, &mut ()).ticks)
            })
        });
    });
    group.finish();
}

criterion_group!(benches, fights);
criterion_main!(benches);
