//! The clock follows what it is told to follow.

use std::time::Duration;
use tiltyard_actor_kit::Clock;

#[tokio::test(start_paused = true)]
async fn a_started_clock_moves_with_paused_time_only() {
    let clock = Clock::starting_at(1_000);
    assert_eq!(clock.now_micros(), 1_000);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(clock.now_micros(), 2_001_000);
}

#[test]
fn the_system_clock_tells_microseconds_since_1970() {
    let year_2025 = 1_735_689_600_000_000;
    let year_2200 = 7_258_118_400_000_000;
    assert!((year_2025..year_2200).contains(&Clock::system().now_micros()));
}
