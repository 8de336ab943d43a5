//! Small random differences, so that many clients do not do the same thing at the same moment. Not for secrets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A shared generator (`SplitMix64`: Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    /// Starts from a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Returns a duration between `least` and `most` permille of `of`.
    pub(crate) fn permille(&self, of: Duration, least: u32, most: u32) -> Duration {
        let width = u64::from(most.saturating_sub(least)) + 1;
        let permille = u32::try_from(self.next() % width).unwrap_or(0) + least;
        of / 1_000 * permille
    }

    /// Returns a number from `least` to `most`.
    pub(crate) fn between(&self, least: u64, most: u64) -> u64 {
        least + self.next() % (most.saturating_sub(least) + 1)
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_its_bounds_and_spreads() {
        let jitter = Jitter::new(1);
        let spans: Vec<_> = (0..1_000)
            .map(|_| jitter.permille(Duration::from_secs(10), 800, 1_200))
            .collect();
        let (least, most) = (spans.iter().min().unwrap(), spans.iter().max().unwrap());
        assert!(*least >= Duration::from_secs(8) && *most <= Duration::from_secs(12));
        assert!(*most - *least > Duration::from_secs(3));
        assert!((0..1_000).all(|_| (5..=6).contains(&jitter.between(5, 6))));
    }
}
