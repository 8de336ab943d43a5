//! Which queues are paused: a copy of what the durable store says, about a second old at most.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tiltyard_db::durable::queues::QueueState;
use tiltyard_protocol::QueueName;

/// The last change of each queue, shared by all who ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueueStates {
    states: Arc<ArcSwap<BTreeMap<QueueName, QueueState>>>,
}

impl QueueStates {
    /// Takes what was read or changed. A reading that began before a change here does not undo it.
    pub(crate) fn learn(&self, states: &[QueueState]) {
        if states.is_empty() {
            return;
        }
        self.states.rcu(|known| {
            let mut known = BTreeMap::clone(known);
            for state in states {
                let old = known.get(&state.queue);
                if old.is_none_or(|old| old.changed_at <= state.changed_at) {
                    known.insert(state.queue.clone(), state.clone());
                }
            }
            known
        });
    }

    /// Returns the last change of a queue; `None` if it was never paused.
    pub(crate) fn get(&self, queue: &QueueName) -> Option<QueueState> {
        self.states.load().get(queue).cloned()
    }

    /// Says whether a queue is paused.
    pub(crate) fn is_paused(&self, queue: &QueueName) -> bool {
        self.states.load().get(queue).is_some_and(|state| state.paused)
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_protocol::Timestamp;

    use super::*;

    #[test]
    fn the_later_change_counts_in_whichever_order_they_are_heard_of() {
        let states = QueueStates::default();
        let change = |paused, at| QueueState {
            queue: QueueName::ranked(),
            paused,
            reason: String::new(),
            changed_at: Timestamp::from_micros(at),
        };
        assert!(!states.is_paused(&QueueName::ranked()));
        states.learn(&[change(true, 2)]);
        states.learn(&[change(false, 1)]);
        assert!(states.is_paused(&QueueName::ranked()));
        states.learn(&[change(false, 3)]);
        assert!(!states.is_paused(&QueueName::ranked()));
    }
}
