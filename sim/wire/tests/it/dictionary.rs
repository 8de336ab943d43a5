//! Replays whose phrases lie: each kind of lie is refused by name, and a short file cannot stand for endless events.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use tiltyard_protocol::generated::{common, replay as fb};
use tiltyard_sim_wire::{Replay, WireError};

const DAMAGE: fb::EventKind = fb::EventKind::Damage;

/// The columns of events of a fight of one tick between two units.
#[derive(Clone)]
struct Columns {
    aims: Vec<fb::Aim>,
    verb_amounts: Vec<u8>,
    sources: Vec<u8>,
    abilities: Vec<u8>,
    phrases: Vec<u8>,
    phrase_verbs: Vec<u8>,
    ticks: Vec<u8>,
    numbers: Vec<u8>,
    targets: Vec<u8>,
    amounts: Vec<u8>,
    /// Elements that the segment claims to have more than there are.
    missing: u32,
}

/// One blow for 5 by the first unit on the second one.
fn blow() -> Columns {
    Columns {
        aims: vec![fb::Aim::Listed],
        verb_amounts: vec![0],
        sources: vec![0],
        abilities: vec![0],
        phrases: vec![1],
        phrase_verbs: vec![1, 0],
        ticks: vec![1],
        numbers: vec![0],
        targets: vec![2],
        amounts: vec![10],
        missing: 0,
    }
}

fn decode(columns: &Columns) -> Result<Replay, WireError> {
    let mut builder = FlatBufferBuilder::new();
    let b = &mut builder;
    let length = |column: &[u8]| column.len() as u32;
    let segment = fb::Segment::new(
        7,
        0,
        0,
        0,
        2,
        length(&columns.ticks),
        length(&columns.numbers),
        length(&columns.targets) + columns.missing,
        length(&columns.amounts),
    );
    let name = b.create_string("x");
    let versions = common::VersionsArgs {
        engine: Some(name),
        rules: 1,
        content: Some(&common::Hash::new(&[0; 32])),
        rng: Some(name),
        seed: Some(&common::Bytes16::new(&[0; 16])),
    };
    let outcome = common::OutcomeArgs {
        ticks: 1,
        state_hash: 7,
        ..Default::default()
    };
    let seat = fb::Seat::new(common::Side::Left, 0, 100, 0);
    let args = fb::ReplayArgs {
        format: 1,
        versions: Some(common::Versions::create(b, &versions)),
        outcome: Some(common::Outcome::create(b, &outcome)),
        segment_ticks: 600,
        step_cm: 8,
        classes: Some(b.create_string("knight")),
        abilities: Some(b.create_string("")),
        seats: Some(b.create_vector(&[seat, seat])),
        segments: Some(b.create_vector(&[segment])),
        keyframes: Some(b.create_vector(&[keyframe(), keyframe()])),
        statuses: Some(b.create_vector::<fb::KeyStatus>(&[])),
        zones: Some(b.create_vector::<fb::KeyZone>(&[])),
        flights: Some(b.create_vector::<fb::KeyFlight>(&[])),
        waypoints: Some(bytes(b, &[0, 0])),
        verb_kinds: Some(b.create_vector(&vec![DAMAGE; columns.aims.len()])),
        verb_aims: Some(b.create_vector(&columns.aims)),
        verb_amounts: Some(bytes(b, &columns.verb_amounts)),
        deed_sources: Some(bytes(b, &columns.sources)),
        deed_abilities: Some(bytes(b, &columns.abilities)),
        deed_phrases: Some(bytes(b, &columns.phrases)),
        phrase_verbs: Some(bytes(b, &columns.phrase_verbs)),
        event_ticks: Some(bytes(b, &columns.ticks)),
        event_phrases: Some(bytes(b, &columns.numbers)),
        event_targets: Some(bytes(b, &columns.targets)),
        event_amounts: Some(bytes(b, &columns.amounts)),
    };
    let root = fb::Replay::create(b, &args);
    fb::finish_replay_buffer(b, root);
    Replay::decode(&zstd::encode_all(builder.finished_data(), 3).unwrap())
}

