//! Prints what the content lints look at, in full: win rates, lengths, draws, sides, casts, bots.
//!
//! `cargo run --release -p tiltyard-sim --example balance -- FIGHTS [DIR [quick]]`; DIR is a content folder, by
//! default the built-in one; `quick` ends after the random pairs. Every part takes FIGHTS fights (a pair of bots a
//! fiftieth, a bot's mirror a fifth); two threads share them.
#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    reason = "a report for people, timed by the wall clock"
)]

use std::path::Path;
use std::time::Instant;

use tiltyard_sim::balance::Balance;
use tiltyard_sim::{Build, Content, Role, Team, sample, validate};

type Failure = Box<dyn std::error::Error + Send + Sync>;
/// Makes the two teams of a fight by its number.
type Teams<'a> = &'a (dyn Fn(u64) -> Result<(Team, Team), Failure> + Sync);

const THREADS: u64 = 2;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let fights: u64 = args.next().map_or(Ok(1000), |text| text.parse())?;
    let content = args
        .next()
        .map_or_else(|| Ok(Content::builtin()?), |dir| load(Path::new(&dir)))?;
    let random = |number| team(&content, &sample::build(&content, number, 5));
    let pairs = |number: u64| Ok((random(2 * number)?, random(2 * number + 1)?));

    let started = Instant::now();
    let report = fight(&content, fights, &pairs)?;
    let ns = started.elapsed().as_secs_f64() * 1e9 * THREADS as f64 / report.unit_ticks as f64;
    println!("{fights} random pairs, {ns:.1} ns a unit-tick and thread with counting");
    summary("random pairs", &report);
    classes(&content, &report);
    abilities(&content, &report);
    if args.next().is_some() {
        return Ok(());
    }
    sides(&content, fights, &random)?;
    let support = |number| sample::build_of(&content, number, 5, |class| class.role == Role::Support);
    let healers = |number: u64| {
        Ok((
            team(&content, &support(2 * number))?,
            team(&content, &support(2 * number + 1))?,
        ))
    };
    summary("support only", &fight(&content, fights, &healers)?);
    let clerics = |number| sample::build_of(&content, number, 5, |class| class.key == "cleric");
    let clerics = |number: u64| {
        Ok((
            team(&content, &clerics(2 * number))?,
            team(&content, &clerics(2 * number + 1))?,
        ))
    };
    summary("clerics only", &fight(&content, fights, &clerics)?);
    bots(&content, fights / 50)
}

fn load(dir: &Path) -> Result<Content, Failure> {
    let mut files = Vec::new();
    for folder in ["", "abilities/"] {
        for entry in std::fs::read_dir(dir.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ext| ext == "ron") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                files.push((format!("{folder}{name}"), std::fs::read_to_string(&path)?));
            }
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    Ok(Content::parse(&files)?)
}

fn team(content: &Content, build: &Build) -> Result<Team, Failure> {
    validate(build, content).map_err(|problems| format!("{problems:?}").into())
}

fn fight(content: &Content, fights: u64, teams: Teams<'_>) -> Result<Balance, Failure> {
    let part = |thread: u64| {
        let mut report = Balance::new(content);
        for number in (thread..fights).step_by(THREADS as usize) {
            let (left, right) = teams(number)?;
            report.add(content, sample::seed(number), &left, &right)?;
        }
        Ok::<_, Failure>(report)
    };
    let mut sum = Balance::new(content);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || part(thread))).collect();
        for thread in threads {
            match thread.join() {
                Ok(part) => sum.merge(&part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(sum)
}

fn summary(name: &str, report: &Balance) {
    let [p1, p50, p95, p99, max] = [10, 500, 950, 990, 1000].map(|permille| report.ticks_at(permille));
    println!(
        "{name}: ticks p1 {p1} p50 {p50} p95 {p95} p99 {p99} max {max}; left {:.2} %, {} mutual kills, {} forced draws of {}",
        percent(report.left.permille()),
        report.mutual_kills,
        report.forced_draws,
        report.fights
    );
}

fn percent(permille: u64) -> f64 {
    permille as f64 / 10.0
}

fn classes(content: &Content, report: &Balance) {
    for (class, record) in content.classes().iter().zip(&report.classes) {
        println!("class {:14} {:5.1} %", class.key, percent(record.permille()));
    }
}

fn abilities(content: &Content, report: &Balance) {
    for (ability, uses) in content.abilities().iter().zip(&report.abilities) {
        let brought = (uses.record.won + uses.record.lost + uses.record.drawn).max(1) as f64;
        println!(
            "ability {:18} {:5.1} % won, {:6.2} casts a unit, {:5.0} health a cast",
            ability.key,
            percent(uses.record.permille()),
            uses.casts as f64 / brought,
            uses.health as f64 / uses.casts.max(1) as f64
        );
    }
}

/// Equal teams, and what changes when two teams change sides.
fn sides(
    content: &Content,
    fights: u64,
    random: &(dyn Fn(u64) -> Result<Team, Failure> + Sync),
) -> Result<(), Failure> {
    let equal = |number: u64| Ok((random(number)?, random(number)?));
    summary("equal teams", &fight(content, fights, &equal)?);
    let pairs = |number: u64| Ok((random(2 * number)?, random(2 * number + 1)?));
    let swapped = |number: u64| Ok((random(2 * number + 1)?, random(2 * number)?));
    let first = fight(content, fights, &pairs)?.left;
    let second = fight(content, fights, &swapped)?.left;
    let first = first.won as f64 / fights as f64;
    let second = 1.0 - second.won as f64 / fights as f64;
    println!(
        "the first team of a pair wins {:.2} % on the left, {:.2} % on the right",
        first * 100.0,
        second * 100.0
    );
    Ok(())
}

fn bots(content: &Content, fights: u64) -> Result<(), Failure> {
    for left in content.bots() {
        print!("{:18} {:8}", left.key, left.strength.key());
        for right in content.bots() {
            let teams = |_| Ok((left.team.clone(), right.team.clone()));
            // A mirror says something about the sides, so it is looked at more closely.
            let fights = if left.key == right.key { 10 * fights } else { fights };
            let report = fight(content, fights, &teams)?;
            print!(" {:5.1}", percent(report.left.permille()));
        }
        println!();
    }
    Ok(())
}
