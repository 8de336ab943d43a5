//! I4: every rating change, computed again.

use tiltyard_actors::audit;
use tiltyard_db::StoreError;
use tiltyard_db::durable::ratings::RatingStep;

use super::Report;
use crate::stores::Audited;

/// Changes read at a time.
const PAGE: usize = 2_000;

/// Computes all changes again, in pages by (player, number).
pub(super) async fn check(stores: &Audited, report: &mut Report) -> Result<(), StoreError> {
    let mut after = None;
    let terms = audit::terms(&stores.durable.seasons.seasons().await?);
    loop {
        let page = stores.durable.audit.rating_changes(after, PAGE).await?;
        audit::steps(&page, &terms)
            .into_iter()
            .for_each(|violation| report.found.push(violation));
        report.checked.rating_changes += page.len();
        after = page.last().map(RatingStep::key);
        if page.len() < PAGE {
            return Ok(());
        }
    }
}
