//! Who meets whom in a sampled fight: what fuzzing and balance reports are made of.

use super::{build, build_of};
use crate::build::{Action, Build};
use crate::content::{Aim, Content};
use crate::kinds::{Role, vocabulary};

vocabulary! {
    /// Which two teams a sampled fight is between.
    Matchup {
        /// Two random teams.
        Random = "random",
        /// The same two on each other's side.
        Swapped = "swapped",
        /// A random team against itself.
        Mirror = "mirror",
        /// Two teams of supporters whose rules use nothing against enemies.
        HealOnly = "heal_only",
    }
}

impl Matchup {
    /// Returns the left and the right build of the fight with this number, of so many units each. A mirror has the
    /// left size on both sides.
    #[must_use]
    pub fn builds(self, content: &Content, number: u64, [left, right]: [usize; 2]) -> [Build; 2] {
        let (first, second) = (number.wrapping_mul(2), number.wrapping_mul(2).wrapping_add(1));
        match self {
            Self::Random => [build(content, first, left), build(content, second, right)],
            Self::Swapped => [build(content, second, right), build(content, first, left)],
            Self::Mirror => [build(content, first, left), build(content, first, left)],
            Self::HealOnly => [healers(content, first, left), healers(content, second, right)],
        }
    }
}

/// Returns a random team of supporters that has no rule against enemies; its basic attacks need none.
fn healers(content: &Content, number: u64, units: usize) -> Build {
    let mut build = build_of(content, number, units, |class| class.role == Role::Support);
    let is_kind = |key: &str| {
        let ability = content.abilities().iter().find(|ability| ability.key == key);
        ability.is_some_and(|ability| ability.aim != Aim::Enemy)
    };
    for unit in &mut build.units {
        unit.rules.retain(|rule| match &rule.action {
            Action::Ability(key) => is_kind(key),
            Action::Strategy(_) => false,
        });
    }
    build
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::validate;

    #[test]
    fn every_matchup_is_legal_and_what_it_says() {
        let content = Content::builtin().unwrap();
        for number in [0, 1, 7, u64::MAX] {
            for &matchup in Matchup::ALL {
                let builds = matchup.builds(&content, number, [3, 5]);
                builds.iter().for_each(|build| drop(validate(build, &content).unwrap()));
            }
            let [left, right] = Matchup::Random.builds(&content, number, [3, 5]);
            assert_eq!((left.units.len(), right.units.len()), (3, 5));
            assert_eq!(Matchup::Swapped.builds(&content, number, [3, 5]), [right, left.clone()]);
            assert_eq!(Matchup::Mirror.builds(&content, number, [3, 5]), [left.clone(), left]);
        }
    }

    #[test]
    fn healers_harm_nobody_by_rule() {
        let content = Content::builtin().unwrap();
        for build in Matchup::HealOnly.builds(&content, 4, [5, 5]) {
            for rule in build.units.iter().flat_map(|unit| &unit.rules) {
                let Action::Ability(key) = &rule.action else {
                    panic!("{rule:?}")
                };
                let id = content.ability_id(key).unwrap();
                assert_ne!(content.ability(id).unwrap().aim, Aim::Enemy);
            }
        }
    }
}
