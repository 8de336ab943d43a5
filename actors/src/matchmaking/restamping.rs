//! Stamps stranded matches anew, for rules that somebody fights under. The sweeper submits them like any that wait.

use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Restamp, Restamped, Terms};

use crate::Deps;
use crate::health::{Health, WRITES};
use crate::rules::Stamp;

/// Matches stamped at a time: as many as the sweeper submits at a time.
const ROWS_MAX: usize = 500;

/// Stamps pending matches whose rules are not kept; says whether the leader may go on.
pub(super) async fn restamp(
    deps: Deps,
    health: Health,
    leadership: Leadership,
    kept: Vec<u32>,
    Stamp { program, content }: Stamp,
) -> bool {
    let rules_version = program.rules_version;
    let restamp = Restamp {
        kept,
        engine: program.engine,
        terms: Terms { rules_version, content },
        rng: program.rng,
    };
    let restamped = deps.durable.matches.restamp(&leadership, restamp, ROWS_MAX).await;
    match health.note(WRITES, restamped) {
        Ok(Restamped::Fenced) => false,
        Ok(Restamped::Done(matches)) => {
            if !matches.is_empty() {
                metrics::counter!("tiltyard_matches_restamped_total").increment(matches.len() as u64);
                tracing::warn!(matches = matches.len(), rules_version, %content, "nobody fought under their rules: stamped anew");
            }
            true
        }
        Err(error) => {
            crate::ignore_error::<()>("it is tried again in two seconds", Err(error));
            true
        }
    }
}
