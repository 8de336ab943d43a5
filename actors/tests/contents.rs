//! Content in one process on embedded stores: what cannot be used is refused and seen, and what slips through to the
//! simulation's door ends at once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actor_kit::Clock;
use tiltyard_actors::{Deps, Frame, Roles, Rules, Settings, System, canonical, store_content};
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::content::{Origin, Published};
use tiltyard_db::durable::matches::MatchState;
use tiltyard_db::durable::tickets::{Enqueued, NewTicket, Purpose};
use tiltyard_db::live::Live;
use tiltyard_db_local::LocalStore;
use tiltyard_db_objects::ObjectReplays;
use tiltyard_db_sqlite::SqliteStore;
use tiltyard_protocol::event::ReturnReason;
use tiltyard_protocol::{
    BootId, ContentHash, EventId, EventSeq, MatchId, NodeId, PlayerEvent, PlayerId, QueueName, TicketId, Timestamp,
};
use tiltyard_sim::{Build, Content, RULES_VERSION};
use tokio::sync::mpsc::Receiver;

const SOON: Duration = Duration::from_secs(60);

struct House {
    deps: Deps,
    _folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("tiltyard.db")).unwrap();
        let deps = Deps {
            durable: Durable::of(store),
            live: Live::of(LocalStore::new()),
            replays: Arc::new(ObjectReplays::file(folder.path().join("replays")).unwrap()),
            rules: Rules::new(Arc::new(Content::builtin().unwrap()), [7; 32]),
            clock: Clock::system(),
            node: NodeId::from_bytes([1; 16]),
            boot: BootId::from_bytes([2; 16]),
        };
        Self { deps, _folder: folder }
    }

    async fn start(&self) -> System {
        let settings = Settings {
            roles: Roles::ALL,
            matchmaking_tick: Duration::from_millis(20),
            lease_ttl: Duration::from_secs(3),
            sim_workers: 2,
        };
        System::start(self.deps.clone(), settings).await.unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.deps.clock.now_micros())
    }

    async fn publish(&self, hash: ContentHash) {
        let (origin, at) = (Origin::Operator, self.now());
        let published = Published { hash, origin, at };
        self.deps
            .durable
            .contents
            .publish(RULES_VERSION, published)
            .await
            .unwrap();
    }

    fn in_force(&self) -> ContentHash {
        self.deps.rules.in_force().hash()
    }

    /// Accepts a ticket of a build that nobody has validated.
    async fn queue(&self, system: &System, n: u8, build: &Build, purpose: Purpose) -> Receiver<Frame> {
        let player = PlayerId::from_bytes([n; 16]);
        let (hash, bytes) = canonical(build);
        self.deps.durable.teams.put_builds(vec![(hash, bytes)]).await.unwrap();
        let mut stream = system.attach(player, None).await.unwrap();
        assert!(matches!(next(&mut stream).await, Frame::Hello { .. }));
        let ticket = NewTicket {
            player,
            id: TicketId::from_bytes([n; 16]),
            request: [n; 32],
            build: hash,
            purpose,
            enqueued_at: self.now(),
            expires_at: self.now().after(Duration::from_secs(600)),
        };
        assert!(matches!(system.enqueue(ticket).await.unwrap(), Enqueued::Accepted(_)));
        stream
    }
}

async fn next(stream: &mut Receiver<Frame>) -> Frame {
    tokio::time::timeout(SOON, stream.recv())
        .await
        .expect("a frame in time")
        .expect("an open stream")
}

async fn returned(stream: &mut Receiver<Frame>) -> (ReturnReason, String) {
    match next(stream).await {
        Frame::Event {
            event: PlayerEvent::TicketReturned { reason, message, .. },
            ..
        } => (reason, message),
        other => panic!("{other:?}"),
    }
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(SOON, waiting).await.is_ok(),
        "waited in vain for {what}"
    );
}

fn ranked() -> Purpose {
    Purpose::Ranked {
        queue: QueueName::ranked(),
        spread: 400,
    }
}

