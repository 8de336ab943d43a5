//! I3 and I9: a sample of matches, fought again from what is stored, and their replays.

use tiltyard_actors::audit;
use tiltyard_db::StoreError;
use tiltyard_db::durable::matches::{DoneMatch, MatchRecord, MatchState};
use tiltyard_protocol::MatchId;
use tiltyard_sim_wire::rules_version;

use super::Report;
use crate::exit::chain;
use crate::refight::{self, Contents};
use crate::stores::Audited;

/// Replays that are asked for in vain, each several times, until an object store counts as away.
const UNCHECKED_MAX: usize = 3;

/// Checks up to `sample` finished matches, from a random place on: ids are hashes, so neighbours have nothing in common.
pub(super) async fn check(
    stores: &Audited,
    sample: usize,
    start: [u8; 16],
    report: &mut Report,
) -> Result<(), StoreError> {
    if sample == 0 {
        return Ok(());
    }
    let start = MatchId::from_bytes(start);
    let mut records = stores.durable.audit.done_matches(Some(start), sample).await?;
    if records.len() < sample {
        let before = stores.durable.audit.done_matches(None, sample - records.len()).await?;
        records.extend(before.into_iter().filter(|record| record.pending.id <= start));
    }
    let mut contents = Contents::new();
    for record in &records {
        let MatchState::Done(done) = &record.state else {
            continue;
        };
        audit::result(record)
            .into_iter()
            .for_each(|violation| report.found.push(violation));
        fight_again(stores, record, done, &mut contents, report).await?;
        look_at_replay(stores, record.pending.id, done, report).await?;
    }
    Ok(())
}

async fn fight_again(
    stores: &Audited,
    record: &MatchRecord,
    done: &DoneMatch,
    contents: &mut Contents,
    report: &mut Report,
) -> Result<(), StoreError> {
    let stamps = &record.pending.stamps;
    if stamps.rules_version != rules_version() {
        report.checked.skipped += 1;
        return Ok(());
    }
    report.checked.matches += 1;
    let id = record.pending.id;
    match refight::fight(stores, record, contents).await? {
        Ok(again) => {
            if let Some(difference) = refight::result_difference(done, &again) {
                report.violate("I3", format!("match {id}: {difference}"));
            }
        }
        Err(error) => report.violate("I3", format!("match {id} cannot be fought again: {error}")),
    }
    Ok(())
}

/// A replay that the object store does not give says nothing about what is stored; after a few of them no more are asked for.
async fn look_at_replay(
    stores: &Audited,
    id: MatchId,
    done: &DoneMatch,
    report: &mut Report,
) -> Result<(), StoreError> {
    if report.unchecked.len() >= UNCHECKED_MAX {
        report.checked.unchecked += 1;
        return Ok(());
    }
    match refight::replay(stores, done).await {
        Ok(looked_at) => {
            report.checked.replays += 1;
            if let Err(problem) = looked_at {
                report.violate("I9", format!("match {id}: {problem}"));
            }
            Ok(())
        }
        Err(error @ (StoreError::Unavailable { .. } | StoreError::TimedOut { .. })) => {
            report.checked.unchecked += 1;
            report.unchecked.push(format!("{}: {}", done.replay.key, chain(&error)));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
