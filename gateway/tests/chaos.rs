//! A minute of chaos (`./test all`): a cluster of eight nodes under load while processes, stores and links fail by schedule.
//!
//! A test program of its own, so that nothing else runs beside eight nodes. It holds what must never happen; how fast a
//! debug build recovers on a busy machine says nothing, so times are judged by `tiltyard-loadtest chaos`.
#![cfg(all(feature = "dev-endpoints", feature = "fail-points", feature = "slow-tests"))]
#![allow(clippy::unwrap_used, reason = "a test")]

use tiltyard_loadtest::chaos::{self, Options};

const SEED: u64 = 1;
/// Of 20 s.
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_of_chaos_loses_and_doubles_nothing() {
    let options = Options {
        rounds: ROUNDS,
        seed: Some(SEED),
        ..Options::new(env!("CARGO_BIN_EXE_tiltyard"))
    };
    let report = chaos::run(options).await.unwrap();
    assert!(report.is_safe(), "{report}\n{:#?}", report.logs);
    // Fewer would be a harness that does nothing: three rounds have 48.
    assert!(report.faults >= 30 && report.matches > 50, "{report}");
    assert!(!report.crash_points.is_empty(), "{report}");
}
