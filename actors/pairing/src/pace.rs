//! How often to pair: the tick's length from the rate of arrivals, and the window from the size of a batch.

use std::time::Duration;

use crate::window::K_MAX;

/// Shortest tick: under it commits, not gaps, are what players wait for.
pub const TICK_MIN: Duration = Duration::from_millis(50);
/// Longest tick that is chosen by itself.
pub const TICK_MAX: Duration = Duration::from_secs(1);
/// Mean gap that is good enough: a longer tick would only cost time.
const GAP_WANTED: f64 = 10.0;
/// Mean gap times arrivals in a tick, for ratings like N(1500, 300) (research/matchmaking.md 2.6).
const GAP_TIMES_ARRIVALS: f64 = 1_800.0;

/// Length of a tick at this many arrivals a second: as long as gaps need to be small, within 50 ms and 1 s.
#[must_use]
pub fn tick_length(arrivals_per_second: f64) -> Duration {
    let wanted = GAP_TIMES_ARRIVALS / (GAP_WANTED * arrivals_per_second.max(f64::MIN_POSITIVE));
    let bounded = wanted.clamp(TICK_MIN.as_secs_f64(), TICK_MAX.as_secs_f64());
    if bounded.is_nan() {
        TICK_MAX
    } else {
        Duration::from_secs_f64(bounded)
    }
}

/// Width of the window for a batch: the full one while it costs little, down to neighbours only for huge batches.
#[must_use]
pub const fn window_for(batch: usize) -> usize {
    match batch {
        0..=131_072 => K_MAX,
        131_073..=262_144 => 3,
        262_145..=524_288 => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_shorten_with_the_rate_and_stay_within_their_bounds() {
        assert_eq!(tick_length(0.0), TICK_MAX);
        assert_eq!(tick_length(f64::NAN), TICK_MAX);
        assert_eq!(tick_length(100.0), TICK_MAX);
        assert_eq!(tick_length(1_000.0), Duration::from_millis(180));
        assert_eq!(tick_length(1e9), TICK_MIN);
        let rates = [1.0, 10.0, 150.0, 200.0, 999.0, 4_000.0, 1e5];
        assert!(
            rates
                .windows(2)
                .all(|pair| tick_length(pair[0]) >= tick_length(pair[1]))
        );
    }

    #[test]
    fn windows_narrow_with_the_batch() {
        assert_eq!([1_000, 200_000, 500_000, 1_000_000].map(window_for), [4, 3, 2, 1]);
    }
}
