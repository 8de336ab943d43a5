//! Statuses that hold effects, blows that go back, forms, and what takes statuses off in which order.

use super::*;

fn health_of(arena: &Arena<'_>, slot: usize) -> i32 {
    arena.vitals[slot].health
}

#[test]
fn reflected_blows_strike_the_striker_once() {
    play(|arena| {
        cast(
            arena,
            FOE,
            FOE,
            vec![Effect::Reflect {
                permille: 500,
                ticks: 100,
            }],
        );
        cast(
            arena,
            ME,
            ME,
            vec![Effect::Reflect {
                permille: 500,
                ticks: 100,
            }],
        );
        cast(arena, ME, FOE, blow(200));
        let (given, back) = (lost(arena, FOE), lost(arena, ME));
        assert!(back > 0 && back < given, "{given} given, {back} back");
    });
}

#[test]
fn stacks_count_up_to_what_happens_then() {
    play(|arena| {
        let stack = || {
            vec![Effect::Stack {
                limit: 3,
                ticks: 100,
                effects: vec![Effect::Stun { ticks: 20 }],
            }]
        };
        let effects: &'static [Effect] = stack().leak();
        let deed = Deed {
            by: By::unit(ME, AbilityId(0)),
            source: ME,
            scale: 1000,
            is_echo: false,
            effects,
        };
        for count in 1..=2 {
            apply(arena, deed, FOE);
            let told = arena
                .events
                .iter()
                .rev()
                .find(|event| event.kind == EventKind::StackCount);
            assert_eq!(told.unwrap().amount, count);
            assert!(!arena.is_under(FOE, StatusKind::Stun));
        }
        apply(arena, deed, FOE);
        assert!(arena.is_under(FOE, StatusKind::Stun) && !status::has(arena, FOE, StatusKind::Stack));
    });
}

#[test]
fn blows_do_more_for_a_while_but_not_more_often_than_the_pause() {
    play(|arena| {
        let more = vec![Effect::Energy { amount: -1 }];
        cast(
            arena,
            ME,
            ME,
            vec![Effect::OnHit {
                ticks: 100,
                pause: 10,
                effects: more,
            }],
        );
        wait(arena, 10);
        for _ in 0..2 {
            cast(arena, ME, FOE, blow(10));
        }
        let fired = arena.events.iter().filter(|event| event.kind == EventKind::Trigger);
        assert_eq!(fired.count(), 1);
        assert!(arena.vitals[FOE].energy < arena.vitals[FOE].energy_max);
    });
}

#[test]
fn low_health_sets_off_once() {
    play(|arena| {
        let effects = vec![Effect::Shield { power: 300, ticks: 100 }];
        cast(
            arena,
            ME,
            ME,
            vec![Effect::OnLowHealth {
                below: 50,
                ticks: 100,
                effects,
            }],
        );
        cast(arena, FOE, ME, blow(10));
        assert_eq!(arena.vitals[ME].shield, 0);
        hurt(arena, ME);
        cast(arena, FOE, ME, blow(10));
        assert!(arena.vitals[ME].shield > 0 && !status::has(arena, ME, StatusKind::OnLowHealth));
    });
}

#[test]
fn a_fall_sets_off_what_waits_for_it_and_others_may_fall_with_it() {
    play(|arena| {
        arena.stand(FOE + 1, arena.positions[FOE]);
        arena.vitals[FOE + 1].health = 1;
        let burst = Effect::Area {
            radius: 200,
            reach: Reach::Allies,
            effects: blow(100),
        };
        // Allies of whoever cast it on itself.
        let effects = vec![burst];
        cast(arena, FOE, FOE, vec![Effect::OnDeath { ticks: 100, effects }]);
        doom(arena, FOE);
        endings::bury(arena);
        assert!(!arena.vitals[FOE].alive && !arena.vitals[FOE + 1].alive);
    });
}

#[test]
fn forms_change_stats_and_the_basic_attack_until_they_end() {
    play(|arena| {
        let (armor, basic) = (arena.stat(ME, Stat::Armor), arena.ability_of(ME, 0).0);
        cast(arena, ME, ME, vec![form("bear", 50)]);
        assert!(arena.stat(ME, Stat::Armor) > armor && arena.ability_of(ME, 0).0 != basic);
        assert!(saw(arena, EventKind::Transform));
        wait(arena, 50);
        assert_eq!((arena.stat(ME, Stat::Armor), arena.ability_of(ME, 0).0), (armor, basic));
    });
}

#[test]
fn cleanse_and_dispel_keep_to_the_order_of_the_rules() {
    play(|arena| {
        let slow = Effect::Slow {
            permille: 300,
            ticks: 90,
        };
        cast(arena, FOE, ME, vec![slow, Effect::Root { ticks: 20 }]);
        cast(arena, ME, ME, vec![Effect::Cleanse { count: 1 }]);
        assert!(!arena.is_under(ME, StatusKind::Root) && arena.is_under(ME, StatusKind::Slow));
        let hot = Effect::Hot {
            power: 10,
            period: 20,
            ticks: 90,
        };
        cast(arena, ME, ME, vec![hot, Effect::Shield { power: 100, ticks: 20 }]);
        cast(arena, FOE, ME, vec![Effect::Dispel { count: 1 }]);
        assert!(arena.vitals[ME].shield == 0 && status::has(arena, ME, StatusKind::Hot));
        assert!(arena.is_under(ME, StatusKind::Slow), "a dispel leaves what harms");
    });
}

#[test]
fn a_hexed_unit_neither_casts_nor_strikes() {
    play(|arena| {
        arena.stand(ME, arena.positions[FOE]);
        cast(arena, ME, FOE, vec![form("sheep", 60)]);
        let before = health_of(arena, ME);
        for other in 1..10 {
            arena.set_alive(other, other == FOE);
            arena.vitals[other].health *= i32::from(other == FOE);
        }
        arena.minds[ME].next_think = u32::MAX;
        for _ in 0..30 {
            schedule::tick(arena);
        }
        assert_eq!(health_of(arena, ME), before);
    });
}
