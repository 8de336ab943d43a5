//! A team that passed validation: keys resolved to numbers, stats derived, ready to fight any number of times.

use crate::build::{Condition, Selector, Stance, Strategy};
use crate::content::Stats;
use crate::kinds::{AbilityId, ClassId, Position, Role, School};

/// A validated team. Only [`crate::validate`] makes one.
#[derive(Clone, Debug)]
pub struct Team {
    pub(crate) content_hash: [u8; 32],
    pub(crate) units: Vec<Plan>,
}

impl Team {
    /// Returns the hash of the content that the team was validated against.
    #[must_use]
    pub const fn content_hash(&self) -> [u8; 32] {
        self.content_hash
    }

    /// Returns the number of units.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.units.len()
    }

    /// Returns the units' classes, in build order.
    pub fn classes(&self) -> impl Iterator<Item = ClassId> {
        self.units.iter().map(|unit| unit.class)
    }
}

/// One unit of a team, as the engine reads it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) class: ClassId,
    pub(crate) role: Role,
    /// The basic attack first, then the chosen abilities; rules refer to this list by index.
    pub(crate) abilities: Vec<AbilityId>,
    pub(crate) energy_max: i32,
    pub(crate) stats: Stats,
    pub(crate) resist: [i32; School::ALL.len()],
    /// Seen from the unit's own side.
    pub(crate) position: Position,
    pub(crate) stance: Stance,
    pub(crate) rules: Vec<Tactic>,
    /// Whether one of the rules chooses a strategy.
    pub(crate) has_strategies: bool,
    /// Whether an ability of it brings more units into the fight.
    pub(crate) summons: bool,
}

impl Plan {
    /// Says whether a list of rules has one that chooses a strategy.
    pub(crate) fn has_strategies(rules: &[Tactic]) -> bool {
        rules.iter().any(|rule| matches!(rule.deed, Deed::Strategy(_)))
    }
}

/// A rule with its ability resolved.
#[derive(Clone, Debug)]
pub(crate) struct Tactic {
    pub(crate) deed: Deed,
    pub(crate) target: Selector,
    pub(crate) when: Condition,
    /// Its place in the unit's rules.
    pub(crate) number: u8,
}

/// What a tactic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// An index into [`Plan::abilities`].
    Ability(u8),
    Strategy(Strategy),
}
