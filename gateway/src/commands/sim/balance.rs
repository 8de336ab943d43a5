//! `sim balance`: win rates by class, pair, ability, side and bot over many fights, and whether the content's lints hold.

mod page;
mod plots;
mod table;

use std::path::Path;

use serde::Serialize;
use tiltyard_sim::balance::{AbilityUse, Balance, Offence, Record, Study};
use tiltyard_sim::limits::UNITS_DEFAULT;
use tiltyard_sim::sample::{self, Matchup};
use tiltyard_sim::{Content, RULES_VERSION, Team};

use super::sources;
use super::work::Workers;
use crate::cli::SimBalanceArgs;
use crate::commands::{print, print_json};
use crate::exit::Fatal;

/// Ticks of a bar in the histogram of lengths: 10 seconds.
const SPAN_TICKS: u32 = 200;

/// Result of `sim balance --json`; shares are permille, and a draw is half a win.
#[derive(Debug, Serialize)]
struct Report {
    fights: u64,
    seed: u64,
    rules_version: u32,
    content: String,
    lengths: Lengths,
    draws: Draws,
    sides: Sides,
    classes: Vec<Class>,
    abilities: Vec<Ability>,
    bots: Vec<Bot>,
    broken: Vec<Broken>,
}

/// Ticks of the random pairs.
#[derive(Debug, Serialize)]
struct Lengths {
    p1: u32,
    p50: u32,
    p95: u32,
    p99: u32,
    max: u32,
    /// Fights by spans of 200 ticks.
    by_200_ticks: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct Draws {
    mutual_kills: u64,
    forced: u64,
    heal_only_mutual_kills: u64,
    heal_only_forced: u64,
    heal_only_ticks_p99: u32,
}

/// What the sides make of equal teams, and of the same teams with sides changed.
#[derive(Debug, Serialize)]
struct Sides {
    left_permille: u64,
    equal_teams_left_permille: u64,
    first_team_on_left_permille: u64,
    first_team_on_right_permille: u64,
}

#[derive(Debug, Serialize)]
struct Class {
    class: String,
    #[serde(skip)]
    name: String,
    role: &'static str,
    /// Units that fought.
    units: u64,
    win_permille: u64,
    /// Against each class, in the order of the classes.
    against_permille: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct Ability {
    ability: String,
    #[serde(skip)]
    name: String,
    /// Units that brought it; 0 for what only summons and forms have.
    units: u64,
    win_permille: u64,
    casts: u64,
    /// Health and shield that it took or gave.
    health: u64,
}

#[derive(Debug, Serialize)]
struct Bot {
    bot: String,
    strength: &'static str,
    /// Against each bot, in the order of the bots.
    against_permille: Vec<u64>,
}

/// A lint that does not hold.
#[derive(Debug, Serialize)]
struct Broken {
    lint: &'static str,
    what: String,
}

/// Two teams, by the number of their fight.
type Teams<'a> = dyn Fn(u64) -> Result<[Team; 2], Fatal> + Sync + 'a;

/// Fights and reports; a broken lint is a failure.
pub(super) fn run(args: &SimBalanceArgs, folder: Option<&Path>) -> Result<(), Fatal> {
    let content = sources::content(folder)?;
    let report = study(&content, args)?;
    if let Some(path) = &args.html {
        std::fs::write(path, page::html(&report))
            .map_err(|error| Fatal::resource(&format!("--html {}", path.display()), &error))?;
    }
    if args.sample.json {
        print_json(&report)?;
    } else {
        print(&table::text(&report))?;
    }
    if report.broken.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = report.broken.iter().map(|broken| &*broken.what).collect();
    let message = format!("{} lints are broken:\n  {}", lines.len(), lines.join("\n  "));
    Err(Fatal::new(Fatal::CHECK, message))
}

/// A content's fights, shared by threads.
struct Arena<'a> {
    content: &'a Content,
    workers: Workers,
    seed: u64,
}

fn study(content: &Content, args: &SimBalanceArgs) -> Result<Report, Fatal> {
    let (fights, bots) = (args.fights, content.bots());
    let bot_fights = (fights / 50).max(1);
    let all = fights * Matchup::ALL.len() as u64 + bot_fights * (bots.len() * bots.len()) as u64;
    let arena = Arena {
        content,
        workers: Workers::new(&args.sample, all),
        seed: args.sample.seed,
    };
    let study = Study {
        random: arena.sampled(Matchup::Random, fights)?,
        swapped: arena.sampled(Matchup::Swapped, fights)?,
        mirror: arena.sampled(Matchup::Mirror, fights)?,
        heal_only: arena.sampled(Matchup::HealOnly, fights)?,
    };
    let bots = arena.bots(bot_fights)?;
    arena.workers.finish();
    Ok(report(content, args, &study, bots))
}

impl Arena<'_> {
    fn sampled(&self, matchup: Matchup, fights: u64) -> Result<Balance, Fatal> {
        let teams = |number| {
            let [left, right] = matchup.builds(self.content, number, [UNITS_DEFAULT; 2]);
            Ok([
                sources::team("a sampled team", &left, self.content)?,
                sources::team("a sampled team", &right, self.content)?,
            ])
        };
        self.fight(matchup.key(), fights, &teams)
    }

