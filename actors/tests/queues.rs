//! Queues on real embedded stores: several, paused and resumed, and tickets that may be widened.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

mod support;

use std::time::Duration;

use tiltyard_db::durable::tickets::{Cancelled, Enqueued, NewTicket, Purpose};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{PlayerId, QueueName, TicketId};

use self::support::{House, queue, ranked, until};

fn ranked_in(queue: &str) -> Purpose {
    Purpose::Ranked {
        queue: queue.parse().unwrap(),
        spread: 400,
        widen_to: None,
    }
}

async fn state_of(house: &House, player: PlayerId, n: u8) -> TicketState {
    let id = TicketId::from_bytes([n; 16]);
    house
        .deps
        .durable
        .tickets
        .ticket(player, id)
        .await
        .unwrap()
        .unwrap()
        .state
}

#[tokio::test(flavor = "multi_thread")]
async fn each_queue_pairs_its_own_tickets() {
    let house = House::new();
    let system = house.start_with(vec![queue("east"), queue("west")]).await;
    let players = [house.player(1).await, house.player(2).await, house.player(3).await];
    for (player, queue, n) in [(0, "east", 1), (1, "west", 2)] {
        let ticket = house.ticket(players[player], n, ranked_in(queue));
        assert!(matches!(system.enqueue(ticket).await.unwrap(), Enqueued::Accepted(_)));
    }
    for queue in ["east", "west"] {
        until("each leader to hold one ticket", async || {
            let snapshot = system.snapshot(&queue.parse().unwrap()).await.unwrap();
            snapshot.is_some_and(|snapshot| snapshot.tickets == 1)
        })
        .await;
    }
    let ticket = house.ticket(players[2], 3, ranked_in("west"));
    system.enqueue(ticket).await.unwrap();
    until("the two in the west to meet", async || {
        state_of(&house, players[1], 2).await == TicketState::Finished
    })
    .await;
    assert_eq!(state_of(&house, players[2], 3).await, TicketState::Finished);
    assert_eq!(state_of(&house, players[0], 1).await, TicketState::Queued);
    assert_eq!(house.store_violations().await, Vec::<String>::new());
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_makes_no_pairs_until_it_is_resumed_also_after_a_restart() {
    let house = House::new();
    let (ann, bob) = (house.player(1).await, house.player(2).await);
    let system = house.start().await;
    let name = QueueName::ranked();
    let reason = "a bad content pack".to_owned();
    system.change_queue(name.clone(), true, reason).await.unwrap();
    for (player, n) in [(ann, 1), (bob, 2)] {
        system.enqueue(house.ticket(player, n, ranked())).await.unwrap();
    }
    until("the leader to hold both", async || {
        let snapshot = system.snapshot(&name).await.unwrap();
        snapshot.is_some_and(|snapshot| snapshot.tickets == 2)
    })
    .await;
    let asked = system.explain(&name, ann, TicketId::from_bytes([1; 16])).await.unwrap();
    assert_eq!(
        asked.unwrap().waiting.unwrap().fitting,
        1,
        "it would fit, and does not meet"
    );
    system.drain().await;

    let system = house.start().await;
    assert!(
        system
            .queue_state(&name)
            .is_some_and(|state| state.paused && state.reason == "a bad content pack")
    );
    assert_eq!(
        system.cancel(bob, TicketId::from_bytes([2; 16])).await.unwrap(),
        Cancelled::Done,
        "cancels go on"
    );
    system.enqueue(house.ticket(bob, 3, ranked())).await.unwrap();
    until("the next leader to hold both", async || {
        let snapshot = system.snapshot(&name).await.unwrap();
        snapshot.is_some_and(|snapshot| snapshot.tickets == 2)
    })
    .await;
    assert_eq!(state_of(&house, ann, 1).await, TicketState::Queued);
    system
        .change_queue(name.clone(), false, "mended".to_owned())
        .await
        .unwrap();
    until("both to meet", async || {
        state_of(&house, ann, 1).await == TicketState::Finished
            && state_of(&house, bob, 3).await == TicketState::Finished
    })
    .await;
    assert_eq!(house.store_violations().await, Vec::<String>::new());
    system.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wide_gap_is_crossed_by_those_only_who_both_allow_it() {
    let house = House::new();
    let system = house.start().await;
    let (ann, bob) = (house.player(1).await, house.player(2).await);
    for (player, n) in [(ann, 1), (bob, 2)] {
        system.enqueue(house.ticket(player, n, ranked())).await.unwrap();
    }
    until("the first match", async || {
        state_of(&house, ann, 1).await == TicketState::Finished
    })
    .await;
    let ratings = house.deps.durable.ratings.ratings(&[ann, bob]).await.unwrap();
    assert!(
        (ratings[0].rating.rating - ratings[1].rating.rating).abs() > 10.0,
        "{ratings:?}"
    );

    let near = |widen_to| Purpose::Ranked {
        queue: QueueName::ranked(),
        spread: 10,
        widen_to,
    };
    // A new leader knows no demand and widens by age: these have waited for an hour.
    let aged = |player, n| NewTicket {
        enqueued_at: house.now().before(Duration::from_secs(3_600)),
        ..house.ticket(player, n, near(Some(2_000)))
    };
    system.enqueue(aged(ann, 3)).await.unwrap();
    system.enqueue(house.ticket(bob, 4, near(None))).await.unwrap();
    let of_bob = TicketId::from_bytes([4; 16]);
    until("the leader to hold both", async || {
        let answer = system.explain(&QueueName::ranked(), bob, of_bob).await.unwrap();
        let waiting = answer.and_then(|answer| answer.waiting);
        waiting.is_some_and(|waiting| waiting.outside_own_spread == 1)
    })
    .await;
    system.enqueue(aged(bob, 5)).await.unwrap();
    until("the two that allow it to meet", async || {
        state_of(&house, ann, 3).await == TicketState::Finished
    })
    .await;
    assert_eq!(state_of(&house, bob, 5).await, TicketState::Finished);
    assert_eq!(state_of(&house, bob, 4).await, TicketState::Queued);
    assert_eq!(house.store_violations().await, Vec::<String>::new());
    system.drain().await;
}
