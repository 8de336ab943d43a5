//! Replays of seeded fights: exact health, near positions, small, repeatable.

use tiltyard_protocol::limits;
use tiltyard_sim::{
    Content, Details, Event, EventKind, Fight, Frame, Outcome, Position, Recorder, RosterUnit, Segment, Vitals, run,
    validate,
};
use tiltyard_sim_wire::replay::ReplayEvent;
use tiltyard_sim_wire::{Replay, ReplayRecorder, Versions, decode_result, simulate};

use crate::support;

const FIGHTS: u64 = 20;
/// What a replay promises.
const ERROR_CM_MAX: i64 = 10;

/// Keeps everything a fight tells, and hands it on to the replay's recorder.
#[derive(Default)]
struct Witness {
    replay: ReplayRecorder,
    roster: Vec<RosterUnit>,
    events: Vec<Event>,
    frames: Vec<(Vec<Position>, Vec<Vitals>)>,
    segments: Vec<(u32, u64)>,
    details: Vec<Details>,
}

impl Recorder for Witness {
    fn begin(&mut self, roster: &[RosterUnit]) {
        self.roster = roster.to_vec();
        self.replay.begin(roster);
    }

    fn event(&mut self, event: &Event) {
        self.events.push(*event);
        self.replay.event(event);
    }

    fn tick(&mut self, frame: &Frame<'_>) {
        self.frames.push((frame.positions.to_vec(), frame.vitals.to_vec()));
        self.replay.tick(frame);
    }

    fn segment(&mut self, segment: &Segment<'_>) {
        self.segments.push((segment.frame.tick, segment.state_hash));
        self.details.push(segment.details.clone());
        self.replay.segment(segment);
    }

    fn end(&mut self, outcome: &Outcome) {
        self.replay.end(outcome);
    }
}

/// A fight as it was simulated, and its replay.
pub(crate) struct Recorded {
    roster: Vec<RosterUnit>,
    pub(crate) events: Vec<Event>,
    /// By tick, from 1.
    pub(crate) frames: Vec<(Vec<Position>, Vec<Vitals>)>,
    segments: Vec<(u32, u64)>,
    details: Vec<Details>,
    pub(crate) outcome: Outcome,
    /// As it is stored.
    pub(crate) packed: Vec<u8>,
    pub(crate) replay: Replay,
}

/// Simulates and records a random request.
pub(crate) fn record(content: &Content, seed: u64) -> Recorded {
    let request = support::request(content, seed);
    let left = validate(&request.left, content).unwrap();
    let right = validate(&request.right, content).unwrap();
    let fight = Fight::new(content, request.versions.seed, &left, &right).unwrap();
    let mut witness = Witness::default();
    let outcome = run(&fight, &mut witness);
    let Witness {
        replay,
        roster,
        events,
        frames,
        segments,
        details,
    } = witness;
    let versions = Versions::current(content, request.versions.seed);
    let packed = replay.finish(&versions, &outcome, content).unwrap();
    let replay = Replay::decode(&packed).unwrap();
    Recorded {
        roster,
        events,
        frames,
        segments,
        details,
        outcome,
        packed,
        replay,
    }
}

#[test]
fn health_and_shields_are_exact_and_positions_near_at_every_tick() {
    let content = Content::builtin().unwrap();
    let mut worst = 0;
    for seed in 0..FIGHTS {
        let recorded = record(&content, seed);
        for (tick, (positions, vitals)) in (1..).zip(&recorded.frames) {
            let states = recorded.replay.state_at(tick).unwrap();
            assert_eq!(states.len(), vitals.len());
            for ((state, position), vitals) in states.iter().zip(positions).zip(vitals) {
                let told = (state.health, state.health_max, state.shield);
                let simulated = (vitals.health, vitals.health_max, vitals.shield);
                assert_eq!(told, simulated, "seed {seed} tick {tick}");
                let (dx, dy) = (state.position.x - position.x, state.position.y - position.y);
                worst = worst.max(i64::from(dx).pow(2) + i64::from(dy).pow(2));
            }
        }
    }
    println!("largest position error: {} cm", worst.isqrt());
    assert!(worst <= ERROR_CM_MAX.pow(2), "{worst} square centimetres");
}

#[test]
fn events_hashes_roster_and_outcome_come_back() {
    let content = Content::builtin().unwrap();
    for seed in 0..FIGHTS {
        let Recorded {
            roster,
            events,
            segments,
            outcome,
            replay,
            ..
        } = record(&content, seed);
        let told: Vec<_> = replay
            .events()
            .map(|event| {
                let ability = replay.ability_key(event).and_then(|key| content.ability_id(key));
                Event {
                    tick: event.tick,
                    kind: event.kind,
                    ability: ability.unwrap_or_default(),
                    source: event.source.unwrap_or(tiltyard_sim::NO_SLOT),
                    target: event.target.unwrap_or(tiltyard_sim::NO_SLOT),
                    amount: simulated_amount(&replay, &content, event),
                }
            })
            .collect();
        assert_eq!(told, events);
        let hashes = replay
            .segments
            .iter()
            .map(|part| (part.start_tick + part.ticks, part.state_hash));
        assert_eq!(hashes.collect::<Vec<_>>(), segments);
        let classes = replay
            .units
            .iter()
            .map(|unit| (unit.side, unit.class.clone().unwrap_or_default(), unit.health_max));
        let expected = roster
            .iter()
            .map(|unit| (unit.side, unit.class_key.clone(), unit.health_max));
        assert!(classes.eq(expected));
        let line_up: Vec<_> = replay.state_at(0).unwrap().iter().map(|unit| unit.position).collect();
        assert_eq!(line_up, roster.iter().map(|unit| unit.position).collect::<Vec<_>>());
        assert_eq!(replay.ending, (&outcome).into());
        assert_eq!(replay.state_at(outcome.ticks + 1), None);
    }
}

