//! Which dependencies are sick: a state that `readyz` reports, never a reason to die.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tiltyard_db::StoreError;
use tokio::time::Instant;

/// The durable store, read.
pub(crate) const DATABASE: &str = "database";
/// The durable store, written: on a full disk reads go on.
pub(crate) const WRITES: &str = "database writes";
/// The live store.
pub(crate) const LIVE: &str = "live store";
/// The replay objects, read.
pub(crate) const REPLAYS: &str = "replay store";
/// The replay objects, written.
pub(crate) const REPLAY_WRITES: &str = "replay store writes";
/// The content that was published: this node may not be able to use it, and then goes on with what it has.
pub(crate) const CONTENT: &str = "content";

/// Bundles that matches ask for: this node may not be able to read one that others can.
pub(crate) const BUNDLES: &str = "content bundles";

/// How long a failure counts that nothing has confirmed: a node that is sent no work could not recover otherwise.
const SICK_FOR: Duration = Duration::from_secs(5);

/// A sick dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sick {
    /// Which.
    pub dependency: &'static str,
    /// What it said last.
    pub said: String,
    /// Whether nothing works without it. Without the others tickets are accepted all the same, and nothing is lost.
    pub is_vital: bool,
}

impl fmt::Display for Sick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.dependency, self.said)
    }
}

/// What a dependency said last, and when.
#[derive(Clone, Debug)]
struct Sickness {
    said: String,
    at: Instant,
}

/// The sick dependencies, shared by all who use them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    sick: Arc<ArcSwap<BTreeMap<&'static str, Sickness>>>,
}

impl Health {
    /// Takes note of how a call to `dependency` went, and hands the result on.
    pub(crate) fn note<T>(&self, dependency: &'static str, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match &result {
            Ok(_) => self.is_well(dependency),
            // One row that cannot be read says nothing about the rest.
            Err(StoreError::Corrupt { .. }) => {
                metrics::counter!("tiltyard_store_corrupt_total", "dependency" => dependency).increment(1);
            }
            Err(error) => self.ails(dependency, error),
        }
        result
    }

    /// Says whether something is sick without which nothing works.
    pub(crate) fn is_down(&self) -> bool {
        self.sick().iter().any(|sick| sick.is_vital)
    }

    /// Says whether something was wrong with `dependency` and nobody has said since that it is well, however long ago that was.
    pub(crate) fn has(&self, dependency: &'static str) -> bool {
        self.sick.load().contains_key(dependency)
    }

    /// Returns each sick dependency with what it said last.
    pub(crate) fn sick(&self) -> Vec<Sick> {
        let now = Instant::now();
        let sick = self.sick.load();
        let fresh = sick
            .iter()
            .filter(|(_, sickness)| now.duration_since(sickness.at) < SICK_FOR);
        fresh
            .map(|(dependency, sickness)| Sick {
                dependency,
                said: sickness.said.clone(),
                is_vital: matches!(*dependency, DATABASE | WRITES),
            })
            .collect()
    }

    /// Takes note that nothing is wrong with `dependency`.
    pub(crate) fn is_well(&self, dependency: &'static str) {
        if self.sick.load().contains_key(dependency) {
            tracing::info!(dependency, "recovered");
            gauge(dependency).set(0);
            self.update(|sick| {
                sick.remove(dependency);
            });
        }
    }

    /// Takes note of what is wrong with `dependency`.
    pub(crate) fn ails(&self, dependency: &'static str, error: &(dyn std::error::Error + 'static)) {
        if !self.sick.load().contains_key(dependency) {
            tracing::error!(dependency, error, "sick");
            gauge(dependency).set(1);
        }
        let sickness = Sickness {
            said: error.to_string(),
            at: Instant::now(),
        };
        self.update(|sick| {
            sick.insert(dependency, sickness.clone());
        });
    }

    fn update(&self, change: impl Fn(&mut BTreeMap<&'static str, Sickness>)) {
        self.sick.rcu(|sick| {
            let mut sick = BTreeMap::clone(sick);
            change(&mut sick);
            sick
        });
    }
}

/// Returns the gauge that is 1 while a dependency is sick.
fn gauge(dependency: &'static str) -> metrics::Gauge {
    metrics::gauge!("tiltyard_dependency_sick", "dependency" => dependency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_sick_until_a_call_succeeds() {
        let health = Health::default();
        let ill: Result<(), _> = health.note(
            "database",
            Err(StoreError::TimedOut {
                store: "sqlite",
                after_ms: 5,
            }),
        );
        assert!(ill.is_err());
        let sick = health.sick();
        assert_eq!(sick.len(), 1);
        assert_eq!(sick[0].to_string(), "database: sqlite did not answer within 5 ms");
        assert!(sick[0].is_vital);
        assert!(health.note("database", Ok(())).is_ok());
        assert!(health.sick().is_empty());
    }
}
