//! Stamps pending matches anew whose rules nobody runs, in one statement that locks before it decides.

use tiltyard_db::Result;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Restamp, Restamped};
use tiltyard_protocol::MatchId;
use uuid::Uuid;

use crate::params::{Id, limit, params};
use crate::queries;
use crate::rows::{get_option, only};
use crate::store::PostgresStore;

/// Stamps anew what is pending under rules that are not kept.
pub(super) async fn restamp(
    store: &PostgresStore,
    leadership: &Leadership,
    restamp: &Restamp,
    rows: usize,
) -> Result<Restamped> {
    let kept: Vec<i64> = restamp.kept.iter().copied().map(i64::from).collect();
    let answer = store
        .query(
            &queries::MATCHES_RESTAMP,
            params![
                leadership.queue.as_str(),
                leadership.epoch.0,
                leadership.boot.uuid(),
                kept,
                restamp.engine.as_str(),
                i64::from(restamp.terms.rules_version),
                restamp.terms.content.as_bytes().as_slice(),
                restamp.rng.as_str(),
                limit(rows),
            ],
        )
        .await?;
    let stamped = get_option::<Vec<Uuid>>(only(&answer)?, 0)?;
    let ids = |stamped: Vec<Uuid>| stamped.into_iter().map(MatchId::from_uuid).collect();
    Ok(stamped.map_or(Restamped::Fenced, |stamped| Restamped::Done(ids(stamped))))
}