fn keyframe() -> fb::Keyframe {
    let mut keyframe = fb::Keyframe::default();
    keyframe.set_health(100);
    keyframe.set_health_max(100);
    keyframe.set_cast_ability(u16::MAX);
    keyframe.set_cast_target(u8::MAX);
    keyframe.set_form(u8::MAX);
    keyframe
}

fn bytes<'a>(builder: &mut FlatBufferBuilder<'a>, column: &[u8]) -> WIPOffset<flatbuffers::Vector<'a, u8>> {
    builder.create_vector(column)
}

fn refusal(change: impl FnOnce(&mut Columns)) -> String {
    let mut columns = blow();
    change(&mut columns);
    match decode(&columns).unwrap_err() {
        WireError::Meaning(meaning) => meaning.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_honest_blow_is_read() {
    let replay = decode(&blow()).unwrap();
    let events: Vec<_> = replay.events().collect();
    assert_eq!(events.len(), 1);
    let blow = events[0];
    assert_eq!(
        (blow.tick, blow.source, blow.target, blow.amount),
        (1, Some(0), Some(1), 5)
    );
    assert_eq!(replay.state_at(1).unwrap()[1].health, 95);
}

#[test]
fn lists_that_do_not_fit_each_other_are_refused() {
    let says = |expected: &str, change: fn(&mut Columns)| {
        let found = refusal(change);
        assert!(found.ends_with(expected), "{found}, not {expected}");
    };
    says("unknown aim", |columns| columns.aims[0] = fb::Aim(4));
    says("verb_amounts: too few", |columns| columns.verb_amounts.clear());
    says("verb_amounts: above any amount", |columns| {
        columns.verb_amounts = vec![255, 240, 240, 240, 240, 240, 240, 0]
    });
    says("columns of different length", |columns| columns.verb_amounts.push(0));
    says("deed_sources: a slot that nobody has", |columns| columns.sources[0] = 2);
    says("an ability that is not listed", |columns| columns.abilities[0] = 1);
    says("deed_abilities: too few", |columns| columns.abilities.clear());
    says("deed_abilities: more than there are deeds", |columns| {
        columns.abilities.push(0)
    });
    says("phrase_verbs: ends too early", |columns| columns.phrases[0] = 2);
    says("deed_phrases: too few", |columns| columns.phrases.clear());
    says("more than there are deeds and phrases", |columns| {
        columns.phrases.push(0)
    });
    says("a verb that is not listed", |columns| columns.phrase_verbs[0] = 2);
    says("a phrase without verbs", |columns| columns.phrase_verbs = vec![0]);
    says("a first verb that follows another", |columns| {
        columns.aims[0] = fb::Aim::Before
    });
    says("a phrase that is not listed", |columns| columns.numbers[0] = 1);
    says("after the segment, or cut short", |columns| columns.ticks[0] = 2);
    says("after the segment, or cut short", |columns| columns.ticks[0] = 240);
    says("too few, or a slot that nobody has", |columns| columns.targets[0] = 3);
    says("too few, or a slot that nobody has", |columns| columns.targets[0] = 0);
    says("too few, or above any amount", |columns| columns.amounts.clear());
    says("more values than events", |columns| columns.amounts.push(0));
    says("event_targets: fewer than the segment has", |columns| {
        columns.missing = 1
    });
}

#[test]
fn a_few_bytes_cannot_stand_for_endless_events() {
    let found = refusal(|columns| {
        columns.aims[0] = fb::Aim::Nobody;
        columns.verb_amounts[0] = 1;
        columns.phrase_verbs = [vec![1; 2_000], vec![0]].concat();
        columns.ticks = vec![0; 2_000];
        columns.numbers = vec![0; 2_000];
        columns.targets.clear();
        columns.amounts.clear();
    });
    assert!(found.ends_with("more events than a replay may have"), "{found}");
}
