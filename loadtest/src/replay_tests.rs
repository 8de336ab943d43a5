//! Replays that must pass, and the many ways in which one must not.

use super::*;
use flatbuffers::FlatBufferBuilder;
use tiltyard_protocol::generated::common as fb;
use tiltyard_protocol::generated::replay as wire;
use tiltyard_protocol::http::matches::{OutcomeView, SeatView, StampsView};
use tiltyard_protocol::http::tickets::Mode;
use tiltyard_protocol::{MatchId, TicketId, Timestamp};

const HASH: u64 = 0xFEED;
const TICKS: u16 = 7;

fn record() -> MatchView {
    let seat = || SeatView {
        player: None,
        name: "x".to_owned(),
        rating: None,
    };
    MatchView {
        id: MatchId::from_bytes([1; 16]),
        mode: Mode::Ranked,
        created_at: Timestamp::default(),
        side: Side::Left,
        ticket: TicketId::from_bytes([2; 16]),
        seats: [seat(), seat()],
        stamps: StampsView {
            engine: "e".to_owned(),
            rules_version: 3,
            content: ContentHash::from_bytes([9; 32]),
        },
        outcome: Some(OutcomeView {
            winner: Some(Side::Right),
            reason: EndReason::Elimination,
            ticks: TICKS.into(),
            state_hash: StateHash(HASH),
            finished_at: Timestamp::default(),
        }),
        replay: None,
    }
}

/// Builds a replay of two seats with one segment, which has three phrases (one late) and one waypoint.
fn replay(ticks: u16, segment_hash: u64, targets: &[u8]) -> Vec<u8> {
    let mut b = FlatBufferBuilder::new();
    let segment = Segment::new(segment_hash, 0, 0, 0, 6, 4, 3, 3, 3);
    let (engine, rng) = (b.create_string("e"), b.create_string("r"));
    let versions = fb::VersionsArgs {
        engine: Some(engine),
        rules: 3,
        content: Some(&fb::Hash::new(&[9; 32])),
        rng: Some(rng),
        seed: Some(&fb::Bytes16::new(&[4; 16])),
    };
    let versions = fb::Versions::create(&mut b, &versions);
    let (winner, reason) = (Winner::Right, WireReason::Elimination);
    let outcome = fb::OutcomeArgs {
        winner,
        reason,
        ticks: ticks.into(),
        state_hash: HASH,
    };
    let outcome = fb::Outcome::create(&mut b, &outcome);
    let args = wire::ReplayArgs {
        format: FORMAT,
        versions: Some(versions),
        outcome: Some(outcome),
        segment_ticks: 600,
        step_cm: 10,
        classes: Some(b.create_string("")),
        abilities: Some(b.create_string("")),
        seats: Some(b.create_vector(&[wire::Seat::default(); 2])),
        segments: Some(b.create_vector(&[segment])),
        keyframes: Some(b.create_vector(&[wire::Keyframe::default(); 2])),
        statuses: Some(b.create_vector::<wire::KeyStatus>(&[])),
        zones: Some(b.create_vector::<wire::KeyZone>(&[])),
        flights: Some(b.create_vector::<wire::KeyFlight>(&[])),
        waypoints: Some(b.create_vector(&[1_u8, 0, 1, 2, 2, 0])),
        verb_kinds: Some(b.create_vector(&[wire::EventKind::Damage])),
        verb_aims: Some(b.create_vector(&[wire::Aim::Listed])),
        verb_amounts: Some(b.create_vector(&[0_u8])),
        deed_sources: Some(b.create_vector(&[0_u8])),
        deed_abilities: Some(b.create_vector(&[0_u8])),
        deed_phrases: Some(b.create_vector(&[1_u8])),
        phrase_verbs: Some(b.create_vector(&[1_u8, 0])),
        event_ticks: Some(b.create_vector(&[0_u8, 240, 0, 1])),
        event_phrases: Some(b.create_vector(&[0_u8, 0, 0])),
        event_targets: Some(b.create_vector(targets)),
        event_amounts: Some(b.create_vector(&[1_u8, 2, 3])),
    };
    let root = Replay::create(&mut b, &args);
    b.finish(root, Some(REPLAY_IDENTIFIER));
    b.finished_data().to_vec()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 3).unwrap()
}

fn good() -> Vec<u8> {
    packed(&replay(TICKS, HASH, &[1, 2, 0]))
}

#[test]
fn a_replay_of_this_match_passes() {
    assert_eq!(check(&good(), &record()), Ok(()));
}

#[test]
fn a_replay_of_another_match_is_found_out() {
    let differs = |change: fn(&mut MatchView)| {
        let mut record = record();
        change(&mut record);
        matches!(check(&good(), &record), Err(ReplayError::Other { .. }))
    };
    assert!(differs(|record| record.outcome = None));
    assert!(differs(|record| record.outcome.as_mut().unwrap().winner = None));
    assert!(differs(
        |record| record.outcome.as_mut().unwrap().reason = EndReason::TimeLimit
    ));
    assert!(differs(|record| record.outcome.as_mut().unwrap().ticks += 1));
    assert!(differs(
        |record| record.outcome.as_mut().unwrap().state_hash = StateHash(1)
    ));
    assert!(differs(|record| record.stamps.rules_version += 1));
    assert!(differs(
        |record| record.stamps.content = ContentHash::from_bytes([8; 32])
    ));
}

#[test]
fn a_replay_that_contradicts_itself_is_found_out() {
    for bytes in [
        replay(601, HASH, &[1, 2, 0]),
        replay(TICKS, HASH + 1, &[1, 2, 0]),
        replay(TICKS, HASH, &[1, 2]),
    ] {
        let found = check(&packed(&bytes), &record());
        assert!(matches!(found, Err(ReplayError::Inconsistent(_))), "{found:?}");
    }
}

#[test]
fn bad_bytes_are_refused_and_never_panic() {
    let record = record();
    assert!(matches!(
        check(b"", &record),
        Err(ReplayError::Packing(_) | ReplayError::Malformed(_))
    ));
    assert!(matches!(
        check(b"no zstd at all", &record),
        Err(ReplayError::Packing(_))
    ));
    let twice = [good(), good()].concat();
    assert!(matches!(check(&twice, &record), Err(ReplayError::Packing(_))));
    let bomb = packed(&vec![0; 2 * limits::REPLAY_BYTES_MAX]);
    assert!(
        matches!(check(&bomb, &record), Err(ReplayError::Packing(_))),
        "{} bytes",
        bomb.len()
    );
    let raw = replay(TICKS, HASH, &[1, 2, 0]);
    // The last bytes may only fill up to a multiple of four.
    let padding = raw.iter().rev().take(3).take_while(|byte| **byte == 0).count();
    for end in 0..raw.len() - padding {
        assert!(
            check(&packed(&raw[..end]), &record).is_err(),
            "cut at {end} of {}",
            raw.len()
        );
    }
    let packed_raw = good();
    for end in 0..packed_raw.len() {
        assert!(check(&packed_raw[..end], &record).is_err(), "frame cut at {end}");
    }
    for at in 0..raw.len() {
        let mut broken = raw.clone();
        broken[at] ^= 0x55;
        // Some bytes are of no consequence to this check; none may panic.
        drop(check(&packed(&broken), &record));
    }
}
