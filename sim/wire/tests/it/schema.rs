//! The schema's enums and the simulation's vocabularies number the same things in the same order. The readers and
//! writers rely on it, and so does every stored replay: a value may be added at the end, never moved.

use std::collections::BTreeMap;
use std::path::Path;

use tiltyard_protocol::generated::{common, match_request as request, replay};
use tiltyard_sim::{EventKind, Role, Selector, StatusKind, Strategy};

/// `self_health_below` as the schema spells it.
fn camel(key: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    key.split('_').map(capital).collect()
}

fn names<T>(values: &[T], name: impl Fn(&T) -> Option<&'static str>) -> Vec<String> {
    values
        .iter()
        .map(|value| name(value).unwrap_or("").to_owned())
        .collect()
}

fn keys<T: Copy>(all: &[T], key: impl Fn(T) -> &'static str) -> Vec<String> {
    all.iter().map(|&value| camel(key(value))).collect()
}

#[test]
fn event_kinds_agree() {
    let schema = names(replay::EventKind::ENUM_VALUES, |each| each.variant_name());
    assert_eq!(schema, keys(EventKind::ALL, EventKind::key));
}

#[test]
fn vocabularies_of_builds_agree() {
    let roles = names(request::Role::ENUM_VALUES, |each| each.variant_name());
    assert_eq!(roles, keys(Role::ALL, Role::key));
    let statuses = names(common::StatusKind::ENUM_VALUES, |each| each.variant_name());
    assert_eq!(statuses, keys(StatusKind::ALL, StatusKind::key));
    let selectors = names(request::Selector::ENUM_VALUES, |each| each.variant_name());
    assert_eq!(selectors, keys(Selector::ALL, Selector::key));
    let strategies = names(request::Strategy::ENUM_VALUES, |each| each.variant_name());
    assert_eq!(strategies, keys(Strategy::ALL, Strategy::key));
}

/// Structs and enums of one schema file by name: each field or value without comments and spacing, in order.
fn definitions(file: &Path) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    let code: String = lines.flat_map(|line| [line, " "]).collect();
    let bodies = code.split('}').filter_map(|part| part.split_once('{'));
    bodies
        .filter_map(|(head, body)| {
            let words: Vec<&str> = head.rsplit(';').next()?.split_whitespace().collect();
            let name = matches!(words.first(), Some(&"struct" | &"enum")).then(|| words.join(" "))?;
            let rows = body.split([',', ';']).map(|row| row.split_whitespace().collect());
            Some((name, rows.filter(|row: &String| !row.is_empty()).collect()))
        })
        .collect()
}

/// `flatc --conform` (in `protocol/schema/generate --check`) sees what is moved or retyped, and nothing of this.
#[test]
fn structs_of_released_formats_are_unchanged_and_no_value_of_an_enum_is_gone() {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/schema");
    let (mut structs, mut enums) = (0, 0);
    for format in std::fs::read_dir(schemas.join("baseline")).unwrap() {
        for file in std::fs::read_dir(format.unwrap().path()).unwrap() {
            let frozen = file.unwrap().path();
            let current = definitions(&schemas.join(frozen.file_name().unwrap()));
            for (name, rows) in definitions(&frozen) {
                let found = current.get(&name).unwrap_or_else(|| panic!("{name} is gone"));
                if name.starts_with("struct") {
                    structs += 1;
                    assert_eq!(found, &rows, "{name}");
                } else {
                    enums += 1;
                    assert!(
                        found.starts_with(&rows),
                        "{name}: {found:?} does not begin with {rows:?}"
                    );
                }
            }
        }
    }
    assert!(structs >= 13 && enums >= 10, "{structs} structs and {enums} enums read");
}
