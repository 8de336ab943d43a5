//! The words of a rule and a stance that take values, and which values those are.

use serde::Serialize;

use super::Bounds;
use crate::content::Rules;
use crate::kinds::{Role, StatusKind};
use crate::limits::{TICKS_MAX, UNITS_MAX};

/// How a word is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `"word"`.
    Plain,
    /// `{"word": value}`.
    Value,
    /// `{"word": {"name": value, ..}}`.
    Fields,
    /// `{"word": [condition, ..]}`, at least one.
    Conditions,
    /// `{"word": condition}`.
    Condition,
}

/// What a value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Percent of a maximum.
    Percent,
    /// Centimetres.
    Range,
    /// A number of units.
    Count,
    /// A moment of the fight.
    Tick,
    /// The index of another unit of the build.
    Unit,
    /// A kind of status.
    Status,
    /// A role.
    Role,
}

/// A value that a word takes: a whole number within bounds, or one of some keys.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// The field's name; for a single value, what it is.
    pub name: &'static str,
    /// What it stands for.
    pub kind: Kind,
    /// Bounds of a number.
    #[serde(flatten)]
    pub bounds: Option<Bounds>,
    /// The keys to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<&'static str>,
}

/// A word with what it takes.
#[derive(Clone, Debug, Serialize)]
pub struct Word {
    /// The word.
    pub key: &'static str,
    /// How it is written.
    pub form: Form,
    /// What it takes, in the order of its fields.
    pub parameters: Vec<Parameter>,
}

/// A word with its form, and the names and kinds of what it takes.
type Entry = (&'static str, Form, &'static [(&'static str, Kind)]);

/// Returns every stance.
pub(super) fn stances(rules: &Rules) -> Vec<Word> {
    let word = |key, form, kinds: &[(&'static str, Kind)]| word(rules, key, form, kinds);
    vec![
        word("aggressive", Form::Plain, &[]),
        word("hold", Form::Plain, &[]),
        word("maintain_range", Form::Value, &[("range", Kind::Range)]),
        word("kite", Form::Plain, &[]),
        word("protect", Form::Value, &[("unit", Kind::Unit)]),
        word("focus", Form::Value, &[("role", Kind::Role)]),
    ]
}

/// Returns every condition.
pub(super) fn conditions(rules: &Rules) -> Vec<Word> {
    const PERCENT: &[(&str, Kind)] = &[("percent", Kind::Percent)];
    const STATUS: &[(&str, Kind)] = &[("status", Kind::Status)];
    const NEAR: &[(&str, Kind)] = &[("range", Kind::Range), ("count", Kind::Count)];
    let table: [Entry; 25] = [
        ("always", Form::Plain, &[]),
        ("self_health_below", Form::Value, PERCENT),
        ("self_health_above", Form::Value, PERCENT),
        ("self_energy_above", Form::Value, PERCENT),
        ("self_has", Form::Value, STATUS),
        ("target_health_below", Form::Value, PERCENT),
        ("target_health_above", Form::Value, PERCENT),
        ("target_has", Form::Value, STATUS),
        ("target_role", Form::Value, &[("role", Kind::Role)]),
        ("target_casting", Form::Plain, &[]),
        ("target_within", Form::Value, &[("range", Kind::Range)]),
        ("enemies_near_target", Form::Fields, NEAR),
        ("enemy_health_below", Form::Value, PERCENT),
        ("enemy_casting", Form::Plain, &[]),
        ("enemies_within", Form::Fields, NEAR),
        ("allies_within", Form::Fields, NEAR),
        (
            "allies_below",
            Form::Fields,
            &[("percent", Kind::Percent), ("count", Kind::Count)],
        ),
        ("ally_has", Form::Value, STATUS),
        ("allies_fallen", Form::Value, &[("count", Kind::Count)]),
        ("outnumbered", Form::Plain, &[]),
        ("tick_after", Form::Value, &[("tick", Kind::Tick)]),
        ("fatigue_begun", Form::Plain, &[]),
        ("all", Form::Conditions, &[]),
        ("any", Form::Conditions, &[]),
        ("not", Form::Condition, &[]),
    ];
    let words = table.into_iter();
    words.map(|(key, form, kinds)| word(rules, key, form, kinds)).collect()
}

fn word(rules: &Rules, key: &'static str, form: Form, kinds: &[(&'static str, Kind)]) -> Word {
    let parameters = kinds.iter().map(|&(name, kind)| parameter(rules, name, kind));
    Word {
        key,
        form,
        parameters: parameters.collect(),
    }
}

fn parameter(rules: &Rules, name: &'static str, kind: Kind) -> Parameter {
    let (bounds, one_of) = match kind {
        Kind::Percent => (Some(within(0, 100)), Vec::new()),
        Kind::Range => (Some(within(0, rules.width)), Vec::new()),
        Kind::Count => (Some(within(1, super::number(UNITS_MAX))), Vec::new()),
        Kind::Tick => (
            Some(within(0, i32::try_from(TICKS_MAX).unwrap_or(i32::MAX) - 1)),
            Vec::new(),
        ),
        Kind::Unit => (Some(within(0, super::number(UNITS_MAX) - 1)), Vec::new()),
        Kind::Status => (None, StatusKind::ALL.iter().map(|status| status.key()).collect()),
        Kind::Role => (None, Role::ALL.iter().map(|role| role.key()).collect()),
    };
    Parameter {
        name,
        kind,
        bounds,
        one_of,
    }
}

const fn within(min: i32, max: i32) -> Bounds {
    Bounds { min, max }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Stance;
    use crate::condition::Condition;
    use crate::content::Content;

    /// Returns the variants that serde knows of a type: its refusal of a word that there is not lists them.
    fn variants<T: serde::de::DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
        let refusal = serde_json::from_str::<T>("\"no such word\"").unwrap_err().to_string();
        let (_, known) = refusal.split_once("expected one of ").unwrap();
        let mut words: Vec<_> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        words.sort_unstable();
        words
    }

    #[test]
    fn every_word_is_described() {
        let content = Content::builtin().unwrap();
        for (described, known) in [
            (stances(content.rules()), variants::<Stance>()),
            (conditions(content.rules()), variants::<Condition>()),
        ] {
            let mut keys: Vec<_> = described.iter().map(|word| word.key.to_owned()).collect();
            keys.sort_unstable();
            assert_eq!(keys, known);
        }
    }
}
