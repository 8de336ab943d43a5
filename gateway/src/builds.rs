//! Builds: validation against the content in force, remembered by hash.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use tiltyard_actors::InForce;
use tiltyard_protocol::{BuildHash, ContentHash, FieldProblem, Problem, ProblemCode};
use tiltyard_sim::{Build, validate};

/// Hashes that are remembered as valid; at 32 bytes half a megabyte with the table's overhead.
const VALID_MAX: usize = 8_192;

/// Which builds are known to fit which content: the one that was asked about last.
#[derive(Debug, Default)]
pub(crate) struct Builds {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    content: Option<ContentHash>,
    valid: HashSet<BuildHash>,
}

impl Builds {
    /// Says whether the build is known to fit.
    pub(crate) fn is_known_valid(&self, hash: &BuildHash, rules: &InForce) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.content == Some(rules.hash()) && known.valid.contains(hash)
    }

    /// Refuses a build that does not fit, and remembers one that does.
    pub(crate) fn check(&self, hash: BuildHash, build: &Build, rules: &InForce) -> Result<(), Problem> {
        if self.is_known_valid(&hash, rules) {
            return Ok(());
        }
        validate(build, rules.content()).map_err(|problems| build_invalid(&problems))?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.content != Some(rules.hash()) || known.valid.len() >= VALID_MAX {
            known.content = Some(rules.hash());
            known.valid.clear();
        }
        known.valid.insert(hash);
        Ok(())
    }
}

/// Names every problem as a field of the document in which `at` is the build: `build.` in a team's body.
pub(crate) fn field_problems(at: &str, problems: &[tiltyard_sim::Problem]) -> Vec<FieldProblem> {
    let named = problems.iter().map(|problem| FieldProblem {
        path: format!("{at}{}", problem.path),
        code: problem.code.key().to_owned(),
        message: problem.message.clone(),
    });
    named.collect()
}

fn build_invalid(problems: &[tiltyard_sim::Problem]) -> Problem {
    let detail = match problems {
        [only] => only.to_string(),
        _ => format!("{} problems; `errors` names each", problems.len()),
    };
    Problem::new(ProblemCode::BuildInvalid, detail).with_errors(field_problems("build.", problems))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tiltyard_actors::Rules;
    use tiltyard_sim::Content;

    fn rules_of(content: Content) -> Arc<InForce> {
        Rules::new(Arc::new(content), [0; 32]).in_force()
    }

    #[test]
    fn a_build_is_checked_field_by_field_and_remembered() {
        let rules = rules_of(Content::builtin().unwrap());
        let (builds, bot) = (Builds::default(), &rules.content().bots()[0]);
        let hash = rules.bot_build(&bot.key).unwrap();
        assert!(!builds.is_known_valid(&hash, &rules));
        builds.check(hash, &bot.build, &rules).unwrap();
        assert!(builds.is_known_valid(&hash, &rules));

        let problem = builds
            .check(BuildHash::of(b"x"), &Build::default(), &rules)
            .unwrap_err();
        assert_eq!((problem.status, problem.errors[0].path.as_str()), (422, "build.units"));
    }

    #[test]
    fn what_fitted_one_content_is_not_known_to_fit_another() {
        let rules = rules_of(Content::builtin().unwrap());
        let (builds, bot) = (Builds::default(), &rules.content().bots()[0]);
        let hash = BuildHash::of(b"build");
        builds.check(hash, &bot.build, &rules).unwrap();
        let points = format!("attribute_points:{}", rules.content().rules().attribute_points);
        let text = rules.content().canonical().replace(&points, "attribute_points:101");
        let other = rules_of(Content::from_canonical(&text).unwrap());
        assert!(builds.is_known_valid(&hash, &rules) && !builds.is_known_valid(&hash, &other));
        builds.check(hash, &bot.build, &other).unwrap();
        assert!(builds.is_known_valid(&hash, &other) && !builds.is_known_valid(&hash, &rules));
    }
}
