//! What a run amounts to: outages as clients see them, takeovers, and what is still waiting in a quiet. Pure.
//!
//! Times are ms since the Unix epoch, of one machine's clock.

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its start.
    pub(crate) from: u64,
    /// Its end, not before the start.
    pub(crate) to: u64,
}

/// An epoch, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Its queue.
    pub(crate) queue: String,
    /// Its number.
    pub(crate) epoch: u64,
    /// When it was minted.
    pub(crate) minted_ms: u64,
}

/// What has waited for too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Matches without a result.
    pub(crate) matches: u64,
    /// Players with a ticket in the queue; one alone may have found nobody.
    pub(crate) players: u64,
}

/// What was seen in one quiet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quiet {
    /// Nodes that were not ready at its end, with what they said.
    pub(crate) sick: Vec<String>,
    /// What had waited at its end since before it began; or why that is unknown.
    pub(crate) waiting: Option<Result<Waiting, String>>,
    /// For two tickets sent at its start, the time until both results were told; or why there is none.
    pub(crate) told: Option<Result<u64, String>>,
}

/// Returns how long a client was without success from `from` on, less the time in which a store itself was down; `None` if
/// no success followed. `successes` are in order, `down` need not be.
#[must_use]
pub(crate) fn outage_ms(from: u64, successes: &[u64], down: &[Span]) -> Option<u64> {
    let next = successes[successes.partition_point(|at| *at < from)..].first()?;
    let covered = covered_ms(Span { from, to: *next }, down);
    Some((next - from).saturating_sub(covered))
}

/// Returns how much of a span the others cover, each moment counted once.
#[must_use]
pub(crate) fn covered_ms(span: Span, others: &[Span]) -> u64 {
    let mut inside: Vec<Span> = others
        .iter()
        .map(|other| Span {
            from: other.from.max(span.from),
            to: other.to.min(span.to),
        })
        .filter(|part| part.from < part.to)
        .collect();
    inside.sort_unstable_by_key(|part| part.from);
    let (mut covered, mut upto) = (0, span.from);
    for part in inside {
        let from = part.from.max(upto);
        covered += part.to.saturating_sub(from);
        upto = upto.max(part.to);
    }
    covered
}

/// Returns the time from `at` to the next epoch of a queue, or from the healing of the last fault that kept anybody from
/// being elected meanwhile; `None` if no epoch followed.
#[must_use]
pub(crate) fn takeover_ms(at: u64, queue: &str, epochs: &[Epoch], hurt: &[Span]) -> Option<u64> {
    let next = epochs
        .iter()
        .filter(|epoch| epoch.queue == queue && epoch.minted_ms > at)
        .map(|epoch| epoch.minted_ms)
        .min()?;
    let healed = hurt
        .iter()
        .filter(|span| span.to > at && span.to <= next)
        .map(|span| span.to);
    Some(next - healed.max().unwrap_or(at))
}

/// Returns the queues whose epochs do not rise from each minting to the next (I5).
#[must_use]
pub(crate) fn falling(epochs: &[Epoch]) -> Vec<String> {
    let falls = |(number, epoch): (usize, &Epoch)| {
        let before = epochs[..number]
            .iter()
            .rev()
            .find(|before| before.queue == epoch.queue)?;
        (before.epoch >= epoch.epoch).then(|| format!("I5: {} after {} of {}", epoch.epoch, before.epoch, epoch.queue))
    };
    epochs.iter().enumerate().filter_map(falls).collect()
}

