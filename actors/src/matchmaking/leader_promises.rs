//! What a leader promises whatever arrives: nobody who fits somebody waits longer than a tick.

use proptest::prelude::*;
use tiltyard_protocol::TicketId;

use super::tests::*;
use super::*;

proptest! {
    /// The store of this test says yes to everything; who is left after a tick fits nobody who is left.
    #[test]
    fn nobody_who_fits_somebody_waits_longer_than_a_tick(
        arrivals in proptest::collection::vec((0_u8..40, 0_u16..600, 1_u16..200, 0_usize..6), 0..120),
    ) {
        let mut leader = leading(&[]);
        let mut waiting: Vec<QueuedTicket> = Vec::new();
        for (n, chunk) in arrivals.chunks(20).enumerate() {
            let now_ms = NOW + 1_000 * n as u64;
            for (i, (player, rating, spread, _)) in chunk.iter().enumerate() {
                let rating = f64::from(*rating);
                let new = QueuedTicket {
                    id: TicketId::from_bytes([(n * 20 + i) as u8; 16]),
                    spread: *spread,
                    rating,
                    enqueued_at: Timestamp::from_micros((now_ms * 1_000) as i64),
                    ..ticket(*player)
                };
                waiting.iter_mut().filter(|old| old.player == new.player).for_each(|old| old.rating = rating);
                waiting.push(new.clone());
                leader.on(now_ms, Event::Hint(Wakeup::Queued(new)));
            }
            let mut met = Vec::new();
            let mut next = tick_at(&mut leader, now_ms);
            while let Some(pairs) = next {
                for [left, right] in &pairs {
                    let of = |key: &Key| waiting.iter().find(|held| super::key(held) == *key).unwrap().clone();
                    prop_assert!(fits(&of(left), &of(right)));
                    met.push([left.0, right.0]);
                }
                waiting.retain(|held| !pairs.iter().flatten().any(|key| *key == super::key(held)));
                let outcome = all_made(&pairs);
                let mut effects = leader.on(now_ms, Event::Committed(pairs, outcome));
                next = committed_pairs(effects.split_off(1));
            }
            prop_assert_eq!(leader.len(), waiting.len());
            for (a, b) in waiting.iter().flat_map(|a| waiting.iter().map(move |b| (a, b))) {
                let just_met = met.iter().any(|pair| pair.contains(&a.player) && pair.contains(&b.player));
                prop_assert!(!fits(a, b) || just_met, "{:?} and {:?}", a, b);
            }
        }
    }
}

fn fits(a: &QueuedTicket, b: &QueuedTicket) -> bool {
    a.player != b.player && (a.rating - b.rating).abs() <= f64::from(a.spread.min(b.spread))
}
