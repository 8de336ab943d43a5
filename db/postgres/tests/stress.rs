//! Many clients at once on a few players: no call fails, every outcome is counted, and the audit stays clean.
//!
//! What each client does follows from a seed; how they interleave is the server's affair.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use std::collections::BTreeSet;
use std::sync::Mutex;

use database::Database;
use futures::future::join_all;
use tiltyard_db::conformance::durable::DurableFixture;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::audit::TicketCounts;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Commit, Paired, PendingMatch};
use tiltyard_db::durable::results::{Finish, Finished, GivenUp};
use tiltyard_db::durable::tickets::{Cancelled, Ended, Enqueued};
use tiltyard_db_testkit::Postgres;
use tiltyard_protocol::{EventSeq, PlayerId, QueueName};

const CLIENTS: u64 = 6;
const STEPS: u32 = 40;
const PLAYERS: u32 = 5;
const CAP: usize = 3;

/// What the clients were told, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    accepted: i64,
    cancelled: i64,
    ended: i64,
    made: i64,
    finished: i64,
    given_up: i64,
    events: i64,
}

/// The small generator of Numerical Recipes: enough to shuffle steps.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % sides
    }

    fn key(&mut self) -> Key {
        (player(1 + self.roll(PLAYERS)), ticket(self.roll(400)))
    }

    fn keys(&mut self) -> Vec<Key> {
        (0..=self.roll(6)).map(|_| self.key()).collect()
    }
}

struct Client<'a> {
    store: Durable,
    dice: Dice,
    leadership: &'a Mutex<Leadership>,
    told: Told,
}

impl Client<'_> {
    async fn live(mut self) -> Told {
        for _ in 0..STEPS {
            match self.dice.roll(16) {
                0..5 => self.enqueue().await,
                5 => self.cancel().await,
                6 => self.end().await,
                7..11 => self.pair().await,
                11..14 => self.finish().await,
                14 => self.give_up().await,
                _ => self.disturb().await,
            }
        }
        self.told
    }

    async fn enqueue(&mut self) {
        let bots = self.dice.roll(4) == 0;
        let keys = self.dice.keys();
        let tickets = keys
            .into_iter()
            .map(|key| if bots { practice(key) } else { ranked(key) });
        let outcomes = self.store.tickets.enqueue(tickets.collect(), CAP).await.unwrap();
        let accepted = outcomes.iter().filter(|o| matches!(o, Enqueued::Accepted(_))).count();
        self.told.accepted += count(accepted);
    }

    async fn queued(&mut self) -> Vec<Key> {
        let queued = self.store.tickets.queued(&QueueName::ranked(), None, 99).await.unwrap();
        queued.iter().map(|ticket| (ticket.player, ticket.id)).collect()
    }

    async fn cancel(&mut self) {
        let mut keys = self.queued().await;
        keys.truncate(2);
        keys.extend(self.dice.keys());
        keys.extend(keys.first().copied());
        let outcomes = self.store.tickets.cancel(keys, at(3)).await.unwrap();
        self.told.cancelled += count(outcomes.iter().filter(|o| **o == Cancelled::Done).count());
    }

    async fn end(&mut self) {
        let mut keys = self.queued().await;
        keys.reverse();
        keys.truncate(2);
        keys.push(self.dice.key());
        let ends = keys.iter().map(|key| expire(*key)).collect();
        let outcomes = self.store.tickets.end(ends, at(3)).await.unwrap();
        let ended = count(outcomes.iter().filter(|o| matches!(o, Ended::Done(_))).count());
        self.told.ended += ended;
        self.told.events += ended;
    }

    async fn pair(&mut self) {
        let queued = self.queued().await;
        if queued.len() < 2 {
            return;
        }
        let sides = u32::try_from(queued.len()).unwrap();
        let mut draw = || queued[usize::try_from(self.dice.roll(sides)).unwrap()];
        let pairings = (0..4).map(|_| pairing(draw(), draw())).collect();
        let leadership = self.leadership.lock().unwrap().clone();
        match self.store.matches.commit(&leadership, pairings, at(1)).await.unwrap() {
            Commit::Fenced => {}
            Commit::Outcomes(outcomes) => {
                let made = outcomes.iter().filter(|o| matches!(o, Paired::Done(_)));
                self.told.made += count(made.count());
            }
        }
    }

    async fn pending(&mut self) -> Vec<PendingMatch> {
        let mut pending = self.store.matches.pending(None, at(9), 99).await.unwrap();
        let start = usize::try_from(self.dice.roll(8)).unwrap().min(pending.len());
        pending.rotate_left(start);
        pending
    }

    async fn finish(&mut self) {
        let mut busy: BTreeSet<PlayerId> = BTreeSet::new();
        let mut fought: Vec<Finish> = Vec::new();
        for made in self.pending().await {
            let players: Vec<_> = humans(&made).into_iter().map(|(player, _)| player).collect();
            if players.iter().any(|player| busy.contains(player)) {
                continue;
            }
            busy.extend(&players);
            let finish = match players[..] {
                [_, _] => rated(&self.store, &made).await,
                _ => unrated(&made),
            };
            fought.push(finish);
        }
        let tickets: Vec<i64> = fought.iter().map(|finish| count(finish.events.len())).collect();
        let outcomes = self.store.results.finish(fought).await.unwrap();
        for (tickets, outcome) in tickets.into_iter().zip(outcomes) {
            if let Finished::Done(appended) = outcome {
                assert_eq!(count(appended.len()), tickets);
                self.told.finished += tickets;
                self.told.events += tickets;
            }
        }
    }

    async fn give_up(&mut self) {
        let Some(lost) = self.pending().await.pop() else {
            return;
        };
        let outcome = self.store.results.give_up(give_up(&lost)).await.unwrap();
        if let GivenUp::Done(appended) = outcome {
            self.told.given_up += count(appended.len());
            self.told.events += count(appended.len());
        }
    }

    /// What comes in between: another leader, a trimmed log, a failed attempt.
    async fn disturb(&mut self) {
        match self.dice.roll(3) {
            0 => {
                let minted = lead(&self.store).await;
                let mut leadership = self.leadership.lock().unwrap();
                if minted.epoch > leadership.epoch {
                    *leadership = minted;
                }
            }
            1 => {
                self.store.events.trim_events(at(99), 5).await.unwrap();
            }
            _ => {
                for made in self.pending().await {
                    let counted = self
                        .store
                        .results
                        .record_failure(made.id, made.stamps.terms(), node(1), "crash", at(1))
                        .await;
                    assert!(counted.unwrap() > 0);
                }
            }
        }
    }
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap()
}

