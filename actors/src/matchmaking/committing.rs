//! Commits a round of pairs, batch by batch.

use std::sync::Arc;

use tiltyard_db::StoreError;
use tiltyard_db::durable::Matches;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Commit, Paired, Pairing};
use tiltyard_protocol::{Timestamp, limits};

use super::events::{Rest, Round};
use crate::health::{Health, WRITES};

/// Commits batch by batch, up to the first that is refused or has no outcome.
pub(super) async fn commit_all(
    matches: Arc<dyn Matches>,
    health: Health,
    leadership: Leadership,
    pairings: Vec<Pairing>,
    at: Timestamp,
) -> Round {
    let mut outcomes = Vec::with_capacity(pairings.len());
    let mut batch_max = limits::COMMIT_ITEMS_MAX;
    while outcomes.len() < pairings.len() {
        let open = &pairings[outcomes.len()..];
        let batch = open[..open.len().min(batch_max)].to_vec();
        match health.note(WRITES, matches.commit(&leadership, batch, at).await) {
            Ok(Commit::Outcomes(more)) => outcomes.extend(more),
            Ok(Commit::Fenced) => {
                metrics::counter!("tiltyard_commits_fenced_total").increment(1);
                return Round {
                    outcomes,
                    rest: Rest::Fenced,
                };
            }
            // Something in the batch cannot be stored, and sending it again would not help: it is found one by one.
            Err(StoreError::Corrupt { .. }) if batch_max > 1 => batch_max = 1,
            Err(StoreError::Corrupt { .. }) => outcomes.push(Paired::Gone { gone: [true, true] }),
            Err(StoreError::Unavailable { .. } | StoreError::TimedOut { .. }) => {
                return Round {
                    outcomes,
                    rest: Rest::Unknown,
                };
            }
        }
    }
    Round {
        outcomes,
        rest: Rest::Settled,
    }
}
