//! `season`: ends a season player by player, so that it may be killed and run again, and lists those that have ended.

use std::collections::BTreeMap;

use indicatif::ProgressBar;
use serde::Serialize;
use tiltyard_actor_kit::Clock;
use tiltyard_actors::seasons;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::ratings::RatingRecord;
use tiltyard_db::durable::seasons::{ResetOutcome, Season, SeasonTerms};
use tiltyard_db::{Result as StoreResult, StoreError};
use tiltyard_protocol::Timestamp;

use super::{print, print_json, progress, runtime};
use crate::cli::season::{SeasonCloseArgs, SeasonCommand, SeasonListArgs};
use crate::config::Config;
use crate::crash;
use crate::exit::Fatal;
use crate::stores::Plan;

/// Walks over all players: each but the first is for those who finished a match in the same instant.
const WALKS_MAX: u32 = 100;
/// Longest name of a season, in characters.
const NAME_MAX: usize = 64;

/// Runs a subcommand.
pub(super) fn run(config: &Config, command: SeasonCommand) -> Result<(), Fatal> {
    match command {
        SeasonCommand::Close(args) => close(config, &args),
        SeasonCommand::List(args) => list(config, &args),
    }
}

/// A season as it is shown.
#[derive(Serialize)]
struct SeasonView {
    number: i64,
    name: String,
    keep: f64,
    deviation: f64,
    began_at: Timestamp,
    ended_at: Option<Timestamp>,
    archived: i64,
}

impl From<Season> for SeasonView {
    fn from(season: Season) -> Self {
        let Season {
            number,
            name,
            terms: SeasonTerms { keep, deviation },
            began_at,
            ended_at,
            archived,
        } = season;
        Self {
            number,
            name,
            keep,
            deviation,
            began_at,
            ended_at,
            archived,
        }
    }
}

/// Result of `season close --json`.
#[derive(Serialize)]
struct Closed {
    #[serde(flatten)]
    season: SeasonView,
    /// Players that this run has reset.
    reset: u64,
    /// Times that a player finished a match in the same instant and was computed again.
    conflicts: u64,
}

fn close(config: &Config, args: &SeasonCloseArgs) -> Result<(), Fatal> {
    let terms = checked(args)?;
    crash::arm()?;
    let plan = Plan::of(config).map_err(|problem| Fatal::new(Fatal::CONFIG, problem))?;
    let _lock = plan.lock(&config.data_dir)?;
    let closed = runtime()?.block_on(async {
        let stores = plan.open_to_operate(config).await?;
        let closed = end(&stores.durable, args, terms, &Clock::system()).await;
        stores.close().await?;
        closed
    })?;
    if args.json {
        return print_json(&closed);
    }
    let Closed {
        season,
        reset,
        conflicts,
    } = closed;
    print(&format!(
        "season {} ({}) has ended: {} players archived, {reset} of them by this run, {conflicts} computed again",
        season.number, season.name, season.archived
    ))
}

fn checked(args: &SeasonCloseArgs) -> Result<SeasonTerms, Fatal> {
    let terms = SeasonTerms {
        keep: args.keep,
        deviation: args.deviation,
    };
    let mut problems = seasons::problems(terms);
    let length = args.name.chars().count();
    if !(1..=NAME_MAX).contains(&length) || args.name.chars().any(char::is_control) {
        problems.push(format!(
            "NAME: takes 1 to {NAME_MAX} characters, none of them control characters"
        ));
    }
    if problems.is_empty() {
        Ok(terms)
    } else {
        Err(Fatal::new(Fatal::CONFIG, problems.join("\n  ")))
    }
}

async fn end(durable: &Durable, args: &SeasonCloseArgs, terms: SeasonTerms, clock: &Clock) -> Result<Closed, Fatal> {
    let failed = |error: StoreError| {
        let what = format!(
            "season {} (run the same command again, it goes on where it was)",
            args.name
        );
        Fatal::resource(&what, &error)
    };
    let now = || Timestamp::from_micros(clock.now_micros());
    let begun = durable.seasons.begin_season(&args.name, terms, now()).await;
    let season = ours(begun.map_err(failed)?, args, terms)?;
    let mut run = Run { reset: 0, conflicts: 0 };
    if season.ended_at.is_none() {
        let spinner = progress::spinner();
        let through = run.all(durable, &season, args.batch.into(), &now, &spinner).await;
        spinner.finish_and_clear();
        if !through.map_err(failed)? {
            let message = format!("season {}: players kept playing; run the same command again", args.name);
            return Err(Fatal::new(Fatal::RESOURCE, message));
        }
        durable.seasons.end_season(season.number, now()).await.map_err(failed)?;
    }
    let mut all = durable.seasons.seasons().await.map_err(failed)?.into_iter();
    let season = all.find(|each| each.number == season.number).unwrap_or(season);
    Ok(Closed {
        season: season.into(),
        reset: run.reset,
        conflicts: run.conflicts,
    })
}

