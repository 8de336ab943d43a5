//! From RON texts to checked content.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::check;
use super::source::{Ability, BotSource, ClassSource, Source};
use super::{Bot, Class, Content, ContentError, ContentErrors, Stats};
use crate::kinds::{AbilityId, Attribute, School, Stat};
use crate::validate::validate;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../content/", $name)))),+]
    };
}

/// The files compiled in.
pub(super) const BUILTIN: &[(&str, &str)] = files![
    "abilities/basic.ron",
    "abilities/melee.ron",
    "abilities/ranged.ron",
    "abilities/support.ron",
    "abilities/tank.ron",
    "attributes.ron",
    "bots.ron",
    "classes.ron",
    "rules.ron",
];

/// Which file each ability came from, for errors.
pub(super) type Origins = Vec<String>;

pub(super) fn parse(files: &[(&str, &str)]) -> Result<Content, ContentErrors> {
    let mut files: Vec<(&str, &str)> = files.to_vec();
    files.sort_unstable();
    let (mut abilities, mut origins, mut errors) = (Vec::new(), Origins::new(), Vec::new());
    for (name, text) in &files {
        if !name.starts_with("abilities/") {
            continue;
        }
        let list: Vec<Ability> = keep(read(name, text), &mut errors).unwrap_or_default();
        origins.extend(list.iter().map(|_| (*name).to_owned()));
        abilities.extend(list);
    }
    errors.extend(files.iter().filter_map(|(name, _)| unknown_file(name)));
    let rules = keep(read_one(&files, "rules.ron"), &mut errors);
    let attributes = keep(read_one(&files, "attributes.ron"), &mut errors);
    let classes: Option<Vec<ClassSource>> = keep(read_one(&files, "classes.ron"), &mut errors);
    let bots: Option<Vec<BotSource>> = keep(read_one(&files, "bots.ron"), &mut errors);
    let (Some(rules), Some(attributes), Some(classes), Some(bots)) = (rules, attributes, classes, bots) else {
        return Err(ContentErrors(errors));
    };
    if !errors.is_empty() {
        return Err(ContentErrors(errors));
    }
    compile(
        Source {
            rules,
            attributes,
            classes,
            abilities,
            bots,
        },
        &origins,
    )
}

pub(super) fn from_canonical(text: &str) -> Result<Content, ContentErrors> {
    let source: Source = read("canonical", text).map_err(|error| ContentErrors(vec![error]))?;
    let origins = vec!["canonical".to_owned(); source.abilities.len()];
    compile(source, &origins)
}

fn keep<T>(result: Result<T, ContentError>, errors: &mut Vec<ContentError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn unknown_file(name: &str) -> Option<ContentError> {
    let known = ["rules.ron", "attributes.ron", "classes.ron", "bots.ron"];
    let fits = known.contains(&name) || name.starts_with("abilities/");
    (!fits).then(|| ContentError {
        file: name.to_owned(),
        place: "name".to_owned(),
        expected: format!("expected one of {} or abilities/NAME.ron", known.join(", ")),
    })
}

fn read_one<T: DeserializeOwned>(files: &[(&str, &str)], name: &str) -> Result<T, ContentError> {
    let Some((_, text)) = files.iter().find(|file| file.0 == name) else {
        return Err(ContentError {
            file: name.to_owned(),
            place: "file".to_owned(),
            expected: "expected this file to be there".to_owned(),
        });
    };
    read(name, text)
}

fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, ContentError> {
    ron::from_str(text).map_err(|error| ContentError {
        file: name.to_owned(),
        place: format!("line {}", error.span.start),
        expected: error.code.to_string(),
    })
}

fn compile(source: Source, origins: &Origins) -> Result<Content, ContentErrors> {
    let errors = check::check(&source, origins);
    if !errors.is_empty() {
        return Err(ContentErrors(errors));
    }
    let canonical = ron::to_string(&source).map_err(|error| {
        ContentErrors(vec![ContentError {
            file: "canonical".to_owned(),
            place: "all".to_owned(),
            expected: error.to_string(),
        }])
    })?;
    let mut content = Content {
        attributes: flatten(&source.attributes),
        classes: source
            .classes
            .iter()
            .map(|class| resolve(class, &source.abilities))
            .collect(),
        bots: Vec::new(),
        hash: *blake3::hash(canonical.as_bytes()).as_bytes(),
        canonical,
        rules: source.rules,
        abilities: source.abilities,
    };
    content.bots = compile_bots(source.bots, &content)?;
    Ok(content)
}

fn flatten(attributes: &BTreeMap<Attribute, BTreeMap<Stat, i32>>) -> Vec<(Attribute, Stat, i32)> {
    attributes
        .iter()
        .flat_map(|(&attribute, stats)| stats.iter().map(move |(&stat, &by)| (attribute, stat, by)))
        .collect()
}

/// The check has found every key, so that none resolves to nothing here.
fn resolve(source: &ClassSource, abilities: &[Ability]) -> Class {
    let find = |key: &String| {
        let index = abilities.iter().position(|ability| ability.key == *key);
        index
            .and_then(|index| u16::try_from(index).ok())
            .map_or(AbilityId::NONE, AbilityId)
    };
    let mut stats: Stats = std::array::from_fn(|at| Stat::ALL[at].standard());
    for (stat, value) in &source.stats {
        stats[stat.index()] = *value;
    }
    let mut resist = [0; School::ALL.len()];
    for (school, value) in &source.resist {
        resist[school.index()] = *value;
    }
    Class {
        key: source.key.clone(),
        name: source.name.clone(),
        role: source.role,
        basic: find(&source.basic),
        abilities: source.abilities.iter().map(find).collect(),
        energy: source.energy,
        stats,
        resist,
    }
}

fn compile_bots(sources: Vec<BotSource>, content: &Content) -> Result<Vec<Bot>, ContentErrors> {
    let (mut bots, mut errors) = (Vec::new(), Vec::new());
    for BotSource {
        key,
        name,
        strength,
        build,
    } in sources
    {
        match validate(&build, content) {
            Ok(team) => bots.push(Bot {
                key,
                name,
                strength,
                build,
                team,
            }),
            Err(problems) => errors.extend(problems.into_iter().map(|problem| ContentError {
                file: "bots.ron".to_owned(),
                place: format!("{key}.{}", problem.path),
                expected: problem.message,
            })),
        }
    }
    if errors.is_empty() {
        Ok(bots)
    } else {
        Err(ContentErrors(errors))
    }
}
