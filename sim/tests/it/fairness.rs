//! Samples of what the balance report measures in full: sides, lengths, coverage, and fights that must end.

use tiltyard_sim::balance::Balance;
use tiltyard_sim::{Attributes, Content, EndReason, Fight, Position, Role, Side, Stance, Team, run, sample};

use crate::properties::team;

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
    for weaker in content.bots() {
        for stronger in content.bots().iter().filter(|bot| bot.strength > weaker.strength) {
            let wins = (0..6).filter(|&number| {
                let fight = Fight::new(&content, sample::seed(number), &weaker.team, &stronger.team).unwrap();
                run(&fight, &mut ()).winner == Some(Side::Right)
            });
            assert!(wins.count() >= 4, "{} beats {}", stronger.key, weaker.key);
        }
    }
}

/// A sample of the balance report; `tiltyard sim balance` has the full figures.
#[test]
fn classes_lengths_and_abilities_keep_within_the_lints() {
    let content = Content::builtin().unwrap();
    let mut report = Balance::new(&content);
    for number in 0..700 {
        let [left, right] = [2 * number, 2 * number + 1].map(|n| team(&content, &sample::build(&content, n, 5)));
        report.add(&content, sample::seed(number), &left, &right).unwrap();
    }
    assert_eq!(report.forced_draws, 0);
    assert!(report.ticks_at(990) <= 4_800, "p99 {}", report.ticks_at(990));
    let median = report.ticks_at(500);
    assert!((3_000..=4_500).contains(&median), "median {median}");
    for (class, record) in content.classes().iter().zip(&report.classes) {
        // About 440 teams of each: the full report holds 40-60 %, the sample may be three deviations off.
        let permille = record.permille();
        assert!((370..=630).contains(&permille), "{} wins {permille} of 1000", class.key);
    }
    for (ability, uses) in content.abilities().iter().zip(&report.abilities) {
        assert!(uses.casts > 0, "nobody casts {}", ability.key);
    }
}

#[test]
fn teams_of_healers_end() {
    let content = Content::builtin().unwrap();
    let clerics = |number| sample::build_of(&content, number, 5, |class| class.key == "cleric");
    let supporters = |number| sample::build_of(&content, number, 5, |class| class.role == Role::Support);
    let mut report = Balance::new(&content);
    for number in 0..20 {
        for build in [clerics(number), supporters(number)] {
            let healers = team(&content, &build);
            report.add(&content, sample::seed(number), &healers, &healers).unwrap();
        }
    }
    assert_eq!(report.forced_draws, 0);
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
