//! Replays held against each other and against themselves: every planted difference is found in its segment.

use tiltyard_sim::{Content, EventKind};
use tiltyard_sim_wire::{Replay, simulate};

use crate::support;

fn replay(content: &Content, seed: u64) -> Replay {
    let bytes = simulate(&support::request_bytes(content, seed), content)
        .unwrap()
        .replay_bytes;
    Replay::decode(&bytes).unwrap()
}

#[test]
fn equal_replays_have_no_difference_and_none_contradicts_itself() {
    let content = Content::builtin().unwrap();
    for seed in 0..30 {
        let first = replay(&content, seed);
        assert_eq!(first.first_difference(&first), None);
        assert_eq!(first.contradiction(), None, "seed {seed}");
    }
}

#[test]
fn the_program_that_wrote_a_replay_is_no_difference() {
    let content = Content::builtin().unwrap();
    let first = replay(&content, 1);
    let mut second = first.clone();
    "0.0.0-other".clone_into(&mut second.versions.engine);
    assert_eq!(first.first_difference(&second), None);
    second.versions.seed[3] ^= 1;
    assert_eq!(first.first_difference(&second).unwrap().segment, None);
}

#[test]
fn a_changed_hash_is_found_in_its_segment() {
    let content = Content::builtin().unwrap();
    let again = replay(&content, 2);
    for number in 0..again.segments.len() {
        let mut stored = again.clone();
        stored.segments[number].state_hash ^= 1;
        let found = stored.first_difference(&again).unwrap();
        assert_eq!(found.segment, Some(number));
        assert!(found.to_string().contains("state "), "{found}");
    }
    let mut stored = again.clone();
    stored.segments.last_mut().unwrap().state_hash ^= 1;
    assert_eq!(stored.contradiction().unwrap().segment, Some(again.segments.len() - 1));
}

#[test]
fn another_fight_differs_from_its_first_segment_on() {
    let content = Content::builtin().unwrap();
    let found = replay(&content, 3).first_difference(&replay(&content, 4)).unwrap();
    assert_eq!((found.segment, found.ticks), (Some(0), [1, 600]));
}

#[test]
fn a_changed_event_is_named_and_breaks_the_sum_of_health() {
    let content = Content::builtin().unwrap();
    let again = replay(&content, 5);
    let mut stored = again.clone();
    let number = 1;
    let event = stored.segments[number]
        .events
        .iter_mut()
        .find(|event| event.kind == EventKind::Damage);
    event.unwrap().amount += 1;
    let found = stored.first_difference(&again).unwrap();
    assert_eq!(found.segment, Some(number));
    assert!(found.what.contains("damage"), "{found}");
    assert_eq!(stored.contradiction().unwrap().segment, Some(number));
}

#[test]
fn a_changed_winner_contradicts_who_stands() {
    let content = Content::builtin().unwrap();
    let mut stored = replay(&content, 6);
    stored.ending.winner = stored.ending.winner.map(tiltyard_sim::Side::other);
    assert_eq!(stored.contradiction().unwrap().segment, None);
    stored.ending.winner = None;
    assert!(stored.contradiction().is_some());
}
