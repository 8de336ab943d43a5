//! Summons and the risen.

use super::*;
use crate::kinds::Side;

fn call(count: u32) -> Vec<Effect> {
    let (class, ticks) = ("skeleton".to_owned(), 60);
    vec![Effect::Summon { class, count, ticks }]
}

#[test]
fn summons_take_reserved_slots_fight_for_their_side_and_leave() {
    play(|arena| {
        assert_eq!(arena.count(), 14, "only the right side brings a summoner");
        cast(arena, FOE, FOE, call(3));
        assert_eq!(arena.living(Side::Right).len(), 8);
        let events: Vec<_> = arena
            .events
            .iter()
            .filter(|event| event.kind == EventKind::Enter)
            .collect();
        assert!(
            events
                .iter()
                .all(|event| arena.vitals[usize::from(event.target)].health == event.amount)
        );
        cast(arena, FOE, FOE, call(3));
        assert_eq!(arena.living(Side::Right).len(), 9, "no more than there is room for");
        wait(arena, 60);
        assert_eq!(arena.living(Side::Right).len(), 5);
        assert!(saw(arena, EventKind::Vanish));
        cast(arena, ME, ME, call(1));
        assert_eq!(arena.living(Side::Left).len(), 5, "no room on a side without summoners");
    });
}

#[test]
fn what_a_summon_does_is_its_summoners_and_summons_alone_do_not_stand() {
    play(|arena| {
        cast(arena, FOE, FOE, call(1));
        let summon = 10;
        cast(arena, summon, ME, blow(100));
        assert!(arena.tallies[FOE].stats.damage > 0 && arena.tallies[summon].stats.damage == 0);
        for slot in 5..10 {
            doom(arena, slot);
        }
        endings::bury(arena);
        assert!(arena.vitals[summon].alive && !arena.stands(Side::Right));
    });
}

#[test]
fn the_fallen_rise_where_they_fell_as_often_as_the_rules_allow() {
    play(|arena| {
        doom(arena, FOE);
        endings::bury(arena);
        let place = arena.positions[FOE];
        let raise = || vec![Effect::Resurrect { health: 40 }];
        cast(arena, FOE + 1, FOE, raise());
        assert!(arena.vitals[FOE].alive && arena.positions[FOE] == place);
        assert_eq!(arena.vitals[FOE].health, arena.vitals[FOE].health_max * 40 / 100);
        doom(arena, FOE);
        endings::bury(arena);
        cast(arena, FOE + 1, FOE, raise());
        assert!(!arena.vitals[FOE].alive);
    });
}

#[test]
fn nobody_rises_when_fatigue_has_ended_all_healing() {
    play(|arena| {
        doom(arena, FOE);
        endings::bury(arena);
        arena.fatigue.healing = 0;
        cast(arena, FOE + 1, FOE, vec![Effect::Resurrect { health: 40 }]);
        assert!(!arena.vitals[FOE].alive);
    });
}
