//! How often and how soon a supervisor restarts: a pure function of the failures so far.
//!
//! The budget is Erlang's restart intensity, counted over all children of a supervisor. The delay doubles with each
//! failure of the same child inside the window; half of it is jitter, so that nodes that lost the same database do not
//! return to it in step.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

const FIRST_DELAY: Duration = Duration::from_millis(50);
/// 50 ms x 2^7 = 6.4 s.
const DOUBLINGS_MAX: u32 = 7;

/// How many restarts a supervisor makes before it gives up and escalates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intensity {
    /// Restarts allowed inside the window, over all children of the supervisor.
    pub restarts: u32,
    /// The length of the sliding window.
    pub within: Duration,
}

/// The failures inside the window, and the next jitter.
#[derive(Debug)]
pub(crate) struct Budget {
    intensity: Intensity,
    failures: VecDeque<(Instant, usize)>,
    jitter: u64,
}

impl Budget {
    pub(crate) fn new(intensity: Intensity, seed: u64) -> Self {
        Self {
            intensity,
            failures: VecDeque::new(),
            jitter: seed,
        }
    }

    /// Accounts for a failure of the child in `slot`: gives the delay before its restart, or `None` if the budget is spent.
    pub(crate) fn spend(&mut self, slot: usize, now: Instant) -> Option<Duration> {
        while self
            .failures
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) >= self.intensity.within)
        {
            self.failures.pop_front();
        }
        if self.failures.len() >= self.intensity.restarts as usize {
            return None;
        }
        let before = self.failures.iter().filter(|(_, of)| *of == slot).count();
        self.failures.push_back((now, slot));
        Some(self.jittered(backoff(before)))
    }

    /// Takes between half of `delay` and all of it.
    fn jittered(&mut self, delay: Duration) -> Duration {
        let half_micros = u64::try_from(delay.as_micros() / 2).unwrap_or(u64::MAX - 1);
        delay - Duration::from_micros(self.next_random() % (half_micros + 1))
    }

    /// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    fn next_random(&mut self) -> u64 {
        self.jitter = self.jitter.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.jitter;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Doubles the first delay once for each earlier failure, up to the cap.
fn backoff(failures_before: usize) -> Duration {
    let doublings = u32::try_from(failures_before).unwrap_or(u32::MAX).min(DOUBLINGS_MAX);
    FIRST_DELAY * 2_u32.pow(doublings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(restarts: u32) -> Budget {
        Budget::new(
            Intensity {
                restarts,
                within: Duration::from_secs(60),
            },
            42,
        )
    }

    #[test]
    fn delay_doubles_for_each_child_alone_and_is_capped() {
        let (mut budget, now) = (budget(100), Instant::now());
        for n in 0..12 {
            let full = Duration::from_millis(50 * 2_u64.pow(n.min(7)));
            let delay = budget.spend(0, now).unwrap();
            assert!(delay <= full && delay >= full / 2, "{n}: {delay:?} of {full:?}");
        }
        assert!(budget.spend(1, now).unwrap() <= FIRST_DELAY);
    }

    #[test]
    fn budget_is_shared_and_comes_back_with_time() {
        let (mut budget, now) = (budget(2), Instant::now());
        assert!(budget.spend(0, now).is_some());
        assert!(budget.spend(1, now + Duration::from_secs(30)).is_some());
        assert_eq!(budget.spend(2, now + Duration::from_secs(59)), None);
        assert!(budget.spend(2, now + Duration::from_secs(60)).is_some());
    }

    #[test]
    fn jitter_depends_on_the_seed_only() {
        let now = Instant::now();
        let draw = |seed| {
            Budget::new(
                Intensity {
                    restarts: 1,
                    within: Duration::from_secs(1),
                },
                seed,
            )
            .spend(0, now)
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
