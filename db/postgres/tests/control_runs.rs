//! The two control runs: a checker that was never red proves nothing. What holds an invariant is taken out of the commit's
//! statement in a private database, two leaders commit as they would after a freeze, and exactly that invariant is red.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/database.rs"]
mod database;

use std::collections::BTreeSet;

use database::Database;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Commit, Paired};

/// What refuses a leader whose epoch is not the newest.
const FENCE: &str = " AND l.epoch = p_epoch AND l.boot = p_boot FOR SHARE";
/// What refuses a ticket that is not queued any more.
const STATE_CHECK: &str = " t ON t.state = 0 AND t.queue = p_queue";

/// A store with three queued tickets, a leader that was deposed and does not know, and its successor.
struct Run {
    database: Database,
    store: Durable,
    deposed: Leadership,
    successor: Leadership,
}

impl Run {
    async fn new() -> Self {
        let database = Database::new().await;
        let store = database.store();
        store_build(&store).await;
        for n in 1..=3 {
            accept(&store, ranked(key(n))).await;
        }
        let deposed = lead(&store).await;
        let successor = lead(&store).await;
        Self {
            database,
            store,
            deposed,
            successor,
        }
    }

    /// Takes `text` out of the commit's statement.
    ///
    /// # Panics
    /// If it does not stand there exactly once: then this run would prove nothing.
    async fn without(&self, text: &str, instead: &str) {
        let raw = self.database.raw().await;
        let definition = "SELECT pg_get_functiondef('tiltyard_commit_matches'::regproc)";
        let definition: String = raw.query_one(definition, &[]).await.unwrap().get(0);
        assert_eq!(definition.matches(text).count(), 1, "{text:?} in {definition}");
        raw.batch_execute(&definition.replace(text, instead)).await.unwrap();
    }

    async fn without_unique_seats(&self) {
        let raw = self.database.raw().await;
        raw.batch_execute("DROP INDEX match_seats_ticket").await.unwrap();
    }

    /// Has a leader commit one pair.
    async fn commit(&self, leadership: &Leadership, left: u32, right: u32) -> tiltyard_db::Result<Commit> {
        let pairings = vec![pairing(key(left), key(right))];
        self.store.matches.commit(leadership, pairings, at(1)).await
    }

    /// Returns the invariants that are red.
    async fn red(&self) -> BTreeSet<&'static str> {
        violations(&self.store)
            .await
            .iter()
            .map(|violation| violation.invariant)
            .collect()
    }
}

fn is_made(commit: &Commit) -> bool {
    matches!(commit, Commit::Outcomes(outcomes) if matches!(outcomes[..], [Paired::Done(_)]))
}

#[tokio::test]
async fn with_everything_in_place_nothing_is_red() {
    let run = Run::new().await;
    assert_eq!(run.commit(&run.deposed, 1, 2).await.unwrap(), Commit::Fenced);
    assert!(is_made(&run.commit(&run.successor, 1, 2).await.unwrap()));
    let gone = vec![Paired::Gone { gone: [true, false] }];
    assert_eq!(run.commit(&run.successor, 1, 3).await.unwrap(), Commit::Outcomes(gone));
    assert_eq!(run.red().await, BTreeSet::new());
}

#[tokio::test]
async fn without_the_fence_i6_is_red() {
    let run = Run::new().await;
    run.without(FENCE, " FOR SHARE").await;
    assert!(
        is_made(&run.commit(&run.deposed, 1, 2).await.unwrap()),
        "it thaws and commits"
    );
    assert_eq!(run.red().await, BTreeSet::from(["I6"]));
}

#[tokio::test]
async fn without_the_state_check_and_the_unique_seat_i1_is_red() {
    let run = Run::new().await;
    run.without(STATE_CHECK, " t ON t.queue = p_queue").await;
    run.without_unique_seats().await;
    for right in [2, 3] {
        assert!(is_made(&run.commit(&run.successor, 1, right).await.unwrap()));
    }
    assert_eq!(run.red().await, BTreeSet::from(["I1"]));
}

/// Each of the two holds I1 alone.
#[tokio::test]
async fn without_either_i1_holds() {
    let unchecked = Run::new().await;
    unchecked.without(STATE_CHECK, " t ON t.queue = p_queue").await;
    assert!(is_made(&unchecked.commit(&unchecked.successor, 1, 2).await.unwrap()));
    assert!(unchecked.commit(&unchecked.successor, 1, 3).await.is_err());
    assert_eq!(unchecked.red().await, BTreeSet::new());
    let doubled = Run::new().await;
    doubled.without_unique_seats().await;
    assert!(is_made(&doubled.commit(&doubled.successor, 1, 2).await.unwrap()));
    assert!(!is_made(&doubled.commit(&doubled.successor, 1, 3).await.unwrap()));
    assert_eq!(doubled.red().await, BTreeSet::new());
}
