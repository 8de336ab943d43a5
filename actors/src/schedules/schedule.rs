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
use super::node::{CONTENT, LEASE, World};
use super::soundness::broken;
use super::truth::{Broken, Truth};
use crate::canonical;

/// From the end of the faults to a match of two who queue at that moment: the lease by the slowest clock, half a second, and a
/// tick of a second.
const LEAD_WITHIN: Duration = Duration::from_millis(LEASE.as_millis() as u64 * 115 / 100 + 1_500);
/// From the end of the faults until all is quiet: a job whose worker died lies for 5 s before it is claimed.
const QUIET_WITHIN: Duration = Duration::from_secs(12);
/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How a schedule went.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) violations: Vec<Violation>,
    trace: Vec<String>,
    /// The sum of all that was drawn: equal for equal runs.
    pub(super) drawn: u64,
    pub(super) matches: usize,
    pub(super) epochs: usize,
    /// From the end of the faults to a match of two who queued at that moment.
    pub(super) led_after: Duration,
    /// From the end of the faults until all was quiet.
    pub(super) quiet_after: Duration,
    pub(super) simulated: Duration,
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
    for bot in CONTENT.bots() {
        let (hash, bytes) = canonical(&bot.build);
        lock(&world.truth).builds.insert(hash, bytes);
    }
    let fleet = Fleet::start(world.clone(), 2 + dice.below(2) as usize).await;
    let told = Arc::<Mutex<Told>>::default();
    let player = |n: u8, thing: u64| Player::new(n, thing, &fleet, &told);
    let mut crowd = JoinSet::new();
    let players = 3 + dice.below(6) as u8;
    for n in 0..players {
        crowd.spawn(player(n, 0).follow());
        crowd.spawn(player(n, 1).play(1 + dice.below(3) as u8));
    }
    fleet.storm(dice.millis(3_000, 9_000)).await;
    weather.calm_down();
    fleet.restart().await;
    weather.settle().await;
    let healed = weather.elapsed();
    for n in [players, players + 1] {
        crowd.spawn(player(n, 0).follow());
        let late = player(n, 1);
        let ticket = late.new_ticket(late.ticket_id(0), ranked(10, None), Duration::from_secs(3_600));
        crowd.spawn(async move { late.enqueue(ticket).await });
    }
    let mut violations = Vec::new();
    let led_after = led(
        &world,
        [player(players, 1), player(players + 1, 1)],
        healed,
        &mut violations,
    )
    .await;
    let quiet_after = quiet(&world, &told, healed, &mut violations).await;
    violations.extend(judge::memory(&fleet).await);
    {
        let (truth, told) = (lock(&world.truth), lock(&told));
        violations.extend(truth.violations());
        violations.extend(judge::promises(&truth, &told));
    }
    violations.extend(
        fleet
            .failed()
            .into_iter()
            .map(|why| super::soundness::broken("alive", why)),
    );
    let simulated = weather.elapsed();
    crowd.abort_all();
    fleet.end().await;
    let truth = lock(&world.truth);
    Report {
        seed,
        violations,
        trace: weather.trace(),
        drawn: weather.drawn(),
        matches: truth.matches.len(),
        epochs: truth.epochs.get(&QueueName::ranked()).map_or(0, Vec::len),
        led_after,
        quiet_after,
        simulated,
    }
}

/// Waits until one of the two who queued when the faults ended has met somebody.
async fn led(world: &World, pair: [Player; 2], healed: Duration, violations: &mut Vec<Violation>) -> Duration {
    let is_matched = |player: &Player| {
        let truth = lock(&world.truth);
        let ticket = truth.tickets.get(&(player.id, player.ticket_id(0)));
        ticket.is_some_and(|ticket| ticket.match_id.is_some())
    };
    loop {
        let after = world.weather.elapsed() - healed;
        if pair.iter().any(is_matched) {
            return after;
        }
        if after > LEAD_WITHIN {
            violations.push(broken("live", format!("no leader within {LEAD_WITHIN:?}")));
            return after;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Waits until nothing is under way.
async fn quiet(world: &World, told: &Arc<Mutex<Told>>, healed: Duration, violations: &mut Vec<Violation>) -> Duration {
    loop {
        let after = world.weather.elapsed() - healed;
        let Some(unrest) = judge::unrest(&lock(&world.truth), &lock(told)) else {
            return after;
        };
        if after > QUIET_WITHIN {
            violations.push(broken("live", format!("{unrest} after {QUIET_WITHIN:?}")));
            return after;
        }
        sleep(LOOK_EVERY).await;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.trace {
            writeln!(f, "{step}")?;
        }
        writeln!(f, "seed {}:", self.seed)?;
        for Violation { invariant, detail } in &self.violations {
            writeln!(f, "  {invariant}: {detail}")?;
        }
        Ok(())
    }
}
