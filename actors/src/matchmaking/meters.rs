//! What a queue's matchmaker shows to people: gauges and counters, each labelled with the queue.

use metrics::{Gauge, counter, gauge};
use tiltyard_pairing::shadow::Comparison;
use tiltyard_protocol::QueueName;

use super::leader::Differences;

/// The meters of one queue.
pub(super) struct Meters {
    queue: String,
    tickets: Gauge,
    congested: Gauge,
}

impl Meters {
    pub(super) fn of(queue: &QueueName) -> Self {
        let queue = queue.to_string();
        Self {
            tickets: gauge!("tiltyard_queue_tickets", "queue" => queue.clone()),
            congested: gauge!("tiltyard_queue_congested", "queue" => queue.clone()),
            queue,
        }
    }

    /// Shows how many tickets are held.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is for people")]
    pub(super) fn tickets(&self, held: usize) {
        self.tickets.set(held as f64);
    }

    /// Shows whether pairing waits for the simulation.
    pub(super) fn congested(&self, is_congested: bool) {
        self.congested.set(u8::from(is_congested));
    }

    /// Shows how near pairing comes to the exact matcher.
    pub(super) fn audited(&self, comparison: &Comparison) {
        counter!("tiltyard_pairing_audits_total", "queue" => self.queue.clone()).increment(1);
        if let Some(share) = comparison.share_of_exact() {
            gauge!("tiltyard_pairing_share_of_exact", "queue" => self.queue.clone()).set(share);
        }
        if comparison.least_gap > 0.0 {
            let ratio = comparison.mean_gap / comparison.least_gap;
            gauge!("tiltyard_pairing_gap_ratio", "queue" => self.queue.clone()).set(ratio);
        }
    }

    /// Shows how memory differed from what is queued.
    pub(super) fn compared(&self, Differences { missing, stale }: Differences) {
        counter!("tiltyard_leader_comparisons_total", "queue" => self.queue.clone()).increment(1);
        for (kind, differences) in [("missing", missing), ("stale", stale)] {
            let labels = [("queue", self.queue.clone()), ("kind", kind.to_owned())];
            counter!("tiltyard_leader_differences_total", &labels).increment(differences as u64);
        }
    }
}
