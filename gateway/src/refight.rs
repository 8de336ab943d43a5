//! A stored match and what is needed to fight it again: what `audit`, `sim verify` and `sim repro` share.
//!
//! An outer error is a store that cannot be read, an inner one says what is wrong with what was read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use tiltyard_actors::outcome_of;
use tiltyard_db::StoreError;
use tiltyard_db::durable::matches::{DoneMatch, MatchRecord, Stamps};
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::{BuildHash, ContentHash};
use tiltyard_sim::{Build, Content};
use tiltyard_sim_wire::replay::Ending;
use tiltyard_sim_wire::{MatchRequest, Replay, Simulated, Versions, decode_result, encode_request, simulate};

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
    if let Err(problem) = load_content(stores, record, contents).await? {
        return Ok(Err(problem));
    }
    let request = request(stores, record).await?;
    Ok(request.and_then(|request| {
        let content = contents.get(&record.pending.stamps.content);
        let content = content.ok_or("its content was not loaded")?;
        simulate(&encode_request(&request), content).map_err(|error| chain(&error))
    }))
}

/// Makes the request of a stored match; what is missing is the inner error.
pub(crate) async fn request(
    stores: &Audited,
    record: &MatchRecord,
) -> Result<Result<MatchRequest, String>, StoreError> {
    let hashes = [record.pending.seats[0].build, record.pending.seats[1].build];
    let mut builds = stores.durable.teams.builds(&hashes).await?.into_iter();
    let left = parse_build(hashes[0], builds.next().flatten());
    let right = parse_build(hashes[1], builds.next().flatten());
    Ok(left.and_then(|left| {
        Ok(MatchRequest {
            match_id: record.pending.id,
            versions: versions(&record.pending.stamps),
            left,
            right: right?,
        })
    }))
}

/// Reads the bundle of a stored match; what is missing is the inner error.
pub(crate) async fn bundle(stores: &Audited, record: &MatchRecord) -> Result<Result<String, String>, StoreError> {
    let hash = record.pending.stamps.content;
    let stored = stores.durable.contents.content(hash).await?;
    let text = stored.map(|bytes| String::from_utf8(bytes.into()));
    Ok(match text {
        Some(text) => text.map_err(|error| format!("content {hash}: {error}")),
        None => Err(format!("content {hash} is not stored")),
    })
}

/// Reads the replay of a finished match, and holds it to what was recorded of it.
pub(crate) async fn replay(stores: &Audited, done: &DoneMatch) -> Result<Result<Replay, String>, StoreError> {
    Ok(match patient_bytes(stores, &done.replay).await? {
        Some(bytes) => check_replay(&bytes, done),
        None => Err(format!("no object and no spooled bytes under {}", done.replay.key)),
    })
}

/// Says what of the stored result is not as the fight fought again ended: the outcome, or the encoded message beside it.
pub(crate) fn result_difference(done: &DoneMatch, again: &Simulated) -> Option<String> {
    let (stored, fought) = (done.outcome, outcome_of(Ending::from(&again.outcome)));
    if stored != fought {
        return Some(format!("the stored outcome is {stored:?}, fought again {fought:?}"));
    }
    let result = match decode_result(&done.result) {
        Ok(result) => result,
        Err(error) => return Some(format!("the stored result cannot be read: {}", chain(&error))),
    };
    let request = &again.request;
    // Whichever node fought it wrote its own engine.
    let versions = Versions {
        engine: result.versions.engine.clone(),
        ..request.versions.clone()
    };
    let parts = [
        ("match", result.match_id != request.match_id),
        ("versions", result.versions != versions),
        ("outcome", Ending::from(&result.outcome) != Ending::from(&again.outcome)),
        ("units", result.outcome.units != again.outcome.units),
    ];
    let differing: Vec<_> = parts.iter().filter(|part| part.1).map(|part| part.0).collect();
    (!differing.is_empty()).then(|| format!("the stored result has other {} than fought again", differing.join(", ")))
}

async fn load_content(
    stores: &Audited,
    record: &MatchRecord,
    contents: &mut Contents,
) -> Result<Result<(), String>, StoreError> {
    let Entry::Vacant(place) = contents.entry(record.pending.stamps.content) else {
        return Ok(Ok(()));
    };
    let bundle = bundle(stores, record).await?;
    let parsed = bundle.and_then(|bundle| content::parse(bundle.as_bytes()));
    Ok(parsed.map(|content| {
        place.insert(content);
    }))
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
    let ending = outcome_of(replay.ending);
    if ending == done.outcome {
        Ok(replay)
    } else {
        Err(format!(
            "the replay ends in {ending:?}, the result in {:?}",
            done.outcome
        ))
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_protocol::{MatchId, Side, Timestamp};
    use tiltyard_sim_wire::encode_result;

    use super::*;

    /// A match of two bots that have a winner, and what is stored of it.
    fn fought() -> (DoneMatch, Simulated) {
        let content = content::builtin().unwrap();
        let request = MatchRequest {
            match_id: MatchId::from_bytes([7; 16]),
            versions: Versions::current(&content, [7; 16]),
            left: content.bots()[0].build.clone(),
            right: content.bots()[1].build.clone(),
        };
        let again = simulate(&encode_request(&request), &content).unwrap();
        let done = DoneMatch {
            outcome: outcome_of(Ending::from(&again.outcome)),
            result: again.result_bytes.clone().into(),
            replay: ReplayRecord {
                key: "07/a.replay".into(),
                size: again.replay_bytes.len().try_into().unwrap(),
                checksum: *blake3::hash(&again.replay_bytes).as_bytes(),
            },
            ratings: Vec::new(),
            finished_at: Timestamp::default(),
        };
        (done, again)
    }

    #[test]
    fn a_stored_result_with_the_other_winner_is_found() {
        let (done, again) = fought();
        let replay = Bytes::from(again.replay_bytes.clone());
        assert_eq!(result_difference(&done, &again), None);
        assert!(check_replay(&replay, &done).is_ok());
        let mut flipped = done.clone();
        flipped.outcome.winner = done.outcome.winner.map_or(Some(Side::Left), |side| Some(side.other()));
        let said = result_difference(&flipped, &again).unwrap();
        assert!(said.starts_with("the stored outcome is"), "{said}");
        let said = check_replay(&replay, &flipped).unwrap_err();
        assert!(said.starts_with("the replay ends in"), "{said}");
    }

    #[test]
    fn a_stored_result_message_that_says_something_else_is_found() {
        let (done, again) = fought();
        let rewritten = |change: fn(&mut tiltyard_sim_wire::MatchResult)| {
            let mut result = decode_result(&done.result).unwrap();
            change(&mut result);
            let result = encode_result(&result).into();
            result_difference(&DoneMatch { result, ..done.clone() }, &again)
        };
        let other = |parts| Some(format!("the stored result has other {parts} than fought again"));
        assert_eq!(rewritten(|result| result.versions.engine = "0".into()), None);
        assert_eq!(rewritten(|result| result.outcome.ticks += 1), other("outcome"));
        let both = rewritten(|result| {
            result.match_id = MatchId::from_bytes([8; 16]);
            result.outcome.units[0].kills += 1;
        });
        assert_eq!(both, other("match, units"));
        let result = Bytes::from_static(b"no result");
        assert!(result_difference(&DoneMatch { result, ..done }, &again).is_some());
    }
}
