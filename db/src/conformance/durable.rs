//! The suites of the durable store.
//!
//! An implementation names itself once, with [`durable_conformance!`](crate::durable_conformance), and gets a test per case.
//! A case asks only what the trait promises. Nothing sleeps: every time is an argument.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a case is a test and fails by panicking"
)]

pub mod audit;
pub mod cancelling;
pub mod contents;
pub mod ending;
pub mod enqueueing;
pub mod events;
pub mod failing;
pub mod finishing;
pub mod leaders;
pub mod matches;
pub mod pairing;
pub mod pausing;
pub mod players;
pub mod queues;
pub mod ratings;
pub mod restamping;
pub mod seasons;
pub mod secrets;
pub mod spool;
pub mod teams;
pub mod world;

use async_trait::async_trait;

use crate::durable::Durable;

/// One empty, migrated durable store that nobody else uses, for one case.
#[async_trait]
pub trait DurableFixture: Send + Sync {
    /// Connects another client of the same store, as another node would.
    async fn client(&self) -> Durable;
}

/// Runs every case of the durable store's suites against the [`DurableFixture`] that an async function makes.
#[macro_export]
macro_rules! durable_conformance {
    ($fixture:path) => {
        $crate::durable_cases! { $fixture, enqueueing:
            a_ticket_is_accepted_and_read_back
            a_resend_was_accepted_already
            a_resend_tells_the_current_state
            another_request_under_the_same_id_is_a_conflict
            ids_are_apart_between_players
            a_strangers_ticket_is_none
            a_batch_answers_in_order
            an_empty_batch_is_harmless
            slots_cap_live_tickets
            every_end_frees_its_slot
            a_lowered_cap_holds
            a_crowd_cannot_beat_the_cap
            a_crowd_of_resends_is_one_ticket
            practice_makes_its_match_at_once
            practice_sent_again_is_one_match
            live_tickets_come_oldest_first
        }
        $crate::durable_cases! { $fixture, cancelling:
            a_queued_ticket_is_cancelled_once
            an_unknown_id_is_cancelled_for_good
            a_recorded_cancel_is_its_players
            a_recorded_cancel_is_not_counted
            a_strangers_ticket_stays
            what_has_gone_on_is_too_late
            a_batch_of_cancels_answers_in_order
            a_cancel_and_a_commit_never_both_win
        }
        $crate::durable_cases! { $fixture, ending:
            a_ticket_expires_with_its_event
            a_ticket_is_returned_with_its_event
            only_queued_tickets_end
            a_batch_of_ends_answers_in_order
            expiring_tickets_are_found
        }
        $crate::durable_cases! { $fixture, queues:
            a_queued_ticket_comes_whole
            a_queued_ticket_has_the_current_rating
            a_whole_queue_comes_in_pages
            a_reader_that_is_gone_ends_the_reading
            pages_follow_the_key
            queues_show_their_queued_tickets_only
            recent_tickets_are_found
        }
        $crate::durable_cases! { $fixture, leaders:
            a_leadership_names_its_holder
            epochs_rise
            queues_have_leaders_of_their_own
            a_crowd_gets_an_epoch_each
        }
        $crate::durable_cases! { $fixture, pairing:
            a_commit_makes_a_match
            a_commit_sent_again_was_made_already
            only_the_newest_leader_commits
            a_commit_and_a_minting_never_both_win
            tickets_may_be_gone
            a_player_never_meets_himself
            a_ticket_is_in_one_match_of_a_batch
            a_ticket_is_in_one_match_of_concurrent_commits
            spreads_are_held_against_current_ratings
            a_widened_spread_is_held_to_its_limit
            a_spread_includes_its_edge
            a_batch_of_pairings_answers_in_order
        }
        $crate::durable_cases! { $fixture, matches:
            pending_matches_come_in_pages
            pending_matches_come_oldest_first
            a_pending_match_is_read_alone
            a_match_is_its_players
            a_history_has_every_match
            a_history_comes_in_pages
        }
        $crate::durable_cases! { $fixture, finishing:
            a_result_is_stored_whole
            an_outcome_keeps_its_edges
            an_unrated_result_changes_no_rating
            a_second_result_is_told_the_first_hash
            a_conflict_leaves_nothing_half_done
            an_unknown_match_is_not_found
            a_given_up_match_takes_no_result
            a_batch_of_results_answers_in_order
            a_crowd_finishes_a_match_once
            concurrent_results_of_a_player_form_a_chain
            what_is_no_rating_is_refused_alone
        }
        $crate::durable_cases! { $fixture, failing:
            failures_count_per_match
            giving_up_returns_both_tickets
            only_a_pending_match_is_given_up
            a_crowd_gives_up_once
        }
        $crate::durable_cases! { $fixture, restamping:
            what_nobody_fights_is_stamped_anew
            only_a_leader_stamps_anew
            the_oldest_are_stamped_anew_up_to_a_limit
            a_late_result_of_former_rules_is_refused
            a_refused_result_does_not_stand_for_the_next
            failures_under_former_rules_do_not_count
            a_result_and_new_stamps_never_both_win
        }
        $crate::durable_cases! { $fixture, spool:
            a_replay_is_spooled_with_its_result
            an_uploaded_replay_is_not_spooled
            spooled_replays_come_oldest_first
            unspooled_replays_are_gone
        }
        $crate::durable_cases! { $fixture, ratings:
            ratings_come_in_order
            a_history_of_ratings_comes_in_pages
            ratings_keep_every_bit
            draws_are_counted
        }
        $crate::durable_cases! { $fixture, seasons:
            one_season_ends_at_a_time
            a_crowd_begins_one_season
            a_player_is_archived_and_reset_once
            a_match_and_a_reset_never_both_win
            a_crowd_resets_each_player_once
            resets_answer_in_order
            who_is_archived_is_walked_over_in_pages
        }
        $crate::durable_cases! { $fixture, events:
            a_generation_stays
            a_log_begins_empty
            logs_are_apart
            a_log_comes_in_pages
            a_crowd_leaves_no_gap
            trimming_takes_the_front
            trimming_keeps_its_limit
            times_in_a_log_never_go_back
        }
        $crate::durable_cases! { $fixture, players:
            an_identity_is_one_player
            a_crowd_signs_in_as_one
            players_come_in_order
        }
        $crate::durable_cases! { $fixture, teams:
            a_team_is_created
            a_team_is_replaced
            a_limit_holds_for_new_teams
            a_crowd_cannot_beat_the_limit
            a_team_is_its_owners
            teams_come_by_id
            a_deleted_team_leaves_its_build
            builds_come_in_order
        }
        $crate::durable_cases! { $fixture, contents:
            a_bundle_comes_back
            a_bundle_never_changes
            a_published_bundle_is_in_force
            versions_of_the_rules_are_apart
            an_offer_follows_an_offer
            an_operators_bundle_stays
            only_a_stored_bundle_is_published
            a_crowd_of_offers_leaves_one_in_force
        }
        $crate::durable_cases! { $fixture, pausing:
            a_queue_that_was_never_paused_has_no_state
            the_last_change_counts
            a_change_by_a_clock_that_is_behind_counts
            queues_are_paused_apart
        }
        $crate::durable_cases! { $fixture, secrets:
            the_first_candidate_stays
            names_are_apart
            a_crowd_gets_one_secret
        }
        $crate::durable_cases! { $fixture, audit:
            an_empty_store_is_sound
            a_busy_store_is_sound
            tickets_are_counted_by_state
            any_match_is_read_by_its_id
            what_was_told_comes_in_order_of_time
            walks_come_by_every_row
            rating_changes_come_in_pages
            done_matches_come_in_pages
        }
    };
}

