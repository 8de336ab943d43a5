//! Stamps pending matches anew whose rules nobody runs.

use rusqlite::{Connection, params};
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Restamp, Restamped};
use tiltyard_protocol::MatchId;

use crate::fault::Work;
use crate::sql::{all, run};
use crate::{leaders, queries};

/// Stamps anew what is pending under rules that are not kept. Few matches are pending at a time, so all are looked at.
pub(super) fn restamp(on: &Connection, leadership: &Leadership, restamp: &Restamp, limit: usize) -> Work<Restamped> {
    if !leaders::is_current(on, leadership)? {
        return Ok(Restamped::Fenced);
    }
    let pending = all(on, queries::MATCHES_BY_RULES, [i64::MAX], |row| {
        Ok((MatchId::from_bytes(row.get(0)?), row.get::<_, u32>(1)?))
    })?;
    let stranded = pending.into_iter().filter(|(_, rules)| !restamp.kept.contains(rules));
    let stranded: Vec<MatchId> = stranded.map(|(id, _)| id).take(limit).collect();
    for id in &stranded {
        let row = params![
            id.as_bytes(),
            restamp.engine,
            restamp.terms.rules_version,
            restamp.terms.content.as_bytes(),
            restamp.rng,
        ];
        run(on, queries::MATCH_RESTAMP, row)?;
    }
    Ok(Restamped::Done(stranded))
}
