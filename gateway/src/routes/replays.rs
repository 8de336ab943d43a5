//! Replays, wherever they are: in a folder, in a bucket, in the spool, or on the way from one to the other.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_db::durable::matches::MatchState;
use tiltyard_db::durable::results::ReplayRecord;
use tiltyard_protocol::{Problem, ProblemCode};

use super::matches::of_player;
use super::store_problem;
use crate::http::{Answer, Call, octets, see};
use crate::shared::Shared;

/// Life of a link into the bucket: long enough for a slow download to begin, short enough not to be handed around.
const LINK_VALID: Duration = Duration::from_secs(5 * 60);

/// `GET /v1/matches/{match}/replay`
pub(crate) async fn get(shared: Arc<Shared>, call: Call) -> Answer {
    let player = call.player()?;
    let record = of_player(&shared, player, call.params.parse("match")?).await?;
    match record.state {
        MatchState::Done(done) => stored(&shared, &done.replay).await,
        MatchState::Pending => {
            let detail = "the match has not been fought yet; its result event says when";
            Err(Problem::new(ProblemCode::ReplayNotReady, detail).retry_after(1))
        }
        MatchState::DeadLettered { .. } => Err(Problem::new(
            ProblemCode::NotFound,
            "the match was given up and has no replay",
        )),
    }
}

/// Leads into the bucket what is there; sends what is in the spool, or in a store without links, itself.
async fn stored(shared: &Shared, replay: &ReplayRecord) -> Answer {
    let Some(link) = link(shared, &replay.key).await else {
        return bytes(shared, replay).await.map(octets);
    };
    match spooled(shared, &replay.key).await? {
        Some(bytes) => Ok(octets(bytes)),
        None => see(&link),
    }
}

async fn link(shared: &Shared, key: &str) -> Option<String> {
    match shared.replays.0.link(key, LINK_VALID).await {
        Ok(link) => link,
        Err(error) => {
            tracing::warn!(%error, key, "no link could be made; the replay is sent from here");
            None
        }
    }
}

async fn bytes(shared: &Shared, replay: &ReplayRecord) -> Result<Bytes, Problem> {
    if let Some(bytes) = object(shared, &replay.key).await {
        return Ok(bytes);
    }
    if let Some(bytes) = spooled(shared, &replay.key).await? {
        return Ok(bytes);
    }
    let late = object(shared, &replay.key).await;
    late.ok_or_else(|| {
        let detail = "the replay store does not have it right now; try again";
        Problem::new(ProblemCode::Unavailable, detail).retry_after(2)
    })
}

async fn spooled(shared: &Shared, key: &str) -> Result<Option<Bytes>, Problem> {
    let spooled = shared.durable.results.spooled_replay(key).await;
    spooled.map_err(|error| store_problem(&error))
}

async fn object(shared: &Shared, key: &str) -> Option<Bytes> {
    match shared.system.note_replays(shared.replays.0.get(key).await) {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, key, "the replay store failed");
            None
        }
    }
}
