//! The door: every rule of a build is checked, every problem is named at once, hostile builds cost little.

use proptest::prelude::*;
use tiltyard_sim::{
    Action, Build, Condition, Content, ProblemCode, Role, Rule, Selector, Stance, StatusKind, Strategy as Behaviour,
    UnitBuild, limits, sample, validate,
};

fn content() -> Content {
    Content::builtin().unwrap()
}

fn good(content: &Content) -> Build {
    content.bot("free_lances").unwrap().build.clone()
}

/// Returns path and code of each problem after a change to a good build.
fn problems(change: impl FnOnce(&mut Build)) -> Vec<(String, ProblemCode)> {
    let content = content();
    let mut build = good(&content);
    change(&mut build);
    let problems = validate(&build, &content).err().unwrap_or_default();
    problems
        .into_iter()
        .map(|problem| (problem.path, problem.code))
        .collect()
}

fn only(path: &str, code: ProblemCode, change: impl FnOnce(&mut Build)) {
    assert_eq!(problems(change), [(path.to_owned(), code)]);
}

fn when(build: &mut Build, condition: Condition) {
    build.units[0].rules[0].when = condition;
}

#[test]
fn names_units_classes_and_abilities() {
    use ProblemCode::{AbilityCount, DuplicateAbility, ForeignAbility, UnitCount, UnknownClass};
    assert_eq!(problems(|_| ()), []);
    only("units", UnitCount, |build| build.units.clear());
    only("units[1].class", UnknownClass, |build| {
        build.units[1].class = "knight".into()
    });
    only("units[2].abilities", AbilityCount, |build| {
        build.units[2].abilities.pop();
        build.units[2].rules.remove(0);
    });
    only("units[2].abilities[3]", ForeignAbility, |build| {
        build.units[2].abilities[3] = "mend".into();
        build.units[2].rules.remove(0);
    });
    only("units[2].abilities[3]", DuplicateAbility, |build| {
        build.units[2].abilities[3] = "volley".into();
        build.units[2].rules.remove(0);
    });
    let found = problems(|build| build.units[2].abilities[3] = "hadoken".into());
    let expected = [
        ("units[2].abilities[3]".to_owned(), ProblemCode::UnknownAbility),
        (
            "units[2].rules[0].use.ability".to_owned(),
            ProblemCode::AbilityNotEquipped,
        ),
    ];
    assert_eq!(found, expected);
}

#[test]
fn names_points_positions_and_stances() {
    only("units[0].attributes.might", ProblemCode::AttributeMax, |build| {
        build.units[0].attributes = tiltyard_sim::Attributes {
            might: 11,
            ..Default::default()
        };
    });
    only("units[0].attributes", ProblemCode::AttributeTotal, |build| {
        build.units[0].attributes.tempo = 5;
    });
    only("units[0].position", ProblemCode::PositionOutside, |build| {
        build.units[0].position.x = 1801
    });
    only("units[1].position", ProblemCode::PositionTaken, |build| {
        build.units[1].position = build.units[0].position;
    });
    for unit in [-1, 0, 5, i32::MAX] {
        only("units[0].stance.protect", ProblemCode::StanceUnit, |build| {
            build.units[0].stance = Stance::Protect(unit);
        });
    }
    only("units[0].stance.maintain_range", ProblemCode::RangeOutside, |build| {
        build.units[0].stance = Stance::MaintainRange(i32::MIN);
    });
}

#[test]
fn names_rules_and_conditions() {
    use ProblemCode::{ConditionDepth, ConditionEmpty, CountOutside, PercentOutside, TickOutside};
    let path = "units[0].rules[0].when";
    only("units[0].rules", ProblemCode::RuleCount, |build| {
        let rule = build.units[0].rules[0].clone();
        build.units[0].rules = vec![rule; 13];
    });
    only("units[0].rules[3].target", ProblemCode::TargetMismatch, |build| {
        build.units[0].rules[3].target = Selector::WeakestAlly;
    });
    only("units[0].rules[0].target", ProblemCode::TargetMismatch, |build| {
        build.units[0].rules[0].action = Action::Strategy(Behaviour::Protect);
        build.units[0].rules[0].target = Selector::Current;
    });
    only(path, PercentOutside, |build| {
        when(build, Condition::SelfHealthBelow(101))
    });
    only(path, TickOutside, |build| when(build, Condition::TickAfter(-1)));
    only(path, CountOutside, |build| when(build, Condition::AlliesFallen(9)));
    only(path, ConditionEmpty, |build| when(build, Condition::Any(vec![])));
    only(path, ProblemCode::ConditionCount, |build| {
        when(build, Condition::All(vec![Condition::Always; 16]));
    });
    let mut deep = Condition::Always;
    for _ in 0..4 {
        deep = Condition::Not(Box::new(deep));
    }
    only(path, ConditionDepth, |build| when(build, deep));
}

