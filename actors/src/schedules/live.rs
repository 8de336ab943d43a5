//! The live store as a node sees it: the in-process one that ships, shared by all nodes as Redis would be, by way of each
//! node's link. It may forget everything at any time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_db::live::jobs::{Delivery, Job, JobDepth, Program, Receipt, Submitted};
use tiltyard_db::live::lease::Hold;
use tiltyard_db::live::limits::Allowance;
use tiltyard_db::live::wakeups::{Inbox, Notice, Wakeup};
use tiltyard_db::live::{Board, Jobs, Lease, Limits, Live, Presence, Wakeups};
use tiltyard_db::objects::ReplayObjects;
use tiltyard_db::{Result, StoreError};
use tiltyard_db_local::LocalStore;
use tiltyard_protocol::{BootId, NodeId, PlayerId};
use tokio::sync::mpsc;

use super::link::{Link, Store, lock};

/// The live store of all nodes.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Arc<LocalStore>>>);

impl Shared {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(LocalStore::new())))
    }

    /// Forgets everything; whoever listens is cut off.
    pub(super) fn flush(&self) {
        *lock(&self.0) = LocalStore::new();
    }

    pub(super) fn local(&self) -> Arc<LocalStore> {
        Arc::clone(&lock(&self.0))
    }
}

/// One node's view of the live store.
pub(super) struct LiveLink {
    shared: Shared,
    link: Link,
    /// How fast the node's clock runs, in hundredths: its leases end as much earlier or later.
    pace: u32,
}

impl LiveLink {
    /// Makes a node's live store.
    pub(super) fn live(shared: Shared, link: Link, pace: u32) -> Live {
        Live::of(Arc::new(Self { shared, link, pace }))
    }

    async fn ask<T, F>(&self, what: &'static str, work: impl Fn(Arc<LocalStore>) -> F + Send + 'static) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let shared = self.shared.clone();
        self.link.call(Store::Live, what, move || work(shared.local())).await
    }
}

#[async_trait]
impl Lease for LiveLink {
    async fn hold(&self, name: &str, who: BootId, ttl: Duration) -> Result<Hold> {
        let (name, ttl) = (name.to_owned(), ttl * self.pace / 100);
        self.ask("hold", move |store| {
            let name = name.clone();
            async move { store.hold(&name, who, ttl).await }
        })
        .await
    }

    async fn release(&self, name: &str, holder: BootId) -> Result<()> {
        let name = name.to_owned();
        self.ask("release", move |store| {
            let name = name.clone();
            async move { store.release(&name, holder).await }
        })
        .await
    }
}

#[async_trait]
impl Jobs for LiveLink {
    async fn submit(&self, jobs: Vec<Job>, max: usize) -> Result<Vec<Submitted>> {
        self.ask("submit", move |store| {
            let jobs = jobs.clone();
            async move { store.submit(jobs, max).await }
        })
        .await
    }

    async fn take(&self, version: u32, consumer: NodeId, credits: usize, wait: Duration) -> Result<Vec<Delivery>> {
        let take = move |store: Arc<LocalStore>| async move { store.take(version, consumer, credits, wait).await };
        self.ask("take", take).await
    }

    async fn claim(&self, version: u32, consumer: NodeId, credits: usize, min_idle: Duration) -> Result<Vec<Delivery>> {
        let claim =
            move |store: Arc<LocalStore>| async move { store.claim(version, consumer, credits, min_idle).await };
        self.ask("claim", claim).await
    }

    async fn acknowledge(&self, version: u32, receipts: Vec<Receipt>) -> Result<()> {
        self.ask("acknowledge", move |store| {
            let receipts = receipts.clone();
            async move { store.acknowledge(version, receipts).await }
        })
        .await
    }

    async fn attend(&self, program: &Program, ttl: Duration) -> Result<()> {
        let program = program.clone();
        self.ask("attend", move |store| {
            let program = program.clone();
            async move { store.attend(&program, ttl).await }
        })
        .await
    }

    async fn attended(&self) -> Result<Vec<Program>> {
        self.ask("attended", move |store| async move { store.attended().await })
            .await
    }

    async fn depth(&self, version: u32) -> Result<JobDepth> {
        self.ask("depth", move |store| async move { store.depth(version).await })
            .await
    }
}

#[async_trait]
impl Wakeups for LiveLink {
    /// Each hint goes its own way, so that they overtake each other.
    async fn publish(&self, wakeups: Vec<(Inbox, Wakeup)>) -> Result<()> {
        for hint in wakeups {
            self.ask("publish", move |store| {
                let hint = vec![hint.clone()];
                async move { store.publish(hint).await }
            })
            .await?;
        }
        Ok(())
    }

    async fn subscribe(&self, inbox: Inbox) -> Result<mpsc::Receiver<Notice>> {
        self.ask("subscribe", move |store| {
            let inbox = inbox.clone();
            async move { store.subscribe(inbox).await }
        })
        .await
    }
}

#[async_trait]
impl Presence for LiveLink {
    async fn attach(&self, node: NodeId, players: &[PlayerId], ttl: Duration) -> Result<()> {
        let players = players.to_vec();
        self.ask("attach", move |store| {
            let players = players.clone();
            async move { store.attach(node, &players, ttl).await }
        })
        .await
    }

    async fn detach(&self, node: NodeId, players: &[PlayerId]) -> Result<()> {
        let players = players.to_vec();
        self.ask("detach", move |store| {
            let players = players.clone();
            async move { store.detach(node, &players).await }
        })
        .await
    }

    async fn nodes_of(&self, players: &[PlayerId]) -> Result<Vec<Vec<NodeId>>> {
        let players = players.to_vec();
        self.ask("nodes_of", move |store| {
            let players = players.clone();
            async move { store.nodes_of(&players).await }
        })
        .await
    }
}

#[async_trait]
impl Board for LiveLink {
    async fn post(&self, name: &str, note: Bytes, ttl: Duration) -> Result<()> {
        let name = name.to_owned();
        self.ask("post", move |store| {
            let (name, note) = (name.clone(), note.clone());
            async move { store.post(&name, note, ttl).await }
        })
        .await
    }

    async fn note(&self, name: &str) -> Result<Option<Bytes>> {
        let name = name.to_owned();
        self.ask("note", move |store| {
            let name = name.clone();
            async move { store.note(&name).await }
        })
        .await
    }
}

/// The edge asks for limits, and no edge is in a schedule.
#[async_trait]
impl Limits for LiveLink {
    async fn allow(&self, _: &str, _: u32, _: Duration) -> Result<Allowance> {
        Ok(Allowance::Allowed)
    }
}

/// Replays that go nowhere, by way of a node's link.
pub(super) struct Replays(pub(super) Link);

#[async_trait]
impl ReplayObjects for Replays {
    async fn put(&self, _key: &str, _bytes: Bytes) -> Result<()> {
        self.0.call(Store::Replays, "put", || std::future::ready(Ok(()))).await
    }

    async fn get(&self, _key: &str) -> Result<Option<Bytes>> {
        Err(StoreError::unavailable("simulated", "no schedule reads replays"))
    }

    async fn link(&self, _key: &str, _valid_for: Duration) -> Result<Option<String>> {
        Ok(None)
    }
}
