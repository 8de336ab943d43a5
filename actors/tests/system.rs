//! The whole system of one process on real embedded stores: tickets in, results, ratings, events and replays out.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

mod support;

use tiltyard_actors::{Frame, canonical};
use tiltyard_db::durable::matches::MatchState;
use tiltyard_db::durable::tickets::{Cancelled, Enqueued, Purpose};
use tiltyard_protocol::event::{Opponent, PlayerOutcome, ResultEvent};
use tiltyard_protocol::{EventId, MatchId, PlayerEvent, TicketId, limits};
use tiltyard_sim::Build;
use tokio::sync::mpsc::Receiver;

use self::support::{House, SOON, ranked};

async fn next(stream: &mut Receiver<Frame>) -> Frame {
    tokio::time::timeout(SOON, stream.recv())
        .await
        .expect("a frame in time")
        .expect("an open stream")
}

async fn result(stream: &mut Receiver<Frame>) -> (EventId, ResultEvent) {
    match next(stream).await {
        Frame::Event {
            id,
            event: PlayerEvent::Result(result),
        } => (id, result),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_players_meet_and_both_are_told_and_rated() {
    let house = House::new();
    let system = house.start().await;
    let (ann, bob) = (house.player(1).await, house.player(2).await);
    let mut streams = [
        system.attach(ann, None).await.unwrap(),
        system.attach(bob, None).await.unwrap(),
    ];
    for stream in &mut streams {
        assert!(matches!(next(stream).await, Frame::Hello { .. }));
    }
    for (player, n) in [(ann, 1), (bob, 2)] {
        let ticket = house.ticket(player, n, ranked());
        assert!(matches!(
            system.enqueue(ticket.clone()).await.unwrap(),
            Enqueued::Accepted(_)
        ));
        assert!(matches!(system.enqueue(ticket).await.unwrap(), Enqueued::Already(_)));
    }
    let (id, of_ann) = result(&mut streams[0]).await;
    let (_, of_bob) = result(&mut streams[1]).await;
    assert_eq!(of_ann.match_id, of_bob.match_id);
    assert_eq!(of_ann.opponent, Opponent::Player(bob));
    assert_eq!(id.seq.0, 1);
    let mirrored = match of_ann.outcome {
        PlayerOutcome::Win => PlayerOutcome::Loss,
        PlayerOutcome::Loss => PlayerOutcome::Win,
        PlayerOutcome::Draw => PlayerOutcome::Draw,
    };
    assert_eq!(of_bob.outcome, mirrored);

    let records = house.deps.durable.ratings.ratings(&[ann, bob]).await.unwrap();
    assert_eq!(
        records[0].rating.rating.to_bits(),
        of_ann.rating.unwrap().after.to_bits()
    );
    assert_eq!(records[1].version, 1);
    let record = house
        .deps
        .durable
        .matches
        .match_of(ann, of_ann.match_id)
        .await
        .unwrap()
        .unwrap();
    let MatchState::Done(done) = record.state else {
        panic!("{record:?}")
    };
    let replay = house.deps.replays.get(&done.replay.key).await.unwrap().unwrap();
    assert_eq!(blake3::hash(&replay).as_bytes(), &done.replay.checksum);

    assert!(matches!(
        system.cancel(ann, TicketId::from_bytes([1; 16])).await.unwrap(),
        Cancelled::TooLate(_)
    ));
    assert_eq!(house.store_violations().await, Vec::<String>::new());
    system.drain().await;
    assert_eq!(next(&mut streams[0]).await, Frame::Bye);
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_needs_no_leader_and_is_unrated() {
    let house = House::new();
    let system = house.start().await;
    let ann = house.player(1).await;
    let mut stream = system.attach(ann, None).await.unwrap();
    assert!(matches!(next(&mut stream).await, Frame::Hello { .. }));
    let bot = house.deps.rules.in_force().content().bots()[0].key.clone();
    let match_id = MatchId::of_tickets(&[(ann, TicketId::from_bytes([5; 16]))]);
    let purpose = Purpose::Practice {
        bot_build: system.rules().in_force().bot_build(&bot).unwrap(),
        stamps: system.rules().stamps(match_id),
        bot: bot.clone(),
        match_id,
    };
    let accepted = system.enqueue(house.ticket(ann, 5, purpose)).await.unwrap();
    assert!(matches!(accepted, Enqueued::Accepted(_)), "{accepted:?}");
    let (_, result) = result(&mut stream).await;
    assert_eq!(
        (result.match_id, result.opponent, result.rating),
        (match_id, Opponent::Bot(bot), None)
    );
    drop(stream);
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_is_finished_by_the_next() {
    let house = House::new();
    let (ann, bob) = (house.player(1).await, house.player(2).await);
    let tickets = vec![house.ticket(ann, 1, ranked()), house.ticket(bob, 2, ranked())];
    // The store has the builds once a system has run on it; this one drains before any ticket comes.
    house.start().await.drain().await;
    house.deps.durable.tickets.enqueue(tickets, 16).await.unwrap();

    let system = house.start().await;
    let start = house.deps.durable.events.generation().await.unwrap();
    let after = EventId {
        generation: start,
        seq: tiltyard_protocol::EventSeq(0),
    };
    let mut stream = system.attach(ann, Some(after)).await.unwrap();
    let (id, first) = result(&mut stream).await;
    assert_eq!(id.seq.0, 1);
    drop(stream);
    let mut again = system.attach(ann, Some(after)).await.unwrap();
    assert_eq!(result(&mut again).await.1, first, "the log is the truth, whoever asks");
    drop(again);
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_tickets_meet_nobody() {
    let house = House::new();
    let system = house.start().await;
    let (ann, bob) = (house.player(1).await, house.player(2).await);
    system.enqueue(house.ticket(ann, 1, ranked())).await.unwrap();
    assert_eq!(
        system.cancel(ann, TicketId::from_bytes([1; 16])).await.unwrap(),
        Cancelled::Done
    );
    assert_eq!(
        system.cancel(bob, TicketId::from_bytes([2; 16])).await.unwrap(),
        Cancelled::Recorded
    );
    assert_eq!(
        system.enqueue(house.ticket(bob, 2, ranked())).await.unwrap(),
        Enqueued::Cancelled
    );
    system.drain().await;
    assert!(
        house
            .deps
            .durable
            .matches
            .history(ann, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_of_too_many_streams_is_closed() {
    let house = House::new();
    let system = house.start().await;
    let ann = house.player(1).await;
    let mut streams = Vec::new();
    for _ in 0..=limits::STREAMS_PER_PLAYER_MAX {
        let mut stream = system.attach(ann, None).await.unwrap();
        assert!(matches!(next(&mut stream).await, Frame::Hello { .. }));
        streams.push(stream);
    }
    let oldest = tokio::time::timeout(SOON, streams[0].recv()).await;
    assert_eq!(oldest, Ok(None), "its client has to come back");
    assert!(!streams[1].is_closed());
    system.drain().await;
}

/// Takes ten seconds: a failed job is claimed again when it has lain idle for five.
#[tokio::test(flavor = "multi_thread")]
async fn a_match_that_cannot_be_fought_is_given_up_and_its_ticket_returned() {
    let house = House::new();
    let system = house.start().await;
    let ann = house.player(1).await;
    let mut stream = system.attach(ann, None).await.unwrap();
    assert!(matches!(next(&mut stream).await, Frame::Hello { .. }));
    let (hopeless, bytes) = canonical(&Build { units: Vec::new() });
    house
        .deps
        .durable
        .teams
        .put_builds(vec![(hopeless, bytes)])
        .await
        .unwrap();
    let id = TicketId::from_bytes([5; 16]);
    let match_id = MatchId::of_tickets(&[(ann, id)]);
    let purpose = Purpose::Practice {
        bot: "nobody".into(),
        bot_build: hopeless,
        stamps: system.rules().stamps(match_id),
        match_id,
    };
    system.enqueue(house.ticket(ann, 5, purpose)).await.unwrap();
    match next(&mut stream).await {
        Frame::Event {
            event: PlayerEvent::TicketReturned { ticket, .. },
            ..
        } => assert_eq!(ticket, id),
        other => panic!("{other:?}"),
    }
    let record = house
        .deps
        .durable
        .matches
        .match_of(ann, match_id)
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(record.state, MatchState::DeadLettered { .. }), "{record:?}");
    assert_eq!(house.store_violations().await, Vec::<String>::new());
    system.drain().await;
}
