//! The programme for a window of one rank, where a huge batch spends its time: two states, so one number carries them both.

use super::{NEVER, worth_of};
use crate::entry::{Entry, may_meet};

/// Tickets whose choices share a word.
const SHARED: usize = u32::BITS as usize;

/// Fills `choices`, one bit a ticket, and returns the best final state: 1 if the last ticket stays free.
pub(super) fn forward(line: &[Entry], excluded: impl Fn(u32, u32) -> bool, choices: &mut [u32]) -> usize {
    // What it is worth that the ticket before is free, above its being taken. Before the line nobody is free.
    let mut lead = NEVER;
    let mut before = Entry::default();
    for (some, word) in line.chunks(SHARED).zip(choices) {
        let mut bits = 0;
        for (at, entry) in some.iter().enumerate() {
            bits |= u32::from(lead >= 0) << at;
            let worth = if may_meet(&before, entry, &excluded) {
                worth_of(&before, entry)
            } else {
                NEVER
            };
            lead = (-lead).max(0) - worth;
            before = *entry;
        }
        *word = bits;
    }
    usize::from(lead >= 0)
}

/// Tells of the line from its end to its start.
#[expect(clippy::cast_possible_truncation, reason = "tickets are numbered with 32 bits")]
pub(super) fn backward(last: usize, choices: &[u32], mut tell: impl FnMut(Option<u32>, u32)) {
    let was_free = |at: usize| (choices[at / SHARED] >> (at % SHARED)) & 1 == 1;
    let (mut free, mut end) = (last == 1, choices.len());
    while let Some(high) = end.checked_sub(1) {
        if free {
            tell(None, high as u32);
            (free, end) = (was_free(high), high);
        } else {
            let low = high - 1;
            tell(Some(low as u32), high as u32);
            (free, end) = (was_free(low), low);
        }
    }
}
