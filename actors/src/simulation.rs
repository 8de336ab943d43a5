//! The simulation pool: takes jobs, runs each on a worker's own thread, and hands what came out to the result writer.

mod attempt;
pub(crate) mod herald;
pub(crate) mod pool;
pub(crate) mod thread;
pub(crate) mod worker;

use tiltyard_sim::Side;

pub use attempt::{AttemptError, attempt};

/// Why a fight has no outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotFought {
    /// This attempt failed, for operators; another may not.
    Failed(String),
    /// This node has not got the content, which says nothing about the match: another node may fight it.
    Elsewhere(String),
    /// A build does not fit the content of its match, which no attempt will change.
    Unfit {
        /// Whose build.
        side: Side,
        /// What its owner is told.
        told: String,
    },
}

impl std::error::Error for NotFought {}

impl std::fmt::Display for NotFought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(why) | Self::Elsewhere(why) => f.write_str(why),
            Self::Unfit { side, told } => write!(f, "{} build: {told}", side.key()),
        }
    }
}
