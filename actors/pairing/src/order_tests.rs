//! The standing order against a plain sorted vector.

use proptest::prelude::*;

use super::*;
use crate::entry::Traits;

fn entry(rating: i32, slot: u32, spread: u16) -> Entry {
    let traits = Traits {
        spread,
        ..Traits::default()
    };
    Entry::new(rating * 1_000, slot, slot, traits)
}

fn collect(visit: impl Fn(&mut dyn FnMut(&Entry) -> ControlFlow<()>)) -> Vec<u32> {
    let mut found = Vec::new();
    visit(&mut |other| {
        found.push(other.slot);
        ControlFlow::Continue(())
    });
    found
}

fn fits(a: &Entry, b: &Entry) -> bool {
    a.slot != b.slot && (a.rating - b.rating).abs() <= a.spread().min(b.spread())
}

#[test]
fn loading_and_draining_keep_the_order() {
    let sorted: Vec<_> = (0..1_000).map(|i| entry(i, u32::try_from(i).unwrap(), 1)).collect();
    let mut order = Order::default();
    order.load(sorted.iter());
    assert_eq!(order.len(), 1_000);
    assert_eq!(order.iter().copied().collect::<Vec<_>>(), sorted);
    let mut drained = Vec::new();
    order.drain_into(&mut drained);
    assert_eq!(drained, sorted);
    assert_eq!((order.len(), order.iter().count()), (0, 0));
}

#[test]
fn an_emptied_order_uses_its_blocks_again() {
    let mut order = Order::default();
    for round in 0..20 {
        for i in 0..1_000_i32 {
            order.insert(entry((i * 7_919) % 1_000, i.cast_unsigned(), 1));
        }
        for i in 0..1_000_i32 {
            let removed = order.remove(entry((i * 7_919) % 1_000, i.cast_unsigned(), 1).key());
            assert!(removed.is_some());
        }
        assert_eq!(order.summaries.len(), 0);
        assert!(
            order.entries.len() <= 24 * CAPACITY,
            "round {round}: {}",
            order.entries.len()
        );
    }
}

proptest! {
    #[test]
    fn insertions_removals_and_searches_agree_with_a_sorted_vector(
        inserted in proptest::collection::vec((0_i32..400, 0_u16..60), 1..600),
        removed in proptest::collection::vec(any::<proptest::sample::Index>(), 0..500),
        asked in any::<proptest::sample::Index>(),
    ) {
        let mut order = Order::default();
        let mut plain: Vec<Entry> = (0..).zip(&inserted).map(|(slot, (rating, spread))| entry(*rating, slot, *spread)).collect();
        for entry in &plain {
            order.insert(*entry);
        }
        for index in removed {
            if !plain.is_empty() {
                let gone = plain.swap_remove(index.index(plain.len()));
                prop_assert_eq!(order.remove(gone.key()), Some(gone));
                prop_assert_eq!(order.remove(gone.key()), None);
            }
        }
        plain.sort_by_key(Entry::key);
        prop_assert_eq!(order.len(), plain.len());
        prop_assert_eq!(order.iter().copied().collect::<Vec<_>>(), plain.clone());

        let mut who = entry(0, 0, 30);
        if let Some(index) = (!plain.is_empty()).then(|| asked.index(plain.len())) {
            who = plain[index];
        }
        let above = collect(|visit| order.above(&who, visit));
        let expected: Vec<_> = plain.iter().filter(|other| other.key() > who.key() && fits(&who, other)).map(|other| other.slot).collect();
        prop_assert_eq!(above, expected);
        let below = collect(|visit| order.below(&who, visit));
        let expected: Vec<_> = plain.iter().rev().filter(|other| other.key() < who.key() && fits(&who, other)).map(|other| other.slot).collect();
        prop_assert_eq!(below, expected);
    }
}
