//! Which dependencies are sick: a state that `readyz` reports, never a reason to die.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tiltyard_db::StoreError;

/// The sick dependencies, shared by all who use them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    sick: Arc<ArcSwap<BTreeMap<&'static str, String>>>,
}

impl Health {
    /// Takes note of how a call to `dependency` went, and hands the result on.
    pub(crate) fn note<T>(&self, dependency: &'static str, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match &result {
            Ok(_) => self.recovered(dependency),
            Err(error) => self.fell_ill(dependency, error),
        }
        result
    }

    /// Names each sick dependency with what it said last.
    pub(crate) fn sick(&self) -> Vec<String> {
        self.sick
            .load()
            .iter()
            .map(|(dependency, said)| format!("{dependency}: {said}"))
            .collect()
    }

    fn recovered(&self, dependency: &'static str) {
        if self.sick.load().contains_key(dependency) {
            tracing::info!(dependency, "recovered");
            self.update(|sick| {
                sick.remove(dependency);
            });
        }
    }

    fn fell_ill(&self, dependency: &'static str, error: &StoreError) {
        if !self.sick.load().contains_key(dependency) {
            tracing::error!(dependency, error = error as &dyn std::error::Error, "sick");
        }
        let said = error.to_string();
        self.update(|sick| {
            sick.insert(dependency, said.clone());
        });
    }

    fn update(&self, change: impl Fn(&mut BTreeMap<&'static str, String>)) {
        self.sick.rcu(|sick| {
            let mut sick = BTreeMap::clone(sick);
            change(&mut sick);
            sick
        });
    }
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
        assert_eq!(health.sick(), ["database: sqlite did not answer within 5 ms"]);
        assert!(health.note("database", Ok(())).is_ok());
        assert!(health.sick().is_empty());
    }
}
