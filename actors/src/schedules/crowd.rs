//! The players of a schedule: they queue, cancel and follow their events by way of whatever node answers, and remember what
//! they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tiltyard_actor_kit::AskError;
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket, Purpose};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventId, EventSeq, MatchId, PlayerEvent, PlayerId, QueueName, TicketId, Timestamp};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::fleet::Fleet;
use super::link::{Dice, lock};
use super::node::{BUILDS, EPOCH_MICROS, RULES};
use super::stores::GENERATION;
use crate::matchmaking::events::Key;
use crate::sessions::router::shard_of;
use crate::sessions::shard;
use crate::tickets::{self, Cancel};
use crate::{CommandError, Frame};

/// Time that a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the players were told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Tickets whose acceptance was answered.
    pub(super) accepted: BTreeSet<Key>,
    /// Tickets whose cancel was answered, whether they were there or not.
    pub(super) cancelled: BTreeSet<Key>,
    /// Tickets that were told to be beyond cancelling.
    pub(super) too_late: BTreeSet<Key>,
    /// What came by each player's streams, without what was dropped as old.
    pub(super) events: BTreeMap<PlayerId, Vec<PlayerEvent>>,
    /// What should not have come.
    pub(super) wrong: Vec<String>,
    /// Commands that are still without an answer.
    pub(super) open: usize,
}

/// What a node says to a command; nothing if it cannot.
type Answer<T> = Result<Result<T, CommandError>, AskError>;

impl Told {
    /// Takes the answer to a ticket; says whether it was one.
    fn enqueued(&mut self, key: Key, answer: Answer<Enqueued>) -> bool {
        let Ok(Ok(answer)) = answer else { return false };
        match answer {
            Enqueued::Accepted(_) | Enqueued::Already(_) => {
                self.accepted.insert(key);
            }
            Enqueued::Cancelled if self.cancelled.contains(&key) => {}
            Enqueued::SlotsFull => {}
            Enqueued::Cancelled | Enqueued::Conflict => self.wrong.push(format!("I1: {key:?} was answered {answer:?}")),
        }
        self.open -= 1;
        true
    }

    /// Takes the answer to a cancel; says whether it was one.
    fn cancelled(&mut self, key: Key, answer: Answer<Cancelled>) -> bool {
        let Ok(Ok(answer)) = answer else { return false };
        match answer {
            Cancelled::Done | Cancelled::Already | Cancelled::Recorded => {
                self.cancelled.insert(key);
            }
            Cancelled::TooLate(TicketState::Queued | TicketState::Cancelled) => {
                self.wrong.push(format!("I2: it is not too late for {key:?}"));
            }
            Cancelled::TooLate(_) => {
                self.too_late.insert(key);
            }
        }
        self.open -= 1;
        true
    }
}

/// One player.
#[derive(Clone)]
pub(super) struct Player {
    pub(super) id: PlayerId,
    pub(super) fleet: Arc<Fleet>,
    pub(super) told: Arc<Mutex<Told>>,
    dice: Dice,
}

impl Player {
    /// Makes the `n`th player, who does one thing at a time.
    pub(super) fn new(n: u8, thing: u64, fleet: &Arc<Fleet>, told: &Arc<Mutex<Told>>) -> Self {
        Self {
            id: PlayerId::from_bytes([n + 1; 16]),
            fleet: Arc::clone(fleet),
            told: Arc::clone(told),
            dice: fleet.world.weather.dice(10 + 2 * u64::from(n) + thing),
        }
    }

    /// Queues some tickets and regrets some of them.
    pub(super) async fn play(self, tickets: u8) {
        for n in 0..tickets {
            sleep(self.dice.millis(0, 2_500)).await;
            let key = (self.id, self.ticket_id(n));
            let (regrets, first) = (self.dice.percent(25), self.dice.percent(10));
            if regrets && first {
                self.cancel(key).await;
            }
            self.enqueue(self.ticket(key.1)).await;
            if regrets && !first {
                sleep(self.dice.millis(0, 800)).await;
                self.cancel(key).await;
            }
        }
    }

    pub(super) fn ticket_id(&self, n: u8) -> TicketId {
        let player = self.id.as_bytes()[0];
        TicketId::from_bytes([n + 1, player, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, player])
    }

    fn ticket(&self, id: TicketId) -> NewTicket {
        let dice = &self.dice;
        let purpose = if dice.percent(8) {
            self.practice(id)
        } else {
            let spread = [40, 150, 400, 400][dice.below(4) as usize];
            let widen_to = dice.percent(20).then_some(600);
            ranked(spread, widen_to)
        };
        let life = if dice.percent(10) {
            dice.millis(500, 5_000)
        } else {
            Duration::from_secs(3_600)
        };
        self.new_ticket(id, purpose, life)
    }

