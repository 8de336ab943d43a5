//! I4: every rating change, computed again.

use std::collections::BTreeMap;

use tiltyard_actors::{rating, seasons};
use tiltyard_db::StoreError;
use tiltyard_db::durable::ratings::RatingStep;

use super::Report;
use crate::stores::Audited;

/// Changes read at a time.
const PAGE: usize = 2_000;

/// Computes all changes again, in pages by (player, number).
pub(super) async fn check(stores: &Audited, report: &mut Report) -> Result<(), StoreError> {
    let mut after = None;
    let terms = stores.durable.seasons.seasons().await?;
    let terms: BTreeMap<_, _> = terms.iter().map(|season| (season.number, season.terms)).collect();
    loop {
        let page = stores.durable.audit.rating_changes(after, PAGE).await?;
        for change in &page {
            let verified = match change {
                RatingStep::Fought(change) => rating::verify(change),
                RatingStep::Reset(reset) => seasons::verify(reset, terms.get(&reset.season).copied()),
            };
            if let Err(difference) = verified {
                let (player, number) = change.key();
                report.violate("I4", format!("change {number} of player {player}: {difference}"));
            }
        }
        report.checked.rating_changes += page.len();
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.key()),
            Some(_) | None => return Ok(()),
        }
    }
}
