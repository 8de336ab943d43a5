//! The live store inside one process: what Redis is to several nodes, memory is to one.
//!
//! It keeps the contract of [`tiltyard_db::live`] and nothing longer than the process lives, which that contract allows.
//! All memory is bounded, and all time is tokio's, so that tests run on a paused clock.

mod board;
mod bounds;
mod expiring;
mod jobs;
mod lease;
mod limits;
mod presence;
mod sync;
mod wakeups;

use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tiltyard_db::live::jobs::Program;
use tiltyard_protocol::{NodeId, PlayerId};

use self::expiring::Expiring;
use self::jobs::Streams;
use self::lease::Leases;
use self::limits::Uses;
use self::wakeups::Inboxes;

/// The store's name in errors.
const STORE: &str = "the in-process live store";

/// The live store of a single process.
///
/// Each aggregate has its own lock, held for a few map operations and never across an await.
pub struct LocalStore {
    leases: Mutex<Leases>,
    limits: Mutex<Expiring<Box<str>, Uses>>,
    notes: Mutex<Expiring<Box<str>, Bytes>>,
    presence: Mutex<Expiring<(PlayerId, NodeId), ()>>,
    jobs: Mutex<Streams>,
    programs: Mutex<Expiring<Program, ()>>,
    inboxes: Mutex<Inboxes>,
}

impl LocalStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            leases: Mutex::default(),
            limits: Mutex::new(Expiring::new(bounds::LIMIT_KEYS_MAX)),
            notes: Mutex::new(Expiring::new(bounds::NOTES_MAX)),
            presence: Mutex::new(Expiring::new(bounds::PRESENCES_MAX)),
            jobs: Mutex::new(Streams::default()),
            programs: Mutex::new(Expiring::new(bounds::STREAMS_MAX)),
            inboxes: Mutex::new(Inboxes::default()),
        })
    }
}

impl fmt::Debug for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalStore")
    }
}