/// Classes have numbers of the replay's own.
fn simulated_amount(replay: &Replay, content: &Content, event: &ReplayEvent) -> i32 {
    if !matches!(event.kind, EventKind::Summon | EventKind::Transform) {
        return event.amount;
    }
    let key = &replay.classes[usize::try_from(event.amount).unwrap()];
    let summon = content.summon(key).map(|summon| summon.id);
    let id = summon.or_else(|| content.form(key).map(|(_, form)| form.id));
    i32::from(id.unwrap().0)
}

#[test]
fn keyframes_show_what_is_under_way() {
    let content = Content::builtin().unwrap();
    let (mut statuses, mut casts, mut zones, mut flights, mut forms) = (0, 0, 0, 0, 0);
    for seed in 0..FIGHTS {
        let Recorded { details, replay, .. } = record(&content, seed);
        let ability = |index: Option<u16>| {
            let key = index.map(|index| &*replay.abilities[usize::from(index)]);
            key.and_then(|key| content.ability_id(key)).unwrap_or_default()
        };
        let class = |index: Option<u8>| index.map(|index| replay.classes[usize::from(index)].clone());
        for (segment, seen) in replay.segments.iter().skip(1).zip(&details) {
            for (unit, seen) in segment.keyframe.iter().zip(&seen.units) {
                assert_eq!(class(unit.class).as_deref(), seen.class.and_then(|id| content.look(id)));
                assert_eq!(class(unit.form).as_deref(), seen.form.and_then(|id| content.look(id)));
                let cast = unit
                    .cast
                    .map(|cast| (ability(Some(cast.ability)), u32::from(cast.ticks_left)));
                assert_eq!(cast, seen.cast.map(|cast| (cast.ability, cast.ticks_left)));
                let told = unit
                    .statuses
                    .iter()
                    .map(|each| (each.kind, ability(each.ability), each.amount));
                assert!(told.eq(seen.statuses.iter().map(|each| (each.kind, each.ability, each.amount))));
                statuses += unit.statuses.len();
                casts += usize::from(unit.cast.is_some());
                forms += usize::from(unit.form.is_some());
            }
            let told = segment
                .zones
                .iter()
                .map(|each| (each.center, each.radius, ability(each.ability)));
            assert!(told.eq(seen.zones.iter().map(|each| (each.center, each.radius, each.ability))));
            let told = segment.flights.iter().map(|each| (each.target, ability(each.ability)));
            assert!(told.eq(seen.flights.iter().map(|each| (Some(each.target), each.ability))));
            zones += segment.zones.len();
            flights += segment.flights.len();
        }
    }
    let seen = [statuses, casts, zones, flights, forms];
    assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
}

#[test]
fn replays_of_random_fights_are_small() {
    let content = Content::builtin().unwrap();
    let mut sizes: Vec<_> = (0..FIGHTS)
        .map(|seed| record(&content, seed))
        .map(|each| each.packed.len())
        .collect();
    sizes.sort_unstable();
    let at = |percent: usize| sizes[(sizes.len() - 1) * percent / 100];
    println!("replay bytes: p50 {} p95 {} max {}", at(50), at(95), at(100));
    assert!(at(50) <= 12_000 && at(95) <= 20_000, "p50 {} p95 {}", at(50), at(95));
    assert!(at(100) <= limits::REPLAY_PACKED_BYTES_MAX);
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let content = Content::builtin().unwrap();
    let request = support::request_bytes(&content, 11);
    let (first, second) = (
        simulate(&request, &content).unwrap(),
        simulate(&request, &content).unwrap(),
    );
    assert_eq!(first.result_bytes, second.result_bytes);
    assert_eq!(first.replay_bytes, second.replay_bytes);
    let result = decode_result(&first.result_bytes).unwrap();
    assert_eq!(result.outcome, first.outcome);
    assert_eq!(result.match_id, first.request.match_id);
    assert_eq!(
        Replay::decode(&first.replay_bytes).unwrap().ending,
        (&first.outcome).into()
    );
}

#[test]
fn json_is_one_line_with_names() {
    let content = Content::builtin().unwrap();
    let recorded = record(&content, 3);
    let text = recorded.replay.to_json().unwrap();
    assert!(!text.contains('\n'));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["outcome"]["ticks"], recorded.outcome.ticks);
    assert_eq!(value["units"][0]["class"], recorded.roster[0].class_key);
    assert_eq!(value["versions"]["seed"].as_str().unwrap().len(), 32);
    let events = value["segments"][0]["events"].as_array().unwrap();
    assert!(
        events
            .iter()
            .any(|event| event["kind"] == "damage" && event["ability"].is_string())
    );
}
