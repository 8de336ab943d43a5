//! The pool's promises under any sequence of what may happen to it, held against a plain list of the same tickets.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::points::MILLI;

/// Player, rating in points, spread.
type Spec = (u32, i32, u16);

/// What may happen to a pool.
#[derive(Clone, Debug)]
enum Turn {
    Add(Spec, Option<u16>),
    Remove(Index),
    Rate(u32, i32),
    Exclude(u32, u32),
    Allow(u32, u32),
    Tick(bool),
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let player = 0_u32..12;
    let add = (
        (player.clone(), 0_i32..300, 0_u16..150),
        proptest::option::of(0_u16..300),
    );
    let turn = prop_oneof![
        6 => add.prop_map(|(spec, widen_to)| Turn::Add(spec, widen_to)),
        1 => any::<Index>().prop_map(Turn::Remove),
        1 => (player.clone(), 0_i32..300).prop_map(|(player, rating)| Turn::Rate(player, rating)),
        1 => (player.clone(), player.clone()).prop_map(|(a, b)| Turn::Exclude(a, b)),
        1 => (player.clone(), player).prop_map(|(a, b)| Turn::Allow(a, b)),
        2 => any::<bool>().prop_map(Turn::Tick),
    ];
    proptest::collection::vec(turn, 1..120)
}

/// What a plain list knows of the same tickets.
#[derive(Default)]
struct Model {
    ratings: BTreeMap<u32, i32>,
    /// Waiting tickets: player, spread at most.
    waiting: BTreeMap<TicketNo, (u32, u16)>,
    excluded: BTreeSet<[u32; 2]>,
}

impl Model {
    /// Says whether two tickets fit at these spreads.
    fn fits(&self, (a, a_spread): (u32, u16), (b, b_spread): (u32, u16)) -> bool {
        let gap = (self.ratings[&a] - self.ratings[&b]).abs();
        a != b && gap <= i32::from(a_spread.min(b_spread)) && !self.excluded.contains(&[a.min(b), a.max(b)])
    }

    fn check(&mut self, pool: &Pool, pairs: &[[TicketNo; 2]]) {
        let mut met = BTreeSet::new();
        for pair in pairs {
            let [a, b] = pair.map(|ticket| self.waiting.remove(&ticket).expect("a waiting ticket, once"));
            assert!(self.fits(a, b), "{a:?} {b:?}");
            assert!(met.insert([a.0.min(b.0), a.0.max(b.0)]), "two players meet once a tick");
        }
        let standing: Vec<_> = self
            .waiting
            .iter()
            .map(|(ticket, (player, _))| (*player, pool.book.slot(ticket.0).spread))
            .collect();
        for (i, a) in standing.iter().enumerate() {
            for b in &standing[i + 1..] {
                let free = !met.contains(&[a.0.min(b.0), a.0.max(b.0)]);
                assert!(!(free && self.fits(*a, *b)), "{a:?} and {b:?} wait longer than a tick");
            }
        }
    }
}

fn take(turn: Turn, pool: &mut Pool, model: &mut Model, now_ms: u64) {
    match turn {
        Turn::Add((player, rating, spread), widen_to) => {
            pool.set_player(PlayerNo(player), FamilyNo(player), rating * MILLI);
            model.ratings.insert(player, rating);
            let ticket = NewTicket {
                player: PlayerNo(player),
                spread,
                widen_to,
                enqueued_ms: now_ms,
            };
            let number = pool.insert(ticket, now_ms);
            model
                .waiting
                .insert(number, (player, spread.max(widen_to.unwrap_or(0))));
        }
        Turn::Remove(index) => {
            if !model.waiting.is_empty() {
                let ticket = *model.waiting.keys().nth(index.index(model.waiting.len())).expect("one");
                model.waiting.remove(&ticket);
                pool.remove(ticket);
            }
        }
        Turn::Rate(player, rating) => {
            pool.set_player(PlayerNo(player), FamilyNo(player), rating * MILLI);
            model.ratings.insert(player, rating);
        }
        Turn::Exclude(a, b) if a != b => {
            pool.exclude(PlayerNo(a), PlayerNo(b), Reason::Blocked);
            pool.exclude(PlayerNo(b), PlayerNo(a), Reason::Recent);
            model.excluded.insert([a.min(b), a.max(b)]);
        }
        Turn::Allow(a, b) => {
            pool.allow(PlayerNo(a), PlayerNo(b), Reason::Recent);
            pool.allow(PlayerNo(a), PlayerNo(b), Reason::Blocked);
            model.excluded.remove(&[a.min(b), a.max(b)]);
        }
        Turn::Exclude(..) => {}
        Turn::Tick(made) => {
            let pairs = pool.tick(now_ms).to_vec();
            let before: BTreeMap<_, _> = model.waiting.clone();
            model.check(pool, &pairs);
            for ticket in pairs.into_iter().flatten() {
                if made {
                    pool.remove(ticket);
                } else {
                    pool.release(ticket, now_ms);
                    model.waiting.insert(ticket, before[&ticket]);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn after_a_tick_no_two_who_may_meet_still_wait(turns in turns()) {
        let mut pool = Pool::default();
        let mut model = Model::default();
        for (at, turn) in (0..).zip(turns) {
            take(turn, &mut pool, &mut model, at * 700);
            prop_assert_eq!(pool.len(), model.waiting.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_tick_that_looks_only_around_its_arrivals_keeps_the_same_promise(
        specs in proptest::collection::vec((0_i32..3_000, 0_u16..30), 100..240),
    ) {
        let mut pool = Pool::default();
        let mut model = Model::default();
        let mut all = Vec::new();
        for (player, chunk) in (0..).zip(specs.chunks(3)) {
            for (n, (rating, spread)) in (0..).zip(chunk) {
                take(Turn::Add((player * 3 + n, *rating, *spread), None), &mut pool, &mut model, 0);
            }
            all.extend(pool.tick(0).to_vec());
        }
        model.check(&pool, &all);
    }
}
