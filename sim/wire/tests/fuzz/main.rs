//! Fuzz targets: whatever the bytes, nothing panics, and what is accepted is consistent.
//!
//! `cargo test` replays `__fuzz__/TARGET/corpus` and `crashes`; `sim/wire/tests/fuzz/run TARGET` searches with libFuzzer.
//! `cargo run -p tiltyard-sim-wire --example fuzz_seeds` writes the seeds of the corpus.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a finding is a panic")]

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tiltyard_protocol::limits;
use tiltyard_sim::{Build, Content, Fight, Team, run, validate};
use tiltyard_sim_wire::{
    Replay, SimulateError, Versions, decode_request, decode_result, encode_request, encode_result, simulate,
};

static CONTENT: LazyLock<Content> = LazyLock::new(|| Content::builtin().unwrap());

/// Runs a target over its corpus, or under the engine that the build chose. A macro, since bolero names a target after
/// the function that it is called in.
macro_rules! check {
    ($name:literal, $bytes_max:expr, $target:expr) => {{
        let inputs = inputs($name);
        let replayed = AtomicUsize::new(0);
        let target: fn(&[u8]) = $target;
        bolero::check!()
            .with_max_len($bytes_max)
            // Random bytes get nowhere without coverage, and would make each run of the tests another one.
            .with_iterations(0)
            // The default of a second would leave out what a slow machine does not come to.
            .with_test_time(Duration::MAX)
            .for_each(|bytes: &[u8]| {
                replayed.fetch_add(1, Ordering::Relaxed);
                target(bytes);
            });
        assert!(
            replayed.into_inner() >= inputs,
            "bolero left out some of {inputs} inputs"
        );
    }};
}

/// Counts the inputs of a target, which must be there: bolero takes a folder that is missing for an empty one.
fn inputs(name: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/__fuzz__")
        .join(name);
    let corpus = std::fs::read_dir(folder.join("corpus")).unwrap().count();
    assert!(corpus > 0, "no corpus in {}", folder.display());
    corpus + std::fs::read_dir(folder.join("crashes")).map_or(0, Iterator::count)
}

#[test]
fn request() {
    check!("request", limits::REQUEST_BYTES_MAX, |bytes: &[u8]| {
        let Ok(mut request) = decode_request(bytes) else { return };
        let again = encode_request(&request);
        assert_eq!(decode_request(&again).unwrap(), request);
        // What the request was made for is not for a fuzzer to guess.
        request.versions = Versions::current(&CONTENT, request.versions.seed);
        match simulate(&encode_request(&request), &CONTENT) {
            Ok(simulated) => {
                assert_eq!(
                    decode_result(&simulated.result_bytes).unwrap().outcome,
                    simulated.outcome
                );
                let replay = Replay::decode(&simulated.replay_bytes).unwrap();
                assert_eq!(replay.ending, (&simulated.outcome).into());
            }
            Err(SimulateError::Build { problems, .. }) => assert!(!problems.is_empty()),
            Err(other) => panic!("{other:?}"),
        }
    });
}

#[test]
fn result() {
    check!("result", limits::RESULT_BYTES_MAX, |bytes: &[u8]| {
        if let Ok(result) = decode_result(bytes) {
            assert_eq!(decode_result(&encode_result(&result)).unwrap(), result);
        }
    });
}

/// Uncompressed replays, since a checksum keeps a fuzzer out; and the same bytes as they would be stored.
#[test]
fn replay() {
    check!("replay", limits::REPLAY_BYTES_MAX, |bytes: &[u8]| {
        let packed = zstd::encode_all(bytes, 1).unwrap();
        for stored in [bytes, &packed] {
            let Ok(replay) = Replay::decode(stored) else { continue };
            let end = replay.ending.ticks;
            for tick in [0, 1, end / 2, end] {
                let states = replay.state_at(tick).unwrap_or_default();
                assert!(states.is_empty() || states.len() == replay.units.len());
            }
            assert_eq!(replay.state_at(u32::MAX), None);
            for event in replay.events() {
                assert!(event.tick <= end && event.ability.is_none() == replay.ability_key(event).is_none());
            }
            replay.to_json().unwrap();
        }
    });
}

#[test]
fn build_json() {
    check!("build_json", limits::REQUEST_BYTES_MAX, |bytes: &[u8]| {
        let Ok(build) = serde_json::from_slice::<Build>(bytes) else {
            return;
        };
        let text = serde_json::to_vec(&build).unwrap();
        assert_eq!(serde_json::from_slice::<Build>(&text).unwrap(), build);
        match validate(&build, &CONTENT) {
            Ok(team) => fight(&team),
            Err(problems) => assert!(!problems.is_empty()),
        }
    });
}

fn fight(team: &Team) {
    let other = &CONTENT.bots()[2].team;
    let outcome = run(&Fight::new(&CONTENT, [9; 16], team, other).unwrap(), &mut ());
    assert!(outcome.ticks <= tiltyard_sim::TICKS_MAX);
}
