//! Holds the simulated durable store to the contract of the real ones: the suites of every aggregate that schedules use.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tiltyard_db::conformance::durable::DurableFixture;
use tiltyard_db::durable::Durable;

use super::link::{Link, Weather};
use super::stores::Stores;
use super::truth::Truth;

struct Fixture(Arc<Mutex<Truth>>);

#[async_trait]
impl DurableFixture for Fixture {
    async fn client(&self) -> Durable {
        let weather = Weather::new(0);
        weather.calm_down();
        Stores::durable(Arc::clone(&self.0), Link::new(weather, 0, 0))
    }
}

async fn empty() -> Fixture {
    Fixture(Arc::default())
}

tiltyard_db::durable_cases! { empty, enqueueing:
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
tiltyard_db::durable_cases! { empty, cancelling:
    a_queued_ticket_is_cancelled_once
    an_unknown_id_is_cancelled_for_good
    a_recorded_cancel_is_its_players
    a_recorded_cancel_is_not_counted
    a_strangers_ticket_stays
    what_has_gone_on_is_too_late
    a_batch_of_cancels_answers_in_order
    a_cancel_and_a_commit_never_both_win
}
tiltyard_db::durable_cases! { empty, ending:
    a_ticket_expires_with_its_event
    a_ticket_is_returned_with_its_event
    only_queued_tickets_end
    a_batch_of_ends_answers_in_order
    expiring_tickets_are_found
}
tiltyard_db::durable_cases! { empty, queues:
    a_queued_ticket_comes_whole
    a_queued_ticket_has_the_current_rating
    a_whole_queue_comes_in_pages
    a_reader_that_is_gone_ends_the_reading
    pages_follow_the_key
    queues_show_their_queued_tickets_only
    recent_tickets_are_found
}
tiltyard_db::durable_cases! { empty, leaders:
    a_leadership_names_its_holder
    epochs_rise
    queues_have_leaders_of_their_own
    a_crowd_gets_an_epoch_each
}
tiltyard_db::durable_cases! { empty, pairing:
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
tiltyard_db::durable_cases! { empty, restamping:
    what_nobody_fights_is_stamped_anew
    only_a_leader_stamps_anew
    the_oldest_are_stamped_anew_up_to_a_limit
    a_late_result_of_former_rules_is_refused
    a_refused_result_does_not_stand_for_the_next
    failures_under_former_rules_do_not_count
    a_result_and_new_stamps_never_both_win
}

tiltyard_db::durable_cases! { empty, matches:
    pending_matches_come_in_pages
    pending_matches_come_oldest_first
    a_pending_match_is_read_alone
    a_match_is_its_players
    a_history_has_every_match
    a_history_comes_in_pages
}
tiltyard_db::durable_cases! { empty, finishing:
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
tiltyard_db::durable_cases! { empty, failing:
    failures_count_per_match
    giving_up_returns_both_tickets
    only_a_pending_match_is_given_up
    a_crowd_gives_up_once
}
tiltyard_db::durable_cases! { empty, spool:
    a_replay_is_spooled_with_its_result
    an_uploaded_replay_is_not_spooled
    spooled_replays_come_oldest_first
    unspooled_replays_are_gone
}
tiltyard_db::durable_cases! { empty, ratings:
    ratings_come_in_order
    a_history_of_ratings_comes_in_pages
    ratings_keep_every_bit
    draws_are_counted
}
tiltyard_db::durable_cases! { empty, events:
    a_generation_stays
    a_log_begins_empty
    logs_are_apart
    a_log_comes_in_pages
    a_crowd_leaves_no_gap
    trimming_takes_the_front
    trimming_keeps_its_limit
    times_in_a_log_never_go_back
}
