//! One schedule: a storm of faults over nodes and players, then calm, then the checks. A seed decides all of it.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tiltyard_db::durable::audit::Violation;
use tiltyard_protocol::QueueName;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::crowd::{Player, Told, ranked};
use super::fleet::Fleet;
use super::judge;
use super::link::{Weather, lock};
use super::live::Shared;
use super::node::{BUILDS, LEASE, World};
use super::soundness::broken;
use super::truth::{Broken, Truth};

/// For how long blows fall; the last one may last for another 6 s. A defect shows in one short storm about as often as in one of
/// twice the length: `without_` and `numbers_` of `schedules.rs`, by the number of seeds that notice.
const STORM_MS: [u32; 2] = [1_000, 5_000];
/// From the end of the faults to a match of two who queue at that moment: a takeover, and a tick of a second.
const LEAD_WITHIN: Duration = TAKEOVER_WITHIN.saturating_add(Duration::from_secs(1));
/// From the death of a leader to the next epoch: the lease by the slowest clock, and half a second.
const TAKEOVER_WITHIN: Duration = Duration::from_millis(LEASE.as_millis() as u64 * 115 / 100 + 500);
/// From the end of a leader that was asked to stop to the next epoch.
const HANDOVER_WITHIN: Duration = Duration::from_millis(200);
/// From the end of the faults until whoever is in standby asks for the lease: a question that was lost is given up within a second,
/// and the next one comes a quarter of the lease later.
const STANDBY_WITHIN: Duration = Duration::from_secs(2);
/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The leader is killed after the faults have ended.
pub(super) const KILLED: u32 = 1;
/// The leader is asked to stop after the faults have ended.
pub(super) const DRAINED: u32 = 2;

/// How a schedule went.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) seed: u64,
    trace: Vec<String>,
    /// The sum of all that was drawn: equal for equal runs.
    pub(super) drawn: u64,
    pub(super) matches: usize,
    pub(super) epochs: usize,
    pub(super) after: After,
    pub(super) simulated: Duration,
}

/// What came once the faults had ended.
#[derive(Debug, Default)]
pub(super) struct After {
    pub(super) violations: Vec<Violation>,
    /// From then to a match of two who queued at that moment.
    pub(super) led: Duration,
    /// How the leader was ended thereafter, and how long it took to the next one.
    pub(super) next: Option<(u32, Duration)>,
    /// From there until all was quiet.
    pub(super) quiet: Duration,
}

/// Runs the schedule of a seed.
pub(super) fn run(seed: u64, broken: Broken) -> Report {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let report = runtime.block_on(schedule(seed, broken));
    runtime.shutdown_background();
    report
}

async fn schedule(seed: u64, broken: Broken) -> Report {
    let weather = Weather::new(seed);
    let dice = weather.dice(0);
    let world = World {
        weather: Arc::clone(&weather),
        truth: Arc::new(Mutex::new(Truth {
            broken,
            ..Truth::default()
        })),
        shared: Shared::new(),
    };
    lock(&world.truth).builds.extend(BUILDS.iter().cloned());
    let fleet = Fleet::start(world.clone(), 2 + dice.below(2) as usize).await;
    let told = Arc::<Mutex<Told>>::default();
    let player = |n: u8, thing: u64| Player::new(n, thing, &fleet, &told);
    let mut crowd = JoinSet::new();
    let players = 3 + dice.below(6) as u8;
    for n in 0..players {
        crowd.spawn(player(n, 0).follow());
        crowd.spawn(player(n, 1).play(1 + dice.below(3) as u8));
    }
    fleet.storm(dice.millis(STORM_MS[0], STORM_MS[1])).await;
    weather.calm_down();
    fleet.restart().await;
    weather.settle().await;
    let pair = [player(players, 1), player(players + 1, 1)];
    for late in pair.clone() {
        let ticket = late.new_ticket(late.ticket_id(0), ranked(10, None), Duration::from_secs(3_600));
        crowd.spawn(async move { late.enqueue(ticket).await });
    }
    for n in [players, players + 1] {
        crowd.spawn(player(n, 0).follow());
    }
    let after = aftermath(&fleet, &told, &pair, dice.below(3)).await;
    let simulated = weather.elapsed();
    crowd.abort_all();
    fleet.end().await;
    let truth = lock(&world.truth);
    Report {
        seed,
        trace: weather.trace(),
        drawn: weather.drawn(),
        matches: truth.matches.len(),
        epochs: truth.epochs.get(&QueueName::ranked()).map_or(0, Vec::len),
        after,
        simulated,
    }
}

