//! Who plays: makes each player of a run from the run's options, the same ones for the same seed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tiltyard_actor_kit::{Addr, Clock};
use tiltyard_protocol::TeamId;
use tiltyard_protocol::http::teams::PutTeam;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Builder;

use super::builds::{BUILDS, team};
use super::conductor::Msg;
use super::core::{Core, Plan};
use super::player::{Deps, Player};
use super::{Options, Replays};
use crate::client::Client;
use crate::random::Random;

/// One player in so many drops its streams at random; the others' waits are measured.
const RESTLESS_ONE_IN: usize = 4;
/// Time between two sign-ins at the start.
const START_STEP: Duration = Duration::from_millis(1);

/// The makings of all players.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) players: usize,
    pub(crate) matches: usize,
    pub(crate) timeout: Duration,
    pub(crate) stop: Option<watch::Receiver<()>>,
    tickets: usize,
    replays: Replays,
    spread: u16,
    seed: u64,
    client: Client,
    clock: Clock,
    builds: Vec<Arc<PutTeam<Value>>>,
}

impl Cast {
    pub(crate) fn new(options: &Options, seed: u64, client: Client) -> serde_json::Result<Self> {
        let builds = (0..BUILDS.len())
            .map(|n| team(n).map(Arc::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            players: options.players,
            matches: options.matches,
            timeout: options.timeout,
            stop: options.stop.clone(),
            tickets: options.tickets_per_player,
            replays: options.replays,
            spread: options.spread,
            seed,
            client,
            clock: Clock::system(),
            builds,
        })
    }

    /// Makes the player in a seat.
    pub(crate) fn player(&self, seat: usize, conductor: Addr<Msg>) -> Player {
        let name = format!("load-{}-{seat}", self.seed);
        let mut random = Random::new(self.seed, seat as u64);
        // One team a name, however often a seed is used again.
        let team = TeamId::from_uuid(Builder::from_random_bytes(random.bytes()).into_uuid());
        // Ticket ids of two runs with one seed must differ.
        let start_micros = u64::try_from(self.clock.now_micros()).unwrap_or_default();
        let choices = Random::new(random.next_u64(), start_micros);
        let plan = Plan {
            name: name.clone(),
            tickets: self.tickets,
            restless: seat % RESTLESS_ONE_IN == 1,
            replays: self.replays,
            start_delay: START_STEP.saturating_mul(u32::try_from(seat).unwrap_or(u32::MAX)),
        };
        let deps = Deps {
            name,
            client: self.client.clone(),
            clock: self.clock,
            team,
            build: Arc::clone(&self.builds[seat % self.builds.len()]),
            spread: self.spread,
            conductor,
            seat,
        };
        Player::new(Core::new(plan, choices, Instant::now()), deps)
    }
}
