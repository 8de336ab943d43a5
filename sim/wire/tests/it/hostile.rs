//! Bytes that nobody honest wrote: refused without a panic, by bounds and budgets rather than by luck.

use std::io::{Read, Write};

use flatbuffers::{FlatBufferBuilder, InvalidFlatbuffer, WIPOffset};
use proptest::prelude::*;
use tiltyard_protocol::generated::{common, match_request as fb};
use tiltyard_protocol::limits;
use tiltyard_sim::Content;
use tiltyard_sim::limits::CONDITION_NODES_MAX;
use tiltyard_sim_wire::{Replay, SimulateError, WireError, decode_request, decode_result, encode_request, simulate};

use crate::support;

/// A damaged message is refused, or reads the same (padding), but never as something else by accident of length.
fn all_prefixes<T: PartialEq>(bytes: &[u8], decode: impl Fn(&[u8]) -> Option<T>) {
    let whole = decode(bytes);
    assert!(whole.is_some());
    for length in 0..bytes.len() {
        let read = decode(&bytes[..length]);
        assert!(read.is_none() || read == whole, "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn truncated_messages_are_refused() {
    let content = Content::builtin().unwrap();
    let request = support::request_bytes(&content, 1);
    let simulated = simulate(&request, &content).unwrap();
    all_prefixes(&request, |bytes| decode_request(bytes).ok());
    all_prefixes(&simulated.result_bytes, |bytes| decode_result(bytes).ok());
    all_prefixes(&simulated.replay_bytes, |bytes| Replay::decode(bytes).ok());
}

#[test]
fn a_flipped_bit_never_panics() {
    let content = Content::builtin().unwrap();
    let request = support::request_bytes(&content, 2);
    let result = simulate(&request, &content).unwrap().result_bytes;
    let mut refused = 0;
    for bit in (0..request.len() * 8).step_by(5) {
        let mut damaged = request.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        match decode_request(&damaged) {
            // Without a checksum a flip can make another message. That one must be as good as any.
            Ok(other) => assert_eq!(decode_request(&encode_request(&other)).unwrap(), other),
            Err(_) => refused += 1,
        }
    }
    println!("request: {refused} of {} flips refused", request.len() * 8 / 5);
    for bit in 0..result.len() * 8 {
        let mut damaged = result.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        drop(decode_result(&damaged));
    }
}

#[test]
fn a_flipped_bit_in_a_stored_replay_is_noticed() {
    let content = Content::builtin().unwrap();
    let request = support::request_bytes(&content, 3);
    let packed = simulate(&request, &content).unwrap().replay_bytes;
    let whole = Replay::decode(&packed).unwrap();
    for byte in 0..packed.len() {
        let mut damaged = packed.clone();
        damaged[byte] ^= 1 << (byte % 8);
        if let Ok(read) = Replay::decode(&damaged) {
            assert_eq!(read, whole, "byte {byte}");
        }
    }
}

#[test]
fn a_replay_that_lies_within_its_checksum_never_panics() {
    let content = Content::builtin().unwrap();
    let request = support::request_bytes(&content, 4);
    let packed = simulate(&request, &content).unwrap().replay_bytes;
    let raw = zstd::decode_all(&*packed).unwrap();
    let mut read = 0;
    for byte in (0..raw.len())
        .step_by(97)
        .chain(raw.len().saturating_sub(256)..raw.len())
    {
        let mut damaged = raw.clone();
        damaged[byte] ^= 1 << (byte % 8);
        if let Ok(replay) = Replay::decode(&zstd::encode_all(&*damaged, 1).unwrap()) {
            drop((replay.state_at(0), replay.state_at(700), replay.state_at(u32::MAX)));
            if read % 16 == 0 {
                drop(replay.to_json().unwrap());
            }
            read += 1;
        }
    }
}

proptest! {
    #[test]
    fn noise_is_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Replay::decode(&bytes).is_err());
        prop_assert!(decode_request(&bytes).is_err());
        if bytes.len() >= 8 {
            bytes[4..8].copy_from_slice(b"TTMQ");
            drop(decode_request(&bytes));
            bytes[4..8].copy_from_slice(b"TTMR");
            drop(decode_result(&bytes));
        }
    }
}

