//! Builds: validation against the content in force, remembered by hash, and the bots' builds.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use tiltyard_actors::Rules;
use tiltyard_protocol::{BuildHash, FieldProblem, Problem, ProblemCode};
use tiltyard_sim::{Build, Content, validate};

/// Hashes that are remembered as valid; at 32 bytes half a megabyte with the table's overhead.
const VALID_MAX: usize = 8_192;

/// The bots' builds, and which builds are known to fit the content, which stays the same as long as the process lives.
#[derive(Debug)]
pub(crate) struct Builds {
    bots: BTreeMap<String, BuildHash>,
    valid: Mutex<HashSet<BuildHash>>,
}

impl Builds {
    /// Looks up the bots' builds once.
    pub(crate) fn new(rules: &Rules) -> Self {
        let keys = rules.content().bots().iter().map(|bot| &bot.key);
        let bots = keys
            .filter_map(|key| Some((key.clone(), rules.bot_build(key)?)))
            .collect();
        Self {
            bots,
            valid: Mutex::default(),
        }
    }

    /// Returns the hash of a bot's build.
    pub(crate) fn of_bot(&self, key: &str) -> Option<BuildHash> {
        self.bots.get(key).copied()
    }

    /// Returns the bots' keys.
    pub(crate) fn bot_keys(&self) -> impl Iterator<Item = &str> {
        self.bots.keys().map(String::as_str)
    }

    /// Says whether the build is known to fit.
    pub(crate) fn is_known_valid(&self, hash: &BuildHash) -> bool {
        self.valid.lock().unwrap_or_else(PoisonError::into_inner).contains(hash)
    }

    /// Refuses a build that does not fit, and remembers one that does.
    pub(crate) fn check(&self, hash: BuildHash, build: &Build, content: &Content) -> Result<(), Problem> {
        if self.is_known_valid(&hash) {
            return Ok(());
        }
        validate(build, content).map_err(|problems| build_invalid(&problems))?;
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        if valid.len() >= VALID_MAX {
            valid.clear();
        }
        valid.insert(hash);
        Ok(())
    }
}

fn build_invalid(problems: &[tiltyard_sim::Problem]) -> Problem {
    let errors = problems.iter().map(|problem| FieldProblem {
        path: format!("build.{}", problem.path),
        code: problem.code.key().to_owned(),
        message: problem.message.clone(),
    });
    let detail = match problems {
        [only] => only.to_string(),
        _ => format!("{} problems; `errors` names each", problems.len()),
    };
    Problem::new(ProblemCode::BuildInvalid, detail).with_errors(errors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_build_is_checked_field_by_field_and_remembered() {
        let content = Arc::new(Content::builtin().unwrap());
        let builds = Builds::new(&Rules::new(Arc::clone(&content), [0; 32]));
        let bot = &content.bots()[0];
        let hash = builds.of_bot(&bot.key).unwrap();
        assert!(!builds.is_known_valid(&hash));
        builds.check(hash, &bot.build, &content).unwrap();
        assert!(builds.is_known_valid(&hash));

        let problem = builds
            .check(BuildHash::of(b"x"), &Build::default(), &content)
            .unwrap_err();
        assert_eq!((problem.status, problem.errors[0].path.as_str()), (422, "build.units"));
    }
}
