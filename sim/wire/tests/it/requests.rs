//! Requests and results: whatever goes in comes out, and equal values are equal bytes.

use proptest::prelude::*;
use tiltyard_protocol::{ContentHash, MatchId, limits};
use tiltyard_sim::limits::{ABILITIES_MAX, CONDITION_NODES_MAX, KEY_BYTES_MAX, RULES_MAX, UNITS_MAX};
use tiltyard_sim::{
    Action, Attributes, Build, Condition, EndReason, Outcome, Position, Role, Rule, Selector, Side, Stance, StatusKind,
    Strategy as Behaviour, UnitBuild, UnitStats,
};
use tiltyard_sim_wire::{
    MatchRequest, MatchResult, Versions, decode_request, decode_result, encode_request, encode_result,
};

fn key() -> impl Strategy<Value = String> {
    "[a-z_]{0,48}"
}

fn leaf() -> impl Strategy<Value = Condition> {
    let status = prop::sample::select(StatusKind::ALL);
    prop_oneof![
        prop::sample::select(vec![
            Condition::Always,
            Condition::TargetCasting,
            Condition::EnemyCasting,
            Condition::Outnumbered,
            Condition::FatigueBegun,
        ]),
        (any::<i32>(), 0..10_usize).prop_map(|(number, which)| match which {
            0 => Condition::SelfHealthBelow(number),
            1 => Condition::SelfHealthAbove(number),
            2 => Condition::SelfEnergyAbove(number),
            3 => Condition::TargetHealthBelow(number),
            4 => Condition::TargetHealthAbove(number),
            5 => Condition::TargetWithin(number),
            6 => Condition::EnemyHealthBelow(number),
            7 => Condition::AlliesFallen(number),
            _ => Condition::TickAfter(number),
        }),
        (any::<i32>(), any::<i32>(), 0..4_usize).prop_map(|(range, count, which)| match which {
            0 => Condition::EnemiesNearTarget { range, count },
            1 => Condition::EnemiesWithin { range, count },
            2 => Condition::AlliesWithin { range, count },
            _ => Condition::AlliesBelow { percent: range, count },
        }),
        (status, 0..3_usize).prop_map(|(status, which)| match which {
            0 => Condition::SelfHas(status),
            1 => Condition::TargetHas(status),
            _ => Condition::AllyHas(status),
        }),
        prop::sample::select(Role::ALL).prop_map(Condition::TargetRole),
    ]
}

/// Trees of depth 4 and at most 1 + 2 + 4 + 8 nodes.
fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 15, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..=2).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..=2).prop_map(Condition::Any),
            inner.prop_map(|child| Condition::Not(Box::new(child))),
        ]
    })
}

