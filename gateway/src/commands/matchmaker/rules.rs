//! A file of rules to be tried: what an operator may choose about pairing, with everything else as the server has it.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Toml};
use serde::{Deserialize, Serialize};
use tiltyard_pairing::Rules;
use tiltyard_pairing::simulation::Setup;

use super::invalid;
use crate::exit::Fatal;

/// What a rules file may say; what it leaves out is as in the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RulesFile {
    /// Ranks that a pair may stand apart, 1 to 4; adapted to the batch if absent.
    window: Option<usize>,
    /// A ticket that may be widened begins so wide that somebody who fits is expected within this time; 0 never.
    widen_for_ms: u64,
    /// Whether older tickets come before fresh ones.
    age_bonus: bool,
    /// Length of a tick; adapted to the arrivals if absent.
    tick_ms: Option<u64>,
}

impl Default for RulesFile {
    fn default() -> Self {
        let Setup { rules, tick_ms } = Setup::default();
        let Rules {
            window,
            widen_for_ms,
            age_bonus,
        } = rules;
        Self {
            window,
            widen_for_ms,
            age_bonus,
            tick_ms,
        }
    }
}

/// Rules to be tried, under a name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Trial {
    /// `defaults`, or the file's path.
    pub(super) name: String,
    rules: RulesFile,
}

impl Trial {
    pub(super) const fn setup(&self) -> Setup {
        let RulesFile {
            window,
            widen_for_ms,
            age_bonus,
            tick_ms,
        } = self.rules;
        let rules = Rules {
            window,
            widen_for_ms,
            age_bonus,
        };
        Setup { rules, tick_ms }
    }
}

/// Reads rules files; the defaults come first.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<Trial>, Fatal> {
    let mut trials = vec![Trial {
        name: "defaults".to_owned(),
        rules: RulesFile::default(),
    }];
    for file in files {
        trials.push(Trial {
            name: file.display().to_string(),
            rules: read_one(file)?,
        });
    }
    Ok(trials)
}

fn read_one(file: &Path) -> Result<RulesFile, Fatal> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| invalid(format!("rules {name}: {error}")))?;
    parse(&text).map_err(|problems| invalid(format!("rules {name}: {}", problems.join("\n  "))))
}

fn parse(text: &str) -> Result<RulesFile, Vec<String>> {
    let rules: RulesFile = Figment::from(Toml::string(text))
        .extract()
        .map_err(|error| error.into_iter().map(|error| described(&error)).collect::<Vec<_>>())?;
    let ranges = [
        ("window", rules.window.map(|window| window as u64), 1, 4),
        ("widen_for_ms", Some(rules.widen_for_ms), 0, 600_000),
        ("tick_ms", rules.tick_ms, 10, 60_000),
    ];
    let problems = ranges.into_iter().filter_map(|(key, value, least, most)| {
        let value = value.filter(|value| !(least..=most).contains(value))?;
        Some(format!("{key}: {value} is not within {least} and {most}"))
    });
    let problems: Vec<_> = problems.collect();
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// Says what is wrong with which key; the source is named by the caller.
fn described(error: &figment::Error) -> String {
    if error.path.is_empty() {
        error.kind.to_string()
    } else {
        format!("{}: {}", error.path.join("."), error.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_leaves_out_is_as_in_the_server() {
        assert_eq!(parse("").unwrap(), RulesFile::default());
        let rules = parse("window = 2\ntick_ms = 5000").unwrap();
        assert_eq!((rules.window, rules.tick_ms), (Some(2), Some(5_000)));
        assert_eq!(rules.widen_for_ms, RulesFile::default().widen_for_ms);
    }

    #[test]
    fn an_error_names_the_key_and_an_unknown_one_those_that_are_known() {
        let problem = |text: &str| parse(text).unwrap_err().join(" ");
        let unknown = problem("windw = 2");
        for known in ["windw", "window", "widen_for_ms", "age_bonus", "tick_ms"] {
            assert!(unknown.contains(known), "{unknown}");
        }
        assert!(
            problem("window = 5").starts_with("window: 5 "),
            "{}",
            problem("window = 5")
        );
        assert!(problem("tick_ms = \"slow\"").starts_with("tick_ms: "));
        assert_eq!(parse("window = 0\ntick_ms = 5").unwrap_err().len(), 2);
        assert!(!problem("window = ").is_empty());
    }
}
