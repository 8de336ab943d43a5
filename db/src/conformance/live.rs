//! The suites of the live store and of the replay objects.
//!
//! An implementation names itself once, with [`live_conformance!`](crate::live_conformance) or
//! [`objects_conformance!`](crate::objects_conformance), and gets a test per case. A case asks only what the trait promises,
//! so it holds in memory on a paused clock as well as over a network in real time: nothing sleeps, time is the fixture's to pass.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a case is a test and fails by panicking"
)]

pub mod board;
pub mod jobs;
pub mod jobs_lost;
pub mod lease;
pub mod limits;
pub mod objects;
pub mod presence;
pub mod programs;
pub mod wakeups;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tiltyard_protocol::{BootId, NodeId, PlayerId};

use crate::live::Live;
use crate::objects::ReplayObjects;

/// Life given to what is to end within a case. Over a network it is waited out, so it is short;
/// what must not end yet is looked at after 60 % of it, so it is not shorter.
pub const TTL: Duration = Duration::from_secs(2);
/// A part of [`TTL`] such that one is well inside it and two are well outside.
pub const MOST_OF_TTL: Duration = Duration::from_millis(1_200);
/// A time after which a [`TTL`] has surely ended.
pub const OVER_TTL: Duration = Duration::from_millis(2_100);
/// Longer than any case runs.
pub const LONG: Duration = Duration::from_secs(60);

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// One live store that nobody else uses, for one case.
#[async_trait]
pub trait LiveFixture: Send + Sync {
    /// Connects another client of the same store, as another node would.
    async fn client(&self) -> Live;

    /// Lets `span` pass by the store's clock: at least that much, and little more.
    async fn pass(&self, span: Duration);
}

/// One store of replay objects that nobody else uses, for one case.
#[async_trait]
pub trait ObjectsFixture: Send + Sync {
    /// Connects another client of the same store, as another node would.
    async fn client(&self) -> Arc<dyn ReplayObjects>;

    /// Fetches a link as a stranger would; `None` if nothing is there.
    async fn follow(&self, link: &str) -> Option<Bytes>;
}

/// Runs every case of the live store's suites against the [`LiveFixture`] that an async function makes.
#[macro_export]
macro_rules! live_conformance {
    ($fixture:path) => {
        $crate::conformance_cases! { $fixture, lease:
            a_free_lease_is_taken_and_held_again
            a_held_lease_is_refused_to_others
            one_of_many_candidates_gets_it
            renewing_lengthens_it
            a_refused_candidate_does_not_lengthen_it
            it_ends_unless_renewed
            releasing_frees_it_at_once
            a_stranger_cannot_release_it
            a_former_holder_cannot_release_it
            one_is_next_once_it_is_not_renewed
            renewing_takes_the_promise_back
            releasing_takes_the_promise_back
            a_promise_ends_soon_after_the_lease
            names_are_apart
        }
        $crate::conformance_cases! { $fixture, jobs:
            jobs_come_as_submitted_and_in_order
            credits_bound_a_delivery
            two_consumers_share_no_job
            waiting_ends_with_the_first_job
            waiting_ends_with_its_time
            not_waiting_answers_at_once
            one_submission_wakes_every_waiting_consumer
            a_full_stream_refuses_item_by_item
            rules_versions_are_apart
            depth_follows_a_job
            a_job_submitted_twice_comes_at_least_once
            an_acknowledged_match_may_be_submitted_again
            a_stream_that_never_was_is_empty
        }
        $crate::conformance_cases! { $fixture, jobs_lost:
            a_job_left_alone_is_claimed
            a_job_is_not_claimed_before_its_time
            each_claim_counts_and_begins_anew
            credits_bound_a_claim
            two_claimants_share_no_job
            acknowledging_ends_a_job
            a_late_acknowledgement_ends_a_claimed_job
            unknown_receipts_are_ignored
            waiting_jobs_are_not_claimed
        }
        $crate::conformance_cases! { $fixture, programs:
            a_program_that_takes_jobs_is_known_everywhere
            programs_come_in_order_and_once
            a_program_ends_unless_said_again
        }
        $crate::conformance_cases! { $fixture, wakeups:
            hints_come_whole_and_in_order
            every_reader_of_an_inbox_gets_each
            inboxes_are_apart
            reading_begins_with_the_subscription
            an_absent_inbox_loses_hints
            a_dropped_reader_disturbs_nobody
            an_overflow_is_told_once_and_then_hints_go_on
        }
        $crate::conformance_cases! { $fixture, board:
            a_note_is_read_everywhere
            notes_are_apart
            a_note_ends
            a_large_note_is_refused
        }
        $crate::conformance_cases! { $fixture, limits:
            so_many_are_allowed_and_no_more
            a_crowd_gets_no_more_than_one
            a_window_ends_and_another_begins
            uses_do_not_move_the_window
            refused_uses_do_not_move_the_window
            waiting_as_told_is_enough
            keys_are_apart
            a_limit_of_none_denies
        }
        $crate::conformance_cases! { $fixture, presence:
            nodes_come_per_player_in_order
            a_player_may_be_on_several_nodes
            attaching_twice_is_once
            detaching_concerns_one_node
            it_ends_unless_said_again
            each_node_ends_by_itself
            attaching_again_lengthens_it
            none_of_something_is_harmless
        }
    };
}

/// Runs every case of the replay objects' suite against the [`ObjectsFixture`] that an async function makes.
#[macro_export]
macro_rules! objects_conformance {
    ($fixture:path) => {
        $crate::conformance_cases! { $fixture, objects:
            bytes_come_back_as_stored
            an_absent_object_is_none
            storing_again_is_harmless
            storing_at_once_is_harmless
            keys_are_apart
            a_folder_is_no_object
            the_largest_replay_fits
            a_larger_one_is_refused
            a_link_leads_to_the_object
            a_link_may_be_asked_for_any_time
            strange_keys_are_refused
        }
    };
}

/// Makes a test of each case of one suite.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($fixture:path, $suite:ident: $($case:ident)+) => {
        mod $suite {
            use super::*;

            $(
                #[tokio::test]
                async fn $case() {
                    $crate::conformance::live::$suite::$case(&$fixture().await).await;
                }
            )+
        }
    };
}

/// Waits for what must come.
///
/// # Panics
/// If it does not.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, what).await;
    came.expect("it has to come")
}

const fn boot(n: u8) -> BootId {
    BootId::from_bytes([n; 16])
}

const fn node(n: u8) -> NodeId {
    NodeId::from_bytes([n; 16])
}

const fn player(n: u8) -> PlayerId {
    PlayerId::from_bytes([n; 16])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    const SUITES: [&str; 9] = [
        include_str!("live/board.rs"),
        include_str!("live/jobs.rs"),
        include_str!("live/jobs_lost.rs"),
        include_str!("live/lease.rs"),
        include_str!("live/limits.rs"),
        include_str!("live/objects.rs"),
        include_str!("live/presence.rs"),
        include_str!("live/programs.rs"),
        include_str!("live/wakeups.rs"),
    ];

    /// A misspelt name in a list does not compile; a forgotten one would only never run.
    #[test]
    fn every_case_is_in_a_list() {
        let lists = include_str!("live.rs");
        let listed: BTreeSet<&str> = lists.lines().map(str::trim).collect();
        let cases = SUITES.iter().flat_map(|suite| suite.lines());
        let names = cases.filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        let forgotten: Vec<&str> = names.filter(|name| !listed.contains(name)).collect();
        assert_eq!(forgotten, [""; 0]);
    }
}