/// A build with one point more than the built-in content gives.
fn greedy() -> Build {
    let mut build = Content::builtin().unwrap().bots()[0].build.clone();
    let attributes = &mut build.units[0].attributes;
    *attributes = tiltyard_sim::Attributes::default();
    (attributes.might, attributes.vigor, attributes.guard) = (10, 10, 1);
    build
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_cannot_be_used_is_a_sickness_and_the_old_content_stays() {
    let house = House::new();
    let builtin = house.in_force();
    let garbage = Bytes::from_static(b"(rules: nonsense)");
    let hash = ContentHash::of(&garbage);
    house
        .deps
        .durable
        .contents
        .put_content(hash, garbage, house.now())
        .await
        .unwrap();
    house.publish(hash).await;
    let system = house.start().await;
    until("the sickness to be named", async || {
        system
            .sick()
            .iter()
            .any(|sick| !sick.is_vital && sick.to_string().starts_with("content: content "))
    })
    .await;
    assert_eq!(house.in_force(), builtin);
    house.queue(&system, 1, &greedy(), ranked()).await;

    let other = Content::builtin()
        .unwrap()
        .canonical()
        .replace("attribute_points:20", "attribute_points:21");
    let other = Content::from_canonical(&other).unwrap();
    let hash = store_content(&house.deps.durable, &other, house.now()).await.unwrap();
    house.publish(hash).await;
    until("the next content to be in force", async || {
        house.in_force() == hash && system.sick().is_empty()
    })
    .await;
    let (player, id) = (PlayerId::from_bytes([1; 16]), TicketId::from_bytes([1; 16]));
    let ticket = house.deps.durable.tickets.ticket(player, id).await.unwrap().unwrap();
    assert_eq!(
        ticket.state,
        tiltyard_protocol::http::tickets::TicketState::Queued,
        "who has not got what was published judges nobody"
    );
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfit_build_ends_its_match_at_the_first_attempt() {
    let house = House::new();
    let system = house.start().await;
    let rules = house.deps.rules.in_force();
    let match_id = MatchId::from_bytes([9; 16]);
    let bot = &rules.content().bots()[0].key;
    let purpose = Purpose::Practice {
        bot: bot.clone(),
        bot_build: rules.bot_build(bot).unwrap(),
        match_id,
        stamps: house.deps.rules.stamps(match_id),
    };
    let mut stream = house.queue(&system, 3, &greedy(), purpose).await;
    let (reason, message) = returned(&mut stream).await;
    assert_eq!(reason, ReturnReason::BuildInvalid);
    assert!(message.contains("units[0].attributes: 21 points"), "{message}");
    let record = house
        .deps
        .durable
        .matches
        .match_of(PlayerId::from_bytes([3; 16]), match_id)
        .await
        .unwrap();
    assert!(matches!(record.unwrap().state, MatchState::DeadLettered { .. }));
    drop(stream);
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_build_is_judged_when_a_node_begins_with_other_content() {
    let house = House::new();
    let more = Content::builtin()
        .unwrap()
        .canonical()
        .replace("attribute_points:20", "attribute_points:21");
    let earlier = Deps {
        rules: Rules::new(Arc::new(Content::from_canonical(&more).unwrap()), [7; 32]),
        ..house.deps.clone()
    };
    let settings = Settings {
        roles: Roles::ALL,
        matchmaking_tick: Duration::from_millis(20),
        lease_ttl: Duration::from_secs(3),
        sim_workers: 1,
    };
    let system = System::start(earlier, settings).await.unwrap();
    drop(house.queue(&system, 4, &greedy(), ranked()).await);
    system.drain().await;

    let system = house.start().await;
    let generation = house.deps.durable.events.generation().await.unwrap();
    let seq = EventSeq(0);
    let after = Some(EventId { generation, seq });
    let mut stream = system.attach(PlayerId::from_bytes([4; 16]), after).await.unwrap();
    let event = loop {
        match next(&mut stream).await {
            Frame::Hello { .. } => {}
            Frame::Event { event, .. } => break event,
            other => panic!("{other:?}"),
        }
    };
    assert!(
        matches!(
            &event,
            PlayerEvent::TicketReturned {
                reason: ReturnReason::BuildInvalid,
                ..
            }
        ),
        "{event:?}"
    );
    drop(stream);
    system.drain().await;
}
