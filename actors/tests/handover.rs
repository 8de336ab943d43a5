//! Two systems on the same stores: who stops hands its queue on at once, and too many waiting jobs hold pairing up.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use tiltyard_actors::{Deps, Roles, Settings, System};
use tiltyard_db::durable::tickets::Enqueued;
use tiltyard_db::live::jobs::Job;
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{BootId, MatchId, NodeId, PlayerId, TicketId, limits};
use tiltyard_sim_wire::rules_version;

use self::support::{House, queue, ranked, settings, until};

/// Longer than the test: nobody finds the lease free by looking now and then.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

async fn start(house: &House, n: u8) -> System {
    let deps = Deps {
        node: NodeId::from_bytes([n; 16]),
        boot: BootId::from_bytes([n; 16]),
        ..house.deps.clone()
    };
    let settings = Settings {
        lease_ttl: FOREVER,
        ..settings(vec![queue("ranked"), queue("duel")])
    };
    System::start(deps, settings).await.unwrap()
}

async fn enqueue(house: &House, system: &System, n: u8) -> (PlayerId, TicketId) {
    let player = house.player(n).await;
    let ticket = house.ticket(player, n, ranked());
    let key = (player, ticket.id);
    assert!(matches!(system.enqueue(ticket).await.unwrap(), Enqueued::Accepted(_)));
    key
}

async fn until_finished(house: &House, (player, id): (PlayerId, TicketId)) {
    until("the ticket to be finished", async || {
        let ticket = house.deps.durable.tickets.ticket(player, id).await.unwrap();
        ticket.unwrap().state == TicketState::Finished
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_hands_its_queues_on_at_once() {
    let house = House::new();
    let first = start(&house, 1).await;
    let pair = [enqueue(&house, &first, 1).await, enqueue(&house, &first, 2).await];
    until_finished(&house, pair[0]).await;
    let second = start(&house, 2).await;
    let waiting = enqueue(&house, &second, 3).await;
    first.drain().await;
    enqueue(&house, &second, 4).await;
    until_finished(&house, waiting).await;
    let third = start(&house, 3).await;
    second.drain().await;
    let pair = [enqueue(&house, &third, 5).await, enqueue(&house, &third, 6).await];
    until_finished(&house, pair[0]).await;
    assert_eq!(house.store_violations().await, Vec::<String>::new());
    third.drain().await;
}

/// As many jobs wait as may: two who fit stay queued until some are done.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_of_jobs_holds_pairing_up() {
    let house = House::new();
    let jobs = house.deps.live.jobs.clone();
    let job = |n: usize| Job {
        match_id: MatchId::from_bytes(u128::try_from(n).unwrap().to_be_bytes()),
        rules_version: rules_version(),
        request: Bytes::new(),
    };
    let full = (0..limits::JOBS_MAX).map(job).collect();
    jobs.submit(full, limits::JOBS_MAX).await.unwrap();
    let roles = Roles {
        sim: false,
        ..Roles::ALL
    };
    let settings = Settings {
        roles,
        ..settings(vec![queue("ranked")])
    };
    let system = System::start(house.deps.clone(), settings).await.unwrap();
    let name = queue("ranked").name;
    until("the leader to have looked at the jobs", async || {
        system.snapshot(&name).await.unwrap().is_some()
    })
    .await;
    let keys = [enqueue(&house, &system, 1).await, enqueue(&house, &system, 2).await];
    let (left, right) = (keys[0], keys[1]);
    until("both to be known to the leader", async || {
        let seen = system.snapshot(&name).await.unwrap();
        seen.is_some_and(|seen| seen.tickets == 2)
    })
    .await;
    let pending = async || house.deps.durable.matches.pending(None, house.now(), 9).await.unwrap();
    assert_eq!(pending().await, []);
    for (player, id) in [left, right] {
        let ticket = house.deps.durable.tickets.ticket(player, id).await.unwrap().unwrap();
        assert_eq!(ticket.state, TicketState::Queued);
    }
    let taken = jobs
        .take(rules_version(), NodeId::from_bytes([9; 16]), 1, Duration::ZERO)
        .await;
    let receipts = taken.unwrap().into_iter().map(|delivery| delivery.receipt).collect();
    jobs.acknowledge(rules_version(), receipts).await.unwrap();
    until("the two to be paired", async || pending().await.len() == 1).await;
    system.drain().await;
}