fn stance() -> impl Strategy<Value = Stance> {
    prop_oneof![
        Just(Stance::Aggressive),
        Just(Stance::Hold),
        any::<i32>().prop_map(Stance::MaintainRange),
        Just(Stance::Kite),
        any::<i32>().prop_map(Stance::Protect),
        prop::sample::select(Role::ALL).prop_map(Stance::Focus),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![
        key().prop_map(Action::Ability),
        prop::sample::select(Behaviour::ALL).prop_map(Action::Strategy),
    ];
    (action, prop::sample::select(Selector::ALL), condition()).prop_map(|(action, target, when)| Rule {
        action,
        target,
        when,
    })
}

fn unit() -> impl Strategy<Value = UnitBuild> {
    (
        key(),
        prop::collection::vec(key(), 0..=ABILITIES_MAX),
        any::<[u8; 7]>(),
        any::<(i32, i32)>(),
        stance(),
        prop::collection::vec(rule(), 0..=RULES_MAX),
    )
        .prop_map(|(class, abilities, points, (x, y), stance, rules)| {
            let [might, vigor, guard, ward, agility, precision, tempo] = points;
            let attributes = Attributes {
                might,
                vigor,
                guard,
                ward,
                agility,
                precision,
                tempo,
            };
            let position = Position { x, y };
            UnitBuild {
                class,
                abilities,
                attributes,
                position,
                stance,
                rules,
            }
        })
}

fn build() -> impl Strategy<Value = Build> {
    prop::collection::vec(unit(), 0..=UNITS_MAX).prop_map(|units| Build { units })
}

fn versions() -> impl Strategy<Value = Versions> {
    (
        "[0-9.]{0,20}",
        any::<u32>(),
        any::<[u8; 32]>(),
        "[a-z0-9/]{0,20}",
        any::<[u8; 16]>(),
    )
        .prop_map(|(engine, rules, content, rng, seed)| {
            let content = ContentHash::from_bytes(content);
            Versions {
                engine,
                rules,
                content,
                rng,
                seed,
            }
        })
}

fn request() -> impl Strategy<Value = MatchRequest> {
    (any::<[u8; 16]>(), versions(), build(), build()).prop_map(|(id, versions, left, right)| MatchRequest {
        match_id: MatchId::from_bytes(id),
        versions,
        left,
        right,
    })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let stats = any::<[u32; 5]>().prop_map(|[kills, deaths, damage, healing, casts]| UnitStats {
        kills,
        deaths,
        damage,
        healing,
        casts,
    });
    (
        prop::option::of(prop::sample::select(Side::ALL)),
        prop::sample::select(EndReason::ALL),
        any::<u32>(),
        any::<u64>(),
        prop::collection::vec(stats, 0..=2 * UNITS_MAX),
    )
        .prop_map(|(winner, reason, ticks, state_hash, units)| Outcome {
            winner,
            reason,
            ticks,
            state_hash,
            units,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_request_comes_back_and_is_canonical(request in request()) {
        let bytes = encode_request(&request);
        let read = decode_request(&bytes).unwrap();
        prop_assert_eq!(&read, &request);
        prop_assert_eq!(encode_request(&read), bytes);
    }

    #[test]
    fn a_result_comes_back_and_is_canonical(
        id in any::<[u8; 16]>(), versions in versions(), outcome in outcome(),
    ) {
        let result = MatchResult { match_id: MatchId::from_bytes(id), versions, outcome };
        let bytes = encode_result(&result);
        let read = decode_result(&bytes).unwrap();
        prop_assert_eq!(&read, &result);
        prop_assert_eq!(encode_result(&read), bytes);
    }
}

#[test]
fn the_largest_valid_builds_fit_the_cap() {
    let key = "k".repeat(KEY_BYTES_MAX);
    // No key twice, so that the writer can share none between units.
    let keys = |unit: usize, index: usize| format!("{unit:02}{index}{}", &key[3..]);
    let leaves = vec![Condition::AlliesBelow { percent: 100, count: 8 }; CONDITION_NODES_MAX - 1];
    let rule = |unit: usize, index: usize| Rule {
        action: Action::Ability(keys(unit, index % ABILITIES_MAX)),
        target: Selector::WeakestEnemy,
        when: Condition::All(leaves.clone()),
    };
    let unit = |index: usize| UnitBuild {
        class: keys(index, ABILITIES_MAX),
        abilities: (0..ABILITIES_MAX).map(|each| keys(index, each)).collect(),
        attributes: Attributes {
            might: 9,
            ..Attributes::default()
        },
        position: Position { x: 1, y: 2 },
        stance: Stance::MaintainRange(700),
        rules: (0..RULES_MAX).map(|each| rule(index, each)).collect(),
    };
    let build = |first: usize| Build {
        units: (first..first + UNITS_MAX).map(unit).collect(),
    };
    let versions = Versions {
        engine: "1".repeat(64),
        rules: 1,
        content: ContentHash::from_bytes([7; 32]),
        rng: "r".repeat(64),
        seed: [1; 16],
    };
    let match_id = MatchId::from_bytes([3; 16]);
    let request = MatchRequest {
        match_id,
        versions,
        left: build(0),
        right: build(UNITS_MAX),
    };
    let bytes = encode_request(&request);
    println!(
        "largest request: {} bytes of {}",
        bytes.len(),
        limits::REQUEST_BYTES_MAX
    );
    assert_eq!(decode_request(&bytes).unwrap(), request);
}
