//! A kind of actor: its name, the bound of its mailbox, and its metrics.
//!
//! Metric handles are looked up once per kind, so a message costs a few atomic operations and no registry look-up. A
//! recorder must be installed before the first kind is made; kinds made earlier count into nothing. Reading the clock is
//! the dear part, so the two durations are taken of one message in sixteen: quantiles stay right, their counts do not.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Names every metric of the kit with its help text; all carry the label `kind`.
pub const METRICS: [(&str, &str); 11] = [
    ("tiltyard_actor_live", "Actors alive"),
    ("tiltyard_actor_spawned_total", "Actors spawned, restarts included"),
    (
        "tiltyard_actor_stopped_total",
        "Actors that ended without a failure of their own",
    ),
    (
        "tiltyard_actor_failed_total",
        "Actors that ended by a panic or a broken invariant",
    ),
    ("tiltyard_actor_restarts_total", "Restarts by a supervisor"),
    (
        "tiltyard_actor_messages_total",
        "Messages handled, piped results and timers included",
    ),
    (
        "tiltyard_actor_refused_total",
        "Messages refused at the mailbox, by reason: full or closed",
    ),
    (
        "tiltyard_actor_ask_timeouts_total",
        "Questions that got no answer in time",
    ),
    (
        "tiltyard_actor_mailbox_wait_seconds",
        "Time from tell to handler, of one message in 16",
    ),
    (
        "tiltyard_actor_handle_seconds",
        "Time spent in a handler, of one message in 16",
    ),
    (
        "tiltyard_actor_mailbox_depth",
        "Messages waiting, summed over the actors of the kind",
    ),
];

const TIMED_ONE_IN: u64 = 16;

/// Says whether the message of this turn is one to be timed; the first one of an actor is.
pub(crate) fn is_timed(turn: u64) -> bool {
    turn.is_multiple_of(TIMED_ONE_IN)
}

/// Registers the help text of every metric in [`METRICS`] with the installed recorder.
pub fn describe_metrics() {
    for (name, help) in METRICS {
        match name {
            "tiltyard_actor_live" | "tiltyard_actor_mailbox_depth" => {
                metrics::describe_gauge!(name, help)
            }
            seconds if seconds.ends_with("_seconds") => {
                metrics::describe_histogram!(seconds, metrics::Unit::Seconds, help);
            }
            total => metrics::describe_counter!(total, help),
        }
    }
}

/// Describes a population of like actors. Cheap to clone; make one per kind and keep it.
#[derive(Clone)]
pub struct Kind {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    capacity: usize,
    meters: Meters,
}

impl Kind {
    /// Makes a kind whose mailboxes hold at most `capacity` messages that are told and not yet handled.
    ///
    /// `name` becomes the value of the label `kind`, so it must come from a small fixed set.
    pub fn new(name: &'static str, capacity: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                name,
                capacity,
                meters: Meters::new(name),
            }),
        }
    }

    /// Gives the value of the label `kind`.
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// Gives the bound of each mailbox, in messages.
    pub fn capacity(&self) -> usize {
        self.inner.capacity
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.inner.meters
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind")
            .field("name", &self.name())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}

/// The metric handles of one kind.
pub(crate) struct Meters {
    live: Gauge,
    spawned: Counter,
    stopped: Counter,
    failed: Counter,
    restarts: Counter,
    messages: Counter,
    refused_full: Counter,
    refused_closed: Counter,
    ask_timeouts: Counter,
    mailbox_wait: Histogram,
    handle_time: Histogram,
    depth: Gauge,
}

impl Meters {
    fn new(kind: &'static str) -> Self {
        Self {
            live: gauge!("tiltyard_actor_live", "kind" => kind),
            spawned: counter!("tiltyard_actor_spawned_total", "kind" => kind),
            stopped: counter!("tiltyard_actor_stopped_total", "kind" => kind),
            failed: counter!("tiltyard_actor_failed_total", "kind" => kind),
            restarts: counter!("tiltyard_actor_restarts_total", "kind" => kind),
            messages: counter!("tiltyard_actor_messages_total", "kind" => kind),
            refused_full: counter!("tiltyard_actor_refused_total", "kind" => kind, "reason" => "full"),
            refused_closed: counter!("tiltyard_actor_refused_total", "kind" => kind, "reason" => "closed"),
            ask_timeouts: counter!("tiltyard_actor_ask_timeouts_total", "kind" => kind),
            mailbox_wait: histogram!("tiltyard_actor_mailbox_wait_seconds", "kind" => kind),
            handle_time: histogram!("tiltyard_actor_handle_seconds", "kind" => kind),
            depth: gauge!("tiltyard_actor_mailbox_depth", "kind" => kind),
        }
    }

    pub(crate) fn spawned(&self) {
        self.spawned.increment(1);
        self.live.increment(1.0);
    }

    pub(crate) fn stopped(&self) {
        self.stopped.increment(1);
        self.live.decrement(1.0);
    }

    pub(crate) fn failed(&self) {
        self.failed.increment(1);
        self.live.decrement(1.0);
    }

    pub(crate) fn restarted(&self) {
        self.restarts.increment(1);
    }

    pub(crate) fn told(&self) {
        self.depth.increment(1.0);
    }

    pub(crate) fn taken(&self) {
        self.depth.decrement(1.0);
    }

    pub(crate) fn waited(&self, waited: Duration) {
        self.mailbox_wait.record(waited);
    }

    /// Forgets messages that a dead actor never took.
    pub(crate) fn abandoned(&self, messages: u64) {
        // A mailbox is far below the 2^52 messages at which a float would start to round.
        self.depth.decrement(messages as f64);
    }

    pub(crate) fn handled(&self) {
        self.messages.increment(1);
    }

    pub(crate) fn took(&self, took: Duration) {
        self.handle_time.record(took);
    }

    pub(crate) fn refused_full(&self) {
        self.refused_full.increment(1);
    }

    pub(crate) fn refused_closed(&self) {
        self.refused_closed.increment(1);
    }

    pub(crate) fn ask_timed_out(&self) {
        self.ask_timeouts.increment(1);
    }
}
