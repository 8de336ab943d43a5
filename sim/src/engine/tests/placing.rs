//! Displacement, energy, combinators, and falling together.

use super::*;
use crate::build::Condition;
use crate::kinds::Side;

#[test]
fn displacements_move_the_right_unit() {
    play(|arena| {
        let apart = arena.distance2(ME, FOE).isqrt();
        cast(arena, ME, FOE, vec![Effect::Dash { distance: 500 }]);
        let nearer = arena.distance2(ME, FOE).isqrt();
        assert!((apart - nearer - 500).abs() <= 2);
        cast(arena, ME, FOE, vec![Effect::Knockback { distance: 300 }]);
        let farther = arena.distance2(ME, FOE).isqrt();
        assert!((farther - nearer - 300).abs() <= 2);
        cast(arena, ME, FOE, vec![Effect::Pull { distance: 250 }]);
        assert!((farther - arena.distance2(ME, FOE).isqrt() - 250).abs() <= 2);
        let before = arena.positions[ME];
        cast(arena, ME, ME, vec![Effect::Blink { distance: 200 }]);
        assert!(arena.positions[ME].x < before.x);
    });
}

#[test]
fn energy_is_given_and_taken_within_bounds() {
    play(|arena| {
        cast(arena, ME, FOE, vec![Effect::Energy { amount: -1000 }]);
        assert_eq!(arena.vitals[FOE].energy, 0);
        cast(arena, ME, FOE, vec![Effect::Energy { amount: 30 }]);
        assert_eq!(arena.vitals[FOE].energy, 30);
    });
}

#[test]
fn combinators_reach_others() {
    let blow = || blow(100);
    let (radius, reach) = (5_000, Reach::Enemies);
    let cases = [
        (
            Effect::Area {
                radius,
                reach,
                effects: blow(),
            },
            5,
        ),
        (
            Effect::Chain {
                jumps: 2,
                radius,
                falloff: 500,
                effects: blow(),
            },
            3,
        ),
        (
            Effect::Projectile {
                speed: 2_000,
                effects: blow(),
            },
            1,
        ),
        (
            Effect::Zone {
                radius,
                ticks: 100,
                period: 20,
                reach,
                effects: blow(),
            },
            5,
        ),
        (
            Effect::Delay {
                ticks: 30,
                effects: blow(),
            },
            1,
        ),
        (
            Effect::Condition {
                when: Condition::TargetHealthBelow(50),
                effects: blow(),
                otherwise: vec![Effect::Area {
                    radius,
                    reach,
                    effects: blow(),
                }],
            },
            5,
        ),
    ];
    for (effect, hit) in cases {
        play(|arena| {
            cast(arena, ME, FOE, vec![effect]);
            wait(arena, 101);
            assert_eq!((5..10).filter(|&slot| lost(arena, slot) > 0).count(), hit);
            assert!((0..5).all(|slot| lost(arena, slot) == 0));
        });
    }
}

#[test]
fn last_units_that_fall_in_one_tick_draw() {
    play(|arena| {
        for slot in 0..arena.count() {
            arena.set_alive(slot, slot == ME || slot == FOE);
            arena.vitals[slot].health = i32::from(arena.vitals[slot].alive);
        }
        let other = arena.positions[FOE];
        arena.stand(ME, other);
        for slot in [ME, FOE] {
            let target = crate::engine::arena::slot_number(ME + FOE - slot);
            let aimed = parts::Aimed { index: 0, target };
            arena.intents.push((slot, parts::Intent::Finish(aimed)));
            arena.minds[slot].next_think = u32::MAX;
        }
        schedule::tick(arena);
        assert!(!arena.vitals[ME].alive && !arena.vitals[FOE].alive);
    });
}

#[test]
fn delayed_effects_wait() {
    play(|arena| {
        let effects = blow(100);
        cast(arena, ME, FOE, vec![Effect::Delay { ticks: 30, effects }]);
        wait(arena, 29);
        assert_eq!(lost(arena, FOE), 0);
        wait(arena, 1);
        assert!(lost(arena, FOE) > 0);
    });
}

#[test]
fn auras_go_with_their_bearer_and_end_with_it() {
    play(|arena| {
        let aura = Effect::Aura {
            radius: 150,
            ticks: 100,
            period: 20,
            reach: Reach::Enemies,
            effects: blow(100),
        };
        cast(arena, ME, ME, vec![aura]);
        wait(arena, 20);
        assert_eq!(lost(arena, FOE), 0);
        arena.stand(ME, arena.positions[FOE]);
        wait(arena, 20);
        let once = lost(arena, FOE);
        assert!(once > 0);
        arena.set_alive(ME, false);
        wait(arena, 60);
        assert!(lost(arena, FOE) == once && arena.zones.is_empty());
    });
}

#[test]
fn packed_places_keep_up_with_a_whole_fight() {
    play(|arena| {
        while arena.stands(Side::Left) && arena.stands(Side::Right) {
            schedule::tick(arena);
            for side in [Side::Left, Side::Right] {
                for slot in 0..arena.count() {
                    let near = arena.living(side).map(|unit| (arena.distance2(slot, unit), unit));
                    assert_eq!(arena.places(side).nearest(arena.positions[slot]), near.min());
                }
            }
        }
    });
}
