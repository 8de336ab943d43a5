//! Widening: how a spread grows for a ticket that allows it, first by how few arrive near it, then by how long it waits.
//!
//! The submitted spread is a promise, so nothing here applies to a ticket without permission, and nothing passes its limit.

/// Waiting time in which a spread grows by the spread it began with.
pub const WIDEN_MS: u64 = 10_000;

/// The next step of a spread: its new width in points, and the waiting time in ms at which it is taken; `None` at the limit.
///
/// Width grows linearly with the waiting time, in steps of a quarter, so that a ticket is looked at again a few dozen times at most.
#[must_use]
pub fn next_step(start: u16, spread: u16, limit: u16) -> Option<(u16, u64)> {
    if spread >= limit {
        return None;
    }
    let next = spread.saturating_add((spread / 4).max(1)).min(limit);
    let start = u64::from(start.max(1));
    Some((next, WIDEN_MS * u64::from(next).saturating_sub(start) / start))
}

/// The spread after a waiting time.
#[must_use]
pub fn widened(start: u16, limit: u16, waited_ms: u64) -> u16 {
    let mut spread = start;
    while let Some((next, due_ms)) = next_step(start, spread, limit) {
        if due_ms > waited_ms {
            break;
        }
        spread = next;
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_grows_with_time_up_to_its_limit_and_never_past_it() {
        assert_eq!(widened(50, 50, u64::MAX), 50, "no permission, no widening");
        assert_eq!(widened(40, 100, 0), 40);
        assert_eq!(widened(40, 100, 2_500), 50);
        assert_eq!(widened(40, 100, 10_000), 77);
        assert_eq!(widened(40, 100, u64::MAX), 100);
        assert_eq!(widened(0, 3, u64::MAX), 3);
    }

    #[test]
    fn steps_are_few_even_over_the_whole_range() {
        let mut spread = 10;
        let mut steps = 0;
        let mut before = 0;
        while let Some((next, due_ms)) = next_step(10, spread, 4_000) {
            assert!(next > spread && due_ms >= before);
            (spread, before) = (next, due_ms);
            steps += 1;
        }
        assert!(steps < 50, "{steps}");
    }
}
