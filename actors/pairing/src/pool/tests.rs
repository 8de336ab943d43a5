//! The pool, case by case, and against an exact matcher.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::exact::maximum_matching;
use crate::points::MILLI;
use crate::random::Random;

/// Who can be named in tests: player, rating in points, spread.
type Spec = (u32, i32, u16);

fn filled(specs: &[Spec]) -> Pool {
    let mut pool = Pool::default();
    for (player, rating, spread) in specs {
        add(&mut pool, (*player, *rating, *spread), 0);
    }
    pool
}

fn add(pool: &mut Pool, (player, rating, spread): Spec, now_ms: u64) -> TicketNo {
    pool.set_player(PlayerNo(player), FamilyNo(player), rating * MILLI);
    let ticket = NewTicket {
        player: PlayerNo(player),
        spread,
        widen_to: None,
        enqueued_ms: now_ms,
    };
    pool.insert(ticket, now_ms)
}

fn players(pool: &Pool, pairs: &[[TicketNo; 2]]) -> Vec<[u32; 2]> {
    let player = |ticket: TicketNo| pool.book.slot(ticket.0).player;
    pairs.iter().map(|pair| pair.map(player)).collect()
}

fn tick(pool: &mut Pool, now_ms: u64) -> Vec<[u32; 2]> {
    let pairs = pool.tick(now_ms).to_vec();
    players(pool, &pairs)
}

#[test]
fn as_many_as_possible_meet_before_gaps_count() {
    let mut pool = filled(&[(1, 0, 100), (2, 90, 100), (3, 100, 100), (4, 190, 100)]);
    assert_eq!(
        tick(&mut pool, 0).len(),
        2,
        "the nearest pair would leave the outer two alone"
    );
}

#[test]
fn nobody_meets_himself_nor_his_family_and_both_spreads_hold() {
    assert!(tick(&mut filled(&[(1, 1_500, 400), (1, 1_500, 400)]), 0).is_empty());
    assert!(tick(&mut filled(&[(1, 1_500, 400), (2, 1_600, 50)]), 0).is_empty());
    let mut pool = filled(&[(1, 1_500, 400), (2, 1_500, 400)]);
    pool.set_player(PlayerNo(2), FamilyNo(1), 1_500 * MILLI);
    assert!(tick(&mut pool, 0).is_empty());
}

#[test]
fn many_tickets_of_few_players_meet_each_opponent_once_a_tick() {
    let specs: Vec<_> = (0..4)
        .flat_map(|player| (0..4).map(move |_| (player, 1_500, 400)))
        .collect();
    let mut pool = filled(&specs);
    let first = tick(&mut pool, 0);
    let opponents: BTreeSet<_> = first.iter().map(|[a, b]| [*a.min(b), *a.max(b)]).collect();
    assert_eq!(opponents.len(), first.len(), "no two players twice in one tick");
    assert!(first.len() >= 3);
    assert!(!tick(&mut pool, 1_000).is_empty(), "they may meet again in the next");
}

#[test]
fn a_narrow_ticket_hides_nobody() {
    assert_eq!(
        tick(&mut filled(&[(1, 1_500, 400), (2, 1_550, 10), (3, 1_600, 400)]), 0),
        [[1, 3]]
    );
    assert_eq!(
        tick(&mut filled(&[(1, 1_500, 10), (1, 1_500, 400), (2, 1_600, 400)]), 0),
        [[1, 2]]
    );
}

#[test]
fn who_fits_is_found_however_many_stand_between() {
    let mut specs: Vec<_> = (2..1_000)
        .map(|player| (player, 1_500 + i32::try_from(player).unwrap() * 2, 1))
        .collect();
    specs.push((1, 1_490, 4_000));
    let mut pool = filled(&specs);
    assert!(tick(&mut pool, 0).is_empty());
    let far = add(&mut pool, (0, 4_000, 4_000), 10);
    assert_eq!(tick(&mut pool, 20), [[1, 0]]);
    assert!(pool.is_aside(far));
}

#[test]
fn a_cancelled_ticket_is_not_paired_and_its_number_is_used_again() {
    let mut pool = filled(&[(1, 1_500, 100)]);
    let gone = add(&mut pool, (2, 1_500, 100), 0);
    pool.remove(gone);
    pool.remove(gone);
    assert!(tick(&mut pool, 0).is_empty());
    let again = add(&mut pool, (3, 1_500, 100), 0);
    assert_eq!(again, gone);
    assert_eq!(tick(&mut pool, 1), [[1, 3]]);
    assert_eq!(pool.len(), 2, "paired tickets are held until they are removed");
}

#[test]
fn a_player_whose_standing_ticket_leaves_stands_with_the_next() {
    let mut pool = filled(&[(1, 1_500, 50)]);
    let wide = add(&mut pool, (1, 1_500, 400), 0);
    assert!(tick(&mut pool, 0).is_empty());
    pool.remove(wide);
    add(&mut pool, (2, 1_520, 400), 1);
    assert_eq!(tick(&mut pool, 1), [[1, 2]]);
}

