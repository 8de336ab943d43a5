//! The crash points of a match that exist in one process: the real process dies at each of them under a small load, is
//! started again, and both the audit and every fake player's history are clean.

use super::keeper::{Keeper, assert_clean};

/// Crashes at the `n`-th time that the point is passed, so that the points before it have been passed too.
async fn crash_at(point: &str) {
    let mut keeper = Keeper::start(Some(point));
    let load = keeper.load(12, 60);
    let matches = load.matches;
    let (report, ()) = tokio::join!(tiltyard_loadtest::players::run(load), keeper.outlive());
    assert_clean(&report.unwrap(), matches);
}

macro_rules! crash_points {
    ($($test:ident at $point:literal;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            crash_at($point).await;
        }
    )+};
}

crash_points! {
    before_a_tickets_insert at "ticket-before-insert:3";
    after_a_tickets_insert_before_the_reply at "ticket-after-insert:3";
    after_the_reply_before_the_leader_hears_of_it at "ticket-before-announce:3";
    while_pairing at "pairing:3";
    before_the_matchs_commit at "match-before-commit:3";
    after_the_matchs_commit_before_its_outcome_is_known at "match-after-commit:3";
    after_the_matchs_commit_before_dispatch at "match-before-dispatch:3";
    in_a_fight at "simulating:9";
    before_the_results_commit at "result-before-commit:3";
    after_the_results_commit_before_its_outcome_is_known at "result-after-commit:3";
    after_the_results_commit_before_its_acknowledgement at "result-before-acknowledge:9";
}

/// A process that is frozen loses nothing either: it goes on where it stood.
#[tokio::test(flavor = "multi_thread")]
async fn frozen_before_a_commit_and_thawed() {
    let keeper = Keeper::start(Some("freeze:match-before-commit:3"));
    let load = keeper.load(12, 60);
    let matches = load.matches;
    let (report, ()) = tokio::join!(tiltyard_loadtest::players::run(load), keeper.thaw());
    assert_clean(&report.unwrap(), matches);
}
