//! A stored match and what is needed to fight it again: what `audit` and `sim verify` share.
//!
//! An outer error is a store that cannot be read, an inner one says what is wrong with what was read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use tiltyard_db::StoreError;
use tiltyard_db::durable::matches::{DoneMatch, MatchRecord, Stamps};
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::{BuildHash, ContentHash, StateHash};
use tiltyard_sim::{Build, Content};
use tiltyard_sim_wire::{MatchRequest, Replay, Simulated, Versions, encode_request, simulate};

use crate::content;
use crate::exit::chain;
use crate::stores::Audited;

/// Times that a replay is asked for; each lasts up to the store's own time-out.
const TRIES: usize = 4;

/// Contents that were loaded, by hash.
pub(crate) type Contents = HashMap<ContentHash, Content>;

/// Fights a stored match again, with the builds and the content that are stored.
pub(crate) async fn fight(
    stores: &Audited,
    record: &MatchRecord,
    contents: &mut Contents,
) -> Result<Result<Simulated, String>, StoreError> {
    let request = load(stores, record, contents).await?;
    Ok(request.and_then(|request| {
        let content = contents.get(&record.pending.stamps.content);
        let content = content.ok_or("its content was not loaded")?;
        simulate(&request, content).map_err(|error| chain(&error))
    }))
}

/// Reads the replay of a finished match, and holds it to what was recorded of it.
pub(crate) async fn replay(stores: &Audited, done: &DoneMatch) -> Result<Result<Replay, String>, StoreError> {
    Ok(match patient_bytes(stores, &done.replay).await? {
        Some(bytes) => check_replay(&bytes, done),
        None => Err(format!("no object and no spooled bytes under {}", done.replay.key)),
    })
}

/// Makes the request of a stored match and sees to its content; what is missing is the inner error.
async fn load(
    stores: &Audited,
    record: &MatchRecord,
    contents: &mut Contents,
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
    contents: &mut Contents,
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

fn check_replay(bytes: &Bytes, done: &DoneMatch) -> Result<Replay, String> {
    let record = &done.replay;
    if bytes.len() as u64 != u64::from(record.size) || *blake3::hash(bytes).as_bytes() != record.checksum {
        return Err(format!("the replay {} is not the one that was recorded", record.key));
    }
    let replay = Replay::decode(bytes).map_err(|error| format!("the replay cannot be read: {error}"))?;
    let hash = StateHash(replay.ending.state_hash);
    if hash == done.outcome.state_hash {
        Ok(replay)
    } else {
        Err(format!(
            "the replay ends in state {hash}, the result in {}",
            done.outcome.state_hash
        ))
    }
}
