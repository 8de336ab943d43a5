//! The whole door: decode, validate, run, record, compress. The gate is 300 fights a second on one core.
//!
//! `cargo bench -p tiltyard-sim-wire`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench whose fixture is broken has nothing to measure"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tiltyard_sim::{Build, Content, Fight, Team, run, validate};
use tiltyard_sim_wire::{Replay, ReplayRecorder, Versions, decode_request, simulate};

#[path = "../tests/it/support.rs"]
mod support;

/// Different fights of one iteration, so that no single fight decides the figure.
const FIGHTS: u64 = 64;

fn fights(criterion: &mut Criterion) {
    let content = Content::builtin().expect("the built-in content is checked by tests");
    let requests: Vec<_> = (0..FIGHTS).map(|seed| support::request(&content, seed)).collect();
    let bytes: Vec<_> = (0..FIGHTS).map(|seed| support::request_bytes(&content, seed)).collect();
    let team = |build: &Build| validate(build, &content).expect("support makes valid builds");
    let teams: Vec<_> = requests
        .iter()
        .map(|each| (team(&each.left), team(&each.right)))
        .collect();
    let replays: Vec<_> = bytes
        .iter()
        .map(|each| simulate(each, &content).expect("valid").replay_bytes)
        .collect();

    let mut group = criterion.benchmark_group("wire");
    group.sample_size(10).throughput(Throughput::Elements(FIGHTS));
    group.bench_function("simulate", |bencher| {
        bencher.iter(|| {
            for each in &bytes {
                black_box(simulate(black_box(each), &content).expect("valid"));
            }
        });
    });
    let versions = Versions::current(&content, [1; 16]);
    group.bench_function("run only", |bencher| {
        bencher.iter(|| {
            for (seed, teams) in (0..).zip(&teams) {
                black_box(run(&fight(&content, seed, teams), &mut ()));
            }
        });
    });
    group.bench_function("run and record", |bencher| {
        bencher.iter(|| {
            for (seed, teams) in (0..).zip(&teams) {
                let mut recorder = ReplayRecorder::new();
                let outcome = run(&fight(&content, seed, teams), &mut recorder);
                black_box(recorder.finish(&versions, &outcome, &content).expect("own content"));
            }
        });
    });
    group.bench_function("decode request", |bencher| {
        bencher.iter(|| bytes.iter().for_each(|each| drop(black_box(decode_request(each)))));
    });
    group.bench_function("decode replay", |bencher| {
        bencher.iter(|| replays.iter().for_each(|each| drop(black_box(Replay::decode(each)))));
    });
    group.finish();
}

fn fight<'a>(content: &'a Content, seed: u64, (left, right): &'a (Team, Team)) -> Fight<'a> {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Fight::new(content, bytes, left, right).expect("one content")
}

criterion_group!(benches, fights);
criterion_main!(benches);
