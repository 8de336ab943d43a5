//! Fights of one effect each: a lone effect is applied, and what follows is looked at.

mod arriving;
mod placing;
mod setting_off;

use super::arena::{Arena, By};
use super::effects::{Deed, apply};
use super::lineup::Lineup;
use super::{arrivals, endings, movement, parts, pending, schedule, status};
use crate::content::{Content, Effect, Reach};
use crate::fight::Fight;
use crate::kinds::{AbilityId, School, Stat, StatusKind};
use crate::record::EventKind;

/// The first unit of the left side, and the first of the right one.
const ME: usize = 0;
const FOE: usize = 5;

fn play(test: impl FnOnce(&mut Arena<'_>)) {
    let content = Content::builtin().unwrap();
    let team = |key| &content.bot(key).unwrap().team;
    let (left, right) = (team("free_lances"), team("grave_choir"));
    let fight = Fight::new(&content, [4; 16], left, right).unwrap();
    let lineup = Lineup::new(&fight);
    let world = parts::world(&lineup, fight.seed);
    let mut guards = parts::Guards::fetch(&world);
    let mut arena = Arena::new(&content, &lineup, &mut guards);
    arena.tick = 1;
    arena.gauges.iter_mut().for_each(|gauges| {
        gauges.base[Stat::Evasion.index()] = 0;
        gauges.now[Stat::Evasion.index()] = 0;
    });
    test(&mut arena);
}

/// Effects live as long as content does; a test's few are never freed.
fn cast(arena: &mut Arena<'_>, source: usize, target: usize, effects: Vec<Effect>) {
    let by = By::unit(source, AbilityId(0));
    apply(
        arena,
        Deed {
            by,
            source,
            scale: 1000,
            is_echo: false,
            effects: effects.leak(),
        },
        target,
    );
    movement::settle(arena);
}

fn lost(arena: &Arena<'_>, slot: usize) -> i32 {
    arena.vitals[slot].health_max - arena.vitals[slot].health
}

/// Takes all health, without a blow.
fn doom(arena: &mut Arena<'_>, slot: usize) {
    arena.vitals[slot].health = 0;
    arena.doomed.insert(slot);
}

fn hurt(arena: &mut Arena<'_>, slot: usize) {
    arena.vitals[slot].health = arena.vitals[slot].health_max / 4;
}

fn wait(arena: &mut Arena<'_>, ticks: u32) {
    for _ in 0..ticks {
        arena.tick += 1;
        status::upkeep(arena);
        pending::land(arena);
        pending::pulse(arena);
        arrivals::vanish(arena);
    }
}

fn saw(arena: &Arena<'_>, kind: EventKind) -> bool {
    arena.events.iter().any(|event| event.kind == kind)
}

const FIRE: School = School::Fire;

fn form(key: &str, ticks: u32) -> Effect {
    let form = key.to_owned();
    Effect::Transform { form, ticks }
}

fn blow(power: i32) -> Vec<Effect> {
    vec![Effect::Damage { school: FIRE, power }]
}

#[test]
fn damage_takes_health_less_what_resistance_keeps() {
    play(|arena| {
        cast(
            arena,
            ME,
            FOE,
            vec![Effect::Damage {
                school: FIRE,
                power: 100,
            }],
        );
        let open = lost(arena, FOE);
        arena.vitals[FOE].health = arena.vitals[FOE].health_max;
        arena.gauges[FOE].resist[FIRE.index()] += 10_000;
        cast(
            arena,
            ME,
            FOE,
            vec![Effect::Damage {
                school: FIRE,
                power: 100,
            }],
        );
        assert!(open > 10 * lost(arena, FOE) && lost(arena, FOE) >= 1);
    });
}

#[test]
fn execute_strikes_the_weak_harder() {
    play(|arena| {
        let blow = || {
            vec![Effect::Execute {
                school: FIRE,
                power: 100,
                below: 50,
                bonus: 900,
            }]
        };
        cast(arena, ME, FOE, blow());
        let healthy = lost(arena, FOE);
        hurt(arena, FOE);
        let before = lost(arena, FOE);
        cast(arena, ME, FOE, blow());
        assert!(lost(arena, FOE) - before > 4 * healthy);
    });
}

#[test]
fn drain_heal_and_hot_give_health() {
    for effect in [
        Effect::Drain {
            school: FIRE,
            power: 100,
            share: 100,
        },
        Effect::Heal { power: 100 },
        Effect::Hot {
            power: 50,
            period: 20,
            ticks: 100,
        },
    ] {
        play(|arena| {
            hurt(arena, ME);
            let before = lost(arena, ME);
            let target = if matches!(effect, Effect::Drain { .. }) {
                FOE
            } else {
                ME
            };
            cast(arena, ME, target, vec![effect]);
            wait(arena, 20);
            assert!(lost(arena, ME) < before && saw(arena, EventKind::Heal));
        });
    }
}

#[test]
fn dot_pulses_as_often_as_it_fits_and_ends() {
    play(|arena| {
        cast(
            arena,
            ME,
            FOE,
            vec![Effect::Dot {
                school: FIRE,
                power: 50,
                period: 20,
                ticks: 100,
            }],
        );
        wait(arena, 300);
        let pulses = arena.events.iter().filter(|event| event.kind == EventKind::Damage);
        assert_eq!(pulses.count(), 5);
        assert!(!status::has(arena, FOE, StatusKind::Dot));
    });
}

#[test]
fn shields_absorb_first_and_run_out() {
    play(|arena| {
        cast(arena, ME, ME, vec![Effect::Shield { power: 1000, ticks: 50 }]);
        cast(
            arena,
            FOE,
            ME,
            vec![Effect::Damage {
                school: FIRE,
                power: 100,
            }],
        );
        assert_eq!(lost(arena, ME), 0);
        assert!(arena.vitals[ME].shield > 0 && saw(arena, EventKind::Absorb));
        wait(arena, 50);
        assert_eq!(arena.vitals[ME].shield, 0);
        assert!(saw(arena, EventKind::ShieldLoss));
    });
}

#[test]
fn crowd_control_holds_diminishes_and_ends() {
    for (effect, kind) in [
        (Effect::Stun { ticks: 40 }, StatusKind::Stun),
        (
            Effect::Slow {
                permille: 500,
                ticks: 40,
            },
            StatusKind::Slow,
        ),
        (Effect::Root { ticks: 40 }, StatusKind::Root),
        (Effect::Silence { ticks: 40 }, StatusKind::Silence),
        (Effect::Taunt { ticks: 40 }, StatusKind::Taunt),
        (form("sheep", 40), StatusKind::Hex),
    ] {
        play(|arena| {
            let mut lasted = Vec::new();
            for _ in 0..4 {
                cast(arena, ME, FOE, vec![effect.clone()]);
                let ticks = arena.ails[FOE].until[kind.index()].saturating_sub(arena.tick);
                lasted.push(ticks);
                wait(arena, 40);
                assert!(!arena.is_under(FOE, kind));
            }
            assert_eq!(lasted, [40, 20, 10, 0], "{kind:?}");
            assert!(saw(arena, EventKind::Immune));
        });
    }
}

#[test]
fn a_stun_breaks_a_cast() {
    play(|arena| {
        let aimed = parts::Aimed { index: 1, target: 0 };
        let (ends, ticks) = (50, 50);
        arena.hands[FOE].cast = Some(parts::Cast { aimed, ends, ticks });
        cast(arena, ME, FOE, vec![Effect::Stun { ticks: 10 }]);
        assert!(arena.hands[FOE].cast.is_none() && saw(arena, EventKind::Interrupt));
    });
}

#[test]
fn buffs_and_debuffs_change_stats_until_they_end() {
    play(|arena| {
        let before = arena.stat(ME, Stat::Power);
        cast(
            arena,
            ME,
            ME,
            vec![Effect::Buff {
                stat: Stat::Power,
                permille: 500,
                ticks: 20,
            }],
        );
        assert_eq!(arena.stat(ME, Stat::Power), before * 3 / 2);
        cast(
            arena,
            FOE,
            ME,
            vec![Effect::Debuff {
                stat: Stat::Fragility,
                permille: 100,
                ticks: 20,
            }],
        );
        assert_eq!(arena.stat(ME, Stat::Fragility), 1100);
        wait(arena, 20);
        assert_eq!(
            (arena.stat(ME, Stat::Power), arena.stat(ME, Stat::Fragility)),
            (before, 1000)
        );
    });
}

#[test]
fn cleanse_takes_off_what_harms() {
    play(|arena| {
        cast(
            arena,
            FOE,
            ME,
            vec![
                Effect::Root { ticks: 40 },
                Effect::Slow {
                    permille: 300,
                    ticks: 60,
                },
            ],
        );
        cast(
            arena,
            ME,
            ME,
            vec![Effect::Shield { power: 100, ticks: 50 }, Effect::Cleanse { count: 2 }],
        );
        assert_eq!(status::count(arena, ME, true), 0);
        assert!(arena.vitals[ME].shield > 0 && !arena.is_under(ME, StatusKind::Root));
    });
}
