//! I3 and I9: a sample of matches, fought again from what is stored, and their replays.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use tiltyard_db::StoreError;
use tiltyard_db::durable::matches::{DoneMatch, MatchRecord, MatchState, Stamps};
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::{BuildHash, ContentHash, MatchId, StateHash};
use tiltyard_sim::{Build, Content, RULES_VERSION};
use tiltyard_sim_wire::{MatchRequest, Replay, Versions, encode_request, simulate};

use super::Report;
use crate::content;
use crate::stores::Audited;

/// Times that a replay is asked for; each lasts up to the store's own time-out.
const TRIES: usize = 4;

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
    let mut contents = HashMap::new();
    for record in &records {
        let MatchState::Done(done) = &record.state else {
            continue;
        };
        fight_again(stores, record, done, &mut contents, report).await?;
        look_at_replay(stores, record.pending.id, done, report).await?;
    }
    Ok(())
}

async fn fight_again(
    stores: &Audited,
    record: &MatchRecord,
    done: &DoneMatch,
    contents: &mut HashMap<ContentHash, Content>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let stamps = &record.pending.stamps;
    if stamps.rules_version != RULES_VERSION {
        report.checked.skipped += 1;
        return Ok(());
    }
    report.checked.matches += 1;
    let id = record.pending.id;
    let again = match load(stores, record, contents).await? {
        Ok(request) => match contents.get(&stamps.content) {
            Some(content) => simulate(&request, content).map_err(|error| error.to_string()),
            None => Err("its content was not loaded".to_owned()),
        },
        Err(missing) => Err(missing),
    };
    match again {
        Ok(again) => {
            let stored = &done.outcome;
            let hash = StateHash(again.outcome.state_hash);
            if hash != stored.state_hash || again.outcome.ticks != stored.ticks {
                let detail = format!(
                    "match {id}: stored state {} after {} ticks, fought again {hash} after {}",
                    stored.state_hash, stored.ticks, again.outcome.ticks
                );
                report.violate("I3", detail);
            }
        }
        Err(error) => report.violate("I3", format!("match {id} cannot be fought again: {error}")),
    }
    Ok(())
}

/// Makes the request of a stored match and sees to its content; what is missing is the inner error.
async fn load(
    stores: &Audited,
    record: &MatchRecord,
    contents: &mut HashMap<ContentHash, Content>,
) -> Result<Result<Vec<u8>, String>, StoreError> {
    if let Err(problem) = load_content(stores, record.pending.stamps.content, contents).await? {
        return Ok(Err(problem));
    }
    let hashes = [record.pending.seats[0].build, record.pending.seats[1].build];
    let mut builds = stores.durable.teams.builds(&hashes).await?.into_iter();
    let left = parse_build(hashes[0], builds.next().flatten());
    let right = parse_build(hashes[1], builds.next().flatten());
    Ok(left.and_then(|left| {
        let request = MatchRequest {
            match_id: record.pending.id,
            versions: versions(&record.pending.stamps),
            left,
            right: right?,
        };
        Ok(encode_request(&request))
    }))
}

async fn load_content(
    stores: &Audited,
    hash: ContentHash,
    contents: &mut HashMap<ContentHash, Content>,
) -> Result<Result<(), String>, StoreError> {
    let Entry::Vacant(place) = contents.entry(hash) else {
        return Ok(Ok(()));
    };
    Ok(
        match stores
            .durable
            .contents
            .content(hash)
            .await?
            .map(|bytes| content::parse(&bytes))
        {
            Some(Ok(content)) => {
                place.insert(content);
                Ok(())
            }
            Some(Err(problem)) => Err(problem),
            None => Err(format!("content {hash} is not stored")),
        },
    )
}

fn versions(stamps: &Stamps) -> Versions {
    let Stamps {
        engine,
        rules_version,
        content,
        rng,
        seed,
    } = stamps.clone();
    Versions {
        engine,
        rules: rules_version,
        content,
        rng,
        seed,
    }
}

fn parse_build(hash: BuildHash, bytes: Option<Bytes>) -> Result<Build, String> {
    let bytes = bytes.ok_or_else(|| format!("build {hash} is not stored"))?;
    if BuildHash::of(&bytes) != hash {
        return Err(format!("build {hash} is stored with other bytes"));
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("build {hash}: {error}"))
}

async fn look_at_replay(
    stores: &Audited,
    id: MatchId,
    done: &DoneMatch,
    report: &mut Report,
) -> Result<(), StoreError> {
    report.checked.replays += 1;
    let problem = match patient_bytes(stores, &done.replay).await? {
        Some(bytes) => check_replay(&bytes, done).err(),
        None => Some(format!("no object and no spooled bytes under {}", done.replay.key)),
    };
    if let Some(problem) = problem {
        report.violate("I9", format!("match {id}: {problem}"));
    }
    Ok(())
}

/// Asks again, a few times: a slow answer among hundreds says nothing about what is stored.
async fn patient_bytes(stores: &Audited, replay: &ReplayRecord) -> Result<Option<Bytes>, StoreError> {
    for _ in 1..TRIES {
        match replay_bytes(stores, replay).await {
            Err(StoreError::Unavailable { .. } | StoreError::TimedOut { .. }) => {}
            read => return read,
        }
    }
    replay_bytes(stores, replay).await
}

/// Looks for the object last as well as first: an uploader may be moving the bytes.
async fn replay_bytes(stores: &Audited, replay: &ReplayRecord) -> Result<Option<Bytes>, StoreError> {
    if let Some(bytes) = stores.replays.0.get(&replay.key).await? {
        return Ok(Some(bytes));
    }
    if let Some(bytes) = stores.durable.results.spooled_replay(&replay.key).await? {
        return Ok(Some(bytes));
    }
    stores.replays.0.get(&replay.key).await
}

fn check_replay(bytes: &Bytes, done: &DoneMatch) -> Result<(), String> {
    let record = &done.replay;
    if bytes.len() as u64 != u64::from(record.size) || *blake3::hash(bytes).as_bytes() != record.checksum {
        return Err(format!("the replay {} is not the one that was recorded", record.key));
    }
    let replay = Replay::decode(bytes).map_err(|error| format!("the replay cannot be read: {error}"))?;
    let hash = StateHash(replay.ending.state_hash);
    if hash == done.outcome.state_hash {
        Ok(())
    } else {
        Err(format!(
            "the replay ends in state {hash}, the result in {}",
            done.outcome.state_hash
        ))
    }
}
