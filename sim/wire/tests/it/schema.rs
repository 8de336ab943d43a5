//! The schema's enums and the simulation's vocabularies number the same things in the same order. The readers and
//! writers rely on it, and so does every stored replay: a value may be added at the end, never moved.

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
