//! I12: what leaders hold in memory against what is queued, where neither changes for a while.
//!
//! A leader says on the board of the live store each second how many tickets it holds. The embedded live store is in the
//! server's process, so that its leaders cannot be looked at from here.

use std::collections::BTreeMap;
use std::time::Duration;

use tiltyard_actors::queue_snapshot;
use tiltyard_db::StoreError;
use tiltyard_db::live::Live;
use tiltyard_protocol::{QueueName, Timestamp};

use super::Report;
use crate::config::Config;
use crate::stores::Audited;

/// Time in which nothing may change: two snapshots, and a reading of the recent past by the leader.
const QUIET: Duration = Duration::from_millis(2_500);

/// A queue as its leader and the database have it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    at: Timestamp,
    held: i64,
    queued: i64,
}

/// Compares the queues that are led and quiet.
pub(super) async fn check(
    stores: &Audited,
    live: &Live,
    config: &Config,
    report: &mut Report,
) -> Result<(), StoreError> {
    let before = look(stores, live, config).await?;
    if before.is_empty() {
        return Ok(());
    }
    tokio::time::sleep(QUIET).await;
    for (queue, now) in look(stores, live, config).await? {
        let quiet = before.get(&queue).is_some_and(|before| is_quiet(before, &now));
        if !quiet {
            continue;
        }
        report.checked.leaders += 1;
        let Seen { held, queued, .. } = now;
        if held != queued {
            report.violate(
                "I12",
                format!("the leader of queue {queue} holds {held} tickets, queued are {queued}"),
            );
        }
    }
    Ok(())
}

fn is_quiet(before: &Seen, now: &Seen) -> bool {
    before.at < now.at && (before.held, before.queued) == (now.held, now.queued)
}

async fn look(stores: &Audited, live: &Live, config: &Config) -> Result<BTreeMap<QueueName, Seen>, StoreError> {
    let queued: BTreeMap<_, _> = stores.durable.audit.queued().await?.into_iter().collect();
    let mut seen = BTreeMap::new();
    for queue in &config.queues {
        if let Some(snapshot) = queue_snapshot(live, &queue.name).await? {
            let queued = queued.get(&queue.name).copied().unwrap_or_default();
            let held = i64::try_from(snapshot.tickets).unwrap_or(i64::MAX);
            let at = snapshot.at;
            seen.insert(queue.name.clone(), Seen { at, held, queued });
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_queue_that_stands_still_under_a_living_leader_is_compared() {
        let seen = |second: i64, held, queued| Seen {
            at: Timestamp::from_micros(second * 1_000_000),
            held,
            queued,
        };
        assert!(is_quiet(&seen(1, 3, 4), &seen(3, 3, 4)));
        assert!(!is_quiet(&seen(1, 3, 4), &seen(1, 3, 4)), "nobody has looked meanwhile");
        assert!(!is_quiet(&seen(1, 3, 4), &seen(3, 4, 4)));
        assert!(!is_quiet(&seen(1, 3, 4), &seen(3, 3, 5)));
    }
}