#[test]
fn a_pair_whose_match_was_not_made_is_paired_again() {
    let mut pool = filled(&[(1, 1_500, 100), (2, 1_500, 100)]);
    let pairs = pool.tick(0).to_vec();
    assert!(pool.tick(50).is_empty(), "paired tickets are set aside");
    for ticket in pairs[0] {
        pool.release(ticket, 50);
        pool.release(ticket, 50);
    }
    assert_eq!(pool.tick(100).len(), 1);
}

#[test]
fn a_newer_rating_moves_a_player_with_all_tickets() {
    let mut pool = filled(&[(1, 1_500, 50), (1, 1_500, 60), (2, 1_700, 50), (3, 1_700, 55)]);
    assert_eq!(tick(&mut pool, 0), [[2, 3]]);
    add(&mut pool, (4, 1_800, 50), 0);
    assert!(tick(&mut pool, 0).is_empty());
    pool.set_player(PlayerNo(1), FamilyNo(1), 1_790 * MILLI);
    assert_eq!(tick(&mut pool, 0), [[1, 4]]);
}

#[test]
fn excluded_players_meet_once_the_last_reason_is_taken_back() {
    let mut pool = filled(&[(1, 1_500, 50), (2, 1_500, 50)]);
    let (a, b) = (PlayerNo(1), PlayerNo(2));
    pool.exclude(a, b, Reason::Recent);
    assert!(tick(&mut pool, 0).is_empty());
    pool.exclude(b, a, Reason::Blocked);
    pool.allow(a, b, Reason::Recent);
    assert!(tick(&mut pool, 1).is_empty());
    pool.forget_exclusions(b);
    assert_eq!(tick(&mut pool, 2).len(), 1);
}

#[test]
fn a_spread_widens_only_with_permission_and_only_up_to_it() {
    let paired_after = |widen_to, came_ms| {
        let mut pool = filled(&[(2, 1_600, 400)]);
        pool.set_player(PlayerNo(1), FamilyNo(1), 1_500 * MILLI);
        let ticket = NewTicket {
            player: PlayerNo(1),
            spread: 50,
            widen_to,
            enqueued_ms: came_ms,
        };
        pool.insert(ticket, came_ms);
        (0..100).find(|second| !pool.tick(came_ms + second * 1_000).is_empty())
    };
    assert_eq!(paired_after(None, 60_000), None);
    assert_eq!(paired_after(Some(99), 60_000), None);
    assert_eq!(
        paired_after(Some(100), 0),
        Some(10),
        "nothing is known of who comes: age widens it"
    );
    assert_eq!(
        paired_after(Some(100), 60_000),
        Some(0),
        "nobody is expected near it: it begins as wide as it may"
    );
}

#[test]
fn where_many_arrive_a_spread_widens_with_age() {
    let mut pool = Pool::new(Rules {
        widen_for_ms: 0,
        ..Rules::default()
    });
    add(&mut pool, (2, 1_600, 400), 0);
    pool.set_player(PlayerNo(1), FamilyNo(1), 1_500 * MILLI);
    let ticket = NewTicket {
        player: PlayerNo(1),
        spread: 50,
        widen_to: Some(400),
        enqueued_ms: 0,
    };
    pool.insert(ticket, 0);
    let second = (0..100).find(|second| !pool.tick(second * 1_000).is_empty());
    assert_eq!(
        second,
        Some(14),
        "62, 77, 96 and 120 points, the last of them after 14 s"
    );
}

#[test]
fn slices_of_mixed_spreads_find_nearly_all_that_an_exact_matcher_finds() {
    let (mut found, mut most) = (0, 0);
    let mut random = Random::new(5);
    for _ in 0..40 {
        let specs: Vec<Spec> = (0..300)
            .map(|player| {
                (
                    player,
                    random.normal(1_500.0, 300.0) as i32,
                    [10, 25, 50, 100, 200][random.below(5) as usize],
                )
            })
            .collect();
        found += tick(&mut filled(&specs), 0).len();
        let edges = edges(&specs);
        most += maximum_matching(&edges).iter().flatten().count() / 2;
    }
    assert!(found <= most);
    assert!(found * 1_000 >= most * 995, "{found} of {most}");
}

fn edges(specs: &[Spec]) -> Vec<Vec<usize>> {
    let fits = |a: &Spec, b: &Spec| a.0 != b.0 && (a.1 - b.1).abs() <= i32::from(a.2.min(b.2));
    specs
        .iter()
        .map(|a| (0..specs.len()).filter(|b| fits(a, &specs[*b])).collect())
        .collect()
}

proptest! {
    #[test]
    fn with_equal_spreads_as_many_are_paired_as_an_exact_matcher_pairs(
        ratings in proptest::collection::vec(0_i32..2_000, 0..80), spread in 1_u16..100,
    ) {
        let specs: Vec<Spec> = (0..).zip(&ratings).map(|(player, rating)| (player, *rating, spread)).collect();
        let found = tick(&mut filled(&specs), 0).len();
        prop_assert_eq!(found, maximum_matching(&edges(&specs)).iter().flatten().count() / 2);
    }
}
