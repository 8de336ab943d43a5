//! Invariants over random fights.

use proptest::prelude::*;
use tiltyard_sim::{Build, Content, Fight, Outcome, Team, run, sample, validate};

use crate::auditor::Auditor;

pub(crate) fn team(content: &Content, build: &Build) -> Team {
    validate(build, content).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(crate) fn audited(content: &Content, number: u64, sizes: (usize, usize)) -> (Outcome, Auditor) {
    let left = team(content, &sample::build(content, number * 2, sizes.0));
    let right = team(content, &sample::build(content, number * 2 + 1, sizes.1));
    let fight = Fight::new(content, sample::seed(number), &left, &right).unwrap();
    let mut auditor = Auditor::default();
    (run(&fight, &mut auditor), auditor)
}

#[test]
fn random_fights_of_any_size_keep_every_invariant() {
    let content = Content::builtin().unwrap();
    for number in 0..64_u64 {
        let sizes = (1 + number as usize % 8, 1 + (number as usize / 8) % 8);
        audited(&content, number, sizes);
    }
}

#[test]
fn the_same_request_gives_the_same_hashes_and_another_seed_gives_others() {
    let content = Content::builtin().unwrap();
    let (first, seen) = audited(&content, 5, (5, 5));
    let (second, again) = audited(&content, 5, (5, 5));
    assert_eq!((&first, &seen.segments), (&second, &again.segments));
    let (other, _) = audited(&content, 6, (5, 5));
    assert_ne!(first.state_hash, other.state_hash);
}

#[test]
fn listening_changes_nothing() {
    let content = Content::builtin().unwrap();
    let (left, right) = (&content.bots()[1].team, &content.bots()[2].team);
    let fight = Fight::new(&content, [3; 16], left, right).unwrap();
    assert_eq!(run(&fight, &mut ()), run(&fight, &mut Auditor::default()));
}

#[test]
fn a_team_of_other_content_is_refused() {
    let content = Content::builtin().unwrap();
    let text = content.canonical().replace("variance:80", "variance:81");
    let other = Content::from_canonical(&text).unwrap();
    assert_ne!(content.hash(), other.hash());
    let (left, right) = (&content.bots()[0].team, &other.bots()[0].team);
    assert!(Fight::new(&content, [0; 16], left, right).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_seed_and_team_fight_to_an_end(number in 0..u64::MAX / 4) {
        let content = Content::builtin().unwrap();
        let (outcome, auditor) = audited(&content, number, (3, 3));
        prop_assert!(outcome.ticks <= tiltyard_sim::TICKS_MAX);
        prop_assert_eq!(auditor.segments.len() as u32, outcome.ticks.div_ceil(600));
    }
}
