//! The dice: PCG32 (XSH RR 64/32, O'Neill 2014, pcg-random.org), one stream per unit and purpose.
//!
//! It is our own because a dependency may change its values, and every value is part of the outcome. A stream per
//! (unit, purpose) keeps a new roll in one ability from shifting all the others.

/// The generator's name, as every match record carries it.
pub const RNG_NAME: &str = "pcg32-xsh-rr/1";

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

/// What a stream's rolls decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// How far damage and healing are off their mean.
    Variance,
    /// Critical hits.
    Critical,
    /// Evaded hits.
    Evasion,
}

impl Purpose {
    pub(crate) const COUNT: usize = 3;
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::Variance, Self::Critical, Self::Evasion];
}

/// One stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pcg32 {
    state: u64,
    increment: u64,
}

impl Pcg32 {
    /// Starts a stream as the reference implementation's `pcg32_srandom` does.
    pub(crate) fn new(state: u64, stream: u64) -> Self {
        let mut rng = Self {
            state: 0,
            increment: (stream << 1) | 1,
        };
        rng.next();
        rng.state = rng.state.wrapping_add(state);
        rng.next();
        rng
    }

    /// Starts the stream of one unit and purpose.
    pub(crate) fn for_unit(seed: [u8; 16], slot: usize, purpose: Purpose) -> Self {
        let (low, high) = halves(seed);
        let number = (slot as u64) << 8 | purpose as u64;
        Self::new(low ^ mix(number), high.wrapping_add(mix(!number)))
    }

    /// Rolls 32 bits.
    pub(crate) fn next(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
        let shifted = (((old >> 18) ^ old) >> 27) as u32;
        shifted.rotate_right((old >> 59) as u32)
    }

    /// Rolls `0..bound` by multiply and shift; the bias is below one in four million for the bounds used here.
    pub(crate) fn below(&mut self, bound: u32) -> i32 {
        ((u64::from(self.next()) * u64::from(bound)) >> 32) as i32
    }

    /// Says whether something with this chance happens.
    pub(crate) fn permille(&mut self, chance: i32) -> bool {
        self.below(1000) < chance
    }

    /// Returns what the stream's future depends on.
    pub(crate) const fn state(&self) -> u64 {
        self.state
    }
}

fn halves(seed: [u8; 16]) -> (u64, u64) {
    let all = u128::from_le_bytes(seed);
    (all as u64, (all >> 64) as u64)
}

/// Scatters a small number over 64 bits (the finaliser of `SplitMix64`, Steele et al. 2014).
pub(crate) const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_reference_values_of_pcg32_demo() {
        let mut rng = Pcg32::new(42, 54);
        let rolled: Vec<u32> = (0..6).map(|_| rng.next()).collect();
        let known = [
            0xa15c_02b7,
            0x7b47_f409,
            0xba1d_3330,
            0x83d2_f293,
            0xbfa4_784b,
            0xcbed_606e,
        ];
        assert_eq!(rolled, known);
    }

    #[test]
    fn mixes_as_splitmix64_does() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn streams_of_units_and_purposes_differ() {
        let mut firsts: Vec<u32> = Vec::new();
        for slot in 0..16 {
            for purpose in Purpose::ALL {
                firsts.push(Pcg32::for_unit([9; 16], slot, purpose).next());
            }
        }
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 16 * Purpose::COUNT);
    }

    #[test]
    fn stays_below_its_bound_and_reaches_it() {
        let mut rng = Pcg32::new(1, 2);
        let rolls: Vec<i32> = (0..1000).map(|_| rng.below(7)).collect();
        assert_eq!(rolls.iter().min(), Some(&0));
        assert_eq!(rolls.iter().max(), Some(&6));
    }
}
