//! What every handler reaches: stores, system, keys, clock, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tiltyard_actor_kit::Clock;
use tiltyard_actors::{Rules, System};
use tiltyard_db::durable::Durable;
use tiltyard_db::objects::ReplayObjects;
use tiltyard_gateway_auth::Keyring;
use tiltyard_protocol::Timestamp;

use crate::builds::Builds;
use crate::config::Queue;
use crate::http::{InFlight, RateLimits};
use crate::jitter::Jitter;
use crate::routes::content::ContentPage;

/// Made once by the composition root; handlers hold nothing of their own.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The actors.
    pub(crate) system: System,
    /// The rules in force.
    pub(crate) rules: Rules,
    /// The durable store.
    pub(crate) durable: Durable,
    /// The replays.
    pub(crate) replays: Replays,
    /// Signing and verifying keys.
    pub(crate) keys: Keyring,
    /// The time.
    pub(crate) clock: Clock,
    /// Builds known to fit the content.
    pub(crate) builds: Builds,
    /// What editors are told of the content.
    pub(crate) content_page: ContentPage,
    /// Writes under way.
    pub(crate) in_flight: InFlight,
    /// Questions to leaders under way.
    pub(crate) questions: InFlight,
    /// Limits across nodes.
    pub(crate) rate_limits: RateLimits,
    /// Bounds of the edge.
    pub(crate) http: HttpBounds,
    /// Figures of event streams.
    pub(crate) streams: StreamBounds,
    /// Small random differences.
    pub(crate) jitter: Jitter,
    /// The queues, at least one.
    pub(crate) queues: Vec<Queue>,
    /// Whether development endpoints answer.
    pub(crate) serves_dev_endpoints: bool,
    /// The metrics.
    pub(crate) metrics: PrometheusHandle,
    /// Whether the process is on its way out.
    pub(crate) draining: AtomicBool,
}

/// The replay store; a type of its own, since the trait has no `Debug`.
#[derive(Clone)]
pub(crate) struct Replays(pub(crate) Arc<dyn ReplayObjects>);

impl std::fmt::Debug for Replays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replays")
    }
}

/// Bounds on one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HttpBounds {
    /// Time for a body to arrive.
    pub(crate) body_timeout: Duration,
    /// Time for a handler to answer.
    pub(crate) handler_timeout: Duration,
}

/// Figures of one event stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamBounds {
    /// Silence before a heartbeat.
    pub(crate) heartbeat: Duration,
    /// Longest life.
    pub(crate) life: Duration,
}

impl Shared {
    /// Returns the time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.now_micros())
    }

    /// Says whether the process is on its way out.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