fn sum(told: &[Told]) -> Told {
    let mut sum = Told::default();
    for told in told {
        sum.accepted += told.accepted;
        sum.cancelled += told.cancelled;
        sum.ended += told.ended;
        sum.made += told.made;
        sum.finished += told.finished;
        sum.given_up += told.given_up;
        sum.events += told.events;
    }
    sum
}

async fn live_together(seed: u64) {
    let database = Database::new().await;
    let store = database.store();
    store_build(&store).await;
    let leadership = Mutex::new(lead(&store).await);
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let client = Client {
            store: database.client().await,
            dice: Dice(seed * CLIENTS + n),
            leadership: &leadership,
            told: Told::default(),
        };
        clients.push(client.live());
    }
    let told = sum(&join_all(clients).await);
    assert_sound(&store).await;
    let counts = store.audit.ticket_counts().await.unwrap();
    assert!(told.finished > 0 && told.given_up > 0 && told.made > 0, "{told:?}");
    let expected = TicketCounts {
        accepted: told.accepted,
        finished: told.finished,
        cancelled: told.cancelled,
        expired: told.ended,
        returned: told.given_up,
        ..counts
    };
    assert_eq!(counts, expected, "{told:?}");
    let players: Vec<_> = (1..=PLAYERS).map(player).collect();
    let heads = store.events.heads(&players).await.unwrap();
    assert_eq!(heads.iter().map(|EventSeq(seq)| seq).sum::<i64>(), told.events);
    // The link would send such a statement again: a race that the lock order is there to prevent has to be seen here.
    let log = std::fs::read_to_string(Postgres::shared().folder().join("log")).unwrap();
    for error in ["deadlock detected", "duplicate key", "could not serialize", "violates"] {
        assert!(!log.contains(error), "{error} is in the server's log:\n{log}");
    }
}

macro_rules! seeds {
    ($($name:ident = $seed:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            live_together($seed).await;
        }
    )+};
}

seeds! {
    a_crowd_of_seed_1_keeps_every_invariant = 1;
    a_crowd_of_seed_2_keeps_every_invariant = 2;
    a_crowd_of_seed_3_keeps_every_invariant = 3;
    a_crowd_of_seed_4_keeps_every_invariant = 4;
}
