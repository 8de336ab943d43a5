//! The sweeper, on the embedded stores: whatever is pending becomes a job, however many do before it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use support::{House, queue, settings, until};
use tiltyard_actors::{Roles, Settings, System};
use tiltyard_db::durable::tickets::{NewTicket, Purpose};
use tiltyard_db::live::Live;
use tiltyard_db_local::LocalStore;
use tiltyard_protocol::{MatchId, PlayerId, TicketId};
use tiltyard_sim::RULES_VERSION;

/// More than two pages.
const BACKLOG: usize = 2_100;

/// A practice ticket of a player of his own, accepted half a minute ago.
fn practice(house: &House, n: u16) -> NewTicket {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    let (player, id) = (PlayerId::from_bytes(id), TicketId::from_bytes(id));
    let match_id = MatchId::of_tickets(&[(player, id)]);
    let rules = house.deps.rules.in_force();
    let bot = &rules.content().bots()[0].key;
    let purpose = Purpose::Practice {
        bot: bot.clone(),
        bot_build: rules.bot_build(bot).unwrap(),
        match_id,
        stamps: house.deps.rules.stamps(match_id),
    };
    let ticket = house.ticket(player, 0, purpose);
    NewTicket {
        id,
        enqueued_at: house.now().before(Duration::from_secs(30)),
        ..ticket
    }
}

async fn accept(house: &House, numbers: std::ops::Range<u16>) {
    let tickets: Vec<_> = numbers.map(|n| practice(house, n)).collect();
    for some in tickets.chunks(100) {
        house.deps.durable.tickets.enqueue(some.to_vec(), 1).await.unwrap();
    }
}

/// Waits until as many jobs wait for a simulation that this process does not have.
async fn jobs(house: &House, expected: usize) {
    let jobs = &house.deps.live.jobs;
    until("every pending match to be a job", async || {
        jobs.depth(RULES_VERSION).await.unwrap().waiting == expected
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_that_never_end_hide_none_behind_them() {
    let mut house = House::new();
    let roles = Roles {
        sim: false,
        ..Roles::ALL
    };
    let settings = Settings {
        roles,
        ..settings(vec![queue("ranked")])
    };
    let system = System::start(house.deps.clone(), settings.clone()).await.unwrap();
    // What was missed while the process runs, which reads it page after page.
    let half = u16::try_from(BACKLOG).unwrap();
    accept(&house, 0..half).await;
    jobs(&house, BACKLOG).await;
    system.drain().await;

    // What another life of the process left: all of it at once, with the jobs that were in memory.
    house.deps.live = Live::of(LocalStore::new());
    accept(&house, half..half + 1).await;
    let system = System::start(house.deps.clone(), settings).await.unwrap();
    jobs(&house, BACKLOG + 1).await;
    system.drain().await;
}
