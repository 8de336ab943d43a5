//! Small seeded randomness: a run with the same seed makes the same choices, whatever libraries do.

use std::sync::atomic::{AtomicU64, Ordering};

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// Makes the stream numbered `stream` of a seed.
    #[must_use]
    pub(crate) const fn new(seed: u64, stream: u64) -> Self {
        Self {
            state: mix(seed) ^ mix(stream.wrapping_mul(STEP).wrapping_add(1)),
        }
    }

    /// Returns the next 64 bits.
    pub(crate) const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// Returns a number below `bound`; 0 if `bound` is 0.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        // The bias of a remainder is far below what any check here could notice.
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// Says yes once in `n` times.
    pub(crate) const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Returns 16 random bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 16] {
        let (high, low) = (u128::from(self.next_u64()), u128::from(self.next_u64()));
        (high << 64 | low).to_be_bytes()
    }
}

/// The same generator for many tasks at once: jitter of requests that share a client.
#[derive(Debug)]
pub(crate) struct SharedRandom {
    state: AtomicU64,
}

impl SharedRandom {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
        }
    }

    pub(crate) fn next_u64(&self) -> u64 {
        mix(self.state.fetch_add(STEP, Ordering::Relaxed))
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_everything_and_streams_differ() {
        let draw = |seed, stream| Random::new(seed, stream).bytes();
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
        let mut random = Random::new(7, 0);
        assert_eq!(random.below(0), 0);
        let yes = (0..8_000).filter(|_| random.one_in(8)).count();
        assert!((800..1_200).contains(&yes), "{yes}");
    }
}
