//! Replays of seeded fights: exact health, near positions, small, repeatable.

use tiltyard_protocol::limits;
use tiltyard_sim::{
    Content, Event, Fight, Frame, Outcome, Position, Recorder, RosterUnit, Segment, Vitals, run, validate,
};
use tiltyard_sim_wire::{Replay, ReplayRecorder, Versions, decode_result, simulate};

use crate::support;

const FIGHTS: u64 = 40;
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
        self.replay.segment(segment);
    }

    fn end(&mut self, outcome: &Outcome) {
        self.replay.end(outcome);
    }
}

struct Recorded {
    roster: Vec<RosterUnit>,
    events: Vec<Event>,
    frames: Vec<(Vec<Position>, Vec<Vitals>)>,
    segments: Vec<(u32, u64)>,
    outcome: Outcome,
    packed: Vec<u8>,
    replay: Replay,
}

fn record(content: &Content, seed: u64) -> Recorded {
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
    } = witness;
    let versions = Versions::current(content, request.versions.seed);
    let packed = replay.finish(&versions, &outcome, content).unwrap();
    let replay = Replay::decode(&packed).unwrap();
    Recorded {
        roster,
        events,
        frames,
        segments,
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
                let told = (state.health, state.shield);
                assert_eq!(told, (vitals.health, vitals.shield), "seed {seed} tick {tick}");
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
                    amount: event.amount,
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
            .map(|unit| (unit.side, &unit.class, unit.health_max));
        let expected = roster.iter().map(|unit| (unit.side, &unit.class_key, unit.health_max));
        assert!(classes.eq(expected));
        let line_up: Vec<_> = replay.state_at(0).unwrap().iter().map(|unit| unit.position).collect();
        assert_eq!(line_up, roster.iter().map(|unit| unit.position).collect::<Vec<_>>());
        assert_eq!(replay.ending, (&outcome).into());
        assert_eq!(replay.state_at(outcome.ticks + 1), None);
    }
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
    assert!(at(50) <= 20_000, "p50 {}", at(50));
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