/// Refuses a season that is not the one asked for, or not under the same terms, with what to do.
fn ours(season: Season, args: &SeasonCloseArgs, terms: SeasonTerms) -> Result<Season, Fatal> {
    let command = format!(
        "tiltyard season close '{}' --keep {} --deviation {}",
        season.name, season.terms.keep, season.terms.deviation
    );
    let message = if season.name != args.name {
        format!("season {} is half done; finish it first: {command}", season.name)
    } else if season.terms != terms {
        format!(
            "season {} has begun under other terms; they are kept: {command}",
            season.name
        )
    } else {
        return Ok(season);
    };
    Err(Fatal::new(Fatal::CONFIG, message))
}

/// What a run has done so far.
struct Run {
    reset: u64,
    conflicts: u64,
}

impl Run {
    /// Resets everybody who is left; says whether all are through.
    async fn all(
        &mut self,
        durable: &Durable,
        season: &Season,
        batch: usize,
        now: &impl Fn() -> Timestamp,
        spinner: &ProgressBar,
    ) -> StoreResult<bool> {
        for _walk in 0..WALKS_MAX {
            let before = self.conflicts;
            let mut after = None;
            loop {
                let page = durable.seasons.unarchived(season.number, after, batch).await?;
                let Some((last, _)) = page.last() else { break };
                after = Some(*last);
                let left = page
                    .iter()
                    .filter_map(|(player, record)| Some((*player, record.as_ref()?)));
                let resets: Vec<_> = left
                    .map(|(player, record)| seasons::reset(season.number, season.terms, player, record, now()))
                    .collect();
                if resets.is_empty() {
                    continue;
                }
                let outcomes = durable.seasons.reset_ratings(resets).await?;
                self.count(&outcomes);
                fail::fail_point!("season-batch");
                spinner.set_message(format!("{} players reset by this run", self.reset));
            }
            if self.conflicts == before {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&mut self, outcomes: &[ResetOutcome]) {
        for outcome in outcomes {
            match outcome {
                ResetOutcome::Done => self.reset += 1,
                // Another run of the same command was faster.
                ResetOutcome::Already => {}
                // What is stored is sound, and so is its reset; if not, the walks end and say so.
                ResetOutcome::Conflict | ResetOutcome::Refused => self.conflicts += 1,
            }
        }
    }
}

/// Result of `season list --json`.
#[derive(Serialize)]
struct Listed {
    seasons: Vec<SeasonView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standings: Option<Vec<Standing>>,
}

/// How a player stood at a season's end.
#[derive(Serialize)]
struct Standing {
    season: i64,
    rating: f64,
    deviation: f64,
    volatility: f64,
    won: i64,
    lost: i64,
    drawn: i64,
    version: i64,
}

impl Standing {
    const fn of((season, record): &(i64, RatingRecord)) -> Self {
        Self {
            season: *season,
            rating: record.rating.rating,
            deviation: record.rating.deviation,
            volatility: record.rating.volatility,
            won: record.won,
            lost: record.lost,
            drawn: record.drawn,
            version: record.version,
        }
    }
}

fn list(config: &Config, args: &SeasonListArgs) -> Result<(), Fatal> {
    let plan = Plan::of(config).map_err(|problem| Fatal::new(Fatal::CONFIG, problem))?;
    let listed = runtime()?.block_on(async {
        let stores = plan.open_to_audit(config).await?;
        let listed = read(&stores.durable, args).await;
        stores.close().await?;
        listed.map_err(|error| Fatal::resource("seasons", &error))
    })?;
    if args.json {
        print_json(&listed)
    } else {
        print(&for_people(&listed))
    }
}

async fn read(durable: &Durable, args: &SeasonListArgs) -> StoreResult<Listed> {
    let seasons = durable.seasons.seasons().await?;
    let standings = match args.player {
        Some(player) => Some(
            durable
                .seasons
                .standings(player)
                .await?
                .iter()
                .map(Standing::of)
                .collect(),
        ),
        None => None,
    };
    Ok(Listed {
        seasons: seasons.into_iter().map(SeasonView::from).collect(),
        standings,
    })
}

fn for_people(listed: &Listed) -> String {
    if listed.seasons.is_empty() {
        return "no season has ended yet".to_owned();
    }
    let standings = listed.standings.iter().flatten();
    let standings: BTreeMap<_, _> = standings.map(|standing| (standing.season, standing)).collect();
    let line = |season: &SeasonView| {
        let state = match &season.ended_at {
            Some(at) => format!("ended {at}"),
            None => format!("half done since {}", season.began_at),
        };
        let mut line = format!(
            "{}  {}  keep {}, deviation {}, {} players, {state}",
            season.number, season.name, season.keep, season.deviation, season.archived
        );
        if let Some(standing) = standings.get(&season.number) {
            let Standing {
                rating,
                deviation,
                won,
                lost,
                drawn,
                ..
            } = standing;
            line.push_str(&format!(
                "; {rating:.0} ± {deviation:.0}, {won} won, {lost} lost, {drawn} drawn"
            ));
        }
        line
    };
    let lines: Vec<_> = listed.seasons.iter().map(line).collect();
    lines.join("\n")
}
