//! Clients that only ask how long nobody answers: one writes all the time, and two play a match in each quiet.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tiltyard_actor_kit::Clock;
use tiltyard_protocol::http::tickets::NewTicket;
use tiltyard_protocol::{PlayerEvent, TeamId, TicketId};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use uuid::{Builder, Uuid};

use super::ChaosError;
use crate::client::{Client, ClientError, ClientOptions, Frame, RetryPolicy, Session};
use crate::players::team;
use crate::random::Random;

/// Time between two writes of a probe: the grain of what it measures.
const PROBE_INTERVAL: Duration = Duration::from_millis(100);
/// Patience of a probe with one request, after which it goes to the other gateway.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// Writes after which a probe signs in anew, at the gateway that is next in turn: else it would stay for ever at the one that
/// it fled to.
const WRITES_PER_SESSION: u64 = 50;
/// The largest spread there is, so that any two players fit.
const SPREAD: u16 = tiltyard_protocol::limits::SPREAD_MAX;

/// When writes succeeded, in ms since the Unix epoch, in order.
type Successes = Arc<Mutex<Vec<u64>>>;

/// The probes, which write until dropped.
#[derive(Debug)]
pub(crate) struct Probes {
    successes: Vec<Successes>,
    _tasks: JoinSet<Infallible>,
}

impl Probes {
    /// Starts one for each gateway, which is where it is at home.
    ///
    /// # Errors
    /// An address is none.
    pub(crate) fn start(urls: &[String], seed: u64, clock: Clock) -> Result<Self, ChaosError> {
        let mut probes = Self {
            successes: Vec::new(),
            _tasks: JoinSet::new(),
        };
        for number in 0..urls.len() {
            let mut urls = urls.to_vec();
            urls.rotate_left(number);
            let options = ClientOptions {
                connect_timeout: PROBE_TIMEOUT,
                request_timeout: PROBE_TIMEOUT,
                retry: RetryPolicy::NONE,
                seed,
            };
            let client = Client::new(&urls, options).map_err(ChaosError::harness)?;
            let successes = Successes::default();
            probes.successes.push(Arc::clone(&successes));
            let name = format!("probe-{seed}-{number}");
            probes._tasks.spawn(write_for_ever(client, name, successes, clock));
        }
        Ok(probes)
    }

    /// Returns for each probe when its writes succeeded.
    #[must_use]
    pub(crate) fn successes(&self) -> Vec<Vec<u64>> {
        let read = |successes: &Successes| successes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.successes.iter().map(read).collect()
    }
}

#[expect(clippy::infinite_loop, reason = "it ends when it is dropped")]
async fn write_for_ever(client: Client, name: String, successes: Successes, clock: Clock) -> Infallible {
    let mut tick = interval(PROBE_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut random = Random::new(0, name.len() as u64);
    let id = TeamId::from_uuid(Builder::from_random_bytes(random.bytes()).into_uuid());
    let mut session = None;
    let mut writes = 0_u64;
    loop {
        tick.tick().await;
        writes += 1;
        if writes.is_multiple_of(WRITES_PER_SESSION) {
            session = None;
        }
        match write(&client, &name, &mut session, id).await {
            Ok(()) => {
                let at = u64::try_from(clock.now_micros() / 1_000).unwrap_or_default();
                successes.lock().unwrap_or_else(PoisonError::into_inner).push(at);
            }
            // The next try says when it is over.
            Err(error) => tracing::debug!(%error, name, "a probe got no answer"),
        }
    }
}

/// Writes once, after a sign-in if there was none.
async fn write(client: &Client, name: &str, session: &mut Option<Session>, id: TeamId) -> Result<(), ClientError> {
    let signed_in = match session.take() {
        Some(session) => session,
        None => client.sign_in(name).await?.1,
    };
    let body = team(0).map_err(|error| ClientError::Invalid(error.to_string()))?;
    let written = signed_in.put_team(id, &body).await;
    // A token that has run out is a reason to sign in, which the next try does.
    if written.as_ref().err().is_none_or(ClientError::is_transient) {
        *session = Some(signed_in);
    }
    written.map(drop)
}

/// Queues a ticket for each of two players and waits until both are told their results; returns the ms that took from the
/// first request on.
///
/// # Errors
/// Why not both were told in time.
pub(crate) async fn play_two(
    client: &Client,
    seed: u64,
    round: usize,
    clock: Clock,
    within: Duration,
) -> Result<u64, String> {
    let began = Instant::now();
    let one = |number: u8| {
        let name = format!("quiet-{seed}-{number}");
        async move { timeout(within, play_one(client, &name, (seed, round, number), clock)).await }
    };
    let (left, right) = tokio::join!(one(0), one(1));
    for played in [left, right] {
        match played {
            Err(_elapsed) => return Err(format!("not within {} ms", within.as_millis())),
            Ok(played) => played.map_err(|error| error.to_string())?,
        }
    }
    Ok(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
}

async fn play_one(
    client: &Client,
    name: &str,
    (seed, round, number): (u64, usize, u8),
    clock: Clock,
) -> Result<(), ClientError> {
    let mut random = Random::new(seed, u64::from(number) << 32 | round as u64);
    let (_, session) = client.sign_in(name).await?;
    let id = TeamId::from_uuid(Builder::from_random_bytes(random.bytes()).into_uuid());
    let body = team(0).map_err(|error| ClientError::Invalid(error.to_string()))?;
    session.put_team(id, &body).await?;
    let mut stream = session.events(None).await?;
    let ticket = ticket_id(&mut random, clock);
    let order = NewTicket::Ranked {
        id: ticket,
        team: id,
        spread: Some(SPREAD),
        queue: None,
        widen_to: None,
    };
    session.enqueue(&order).await?;
    let mut cursor = None;
    loop {
        match stream.next().await {
            Ok(Frame::Hello { at } | Frame::Resync { at, .. }) => cursor = Some(at),
            Ok(Frame::Event { id, event }) => {
                cursor = Some(id);
                if matches!(event, PlayerEvent::Result(result) if result.ticket == ticket) {
                    return Ok(());
                }
            }
            Ok(Frame::Heartbeat | Frame::Bye) => {}
            // The log has what was told meanwhile.
            Err(_end) => stream = session.events(cursor).await?,
        }
    }
}

fn ticket_id(random: &mut Random, clock: Clock) -> TicketId {
    let millis = u64::try_from(clock.now_micros() / 1_000).unwrap_or_default();
    let [bytes @ .., _, _, _, _, _, _] = random.bytes();
    let id: Uuid = Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
    TicketId::from_uuid(id)
}