/// Makes a test of each case of one suite.
#[doc(hidden)]
#[macro_export]
macro_rules! durable_cases {
    ($fixture:path, $suite:ident: $($case:ident)+) => {
        mod $suite {
            use super::*;

            $(
                #[tokio::test]
                async fn $case() {
                    $crate::conformance::durable::$suite::$case(&$fixture().await).await;
                }
            )+
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    const SUITES: [&str; 20] = [
        include_str!("durable/audit.rs"),
        include_str!("durable/cancelling.rs"),
        include_str!("durable/contents.rs"),
        include_str!("durable/ending.rs"),
        include_str!("durable/enqueueing.rs"),
        include_str!("durable/events.rs"),
        include_str!("durable/failing.rs"),
        include_str!("durable/finishing.rs"),
        include_str!("durable/leaders.rs"),
        include_str!("durable/matches.rs"),
        include_str!("durable/pairing.rs"),
        include_str!("durable/pausing.rs"),
        include_str!("durable/players.rs"),
        include_str!("durable/queues.rs"),
        include_str!("durable/ratings.rs"),
        include_str!("durable/restamping.rs"),
        include_str!("durable/seasons.rs"),
        include_str!("durable/secrets.rs"),
        include_str!("durable/spool.rs"),
        include_str!("durable/teams.rs"),
    ];

    /// A misspelt name in a list does not compile; a forgotten one would only never run.
    #[test]
    fn every_case_is_in_a_list() {
        let lists = include_str!("durable.rs");
        let listed: BTreeSet<&str> = lists.lines().map(str::trim).collect();
        let cases = SUITES.iter().flat_map(|suite| suite.lines());
        let names = cases.filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        let forgotten: Vec<&str> = names.filter(|name| !listed.contains(name)).collect();
        assert_eq!(forgotten, [""; 0]);
    }
}