#[test]
fn messages_say_what_to_do_and_cut_foreign_text() {
    let content = content();
    let mut build = good(&content);
    build.units[0].class = "x".repeat(1_000_000);
    let problems = validate(&build, &content).unwrap_err();
    assert!(problems[0].message.len() < 300, "{}", problems[0].message.len());
    assert!(problems[0].message.contains("choose one of warden, paladin"));
}

#[test]
fn a_huge_build_costs_and_says_little() {
    let content = content();
    let mut build = good(&content);
    let mut unit = build.units[0].clone();
    unit.abilities = vec!["nope".into(); 10_000];
    let always = Condition::All(vec![Condition::Any(vec![Condition::Always; 100]); 100]);
    let rule = Rule {
        when: always,
        ..unit.rules[0].clone()
    };
    unit.rules = vec![rule; 20];
    build.units = vec![unit; 20];
    let problems = validate(&build, &content).unwrap_err();
    assert_eq!(problems.len(), limits::PROBLEMS_MAX);
    assert_eq!(problems.last().unwrap().code, ProblemCode::TooManyProblems);
}

#[test]
fn builds_read_well_in_json_and_refuse_unknown_fields() {
    let text = r#"{"units":[{"class":"warden","abilities":["shield_wall","challenge","ground_slam","iron_skin"],
        "attributes":{"vigor":8},"position":{"x":900,"y":2000},"stance":{"protect":1},"rules":[
        {"use":{"ability":"ground_slam"},"target":"caster","when":{"all":[{"enemies_within":{"range":300,"count":2}},
        {"not":{"self_health_below":20}},"enemy_casting",{"target_has":"stun"},{"target_role":"tank"}]}},
        {"use":{"strategy":"fall_back"},"when":{"self_health_below":10}}]}]}"#;
    let build: Build = serde_json::from_str(text).unwrap();
    let again: Build = serde_json::from_str(&serde_json::to_string(&build).unwrap()).unwrap();
    assert_eq!(build, again);
    let wrong = text.replace("\"class\"", "\"cheat\":1,\"class\"");
    assert!(
        serde_json::from_str::<Build>(&wrong)
            .unwrap_err()
            .to_string()
            .contains("cheat")
    );
}

#[test]
fn codes_are_what_json_says() {
    for code in ProblemCode::ALL {
        assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{}\"", code.key()));
    }
}

fn leaf() -> impl Strategy<Value = Condition> {
    let number = prop_oneof![Just(i32::MIN), Just(i32::MAX), -5..200_i32];
    (0..12_u8, number.clone(), number).prop_map(|(kind, a, b)| match kind {
        0 => Condition::SelfHealthBelow(a),
        1 => Condition::EnemiesWithin { range: a, count: b },
        2 => Condition::AlliesBelow { percent: a, count: b },
        3 => Condition::TickAfter(a),
        4 => Condition::TargetWithin(a),
        5 => Condition::TargetHas(StatusKind::Dot),
        6 => Condition::TargetRole(Role::Tank),
        7 => Condition::SelfEnergyAbove(a),
        8 => Condition::EnemiesNearTarget { range: a, count: b },
        9 => Condition::AlliesFallen(a),
        10 => Condition::Outnumbered,
        _ => Condition::EnemyCasting,
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(6, 40, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..8).prop_map(Condition::Any),
            inner.prop_map(|child| Condition::Not(Box::new(child))),
        ]
    })
}

fn mangled(unit: UnitBuild, rules: Vec<(usize, Condition)>) -> UnitBuild {
    let rule = |(number, when): (usize, Condition)| Rule {
        action: match unit.abilities.get(number % 7) {
            Some(key) => Action::Ability(key.clone()),
            None => Action::Strategy(Behaviour::ALL[number % Behaviour::ALL.len()]),
        },
        target: Selector::ALL[number % Selector::ALL.len()],
        when,
    };
    UnitBuild {
        rules: rules.into_iter().map(rule).collect(),
        ..unit
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_passes_the_door_fights(
        number in any::<u32>(),
        rules in prop::collection::vec(prop::collection::vec((0..100_usize, condition()), 0..14), 4),
    ) {
        let content = content();
        let mut build = sample::build(&content, u64::from(number), 4);
        build.units = build.units.into_iter().zip(rules).map(|(unit, rules)| mangled(unit, rules)).collect();
        if let Ok(team) = validate(&build, &content) {
            let fight = tiltyard_sim::Fight::new(&content, [5; 16], &team, &content.bots()[1].team).unwrap();
            tiltyard_sim::run(&fight, &mut crate::auditor::Auditor::default());
        }
    }
}
