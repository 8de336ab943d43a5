//! From RON texts to checked content: files are read, checked, resolved, and what looks like a build is validated.

use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

use super::check;
use super::source::{Ability, BotSource, Source, SummonSource};
use super::{Bot, Content, ContentError, ContentErrors, Summon};
use crate::kinds::ClassId;
use crate::team::Plan;
use crate::validate::{summon, validate};

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
    "abilities/summons.ron",
    "abilities/support.ron",
    "abilities/tank.ron",
    "attributes.ron",
    "bots.ron",
    "classes.ron",
    "formations.ron",
    "forms.ron",
    "rules.ron",
    "summons.ron",
];

/// The files of which there is one.
const SINGLE: [&str; 7] = [
    "rules.ron",
    "attributes.ron",
    "classes.ron",
    "summons.ron",
    "forms.ron",
    "formations.ron",
    "bots.ron",
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
    let mut one = One {
        files: &files,
        errors: &mut errors,
    };
    let (rules, attributes) = (one.read("rules.ron"), one.read("attributes.ron"));
    let (classes, summons, forms) = (one.read("classes.ron"), one.read("summons.ron"), one.read("forms.ron"));
    let (formations, bots) = (one.read("formations.ron"), one.read("bots.ron"));
    let source = || {
        Some(Source {
            rules: rules?,
            attributes: attributes?,
            classes: classes?,
            summons: summons?,
            forms: forms?,
            formations: formations?,
            abilities,
            bots: bots?,
        })
    };
    match source() {
        Some(source) if errors.is_empty() => compile(canonical(&source)?, source, &origins),
        _ => Err(ContentErrors(errors)),
    }
}

/// Reads the files of which there is one, and keeps what is wrong.
struct One<'a> {
    files: &'a [(&'a str, &'a str)],
    errors: &'a mut Vec<ContentError>,
}

impl One<'_> {
    fn read<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        keep(read_one(self.files, name), self.errors)
    }
}

/// Keeps the text as it is: a bundle stands under its own bytes' hash, however this program would write it.
pub(super) fn from_canonical(text: &str) -> Result<Content, ContentErrors> {
    let source: Source = read("canonical", text).map_err(|error| ContentErrors(vec![error]))?;
    let origins = vec!["canonical".to_owned(); source.abilities.len()];
    compile(text.to_owned(), source, &origins)
}

fn keep<T>(result: Result<T, ContentError>, errors: &mut Vec<ContentError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn unknown_file(name: &str) -> Option<ContentError> {
    let fits = SINGLE.contains(&name) || name.starts_with("abilities/");
    (!fits).then(|| ContentError {
        file: name.to_owned(),
        place: "name".to_owned(),
        expected: format!("expected one of {} or abilities/NAME.ron", SINGLE.join(", ")),
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
    // Designers write `target: current`, not `target: Some(current)`.
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|error| ContentError {
        file: name.to_owned(),
        place: format!("line {}", error.span.start),
        expected: error.code.to_string(),
    })
}

fn canonical(source: &Source) -> Result<String, ContentErrors> {
    ron::to_string(source).map_err(|error| {
        ContentErrors(vec![ContentError {
            file: "canonical".to_owned(),
            place: "all".to_owned(),
            expected: error.to_string(),
        }])
    })
}

fn compile(canonical: String, source: Source, origins: &Origins) -> Result<Content, ContentErrors> {
    let errors = check::check(&source, origins);
    if !errors.is_empty() {
        return Err(ContentErrors(errors));
    }
    let hash = *blake3::hash(canonical.as_bytes()).as_bytes();
    let (content, summons, bots) = super::resolve::resolve(source, canonical, hash);
    let content = compile_summons(summons, content)?;
    let bots = compile_bots(bots, &content)?;
    Ok(Content { bots, ..content })
}

/// Summons have tactics like players' units, and pass the same door.
fn compile_summons(sources: Vec<SummonSource>, mut content: Content) -> Result<Content, ContentErrors> {
    let mut errors = Vec::new();
    for source in sources {
        match summon(&source, &content) {
            Ok(plan) => {
                let at = content.summons.len();
                let number = u8::try_from(content.classes.len() + at).unwrap_or(u8::MAX);
                let class = super::resolve::summoned(&source, &content);
                content.summons.push(Summon {
                    id: ClassId(number),
                    class,
                    plan: Plan {
                        class: ClassId(number),
                        ..plan
                    },
                });
            }
            Err(problems) => errors.extend(problems.into_iter().map(|problem| ContentError {
                file: "summons.ron".to_owned(),
                place: problem.path.replacen("units[0]", &source.key, 1),
                expected: problem.message,
            })),
        }
    }
    if errors.is_empty() {
        Ok(content)
    } else {
        Err(ContentErrors(errors))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As it was written when the golden fights were blessed.
    const GOLDEN: &str = include_str!("../../tests/golden_content.ron");

    #[test]
    fn content_is_written_as_it_was() {
        let source: Source = read("canonical", GOLDEN).unwrap();
        assert!(
            canonical(&source).unwrap() == GOLDEN,
            "content's types are written differently: the same files get another hash than before. If that is meant, \
             write the golden content anew"
        );
    }

    #[test]
    fn a_stored_text_keeps_its_hash() {
        let text = format!("{GOLDEN} ");
        let content = from_canonical(&text).unwrap();
        assert_eq!(content.canonical(), text);
        assert_eq!(&content.hash(), blake3::hash(text.as_bytes()).as_bytes());
    }
}
