//! From keys to numbers: what the check has let through is turned into what the engine reads.

use std::collections::BTreeMap;

use super::source::{Ability, BotSource, ClassSource, FormSource, Source, SummonSource};
use super::{Class, Content, Form, Stats};
use crate::kinds::{AbilityId, Attribute, ClassId, School, Stat};

/// Returns the content without summons and bots, which are validated against it, and these two.
pub(super) fn resolve(
    source: Source,
    canonical: String,
    hash: [u8; 32],
) -> (Content, Vec<SummonSource>, Vec<BotSource>) {
    let first_form = source.classes.len() + source.summons.len();
    let content = Content {
        attributes: flatten(&source.attributes),
        classes: source
            .classes
            .iter()
            .map(|class| self::class(class, &source.abilities))
            .collect(),
        summons: Vec::new(),
        forms: (first_form..)
            .zip(&source.forms)
            .map(|(number, form)| self::form(number, form, &source.abilities))
            .collect(),
        formations: source.formations,
        bots: Vec::new(),
        hash,
        canonical,
        rules: source.rules,
        abilities: source.abilities,
    };
    (content, source.summons, source.bots)
}

fn flatten(attributes: &BTreeMap<Attribute, BTreeMap<Stat, i32>>) -> Vec<(Attribute, Stat, i32)> {
    attributes
        .iter()
        .flat_map(|(&attribute, stats)| stats.iter().map(move |(&stat, &by)| (attribute, stat, by)))
        .collect()
}

/// The check has found every key, so that none resolves to nothing here.
fn find(key: &str, abilities: &[Ability]) -> AbilityId {
    let index = abilities.iter().position(|ability| ability.key == key);
    index
        .and_then(|index| u16::try_from(index).ok())
        .map_or(AbilityId::NONE, AbilityId)
}

fn class(source: &ClassSource, abilities: &[Ability]) -> Class {
    Class {
        key: source.key.clone(),
        name: source.name.clone(),
        role: source.role,
        basic: find(&source.basic, abilities),
        abilities: source.abilities.iter().map(|key| find(key, abilities)).collect(),
        energy: source.energy,
        stats: stats(&source.stats),
        resist: resist(&source.resist),
    }
}

/// Returns the class of a summon.
pub(crate) fn summoned(source: &SummonSource, content: &Content) -> Class {
    Class {
        key: source.key.clone(),
        name: source.name.clone(),
        role: source.role,
        basic: find(&source.basic, &content.abilities),
        abilities: source
            .abilities
            .iter()
            .map(|key| find(key, &content.abilities))
            .collect(),
        energy: source.energy,
        stats: stats(&source.stats),
        resist: resist(&source.resist),
    }
}

fn form(number: usize, source: &FormSource, abilities: &[Ability]) -> Form {
    Form {
        id: ClassId(u8::try_from(number).unwrap_or(u8::MAX)),
        key: source.key.clone(),
        name: source.name.clone(),
        is_harmful: source.harmful,
        basic: source.basic.as_ref().map(|key| find(key, abilities)),
        casts: source.casts,
        stats: source.stats.iter().map(|(&stat, &by)| (stat, by)).collect(),
    }
}

fn stats(named: &BTreeMap<Stat, i32>) -> Stats {
    std::array::from_fn(|at| named.get(&Stat::ALL[at]).copied().unwrap_or(Stat::ALL[at].standard()))
}

fn resist(named: &BTreeMap<School, i32>) -> [i32; School::ALL.len()] {
    std::array::from_fn(|at| named.get(&School::ALL[at]).copied().unwrap_or(0))
}
