//! Invariants over random fights.

use proptest::prelude::*;
use tiltyard_sim::story::Story;
use tiltyard_sim::{
    AbilityId, Action, Build, Content, Decision, Event, EventKind, Fight, Outcome, Recorder, Team, run, sample,
    validate,
};

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
fn fifty_against_fifty_keep_every_invariant() {
    let content = Content::builtin().unwrap();
    let [left, right] = [1, 2].map(|number| sample::horde(&content, number, 50).unwrap());
    let fight = Fight::new(&content, [2; 16], &left, &right).unwrap();
    let outcome = run(&fight, &mut Auditor::default());
    assert_eq!(outcome.units.len(), 100);
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

/// Notes why abilities are used, and what was used.
#[derive(Default)]
struct Reasons {
    decisions: Vec<Decision>,
    begun: Vec<(u32, u8, AbilityId)>,
    /// Casts of those who were casting: their beginning was the decision.
    completed: usize,
}

impl Recorder for Reasons {
    const EXPLAINS: bool = true;

    fn decision(&mut self, decision: &Decision) {
        self.decisions.push(*decision);
    }

    fn event(&mut self, event: &Event) {
        match event.kind {
            EventKind::CastStart => self.begun.push((event.tick, event.source, event.ability)),
            EventKind::Cast => self.completed += 1,
            _ => {}
        }
    }
}

#[test]
fn every_cast_has_a_reason_and_asking_changes_nothing() {
    let content = Content::builtin().unwrap();
    let (left, right) = (&content.bots()[3].team, &content.bots()[6].team);
    let fight = Fight::new(&content, [3; 16], left, right).unwrap();
    let mut reasons = Reasons::default();
    assert_eq!(run(&fight, &mut reasons), run(&fight, &mut ()));
    assert!(reasons.decisions.len() >= reasons.completed);
    for (tick, slot, ability) in reasons.begun {
        let decision = reasons
            .decisions
            .iter()
            .find(|decision| (decision.tick, decision.slot, decision.ability) == (tick, slot, ability));
        let build = if slot < 5 {
            &content.bots()[3].build
        } else {
            &content.bots()[6].build
        };
        // Summoned units have tactics of their own.
        let Some(unit) = build.units.get(usize::from(slot) % 5).filter(|_| slot < 10) else {
            continue;
        };
        let rule = &unit.rules[usize::from(decision.unwrap().rule.unwrap())];
        let key = &content.ability(ability).unwrap().key;
        assert_eq!(rule.action, Action::Ability(key.clone()));
    }
}

#[test]
fn a_story_names_who_what_and_why() {
    let content = Content::builtin().unwrap();
    let [left, right] = ["winter_court", "ashen_crusade"].map(|key| content.bot(key).unwrap());
    let mut story = Story::new(&content, &left.build, &right.build);
    let fight = Fight::new(&content, [3; 16], &left.team, &right.team).unwrap();
    run(&fight, &mut story);
    let has = |text: &str| story.lines().iter().any(|line| line.contains(text));
    for text in [
        "uses Frost Lance on right",
        "[rule ",
        "when ",
        "falls to",
        "wins by elimination",
        "basic attack",
    ] {
        assert!(has(text), "no line has {text:?}");
    }
}
