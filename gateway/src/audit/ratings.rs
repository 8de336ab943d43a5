//! I4: every rating change, computed again.

use tiltyard_actors::rating;
use tiltyard_db::StoreError;

use super::Report;
use crate::stores::Audited;

/// Changes read at a time.
const PAGE: usize = 2_000;

/// Computes all changes again, in pages by (player, number).
pub(super) async fn check(stores: &Audited, report: &mut Report) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = stores.durable.audit.rating_changes(after, PAGE).await?;
        for change in &page {
            if let Err(difference) = rating::verify(change) {
                let detail = format!("change {} of player {}: {difference}", change.number, change.player);
                report.violate("I4", detail);
            }
        }
        report.checked.rating_changes += page.len();
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some((last.player, last.number)),
            Some(_) | None => return Ok(()),
        }
    }
}
