//! Where builds, content and seeds come from: names and files on the command line.

use std::path::Path;

use tiltyard_sim::limits::UNITS_DEFAULT;
use tiltyard_sim::{Build, Content, Problem, Team, sample, validate};

use super::invalid;
use crate::content;
use crate::exit::Fatal;

/// Loads the content of a folder, or the built-in one.
pub(super) fn content(folder: Option<&Path>) -> Result<Content, Fatal> {
    folder.map_or_else(content::builtin, content::read)
}

/// Takes a bot's key, `random:N`, or a file with a build.
pub(super) fn build(name: &str, content: &Content) -> Result<Build, Fatal> {
    if let Some(bot) = content.bot(name) {
        return Ok(bot.build.clone());
    }
    if let Some(number) = name.strip_prefix("random:") {
        let number = number
            .parse()
            .map_err(|error| invalid(format!("{name}: a random team has a number, as in random:7: {error}")))?;
        return Ok(sample::build(content, number, UNITS_DEFAULT));
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        let bots: Vec<_> = content.bots().iter().map(|bot| bot.key.as_str()).collect();
        invalid(format!(
            "{name} is no bot team ({}), no random:N, and no readable file: {error}",
            bots.join(", ")
        ))
    })?;
    let build: Build = serde_json::from_str(&text).map_err(|error| invalid(format!("{name}: {error}")))?;
    team(name, &build, content)?;
    Ok(build)
}

/// Validates a build; the name stands in the error.
pub(super) fn team(name: &str, build: &Build, content: &Content) -> Result<Team, Fatal> {
    validate(build, content).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
        invalid(format!("{name} breaks the rules:\n  {}", lines.join("\n  ")))
    })
}

/// Reads the seed of a fight.
pub(super) fn seed(text: &str) -> Result<[u8; 16], Fatal> {
    u128::from_str_radix(text, 16).map(u128::to_be_bytes).map_err(|error| {
        invalid(format!(
            "--seed takes 1 to 32 hexadecimal digits, not {text:?}: {error}"
        ))
    })
}
