//! Prints how random fights go: speed, lengths, draws, sides, classes, casts, bots.
//! `cargo run --release -p tiltyard-sim --example balance -- 2000`.
#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    reason = "a report for people, timed by the wall clock"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use tiltyard_sim::{
    Content, EndReason, Event, EventKind, Fight, Frame, Outcome, Recorder, Side, Team, run, sample, validate,
};

type Failure = Box<dyn std::error::Error>;
type Pair = (Team, Team);

/// Counts casts and health moved by ability, and living units by tick.
#[derive(Default)]
struct Counts {
    casts: Vec<u64>,
    health: Vec<i64>,
    unit_ticks: usize,
}

impl Recorder for Counts {
    fn event(&mut self, event: &Event) {
        let at = usize::from(event.ability.0);
        match event.kind {
            EventKind::Cast => self.casts[at] += 1,
            EventKind::Damage | EventKind::Critical | EventKind::Absorb | EventKind::Heal => {
                if let Some(health) = self.health.get_mut(at) {
                    *health += i64::from(event.amount);
                }
            }
            _ => {}
        }
    }

    fn tick(&mut self, frame: &Frame<'_>) {
        self.unit_ticks += frame.vitals.iter().filter(|unit| unit.alive).count();
    }
}

fn main() -> Result<(), Failure> {
    let fights: u64 = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1000);
    let content = Content::builtin()?;
    let team = |number: u64| validate(&sample::build(&content, number, 5), &content).map_err(|p| format!("{p:?}"));
    let pairs = (0..fights).map(|number| Ok((team(2 * number)?, team(2 * number + 1)?)));
    let pairs: Vec<Pair> = pairs.collect::<Result<_, String>>()?;

    let started = Instant::now();
    fight_all(&content, &pairs, &mut ())?;
    let seconds = started.elapsed().as_secs_f64();

    let abilities = content.abilities().len();
    let (casts, health) = (vec![0; abilities], vec![0; abilities]);
    let mut counts = Counts {
        casts,
        health,
        unit_ticks: 0,
    };
    let outcomes = fight_all(&content, &pairs, &mut counts)?;
    let ns = seconds * 1e9 / counts.unit_ticks as f64;
    println!(
        "{fights} fights, {:.0}/s, {ns:.1} ns/unit-tick",
        fights as f64 / seconds
    );
    lengths(&outcomes);
    classes(&content, &pairs, &outcomes);
    for (at, ability) in content.abilities().iter().enumerate() {
        let casts = counts.casts[at];
        let health = counts.health[at] as f64 / casts.max(1) as f64;
        let per_fight = casts as f64 / fights as f64;
        println!(
            "{:18} {per_fight:6.2} casts a fight, {health:5.0} health each",
            ability.key
        );
    }
    bots(&content)
}

fn fight_all<R: Recorder>(content: &Content, pairs: &[Pair], recorder: &mut R) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::new();
    for (number, (left, right)) in pairs.iter().enumerate() {
        let fight = Fight::new(content, sample::seed(number as u64), left, right)?;
        outcomes.push(run(&fight, recorder));
    }
    Ok(outcomes)
}

fn lengths(outcomes: &[Outcome]) {
    let mut ticks: Vec<u32> = outcomes.iter().map(|outcome| outcome.ticks).collect();
    ticks.sort_unstable();
    for permille in [10, 50, 500, 950, 990, 1000] {
        print!("p{} {} ", permille / 10, ticks[(ticks.len() - 1) * permille / 1000]);
    }
    let mut ends = BTreeMap::<&str, u64>::new();
    for outcome in outcomes {
        let end = match (outcome.reason, outcome.winner) {
            (EndReason::Elimination, Some(side)) => side.key(),
            (reason, _) => reason.key(),
        };
        *ends.entry(end).or_default() += 1;
    }
    println!("ticks; {ends:?}");
}

fn classes(content: &Content, pairs: &[Pair], outcomes: &[Outcome]) {
    let mut classes = BTreeMap::<&str, (u64, u64)>::new();
    for ((left, right), outcome) in pairs.iter().zip(outcomes) {
        for (side, team) in [(Side::Left, left), (Side::Right, right)] {
            for class in team.classes().filter_map(|id| content.class(id)) {
                let entry = classes.entry(&class.key).or_default();
                entry.0 += u64::from(outcome.winner == Some(side));
                entry.1 += u64::from(outcome.winner.is_some());
            }
        }
    }
    for (key, (won, all)) in classes {
        println!("{key:12} {:5.1} %", 100.0 * won as f64 / all as f64);
    }
}

fn bots(content: &Content) -> Result<(), Failure> {
    for left in content.bots() {
        for right in content.bots() {
            let mut won = 0;
            for number in 0..100 {
                let seed = sample::seed(number);
                let outcome = run(&Fight::new(content, seed, &left.team, &right.team)?, &mut ());
                won += u32::from(outcome.winner == Some(Side::Left));
            }
            println!("{} beats {} in {won} of 100", left.key, right.key);
        }
    }
    Ok(())
}