#[test]
fn too_many_bytes_are_not_read() {
    let error = decode_request(&vec![0; limits::REQUEST_BYTES_MAX + 1]).unwrap_err();
    assert!(matches!(error, WireError::TooLarge { .. }));
    let error = Replay::decode(&vec![0; limits::REPLAY_PACKED_BYTES_MAX + 1]);
    assert!(matches!(error.unwrap_err(), WireError::TooLarge { .. }));
}

/// Builds a request with this left build and an empty right one.
fn request_with(left: impl FnOnce(&mut FlatBufferBuilder<'static>) -> WIPOffset<fb::Build<'static>>) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let left = left(&mut builder);
    let nobody = builder.create_vector::<WIPOffset<fb::Unit<'_>>>(&[]);
    let right = fb::Build::create(&mut builder, &fb::BuildArgs { units: Some(nobody) });
    let name = builder.create_string("x");
    let versions = common::VersionsArgs {
        engine: Some(name),
        rules: 1,
        content: Some(&common::Hash::new(&[0; 32])),
        rng: Some(name),
        seed: Some(&common::Bytes16::new(&[0; 16])),
    };
    let versions = common::Versions::create(&mut builder, &versions);
    let args = fb::MatchRequestArgs {
        format: 1,
        match_id: Some(&common::Bytes16::new(&[0; 16])),
        versions: Some(versions),
        left: Some(left),
        right: Some(right),
    };
    let root = fb::MatchRequest::create(&mut builder, &args);
    fb::finish_match_request_buffer(&mut builder, root);
    builder.finished_data().to_vec()
}

struct Hostile<'a> {
    class: &'a str,
    abilities: usize,
    rules: usize,
    units: usize,
    nodes: &'a [fb::Condition],
}

const HARMLESS: Hostile<'static> = Hostile {
    class: "c",
    abilities: 1,
    rules: 1,
    units: 1,
    nodes: &[ALWAYS],
};
const ALWAYS: fb::Condition = fb::Condition([0; 12]);

/// One unit with one rule, each referred to as often as asked.
fn build(builder: &mut FlatBufferBuilder<'static>, hostile: &Hostile<'_>) -> WIPOffset<fb::Build<'static>> {
    let when = builder.create_vector(hostile.nodes);
    let strategy = Some(fb::Strategy::Attack);
    let rule = fb::RuleArgs {
        strategy,
        when: Some(when),
        ..Default::default()
    };
    let rule = fb::Rule::create(builder, &rule);
    let rules = builder.create_vector(&vec![rule; hostile.rules]);
    let class = builder.create_string(hostile.class);
    let abilities = builder.create_vector(&vec![class; hostile.abilities]);
    let unit = fb::UnitArgs {
        class: Some(class),
        abilities: Some(abilities),
        attributes: Some(&fb::Attributes::new(0, 0, 0, 0, 0, 0, 0)),
        position: Some(&common::Point::new(0, 0)),
        stance: Some(&fb::Stance::new(fb::StanceKind::Hold, 0)),
        rules: Some(rules),
    };
    let unit = fb::Unit::create(builder, &unit);
    let units = builder.create_vector(&vec![unit; hostile.units]);
    fb::Build::create(builder, &fb::BuildArgs { units: Some(units) })
}

fn refusal(hostile: &Hostile<'_>) -> WireError {
    let bytes = request_with(|builder| build(builder, hostile));
    decode_request(&bytes).unwrap_err()
}

