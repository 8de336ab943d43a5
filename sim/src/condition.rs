//! Conditions of tactic rules: small leaves, and three combinators of bounded depth.

use serde::{Deserialize, Serialize};

use crate::kinds::{Role, StatusKind};

/// When a rule applies. Percentages are 0-100 of the maximum, ranges are centimetres.
///
/// In JSON a leaf without numbers is a string (`"always"`), one number is `{"self_health_below": 40}`, two are
/// `{"enemies_within": {"range": 600, "count": 2}}`, and combinators are `{"all": [..]}`, `{"not": ..}`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Holds at all times.
    #[default]
    Always,
    /// The unit's health is below this percentage.
    SelfHealthBelow(i32),
    /// The unit's health is above this percentage.
    SelfHealthAbove(i32),
    /// The unit's energy is above this percentage.
    SelfEnergyAbove(i32),
    /// The unit carries such a status.
    SelfHas(StatusKind),
    /// The selected unit's health is below this percentage.
    TargetHealthBelow(i32),
    /// The selected unit's health is above this percentage.
    TargetHealthAbove(i32),
    /// The selected unit carries such a status.
    TargetHas(StatusKind),
    /// The selected unit has this role.
    TargetRole(Role),
    /// The selected unit is casting.
    TargetCasting,
    /// The selected unit is within this range.
    TargetWithin(i32),
    /// At least `count` enemies of the caster are within `range` of the selected unit, itself included.
    EnemiesNearTarget {
        /// Centimetres around the selected unit.
        range: i32,
        /// At least so many.
        count: i32,
    },
    /// Some enemy's health is below this percentage.
    EnemyHealthBelow(i32),
    /// Some enemy is casting.
    EnemyCasting,
    /// At least `count` enemies are within `range` of the unit.
    EnemiesWithin {
        /// Centimetres around the unit.
        range: i32,
        /// At least so many.
        count: i32,
    },
    /// At least `count` other allies are within `range` of the unit.
    AlliesWithin {
        /// Centimetres around the unit.
        range: i32,
        /// At least so many.
        count: i32,
    },
    /// At least `count` allies, itself included, have less than `percent` health.
    AlliesBelow {
        /// Health in percent.
        percent: i32,
        /// At least so many.
        count: i32,
    },
    /// Some ally or the unit itself carries such a status.
    AllyHas(StatusKind),
    /// At least so many allies have fallen.
    AlliesFallen(i32),
    /// More enemies than allies are standing.
    Outnumbered,
    /// The fight has lasted longer than this many ticks.
    TickAfter(i32),
    /// Fatigue has begun.
    FatigueBegun,
    /// Every child holds.
    All(Vec<Condition>),
    /// Some child holds.
    Any(Vec<Condition>),
    /// The child does not hold.
    Not(Box<Condition>),
}

impl Condition {
    /// Returns the children of a combinator, an empty slice for a leaf.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match self {
            Self::All(children) | Self::Any(children) => children,
            Self::Not(child) => std::slice::from_ref(child),
            _ => &[],
        }
    }
}