/// Waits, once the faults have ended, for what must come; then holds everything against everything.
async fn aftermath(fleet: &Arc<Fleet>, told: &Mutex<Told>, pair: &[Player; 2], how: u32) -> After {
    let world = &fleet.world;
    let mut after = After::default();
    led(world, pair, &mut after).await;
    succession(fleet, how, &mut after).await;
    quiet(world, told, &mut after).await;
    {
        // At the moment of quiet: whoever waits may widen and meet somebody a little later.
        let (truth, told) = (lock(&world.truth), lock(told));
        after.violations.extend(truth.violations());
        after.violations.extend(judge::promises(&truth, &told));
    }
    after.violations.extend(judge::memory(fleet).await);
    let failed = fleet.failed().into_iter();
    after.violations.extend(failed.map(|why| broken("alive", why)));
    after
}

/// Waits until one of the two who queued when the faults ended has met somebody.
async fn led(world: &World, pair: &[Player; 2], after: &mut After) {
    let healed = world.weather.elapsed();
    let is_matched = |player: &Player| {
        let truth = lock(&world.truth);
        let ticket = truth.tickets.get(&(player.id, player.ticket_id(0)));
        ticket.is_some_and(|ticket| ticket.match_id.is_some())
    };
    while !pair.iter().any(is_matched) {
        if after.led > LEAD_WITHIN {
            after.broken(format!("no leader within {LEAD_WITHIN:?}"));
            return;
        }
        sleep(LOOK_EVERY).await;
        after.led = world.weather.elapsed() - healed;
    }
}

/// Ends the leader, or not, and waits for the next one.
async fn succession(fleet: &Arc<Fleet>, how: u32, after: &mut After) {
    let world = &fleet.world;
    let newest = || {
        let truth = lock(&world.truth);
        let newest = truth.epochs.get(&QueueName::ranked()).and_then(|epochs| epochs.last());
        newest.map(|minted| minted.leadership.clone())
    };
    let within = match how {
        KILLED => TAKEOVER_WITHIN,
        DRAINED => HANDOVER_WITHIN,
        _ => return,
    };
    sleep(STANDBY_WITHIN.saturating_sub(after.led)).await;
    let Some(last) = newest() else { return };
    let began = world.weather.elapsed();
    let mut ending = JoinSet::new();
    let (all, boot) = (Arc::clone(fleet), last.boot);
    ending.spawn(async move { all.end_leader(boot, how == KILLED).await });
    let mut took = Duration::ZERO;
    while newest().as_ref() == Some(&last) {
        if took > within {
            after.broken(format!("nobody followed {last:?}, {how}, within {within:?}"));
            break;
        }
        sleep(Duration::from_millis(5)).await;
        took = world.weather.elapsed() - began;
    }
    after.next = Some((how, took));
    while ending.join_next().await.is_some() {}
    fleet.restart().await;
}

/// Waits until nothing is under way.
async fn quiet(world: &World, told: &Mutex<Told>, after: &mut After) {
    let began = world.weather.elapsed();
    let unrest = || judge::unrest(&lock(&world.truth), &lock(told));
    while let Some((unrest, within)) = unrest() {
        if after.quiet > within {
            after.broken(format!("{unrest} after {within:?}"));
            return;
        }
        sleep(LOOK_EVERY).await;
        after.quiet = world.weather.elapsed() - began;
    }
}

impl After {
    fn broken(&mut self, what: String) {
        self.violations.push(broken("live", what));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.trace {
            writeln!(f, "{step}")?;
        }
        writeln!(f, "seed {}:", self.seed)?;
        for Violation { invariant, detail } in &self.after.violations {
            writeln!(f, "  {invariant}: {detail}")?;
        }
        Ok(())
    }
}
