//! Samples of what the balance report measures in full: sides, lengths, coverage, and fights that must end.

use tiltyard_sim::{
    Attributes, Build, Content, EndReason, Fight, Position, Side, Stance, Team, UnitBuild, run, sample,
};

use crate::properties::{audited, team};

#[test]
fn neither_side_is_favoured_and_swapping_sides_swaps_the_winner_on_average() {
    let content = Content::builtin().unwrap();
    let (mut left_wins, mut first_wins, fights) = (0, 0, 200);
    for number in 0..fights {
        let first = team(&content, &sample::build(&content, 2 * number, 5));
        let second = team(&content, &sample::build(&content, 2 * number + 1, 5));
        for (left, right, is_swapped) in [(&first, &second, false), (&second, &first, true)] {
            let fight = Fight::new(&content, sample::seed(number), left, right).unwrap();
            let winner = run(&fight, &mut ()).winner;
            left_wins += u32::from(winner == Some(Side::Left));
            let first_side = if is_swapped { Side::Right } else { Side::Left };
            first_wins += i32::from(winner == Some(first_side)) * if is_swapped { -1 } else { 1 };
        }
    }
    assert!((160..=240).contains(&left_wins), "left won {left_wins} of 400");
    assert!(first_wins.abs() <= 24, "swapping moved {first_wins} of 200 fights");
}

#[test]
fn a_team_beats_its_own_mirror_image_half_the_time() {
    let content = Content::builtin().unwrap();
    for bot in content.bots() {
        let mut wins = 0;
        for number in 0..100 {
            let fight = Fight::new(&content, sample::seed(number), &bot.team, &bot.team).unwrap();
            wins += u32::from(run(&fight, &mut ()).winner == Some(Side::Left));
        }
        assert!((30..=70).contains(&wins), "{}: left won {wins} of 100", bot.key);
    }
}

#[test]
fn stronger_bots_beat_weaker_ones() {
    let content = Content::builtin().unwrap();
    for pair in content.bots().windows(2) {
        assert!(pair[0].strength < pair[1].strength);
        for number in 0..10 {
            let (left, right) = (&pair[0].team, &pair[1].team);
            let fight = Fight::new(&content, sample::seed(number), left, right).unwrap();
            let winner = run(&fight, &mut ()).winner;
            assert_eq!(winner, Some(Side::Right), "{} beats {}", pair[1].key, pair[0].key);
        }
    }
}

#[test]
fn every_ability_is_cast_in_some_fight() {
    let content = Content::builtin().unwrap();
    let mut casts = vec![0; content.abilities().len()];
    for number in 0..40 {
        let (outcome, auditor) = audited(&content, number, (5, 5));
        assert_ne!(outcome.reason, EndReason::TimeLimit);
        casts
            .iter_mut()
            .zip(&auditor.casts)
            .for_each(|(sum, count)| *sum += count);
    }
    for (ability, casts) in content.abilities().iter().zip(&casts) {
        assert!(*casts > 0, "nobody casts {}", ability.key);
    }
}

#[test]
fn teams_of_healers_end() {
    let content = Content::builtin().unwrap();
    let bot = &content.bot("black_lists").unwrap().build;
    let cleric = bot.units.iter().find(|unit| unit.class == "cleric").unwrap();
    let unit = |y| UnitBuild {
        position: Position { x: 300, y },
        ..cleric.clone()
    };
    let build = Build {
        units: (0..5).map(|n| unit(n * 700)).collect(),
    };
    let healers = team(&content, &build);
    let fight = Fight::new(&content, [1; 16], &healers, &healers).unwrap();
    assert_ne!(run(&fight, &mut ()).reason, EndReason::TimeLimit);
}

#[test]
fn teams_that_only_stand_still_end() {
    let content = Content::builtin().unwrap();
    let mut build = content.bots()[0].build.clone();
    for (number, unit) in (0..).zip(&mut build.units) {
        unit.stance = Stance::Hold;
        unit.attributes = Attributes::default();
        unit.rules.clear();
        unit.position = Position { x: 0, y: 500 * number };
    }
    let idlers: Team = team(&content, &build);
    let fight = Fight::new(&content, [1; 16], &idlers, &idlers).unwrap();
    assert_ne!(run(&fight, &mut ()).reason, EndReason::TimeLimit);
}
