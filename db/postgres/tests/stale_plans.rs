//! No call of the server walks a big table with a plan made at the wrong time: one that a session made while the tables were
//! empty, or one made before they were analysed. The server writes the plan of every statement, those inside functions too,
//! into its log.
//!
//! `TILTYARD_PLAN_ROWS=1000000 cargo test -p tiltyard-db-postgres --test stale_plans` does it with other numbers of players.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use std::collections::BTreeSet;

use database::connect;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::matches::Paired;
use tiltyard_db::durable::players::PlayerRecord;
use tiltyard_db::durable::results::Finish;
use tiltyard_db::durable::teams::TeamRecord;
use tiltyard_db_postgres::{Options, PostgresStore, migrate};
use tiltyard_db_testkit::Postgres;
use tiltyard_protocol::{ContentHash, EventSeq, QueueName, TeamId};

/// Players and tickets.
const ROWS: &str = match option_env!("TILTYARD_PLAN_ROWS") {
    Some(rows) => rows,
    None => "20000",
};

/// Tables of a row per process, leader, epoch, secret, bundle, version of the rules or migration: walking them is no harm.
const SMALL: [&str; 9] = [
    "store",
    "secrets",
    "contents",
    "published_contents",
    "accepted_counts",
    "leaders",
    "epochs",
    "epoch_counts",
    "refinery_schema_history",
];

struct World {
    server: Postgres,
    options: Options,
    /// How much of the log was read.
    read: usize,
}

impl World {
    async fn new() -> Self {
        let server = Postgres::options()
            .setting("session_preload_libraries=auto_explain")
            .setting("auto_explain.log_min_duration=0")
            .setting("auto_explain.log_nested_statements=on")
            .setting("autovacuum=off")
            .start()
            .unwrap();
        server.create_database("plans", None).unwrap();
        let mut options = Options::new(server.url("plans").parse().unwrap());
        // One session, so that what it planned before is what it runs afterwards.
        options.connections_max = 1;
        migrate(&options).await.unwrap();
        Self {
            server,
            options,
            read: 0,
        }
    }

    async fn store(&self) -> Durable {
        Durable::of(PostgresStore::open(&self.options).await.unwrap())
    }

    async fn run(&self, sql: &str) {
        let raw = connect(&self.server.url("plans")).await;
        raw.batch_execute("SET auto_explain.log_min_duration = -1")
            .await
            .unwrap();
        raw.batch_execute(sql).await.unwrap();
    }

    /// Returns the log's new part.
    fn log(&mut self) -> String {
        let log = std::fs::read_to_string(self.server.folder().join("log")).unwrap();
        let new = log[self.read..].to_owned();
        self.read = log.len();
        new
    }

    fn assert_no_walk(&mut self, when: &str) {
        let log = self.log();
        assert!(
            log.contains("FOR NO KEY UPDATE OF t"),
            "plans inside functions are in the log"
        );
        let walked: BTreeSet<&str> = log
            .lines()
            .filter_map(|line| line.split("Seq Scan on ").nth(1)?.split(' ').next())
            .filter(|table| !SMALL.contains(table))
            .collect();
        assert_eq!(walked, BTreeSet::new(), "{when}: {log}");
    }
}

#[tokio::test]
async fn no_call_walks_a_big_table() {
    let mut world = World::new().await;
    let store = world.store().await;
    for turn in 0..7 {
        call_everything(&store, 1_000 * turn).await;
    }
    world.log();
    world
        .run(&include_str!("support/load.sql").replace(":rows", ROWS))
        .await;
    call_everything(&store, 100_000).await;
    world.assert_no_walk("planned while empty");
    call_everything(&world.store().await, 200_000).await;
    world.assert_no_walk("planned before ANALYZE");
    world.run("ANALYZE").await;
    call_everything(&store, 300_000).await;
    audit_pages(&store).await;
    world.assert_no_walk("planned after ANALYZE");
}

/// Makes every call of the server once, for players from `n` on.
async fn call_everything(store: &Durable, n: u32) {
    store_build(store).await;
    keep(store, n).await;
    queue_up(store, n).await;
    fight(store, n).await;
    end_otherwise(store, n + 100).await;
    look_around(store, n).await;
}

