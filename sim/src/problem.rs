//! What validation says about a build that cannot fight: where, which rule, and what to do about it.

use serde::Serialize;

use crate::kinds::vocabulary;

/// One thing that is wrong with a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where in the build, for example `units[2].abilities[1]`.
    pub path: String,
    /// Which rule is broken; stable, for programs.
    pub code: ProblemCode,
    /// What happened and what to do, for people.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.path, self.message)
    }
}

vocabulary! {
    /// The rules a build can break.
    ProblemCode {
        /// Too few or too many units.
        UnitCount = "unit_count",
        /// No class has this key.
        UnknownClass = "unknown_class",
        /// Too few or too many abilities.
        AbilityCount = "ability_count",
        /// No ability has this key.
        UnknownAbility = "unknown_ability",
        /// The ability belongs to other classes.
        ForeignAbility = "foreign_ability",
        /// The ability is listed twice.
        DuplicateAbility = "duplicate_ability",
        /// One attribute has too many points.
        AttributeMax = "attribute_max",
        /// All attributes together have too many points.
        AttributeTotal = "attribute_total",
        /// The position is outside the formation box.
        PositionOutside = "position_outside",
        /// Two units start at one spot.
        PositionTaken = "position_taken",
        /// The stance refers to a unit that cannot be protected.
        StanceUnit = "stance_unit",
        /// A range is negative or larger than the field.
        RangeOutside = "range_outside",
        /// Too many rules.
        RuleCount = "rule_count",
        /// A rule uses an ability that the unit does not bring.
        AbilityNotEquipped = "ability_not_equipped",
        /// The selector yields the wrong side for the ability or strategy.
        TargetMismatch = "target_mismatch",
        /// Conditions are nested too deeply.
        ConditionDepth = "condition_depth",
        /// A rule has too many conditions.
        ConditionCount = "condition_count",
        /// `all` or `any` without children.
        ConditionEmpty = "condition_empty",
        /// A percentage is outside 0-100.
        PercentOutside = "percent_outside",
        /// A count is outside what can occur.
        CountOutside = "count_outside",
        /// A tick is outside the fight.
        TickOutside = "tick_outside",
        /// There are more problems than are listed.
        TooManyProblems = "too_many_problems",
    }
}
