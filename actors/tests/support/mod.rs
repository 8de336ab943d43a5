//! One data folder with real embedded stores, and a system on it.

#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, of which each binary uses some"
)]

use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::Clock;
use tiltyard_actors::{Deps, QueueSettings, Roles, Rules, Settings, System, canonical};
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::audit::{Violations, survey};
use tiltyard_db::durable::players::PlayerRecord;
use tiltyard_db::durable::tickets::{NewTicket, Purpose};
use tiltyard_db::live::Live;
use tiltyard_db_local::LocalStore;
use tiltyard_db_objects::ObjectReplays;
use tiltyard_db_sqlite::SqliteStore;
use tiltyard_protocol::{BootId, NodeId, PlayerId, QueueName, TicketId, Timestamp};
use tiltyard_sim::Content;

/// Time that anything awaited may take on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// One data folder and what runs on it.
pub(crate) struct House {
    pub(crate) deps: Deps,
    _folder: tempfile::TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
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

    pub(crate) async fn start(&self) -> System {
        self.start_with(vec![queue("ranked")]).await
    }

    pub(crate) async fn start_with(&self, queues: Vec<QueueSettings>) -> System {
        System::start(self.deps.clone(), settings(queues)).await.unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.deps.clock.now_micros())
    }

    pub(crate) async fn player(&self, n: u8) -> PlayerId {
        let id = PlayerId::from_bytes([n; 16]);
        let record = PlayerRecord {
            id,
            identity: format!("dev:{n}"),
            name: format!("p{n}"),
            created_at: self.now(),
        };
        self.deps.durable.players.sign_in(record).await.unwrap().id
    }

    pub(crate) fn ticket(&self, player: PlayerId, n: u8, purpose: Purpose) -> NewTicket {
        let rules = self.deps.rules.in_force();
        let content = rules.content();
        NewTicket {
            player,
            id: TicketId::from_bytes([n; 16]),
            request: [n; 32],
            build: canonical(&content.bots()[usize::from(n) % content.bots().len()].build).0,
            purpose,
            enqueued_at: self.now(),
            expires_at: self.now().after(Duration::from_secs(60)),
        }
    }

    pub(crate) async fn store_violations(&self) -> Vec<String> {
        let mut found = Violations::keeping(10);
        survey(self.deps.durable.audit.as_ref(), self.now(), 100, &mut found)
            .await
            .unwrap();
        found
            .kept()
            .iter()
            .map(|violation| format!("{}: {}", violation.invariant, violation.detail))
            .collect()
    }
}

/// Waits until a condition holds, which another actor brings about.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(SOON, waiting).await.is_ok(),
        "waited in vain for {what}"
    );
}

/// Everything in one process, with these queues.
pub(crate) fn settings(queues: Vec<QueueSettings>) -> Settings {
    Settings {
        roles: Roles::ALL,
        queues,
        record: None,
        lease_ttl: Duration::from_secs(3),
        sim_workers: 2,
    }
}

/// A queue that pairs often.
pub(crate) fn queue(name: &str) -> QueueSettings {
    QueueSettings {
        tick: Some(Duration::from_millis(20)),
        ..QueueSettings::of(name.parse().unwrap())
    }
}

/// A wide ticket of the first queue.
pub(crate) fn ranked() -> Purpose {
    Purpose::Ranked {
        queue: QueueName::ranked(),
        spread: 400,
        widen_to: None,
    }
}