    fn fight(&self, what: &'static str, fights: u64, teams: &Teams<'_>) -> Result<Balance, Fatal> {
        let new = || Balance::new(self.content);
        let parts = self.workers.share(what, fights, new, |sum, item| {
            let number = self.seed.wrapping_add(item);
            let [left, right] = teams(number)?;
            sum.add(self.content, sample::seed(number), &left, &right)
                .map_err(|error| Fatal::resource("simulation", &error))?;
            Ok(())
        })?;
        let mut sum = new();
        parts.iter().for_each(|part| sum.merge(part));
        Ok(sum)
    }

    /// Lets every bot fight every bot, itself included.
    fn bots(&self, fights: u64) -> Result<Vec<Bot>, Fatal> {
        let bots = self.content.bots();
        let against = |left: &tiltyard_sim::Bot, right: &tiltyard_sim::Bot| {
            let sum = self.fight("bots", fights, &|_| Ok([left.team.clone(), right.team.clone()]))?;
            Ok(sum.left.permille())
        };
        bots.iter()
            .map(|left| {
                Ok(Bot {
                    bot: left.key.clone(),
                    strength: left.strength.key(),
                    against_permille: bots
                        .iter()
                        .map(|right| against(left, right))
                        .collect::<Result<_, Fatal>>()?,
                })
            })
            .collect()
    }
}

fn report(content: &Content, args: &SimBalanceArgs, study: &Study, bots: Vec<Bot>) -> Report {
    let Study {
        random,
        swapped: _,
        mirror,
        heal_only,
    } = study;
    let [first_team_on_left_permille, first_team_on_right_permille] = study.first_team_permille();
    let classes = content.classes().iter().zip(&random.classes).zip(&random.pairs);
    let abilities = content.abilities().iter().zip(&random.abilities);
    let broken = study
        .offences(content)
        .into_iter()
        .map(|Offence { lint, what }| Broken { lint: lint.key(), what });
    Report {
        fights: args.fights,
        seed: args.sample.seed,
        rules_version: RULES_VERSION,
        content: tiltyard_protocol::ContentHash::from_bytes(content.hash()).to_string(),
        lengths: lengths(random),
        draws: Draws {
            mutual_kills: random.mutual_kills,
            forced: random.forced_draws,
            heal_only_mutual_kills: heal_only.mutual_kills,
            heal_only_forced: heal_only.forced_draws,
            heal_only_ticks_p99: heal_only.ticks_at(990),
        },
        sides: Sides {
            left_permille: random.left.permille(),
            equal_teams_left_permille: mirror.left.permille(),
            first_team_on_left_permille,
            first_team_on_right_permille,
        },
        classes: classes
            .map(|((class, record), pairs)| self::class(class, record, pairs))
            .collect(),
        abilities: abilities.map(|(ability, uses)| self::ability(ability, uses)).collect(),
        bots,
        broken: broken.collect(),
    }
}

fn lengths(random: &Balance) -> Lengths {
    let [p1, p50, p95, p99, max] = [10, 500, 950, 990, 1000].map(|permille| random.ticks_at(permille));
    Lengths {
        p1,
        p50,
        p95,
        p99,
        max,
        by_200_ticks: random.lengths(SPAN_TICKS),
    }
}

fn class(class: &tiltyard_sim::Class, record: &Record, pairs: &[Record]) -> Class {
    Class {
        class: class.key.clone(),
        name: class.name.clone(),
        role: class.role.key(),
        units: units(record),
        win_permille: record.permille(),
        against_permille: pairs.iter().map(Record::permille).collect(),
    }
}

fn ability(ability: &tiltyard_sim::Ability, uses: &AbilityUse) -> Ability {
    Ability {
        ability: ability.key.clone(),
        name: ability.name.clone(),
        units: units(&uses.record),
        win_permille: uses.record.permille(),
        casts: uses.casts,
        health: uses.health,
    }
}

const fn units(record: &Record) -> u64 {
    record.won + record.lost + record.drawn
}
