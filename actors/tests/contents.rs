//! Content in one process on embedded stores: what cannot be used is refused and seen, and what slips through to the
//! simulation's door ends at once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actors::{CommandError, Deps, Frame, Rules, System, canonical, store_content};
use tiltyard_db::durable::content::{Origin, Published};
use tiltyard_db::durable::matches::MatchState;
use tiltyard_db::durable::tickets::{Enqueued, NewTicket, Purpose};
use tiltyard_protocol::event::ReturnReason;
use tiltyard_protocol::{BootId, ContentHash, EventId, EventSeq, MatchId, PlayerEvent, PlayerId, TicketId, Timestamp};
use tiltyard_sim::{Attributes, Build, Content, RULES_VERSION};
use tokio::sync::mpsc::Receiver;

use self::support::{House, SOON, queue, ranked, settings, until};

impl House {
    async fn publish(&self, hash: ContentHash) {
        self.publish_at(hash, self.now()).await;
    }

    async fn publish_at(&self, hash: ContentHash, at: Timestamp) {
        let origin = Origin::Operator;
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

    /// Stores what nobody can read; returns its hash.
    async fn garbage(&self) -> ContentHash {
        let garbage = Bytes::from_static(b"(rules: nonsense)");
        let (hash, contents) = (ContentHash::of(&garbage), &self.deps.durable.contents);
        contents.put_content(hash, garbage, self.now()).await.unwrap();
        hash
    }

    /// Makes a ticket of a build that nobody has validated.
    async fn unchecked(&self, n: u8, build: &Build, purpose: Purpose) -> NewTicket {
        let (hash, bytes) = canonical(build);
        self.deps.durable.teams.put_builds(vec![(hash, bytes)]).await.unwrap();
        NewTicket {
            player: PlayerId::from_bytes([n; 16]),
            id: TicketId::from_bytes([n; 16]),
            request: [n; 32],
            build: hash,
            purpose,
            enqueued_at: self.now(),
            expires_at: self.now().after(Duration::from_secs(600)),
        }
    }

    /// Accepts such a ticket.
    async fn queue(&self, system: &System, n: u8, build: &Build, purpose: Purpose) -> Receiver<Frame> {
        let ticket = self.unchecked(n, build, purpose).await;
        let mut stream = system.attach(ticket.player, None).await.unwrap();
        assert!(matches!(next(&mut stream).await, Frame::Hello { .. }));
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

/// The built-in content with one attribute point more.
fn generous() -> Content {
    let builtin = Content::builtin().unwrap();
    let points = builtin.rules().attribute_points;
    let (from, to) = (
        format!("attribute_points:{points}"),
        format!("attribute_points:{}", points + 1),
    );
    Content::from_canonical(&builtin.canonical().replace(&from, &to)).unwrap()
}

/// A build with one point more than the built-in content gives.
fn greedy() -> Build {
    let content = Content::builtin().unwrap();
    let (points, most) = (content.rules().attribute_points + 1, content.rules().attribute_max);
    let take = |taken: i32| u8::try_from((points - taken).clamp(0, most)).unwrap();
    let mut build = content.bots()[0].build.clone();
    build.units[0].attributes = Attributes {
        might: take(0),
        vigor: take(most),
        guard: take(2 * most),
        ..Attributes::default()
    };
    build
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_use_what_was_published_is_sick_leads_nothing_and_accepts_nothing() {
    let house = House::new();
    let builtin = house.in_force();
    let system = house.start().await;
    until("the queue to be led", async || {
        let name = "ranked".parse().unwrap();
        system.snapshot(&name).await.unwrap().is_some()
    })
    .await;
    let hash = house.garbage().await;
    house.publish(hash).await;
    until("the sickness to be named", async || {
        system
            .sick()
            .iter()
            .any(|sick| !sick.is_vital && sick.to_string().starts_with("content: content "))
    })
    .await;
    assert_eq!(house.in_force(), builtin);
    until("the lease to be given back", async || {
        let (lease, ttl) = (&house.deps.live.lease, Duration::from_secs(1));
        let other = BootId::from_bytes([9; 16]);
        lease.hold("queue:ranked", other, ttl).await.unwrap().is_mine()
    })
    .await;
    let ticket = house.unchecked(1, &greedy(), ranked()).await;
    assert_eq!(system.enqueue(ticket.clone()).await, Err(CommandError::Unavailable));
    // Another node, which can use what was published, accepts it.
    let accepted = house.deps.durable.tickets.enqueue(vec![ticket], 1).await.unwrap();
    assert!(matches!(accepted[0], Enqueued::Accepted(_)));

    let other = generous();
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
    assert!(
        message.contains("units[0].attributes: ") && message.contains("take away 1"),
        "{message}"
    );
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
async fn a_bundle_that_this_node_cannot_get_counts_against_no_match() {
    let house = House::new();
    let system = house.start().await;
    let rules = house.deps.rules.in_force();
    let (player, match_id) = (PlayerId::from_bytes([5; 16]), MatchId::from_bytes([5; 16]));
    let bot = &rules.content().bots()[0];
    let mut stamps = house.deps.rules.stamps(match_id);
    stamps.content = house.garbage().await;
    let purpose = Purpose::Practice {
        bot: bot.key.clone(),
        bot_build: rules.bot_build(&bot.key).unwrap(),
        match_id,
        stamps,
    };
    drop(house.queue(&system, 5, &bot.build, purpose).await);
    for named in [true, false, true] {
        until("the node to be sick, pause, and try again", async || {
            let mut sick = system.sick().into_iter();
            named == sick.any(|sick| sick.to_string().starts_with("content bundles: content "))
        })
        .await;
    }
    let matches = &house.deps.durable.matches;
    assert!(matches.pending_match(match_id).await.unwrap().is_some());
    let record = matches.match_of(player, match_id).await.unwrap();
    assert_eq!(record.unwrap().state, MatchState::Pending);
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_who_publishes_decides_nothing() {
    let house = House::new();
    let deps = Deps {
        rules: Rules::new(Arc::new(generous()), [7; 32]),
        ..house.deps.clone()
    };
    let system = System::start(deps.clone(), settings(vec![queue("ranked")]))
        .await
        .unwrap();
    let mut stream = house.queue(&system, 6, &greedy(), ranked()).await;
    let builtin = house.deps.rules.in_force();
    let stored = store_content(&deps.durable, builtin.content(), house.now()).await;
    let an_hour_slow = house.now().before(Duration::from_secs(3_600));
    house.publish_at(stored.unwrap(), an_hour_slow).await;
    let (reason, _) = returned(&mut stream).await;
    assert_eq!(reason, ReturnReason::BuildInvalid);
    drop(stream);
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_build_is_judged_when_a_node_begins_with_other_content() {
    let house = House::new();
    let earlier = Deps {
        rules: Rules::new(Arc::new(generous()), [7; 32]),
        ..house.deps.clone()
    };
    let system = System::start(earlier, settings(vec![queue("ranked")])).await.unwrap();
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