fn meaning(hostile: &Hostile<'_>) -> String {
    match refusal(hostile) {
        WireError::Meaning(meaning) => meaning.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_harmless_request_is_read() {
    decode_request(&request_with(|builder| build(builder, &HARMLESS))).unwrap();
}

#[test]
fn tables_shared_thousands_of_times_are_refused_within_the_verifiers_budget() {
    let wide = Hostile {
        rules: 2_000,
        units: 8_000,
        ..HARMLESS
    };
    let WireError::Malformed { source, .. } = refusal(&wide) else {
        panic!("not malformed")
    };
    assert_eq!(source, InvalidFlatbuffer::TooManyTables);
}

#[test]
fn a_long_string_shared_thousands_of_times_is_refused() {
    let long = "k".repeat(30_000);
    let wide = Hostile {
        class: &long,
        abilities: 8_000,
        ..HARMLESS
    };
    let WireError::Malformed { source, .. } = refusal(&wide) else {
        panic!("not malformed")
    };
    assert_eq!(source, InvalidFlatbuffer::ApparentSizeTooLarge);
}

#[test]
fn counts_beyond_a_build_are_refused() {
    let too_many = "more than a unit may bring";
    assert_eq!(
        meaning(&Hostile {
            abilities: 6,
            ..HARMLESS
        }),
        format!("left.units[0].abilities: {too_many}")
    );
    assert_eq!(
        meaning(&Hostile { units: 9, ..HARMLESS }),
        "left.units: more than a team may have"
    );
    assert_eq!(
        meaning(&Hostile { rules: 13, ..HARMLESS }),
        "left.units[0].rules: more than a unit may have"
    );
    assert_eq!(
        meaning(&Hostile {
            class: &"k".repeat(49),
            ..HARMLESS
        }),
        "left.units[0].class: longer than any key"
    );
}

#[test]
fn condition_trees_that_are_none_are_refused() {
    let not = fb::Condition::new(fb::ConditionKind::Not, 0, 0);
    let all = |children| fb::Condition::new(fb::ConditionKind::All, children, 0);
    let when = |nodes: &[fb::Condition]| meaning(&Hostile { nodes, ..HARMLESS });
    assert!(when(&[]).ends_with("fewer conditions than the tree needs"));
    assert!(when(&[not; 10]).ends_with("nested too deeply"));
    assert!(when(&[ALWAYS; 2]).ends_with("more conditions than the tree holds"));
    assert!(when(&[ALWAYS; CONDITION_NODES_MAX + 1]).ends_with("more conditions than a rule may have"));
    assert!(when(&[all(i32::MAX), ALWAYS]).ends_with("fewer conditions than the tree needs"));
    assert!(when(&[all(-1)]).ends_with("negative number of conditions"));
    assert!(when(&[fb::Condition::new(fb::ConditionKind(99), 0, 0)]).ends_with("unknown number"));
    let role = fb::Condition::new(fb::ConditionKind::TargetRole, 4, 0);
    assert!(when(&[role]).ends_with("unknown number"));
    let second = fb::Condition::new(fb::ConditionKind::TickAfter, 1, 1);
    assert!(when(&[second]).ends_with("number where the condition has none"));
}

#[test]
fn a_decompression_bomb_is_refused() {
    let bomb = zstd::encode_all(std::io::repeat(0).take(1 << 28), 3).unwrap();
    println!("bomb: {} bytes", bomb.len());
    let error = Replay::decode(&bomb).unwrap_err();
    assert!(matches!(error, WireError::TooLarge { .. }), "{error:?}");
}

#[test]
fn a_frame_that_wants_a_huge_window_is_refused() {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(b"tiny").unwrap();
    encoder.flush().unwrap();
    let error = Replay::decode(&encoder.finish().unwrap()).unwrap_err();
    assert!(matches!(error, WireError::Compression(_)), "{error:?}");
}

#[test]
fn bytes_after_the_frame_are_refused() {
    let content = Content::builtin().unwrap();
    let mut packed = simulate(&support::request_bytes(&content, 5), &content)
        .unwrap()
        .replay_bytes;
    packed.push(0);
    assert!(matches!(Replay::decode(&packed), Err(WireError::Compression(_))));
}

#[test]
fn the_door_refuses_what_it_cannot_simulate_faithfully() {
    let content = Content::builtin().unwrap();
    let good = support::request(&content, 6);
    let refusal = |change: &dyn Fn(&mut tiltyard_sim_wire::MatchRequest)| {
        let mut request = good.clone();
        change(&mut request);
        simulate(&encode_request(&request), &content).unwrap_err()
    };
    let error = refusal(&|request| request.versions.rules += 1);
    assert!(matches!(error, SimulateError::RulesVersion { .. }));
    let error = refusal(&|request| "other/1".clone_into(&mut request.versions.rng));
    assert!(matches!(error, SimulateError::Rng { .. }));
    let error = refusal(&|request| {
        request.versions.content = tiltyard_protocol::ContentHash::from_bytes([0; 32]);
    });
    assert!(matches!(error, SimulateError::Content { .. }));
    let error = refusal(&|request| request.right.units[0].abilities.clear());
    let SimulateError::Build { side, problems } = error else {
        panic!("{error:?}")
    };
    assert_eq!(side, tiltyard_sim::Side::Right);
    assert!(!problems.is_empty());
    // Another engine version of the same rules is the same fight: versions of programs are for people.
    let mut request = good.clone();
    "0.0.1".clone_into(&mut request.versions.engine);
    simulate(&encode_request(&request), &content).unwrap();
}
