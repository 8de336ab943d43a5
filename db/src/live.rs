//! The live store: everything in it can be rebuilt from the durable one, so losing it costs time, never a result.

pub mod board;
pub mod jobs;
pub mod lease;
pub mod limits;
pub mod presence;
pub mod wakeups;

use std::sync::Arc;

pub use board::Board;
pub use jobs::Jobs;
pub use lease::Lease;
pub use limits::Limits;
pub use presence::Presence;
pub use wakeups::Wakeups;

/// Every live aggregate, as the composition root hands it on.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is documented at its trait")]
pub struct Live {
    pub board: Arc<dyn Board>,
    pub jobs: Arc<dyn Jobs>,
    pub lease: Arc<dyn Lease>,
    pub limits: Arc<dyn Limits>,
    pub presence: Arc<dyn Presence>,
    pub wakeups: Arc<dyn Wakeups>,
}

impl Live {
    /// Takes every aggregate from one store.
    pub fn of<S: Board + Jobs + Lease + Limits + Presence + Wakeups + 'static>(store: Arc<S>) -> Self {
        Self {
            board: Arc::<S>::clone(&store),
            jobs: Arc::<S>::clone(&store),
            lease: Arc::<S>::clone(&store),
            limits: Arc::<S>::clone(&store),
            presence: Arc::<S>::clone(&store),
            wakeups: store,
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live")
    }
}