/// Lists what a quiet should not have shown.
#[must_use]
pub(crate) fn complaints(round: usize, quiet: &Quiet, told_max_ms: u64) -> Vec<String> {
    let mut complaints: Vec<String> = quiet.sick.iter().map(|sick| format!("not ready: {sick}")).collect();
    match &quiet.waiting {
        Some(Ok(waiting)) if waiting.matches > 0 => {
            complaints.push(format!("{} matches had no result", waiting.matches));
        }
        Some(Ok(waiting)) if waiting.players > 1 => {
            complaints.push(format!("{} players were not paired", waiting.players));
        }
        Some(Err(why)) => complaints.push(format!("what waits is unknown: {why}")),
        Some(Ok(_)) | None => {}
    }
    match &quiet.told {
        Some(Ok(took)) if *took > told_max_ms => complaints.push(format!("two results were told after {took} ms")),
        Some(Err(why)) => complaints.push(format!("two results were not told: {why}")),
        Some(Ok(_)) | None => {}
    }
    complaints.iter().map(|what| format!("round {round}: {what}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn span(from: u64, to: u64) -> Span {
        Span { from, to }
    }

    fn epoch(queue: &str, epoch: u64, minted_ms: u64) -> Epoch {
        Epoch {
            queue: queue.to_owned(),
            epoch,
            minted_ms,
        }
    }

    #[test]
    fn an_outage_ends_with_the_next_success() {
        let successes = [100, 200, 900];
        assert_eq!(outage_ms(50, &successes, &[]), Some(50));
        assert_eq!(outage_ms(100, &successes, &[]), Some(0));
        assert_eq!(outage_ms(201, &successes, &[]), Some(699));
        assert_eq!(outage_ms(901, &successes, &[]), None);
        assert_eq!(outage_ms(0, &[], &[]), None);
    }

    #[test]
    fn time_without_a_store_does_not_count_and_counts_once() {
        let down = [
            span(600, 700),
            span(300, 500),
            span(400, 450),
            span(880, 2_000),
            span(0, 250),
        ];
        // Of 201..900: 201..250, 300..500, 600..700, 880..900.
        assert_eq!(outage_ms(201, &[900], &down), Some(699 - 49 - 200 - 100 - 20));
        assert_eq!(outage_ms(300, &[450], &[span(0, 9_000)]), Some(0));
        assert_eq!(covered_ms(span(5, 5), &[span(0, 9)]), 0);
        assert_eq!(covered_ms(span(0, 10), &[span(4, 6), span(5, 8)]), 4);
    }

    #[test]
    fn a_takeover_is_the_next_epoch_of_that_queue() {
        let epochs = [epoch("a", 1, 100), epoch("b", 1, 150), epoch("a", 2, 400)];
        assert_eq!(takeover_ms(100, "a", &epochs, &[]), Some(300));
        assert_eq!(takeover_ms(90, "a", &epochs, &[]), Some(10));
        assert_eq!(takeover_ms(150, "b", &epochs, &[]), None);
    }

    #[test]
    fn a_takeover_is_counted_from_what_healed_last() {
        let epochs = [epoch("a", 2, 400)];
        // One healed before, one meanwhile, one has not healed yet.
        let hurt = [span(0, 90), span(120, 250), span(300, 900)];
        assert_eq!(takeover_ms(100, "a", &epochs, &hurt), Some(150));
    }

    #[test]
    fn epochs_that_do_not_rise_are_told() {
        let good = [epoch("a", 1, 1), epoch("b", 1, 2), epoch("a", 2, 3)];
        assert_eq!(falling(&good), Vec::<String>::new());
        let bad = [epoch("a", 1, 1), epoch("a", 2, 2), epoch("a", 2, 3), epoch("a", 1, 4)];
        assert_eq!(falling(&bad).len(), 2);
    }

    #[test]
    fn a_good_quiet_has_no_complaints() {
        let quiet = Quiet {
            sick: Vec::new(),
            waiting: Some(Ok(Waiting { matches: 0, players: 1 })),
            told: Some(Ok(700)),
        };
        assert_eq!(complaints(0, &quiet, 5_000), Vec::<String>::new());
        assert_eq!(complaints(0, &Quiet::default(), 5_000), Vec::<String>::new());
    }

    #[test]
    fn whatever_is_wrong_in_a_quiet_is_named() {
        let quiet = |matches, players, told| Quiet {
            sick: vec!["sim-5: 503".to_owned()],
            waiting: Some(Ok(Waiting { matches, players })),
            told: Some(told),
        };
        let found = complaints(3, &quiet(2, 0, Ok(5_001)), 5_000);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|complaint| complaint.starts_with("round 3: ")));
        assert_eq!(complaints(3, &quiet(0, 2, Err("no event".to_owned())), 5_000).len(), 3);
        let unknown = Quiet {
            waiting: Some(Err("psql".to_owned())),
            ..Quiet::default()
        };
        assert_eq!(complaints(3, &unknown, 5_000).len(), 1);
    }
}
