//! The windowed programme against exhaustive search over the same window.

use proptest::prelude::*;

use super::*;
use crate::entry::Traits;

/// Pairs, then ages, then gaps (negated).
type Worth = (usize, u32, i64);

fn line(specs: &[(i32, u16, u32)]) -> Vec<Entry> {
    let entry = |(slot, (rating, spread, age_class)): (u32, &(i32, u16, u32))| {
        let traits = Traits {
            spread: *spread,
            age_class: *age_class,
            ..Traits::default()
        };
        Entry::new(rating * 1_000, slot, slot, traits)
    };
    let mut line: Vec<_> = (0..).zip(specs).map(entry).collect();
    line.sort_by_key(Entry::key);
    line
}

fn chosen(k: usize, line: &[Entry], excluded: impl Fn(u32, u32) -> bool + Copy) -> Vec<[u32; 2]> {
    let mut pairs = Vec::new();
    let mut alone = Vec::new();
    let mut choices = Vec::new();
    choose(k, line, excluded, &mut choices).tell(&choices, |low, high| match low {
        Some(low) => pairs.push([low, high]),
        None => alone.push(high),
    });
    assert!(alone.is_sorted_by(|a, b| a > b));
    let mut told: Vec<_> = pairs.iter().flatten().chain(&alone).copied().collect();
    told.sort_unstable();
    assert!(
        told.iter().copied().eq(0..u32::try_from(line.len()).unwrap()),
        "each ticket is told of once"
    );
    pairs
}

fn worth_of_all(line: &[Entry], pairs: &[[u32; 2]]) -> Worth {
    pairs.iter().fold((0, 0, 0), |(count, ages, gaps), pair| {
        let [a, b] = pair.map(|at| line[at as usize]);
        let gap = i64::from(b.rating - a.rating);
        (count + 1, ages + a.age_class() + b.age_class(), gaps - gap)
    })
}

/// Best worth of any matching of the tickets that are not used, no pair further apart than `k` ranks.
fn exhaustive(k: usize, line: &[Entry], used: u32, excluded: impl Fn(u32, u32) -> bool + Copy) -> Worth {
    let Some(i) = (0..line.len()).find(|i| used & (1 << i) == 0) else {
        return (0, 0, 0);
    };
    let mut best = exhaustive(k, line, used | (1 << i), excluded);
    for j in i + 1..line.len().min(i + k + 1) {
        if used & (1 << j) == 0 && may_meet(&line[i], &line[j], excluded) {
            let rest = exhaustive(k, line, used | (1 << i) | (1 << j), excluded);
            let pair = worth_of_all(line, &[[u32::try_from(i).unwrap(), u32::try_from(j).unwrap()]]);
            best = best.max((rest.0 + pair.0, rest.1 + pair.1, rest.2 + pair.2));
        }
    }
    best
}

#[test]
fn a_narrow_ticket_is_jumped_over() {
    let line = line(&[(1_500, 400, 0), (1_550, 10, 0), (1_600, 400, 0)]);
    assert_eq!(chosen(1, &line, |_, _| false), [[0_u32; 2]; 0]);
    assert_eq!(chosen(2, &line, |_, _| false), [[0, 2]]);
}

#[test]
fn of_three_the_longest_waiting_are_paired_and_then_the_nearest() {
    let old = line(&[(1_500, 100, 0), (1_501, 100, 0), (1_590, 100, 5)]);
    assert_eq!(chosen(4, &old, |_, _| false), [[1, 2]]);
    let fresh = line(&[(1_500, 100, 0), (1_501, 100, 0), (1_590, 100, 0)]);
    assert_eq!(chosen(4, &fresh, |_, _| false), [[0, 1]]);
}

#[test]
fn lines_of_nobody_and_of_one_have_no_pairs() {
    for k in 1..=K_MAX {
        assert!(chosen(k, &[], |_, _| false).is_empty());
        assert!(chosen(k, &line(&[(1, 1, 0)]), |_, _| false).is_empty());
    }
}

proptest! {
    #[test]
    fn no_matching_within_the_window_is_better(
        k in 1_usize..=K_MAX,
        specs in proptest::collection::vec((0_i32..300, 0_u16..200, 0_u32..16), 0..11),
        odd in any::<bool>(),
    ) {
        let line = line(&specs);
        let filtered: Vec<_> = line.iter().map(|entry| entry.with_filter(0x7FFF)).collect();
        let excluded = |a: u32, b: u32| odd && (a + b).is_multiple_of(3);
        let pairs = chosen(k, &filtered, excluded);
        let used: std::collections::BTreeSet<_> = pairs.iter().flatten().collect();
        prop_assert_eq!(used.len(), pairs.len() * 2);
        for [i, j] in &pairs {
            prop_assert!(i < j && (j - i) as usize <= k);
            prop_assert!(may_meet(&filtered[*i as usize], &filtered[*j as usize], excluded));
        }
        prop_assert_eq!(worth_of_all(&line, &pairs), exhaustive(k, &filtered, 0, excluded));
    }

    #[test]
    fn with_equal_spreads_neighbours_are_as_good_as_anybody(
        ratings in proptest::collection::vec(0_i32..300, 0..11), spread in 1_u16..200,
    ) {
        let line = line(&ratings.iter().map(|rating| (*rating, spread, 0)).collect::<Vec<_>>());
        let pairs = chosen(1, &line, |_, _| false);
        prop_assert_eq!(worth_of_all(&line, &pairs), exhaustive(line.len(), &line, 0, |_, _| false));
    }
}