    pub(super) fn new_ticket(&self, id: TicketId, purpose: Purpose, life: Duration) -> NewTicket {
        let elapsed = i64::try_from(self.dice.weather.elapsed().as_micros()).unwrap_or(0);
        let now = Timestamp::from_micros(EPOCH_MICROS + elapsed);
        NewTicket {
            player: self.id,
            id,
            request: [9; 32],
            build: BUILDS[usize::from(self.id.as_bytes()[0]) % BUILDS.len()].0,
            purpose,
            enqueued_at: now,
            expires_at: now.after(life),
        }
    }

    fn practice(&self, id: TicketId) -> Purpose {
        let match_id = MatchId::of_tickets(&[(self.id, id)]);
        Purpose::Practice {
            bot: "bot".to_owned(),
            bot_build: BUILDS[0].0,
            match_id,
            stamps: RULES.stamps(match_id),
        }
    }

    /// Sends a ticket until some node answers.
    pub(super) async fn enqueue(&self, ticket: NewTicket) {
        lock(&self.told).open += 1;
        loop {
            let (asked, key) = (ticket.clone(), (ticket.player, ticket.id));
            let asking = |reply| tickets::Msg::Enqueue(Box::new(asked), reply);
            let answer = match self.fleet.any(&self.dice) {
                Some(handles) => handles.tickets.ask(asking, PATIENCE).await,
                None => Err(AskError::Closed),
            };
            if lock(&self.told).enqueued(key, answer) {
                return;
            }
            sleep(self.dice.millis(20, 200)).await;
        }
    }

    /// Cancels until some node answers.
    async fn cancel(&self, (player, id): Key) {
        lock(&self.told).open += 1;
        let at = Timestamp::from_micros(EPOCH_MICROS);
        loop {
            let asking = |reply| tickets::Msg::Cancel(Cancel { player, id, at }, reply);
            let answer = match self.fleet.any(&self.dice) {
                Some(handles) => handles.tickets.ask(asking, PATIENCE).await,
                None => Err(AskError::Closed),
            };
            if lock(&self.told).cancelled((player, id), answer) {
                return;
            }
            sleep(self.dice.millis(20, 200)).await;
        }
    }

    /// Follows the player's events for ever, by way of one node after another.
    #[expect(clippy::infinite_loop, reason = "the end of the schedule aborts it")]
    pub(super) async fn follow(self) {
        let mut last = EventId {
            generation: GENERATION,
            seq: EventSeq(0),
        };
        loop {
            if let Some(stream) = self.attach(last).await {
                last = self.read(stream, last).await;
            }
            sleep(self.dice.millis(10, 100)).await;
        }
    }

    async fn attach(&self, after: EventId) -> Option<mpsc::Receiver<Frame>> {
        let (player, after) = (self.id, Some(after));
        let handles = self.fleet.any(&self.dice)?;
        let shard = &handles.shards[shard_of(player, handles.shards.len())];
        let attach = shard.ask(|reply| shard::Msg::Attach { player, after, reply }, PATIENCE);
        attach.await.ok()?.ok()
    }

    /// Reads a stream to its end, or until the client has had enough of it.
    async fn read(&self, mut stream: mpsc::Receiver<Frame>, mut last: EventId) -> EventId {
        let enough = self.dice.millis(500, 6_000);
        let end = tokio::time::Instant::now() + enough;
        loop {
            let next = if self.dice.weather.is_calm() {
                stream.recv().await
            } else {
                tokio::time::timeout_at(end, stream.recv()).await.ok().flatten()
            };
            match next {
                Some(Frame::Event { id, .. }) if id <= last => {}
                Some(Frame::Event { id, event }) => {
                    let mut told = lock(&self.told);
                    if (id.generation, id.seq.0) != (last.generation, last.seq.0 + 1) {
                        told.wrong.push(format!("I8: {} got event {id} after {last}", self.id));
                    }
                    told.events.entry(self.id).or_default().push(event);
                    last = id;
                }
                Some(frame @ (Frame::Hello { .. } | Frame::Resync { .. })) => {
                    let wrong = format!("I8: {} got {frame:?} after {last}", self.id);
                    lock(&self.told).wrong.push(wrong);
                }
                Some(Frame::Bye) | None => return last,
            }
        }
    }
}

pub(super) fn ranked(spread: u16, widen_to: Option<u16>) -> Purpose {
    Purpose::Ranked {
        queue: QueueName::ranked(),
        spread,
        widen_to,
    }
}