async fn keep(store: &Durable, n: u32) {
    let candidate = PlayerRecord {
        id: player(n),
        identity: format!("dev:{n}"),
        name: "Name".to_owned(),
        created_at: at(0),
    };
    store.players.sign_in(candidate.clone()).await.unwrap();
    store.players.sign_in(candidate).await.unwrap();
    let players: Vec<_> = (n..n + 100).map(player).collect();
    assert!(store.players.players(&players).await.unwrap()[0].is_some());
    let team = TeamRecord {
        player: player(n),
        id: TeamId::from_bytes([7; 16]),
        name: "Team".to_owned(),
        build: build(),
        updated_at: at(0),
    };
    store.teams.put_team(team.clone(), build_bytes(), 9).await.unwrap();
    store.teams.team(player(n), team.id).await.unwrap().unwrap();
    assert_eq!(store.teams.teams(player(n)).await.unwrap().len(), 1);
    assert!(store.teams.delete_team(player(n), team.id).await.unwrap());
    store.teams.builds(&[build(); 9]).await.unwrap();
    let hash = ContentHash::of(b"content");
    store.contents.put_content(hash, build_bytes(), at(0)).await.unwrap();
    store.contents.content(hash).await.unwrap().unwrap();
    let published = store.contents.offer(1, hash, at(0)).await.unwrap();
    store.contents.publish(1, published).await.unwrap().unwrap();
    store.secrets.secret("match", build_bytes()).await.unwrap();
    store.events.generation().await.unwrap();
}

async fn queue_up(store: &Durable, n: u32) {
    let tickets = (n..n + 64).map(|n| ranked(key(n))).collect();
    store.tickets.enqueue(tickets, SLOTS).await.unwrap();
    store.tickets.ticket(player(n), ticket(n)).await.unwrap().unwrap();
    assert_eq!(store.tickets.live_tickets(player(n)).await.unwrap().len(), 1);
    let ranked = QueueName::ranked();
    assert!(!store.tickets.queued(&ranked, None, 100).await.unwrap().is_empty());
    let since = store.tickets.queued_since(&ranked, at(0), 100).await.unwrap();
    assert!(!since.is_empty());
    store.tickets.expiring(at(9_999), 100).await.unwrap();
}

async fn fight(store: &Durable, n: u32) {
    let leadership = lead(store).await;
    let pairings = (n..n + 32).map(|n| pairing(key(n), key(n + 32))).collect();
    let mut fought = Vec::new();
    for paired in commit(store, &leadership, pairings).await {
        let Paired::Done(made) = paired else {
            panic!("{paired:?}")
        };
        let spool = Some(build_bytes());
        let finish = rated(store, &made).await;
        fought.push(Finish { spool, ..finish });
    }
    let (id, replay) = (fought[0].match_id, fought[0].replay.key.clone());
    assert!(!store.matches.pending(None, at(9), 20).await.unwrap().is_empty());
    store.matches.pending_match(id).await.unwrap().unwrap();
    store.results.finish(fought).await.unwrap();
    store.matches.match_of(player(n), id).await.unwrap().unwrap();
    assert_eq!(store.matches.history(player(n), None, 20).await.unwrap().len(), 1);
    store.results.spooled(9).await.unwrap();
    store.results.spooled_replay(&replay).await.unwrap().unwrap();
    store.results.unspool(&[replay]).await.unwrap();
}

async fn end_otherwise(store: &Durable, n: u32) {
    let lost = spar(store, key(n)).await;
    store
        .results
        .record_failure(lost.id, lost.stamps.terms(), node(1), "crash", at(1))
        .await
        .unwrap();
    store.results.give_up(give_up(&lost)).await.unwrap();
    for n in n + 1..n + 5 {
        accept(store, ranked(key(n))).await;
    }
    let cancels = vec![key(n + 1), key(n + 2), key(n + 9)];
    store.tickets.cancel(cancels, at(1)).await.unwrap();
    let ends = vec![expire(key(n + 3)), expire(key(n + 4))];
    store.tickets.end(ends, at(1)).await.unwrap();
}

async fn look_around(store: &Durable, n: u32) {
    let players: Vec<_> = (n..n + 100).map(player).collect();
    store.ratings.ratings(&players).await.unwrap();
    assert_eq!(store.ratings.rating_history(player(n), 0, 20).await.unwrap().len(), 1);
    assert_eq!(store.events.heads(&players).await.unwrap()[0], EventSeq(1));
    let page = store.events.events_after(player(n), EventSeq(0), 20).await.unwrap();
    assert_eq!(page.events.len(), 1);
    assert!(store.events.trim_events(at(3), 100).await.unwrap() > 0);
}

/// Reads the auditor's pages; its checks walk tables, as they must.
async fn audit_pages(store: &Durable) {
    assert!(!store.audit.rating_changes(None, 20).await.unwrap().is_empty());
    assert!(!store.audit.done_matches(None, 20).await.unwrap().is_empty());
}
