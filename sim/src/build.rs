//! What a player chooses: a build. Untrusted until [`crate::validate`] has turned it into a [`crate::Team`].
//!
//! The types are plain data, regular enough to be mapped to JSON and FlatBuffers field by field.

use serde::{Deserialize, Serialize};

use crate::kinds::{Attribute, Position, Role, vocabulary};

pub use crate::condition::Condition;

/// A whole team as a player submits it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// One to eight units; a unit's index is how stances refer to it.
    pub units: Vec<UnitBuild>,
}

/// One unit of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitBuild {
    /// Key of the class.
    pub class: String,
    /// Keys of four or five different abilities of that class.
    pub abilities: Vec<String>,
    /// Attribute points.
    #[serde(default)]
    pub attributes: Attributes,
    /// Where the unit starts, seen from its own side: `x` grows towards the enemy, the box is in the content.
    pub position: Position,
    /// How the unit moves and whom it attacks when no rule says otherwise.
    #[serde(default)]
    pub stance: Stance,
    /// Tactics: the first usable ability and the first strategy that applies are taken.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Points per attribute; the content bounds each and their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// Power.
    pub might: u8,
    /// Health.
    pub vigor: u8,
    /// Armor.
    pub guard: u8,
    /// Resistance and healing taken.
    pub ward: u8,
    /// Speed and evasion.
    pub agility: u8,
    /// Critical hits.
    pub precision: u8,
    /// Haste and energy.
    pub tempo: u8,
}

impl Attributes {
    /// Returns the points of one attribute.
    #[must_use]
    pub const fn get(&self, attribute: Attribute) -> u8 {
        match attribute {
            Attribute::Might => self.might,
            Attribute::Vigor => self.vigor,
            Attribute::Guard => self.guard,
            Attribute::Ward => self.ward,
            Attribute::Agility => self.agility,
            Attribute::Precision => self.precision,
            Attribute::Tempo => self.tempo,
        }
    }

    /// Returns the sum of all points.
    #[must_use]
    pub fn total(&self) -> i32 {
        Attribute::ALL
            .iter()
            .map(|&attribute| i32::from(self.get(attribute)))
            .sum()
    }
}

/// How a unit moves and whom it attacks when no rule says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stance {
    /// Goes for the nearest enemy.
    #[default]
    Aggressive,
    /// Stands still and attacks what comes into range, until fatigue begins.
    Hold,
    /// Keeps about this many centimetres between itself and its target.
    MaintainRange(i32),
    /// Attacks from its full range and backs away from whoever comes close.
    Kite,
    /// Stays with the unit of this index in the build and attacks whoever is nearest to it.
    Protect(i32),
    /// Goes for the nearest enemy of this role, then for anyone.
    Focus(Role),
}

/// One tactic: use this, on that, when this holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What to do.
    #[serde(rename = "use")]
    pub action: Action,
    /// On whom.
    #[serde(default)]
    pub target: Selector,
    /// Under which condition; `target_...` conditions look at the unit that `target` selects.
    #[serde(default)]
    pub when: Condition,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Uses the ability of this key; a rule whose ability is not ready, affordable and in range is passed over.
    Ability(String),
    /// Behaves in this way until the next thought.
    Strategy(Strategy),
}

vocabulary! {
    /// Behaviours that a rule may choose instead of an ability.
    Strategy {
        /// Makes the selected enemy the current target and attacks it as the stance says.
        Attack = "attack",
        /// Goes up to the selected unit, attacking the current target if it is in range.
        Approach = "approach",
        /// Backs away from the nearest enemy.
        FallBack = "fall_back",
        /// Stands still and attacks the current target if it is in range.
        Hold = "hold",
        /// Stays with the selected ally and attacks whoever is nearest to it.
        Protect = "protect",
    }
}

impl Strategy {
    /// Says whether a rule may follow this strategy with whom the selector yields.
    #[must_use]
    pub const fn takes(self, target: Selector) -> bool {
        match self {
            Self::Attack => target.is_enemy(),
            Self::Protect => !target.is_enemy() && !matches!(target, Selector::FallenAlly),
            Self::Approach | Self::FallBack | Self::Hold => true,
        }
    }
}

vocabulary! {
    /// Chooses one unit; ties go to the lower slot. Enemy selectors stick to the current target unless
    /// another is clearly better (15 % nearer, 28 % weaker).
    Selector {
        /// The unit itself.
        Caster = "caster",
        /// The enemy that the unit is attacking.
        Current = "current",
        /// The nearest enemy.
        NearestEnemy = "nearest_enemy",
        /// The farthest enemy.
        FarthestEnemy = "farthest_enemy",
        /// The enemy with the least health left in percent.
        WeakestEnemy = "weakest_enemy",
        /// The enemy with the most health left in percent.
        HealthiestEnemy = "healthiest_enemy",
        /// The enemy with the most power.
        StrongestEnemy = "strongest_enemy",
        /// The nearest enemy that is casting.
        CastingEnemy = "casting_enemy",
        /// The enemy with the most enemies near it.
        ClusteredEnemy = "clustered_enemy",
        /// The enemy farthest from the middle, on its own side.
        BacklineEnemy = "backline_enemy",
        /// The nearest enemy that carries no damage over time.
        UntouchedEnemy = "untouched_enemy",
        /// The enemy with the most helpful statuses.
        EmpoweredEnemy = "empowered_enemy",
        /// The nearest ally, not itself.
        NearestAlly = "nearest_ally",
        /// The ally (or itself) with the least health left in percent.
        WeakestAlly = "weakest_ally",
        /// The ally (or itself) with the most power.
        StrongestAlly = "strongest_ally",
        /// The ally (or itself) with the most harmful statuses.
        AfflictedAlly = "afflicted_ally",
        /// The ally (or itself) with the most enemies near it.
        ThreatenedAlly = "threatened_ally",
        /// The fallen ally with the most power that can still be brought back.
        FallenAlly = "fallen_ally",
    }
}

#[allow(clippy::derivable_impls, reason = "the vocabulary macro has no place for #[default]")]
impl Default for Selector {
    fn default() -> Self {
        Self::Current
    }
}

impl Selector {
    /// Says whether the selector yields an enemy; the others yield the unit itself or an ally.
    #[must_use]
    pub const fn is_enemy(self) -> bool {
        let number = self as u8;
        number >= Self::Current as u8 && number <= Self::EmpoweredEnemy as u8
    }
}
