//! The windowed dynamic programme: an optimal choice among all matchings whose pairs stand at most `K` ranks apart.
//!
//! The scan goes through the line in order of rating; its state says which of the last `K` tickets are still free (a bit
//! each). Each ticket is worth its age class plus one, far above any gap; so a best choice has as many pairs as possible (with
//! positive weights on vertices a heaviest matching is a largest one), among those it takes the longest waiting, and among
//! those it has the least total gap. With equal spreads K = 1 is optimal over all matchings (research/matchmaking.md 2.1).

use crate::entry::{Entry, may_meet};

mod neighbours;

/// Widest window.
pub(crate) const K_MAX: usize = 4;

/// Worth of one unit of age against gaps, which are in units of 4: total gaps under 4.3 million points never outweigh it.
const UNIT: i64 = 1 << 34;
/// Worth of what cannot be; twice that still is a number, and no total comes near it.
const NEVER: i64 = -(1 << 61);
/// The two lowest bits of a worth say which choice it came from.
const TAG: i64 = 3;

/// A best choice of pairs: the final state, from which the words in `choices` lead back to the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    k: usize,
    len: usize,
    last: usize,
}

/// Finds the best choice of pairs of the line, which is in order of rating, and notes in `choices` how it came about.
pub(crate) fn choose(
    k: usize,
    line: &[Entry],
    excluded: impl Fn(u32, u32) -> bool + Copy,
    choices: &mut Vec<u32>,
) -> Plan {
    let len = line.len();
    if choices.len() < len {
        choices.resize(len, 0);
    }
    let last = match k {
        0 | 1 => neighbours::forward(line, excluded, choices),
        2 => forward::<2, 4, 2>(line, excluded, choices),
        3 => forward::<3, 8, 4>(line, excluded, choices),
        _ => forward::<4, 16, 8>(line, excluded, choices),
    };
    Plan { k, len, last }
}

impl Plan {
    /// Tells of the line from its end to its start: positions of a pair, the lower first, or of one who stays alone.
    pub(crate) fn tell(self, choices: &[u32], tell: impl FnMut(Option<u32>, u32)) {
        let choices = &choices[..self.len];
        match self.k {
            0 | 1 => neighbours::backward(self.last, choices, tell),
            2 => backward::<2>(self.last, choices, tell),
            3 => backward::<3>(self.last, choices, tell),
            _ => backward::<4>(self.last, choices, tell),
        }
    }
}

/// Fills `choices`, one word a ticket, and returns the best final state, with a window of `K` ranks: `S` = 2^K states, `H` of
/// them with the oldest ticket taken.
fn forward<const K: usize, const S: usize, const H: usize>(
    line: &[Entry],
    excluded: impl Fn(u32, u32) -> bool + Copy,
    choices: &mut [u32],
) -> usize {
    let mut best = [NEVER; S];
    best[0] = 0;
    // Before the line stands nobody: no state has these free, so what they would be worth is never asked.
    let mut nearest = [Entry::default(); K];
    for (entry, choice) in line.iter().zip(choices) {
        let mut worth = [NEVER; K];
        for j in 0..K {
            if may_meet(&nearest[j], entry, excluded) {
                worth[j] = worth_of(&nearest[j], entry);
            }
            worth[j] |= j as i64;
        }
        for j in (1..K).rev() {
            nearest[j] = nearest[j - 1];
        }
        nearest[0] = *entry;
        *choice = step::<K, S, H>(&mut best, &worth);
    }
    (0..S).max_by_key(|state| best[*state]).unwrap_or(0)
}

/// One ticket's step: new states from old ones. The word says, for each low half of the old state, whether the oldest bit was
/// set (bits 0-7), and for each state in which the ticket is paired, with which neighbour (two bits each from bit 8).
#[inline]
fn step<const K: usize, const S: usize, const H: usize>(best: &mut [i64; S], worth: &[i64; K]) -> u32 {
    let mut word = 0;
    let mut merged = [0; H];
    for low in 0..H {
        let chosen = best[low].max(best[low | H] | 1);
        word |= ((chosen & 1) as u32) << low;
        merged[low] = chosen & !TAG;
    }
    let mut next = [NEVER; S];
    for low in 0..H {
        let mut chosen = NEVER.max(best[low | H] + worth[K - 1]);
        for j in 0..K - 1 {
            if low & (1 << j) == 0 {
                chosen = chosen.max(merged[low | (1 << j)] + worth[j]);
            }
        }
        word |= ((chosen & TAG) as u32) << (8 + 2 * low);
        next[low << 1] = chosen & !TAG;
        next[(low << 1) | 1] = merged[low];
    }
    *best = next;
    word
}

#[expect(clippy::cast_possible_truncation, reason = "tickets are numbered with 32 bits")]
fn backward<const K: usize>(last: usize, choices: &[u32], mut tell: impl FnMut(Option<u32>, u32)) {
    let mut state = last;
    // Those further down whose partner has been told already, by distance.
    let mut spoken_for = 0_u32;
    for (i, word) in choices.iter().enumerate().rev() {
        let low = state >> 1;
        let oldest = |low: usize| ((word >> low) as usize & 1) << (K - 1);
        let told = spoken_for & 1 == 1;
        spoken_for >>= 1;
        if state & 1 == 1 {
            state = low | oldest(low);
            if !told {
                tell(None, i as u32);
            }
            continue;
        }
        let j = (word >> (8 + 2 * low)) as usize & 3;
        if j == K - 1 {
            state = low | (1 << j);
        } else {
            state = low | (1 << j) | oldest(low | (1 << j));
        }
        spoken_for |= 1 << j;
        tell(Some((i - 1 - j) as u32), i as u32);
    }
}

/// Worth of a pair, in units of 4.
#[inline]
const fn worth_of(a: &Entry, b: &Entry) -> i64 {
    let ages = (2 + a.age_class() + b.age_class()) as i64;
    ages * UNIT - ((b.rating - a.rating) as i64) * 4
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
