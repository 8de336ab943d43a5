//! The content as its RON files spell it. Serialised again without comments and spacing it is the canonical form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use crate::build::{Build, Condition, Rule, Selector, Stance};
use crate::kinds::{Attribute, Position, Role, School, Stat, StatusKind, vocabulary};

/// All files together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) rules: Rules,
    pub(crate) attributes: BTreeMap<Attribute, BTreeMap<Stat, i32>>,
    pub(crate) classes: Vec<ClassSource>,
    pub(crate) summons: Vec<SummonSource>,
    pub(crate) forms: Vec<FormSource>,
    pub(crate) formations: Vec<Formation>,
    pub(crate) abilities: Vec<Ability>,
    pub(crate) bots: Vec<BotSource>,
}

/// `rules.ron`: numbers that belong to no class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The field's extent along x in centimetres.
    pub width: i32,
    /// The field's extent along y in centimetres.
    pub height: i32,
    /// Units start with `x` in `0..=formation_depth`.
    pub formation_depth: i32,
    /// Attribute points a unit may spend.
    pub attribute_points: i32,
    /// Points one attribute may have.
    pub attribute_max: i32,
    /// Ticks between two abilities of a unit, before haste.
    pub global_cooldown: u32,
    /// Damage and healing vary by so many permille up and down.
    pub variance: i32,
    /// A critical hit's damage in permille.
    pub critical_damage: i32,
    /// What rises so that every fight ends.
    pub fatigue: Fatigue,
    /// Permille of the duration that the first, second, ... crowd control of a kind keeps; further ones none.
    pub diminishing: Vec<i32>,
    /// Ticks without crowd control of a kind after which the count starts again.
    pub diminishing_forget: u32,
    /// Which kinds of harmful statuses a cleanse takes off, the most urgent first; others stay.
    pub cleanse_order: Vec<StatusKind>,
    /// Which kinds of helpful statuses a dispel takes off, the most valuable first; others stay.
    pub dispel_order: Vec<StatusKind>,
    /// How often a unit can be brought back in one fight.
    pub resurrections: u32,
}

/// Damage up, healing and shields down, step by step; and a loss of health in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fatigue {
    /// The first step's tick.
    pub from: u32,
    /// Ticks between steps.
    pub every: u32,
    /// Permille of damage added a step.
    pub damage_up: i32,
    /// The step after which damage rises ever faster.
    pub surge_after: u32,
    /// Permille of damage added once more, times the square of the steps since then.
    pub surge: i32,
    /// Permille of healing and shields taken off a step.
    pub healing_down: i32,
    /// The first tick at which a step also takes health from everyone.
    pub exhaustion_from: u32,
    /// Permille of maximum health that such a step takes.
    pub exhaustion: i32,
}

/// One entry of `classes.ron`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassSource {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) basic: String,
    pub(crate) abilities: Vec<String>,
    pub(crate) energy: i32,
    pub(crate) stats: BTreeMap<Stat, i32>,
    #[serde(default)]
    pub(crate) resist: BTreeMap<School, i32>,
}

/// One entry of `summons.ron`: a class that only abilities bring into a fight. It has all its abilities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SummonSource {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) basic: String,
    #[serde(default)]
    pub(crate) abilities: Vec<String>,
    pub(crate) energy: i32,
    pub(crate) stats: BTreeMap<Stat, i32>,
    #[serde(default)]
    pub(crate) resist: BTreeMap<School, i32>,
    #[serde(default)]
    pub(crate) stance: Stance,
    #[serde(default)]
    pub(crate) rules: Vec<Rule>,
}

/// One entry of `forms.ron`: what a unit can be turned into.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormSource {
    pub(crate) key: String,
    pub(crate) name: String,
    /// Whether it is done to enemies, as crowd control.
    #[serde(default)]
    pub(crate) harmful: bool,
    /// The attack in place of the class's; without one, the class's own, or none in a harmful form.
    #[serde(default)]
    pub(crate) basic: Option<String>,
    /// Whether the unit keeps using its abilities.
    #[serde(default)]
    pub(crate) casts: bool,
    /// Changes as attributes make them.
    #[serde(default)]
    pub(crate) stats: BTreeMap<Stat, i32>,
}

/// One entry of `formations.ron`: where units may start, as a proposal to players and their editors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formation {
    /// Its stable key.
    pub key: String,
    /// The name people read.
    pub name: String,
    /// Eight places seen from the own side, and the role each is meant for.
    pub spots: Vec<Spot>,
}

/// One place of a formation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// Who should stand there.
    pub role: Role,
    /// Where it is.
    pub position: Position,
}

vocabulary! {
    /// On whom an ability can be used.
    Aim {
        /// On an enemy.
        Enemy = "enemy",
        /// On an ally or the caster.
        Ally = "ally",
        /// On the caster, whatever the selector.
        Caster = "caster",
        /// On an ally that has fallen.
        Fallen = "fallen",
    }
}

impl Aim {
    /// Says whether a rule may use such an ability on whom the selector yields.
    #[must_use]
    pub const fn takes(self, target: Selector) -> bool {
        let is_fallen = matches!(target, Selector::FallenAlly);
        match self {
            Self::Enemy => target.is_enemy(),
            Self::Ally => !target.is_enemy() && !is_fallen,
            Self::Caster => !is_fallen,
            Self::Fallen => is_fallen,
        }
    }
}

/// One entry of a file in `abilities/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ability {
    /// The key builds use.
    pub key: String,
    /// The name people read.
    pub name: String,
    /// Physical abilities can be used while silenced.
    pub school: School,
    /// On whom it can be used.
    pub aim: Aim,
    /// Centimetres between caster and target, at most.
    #[serde(default)]
    pub range: i32,
    /// Ticks until it can be used again, before haste.
    pub cooldown: u32,
    /// Energy it costs.
    #[serde(default)]
    pub cost: i32,
    /// Ticks of casting that can be interrupted, before haste; 0 is at once.
    #[serde(default)]
    pub cast: u32,
    /// The target of the tactic that editors propose; by default what suits the aim.
    #[serde(default)]
    pub target: Option<Selector>,
    /// The condition of the tactic that editors propose.
    #[serde(default)]
    pub when: Condition,
    /// What it does, in order.
    pub effects: Vec<Effect>,
}

impl Ability {
    /// Returns the target of the tactic that editors propose.
    #[must_use]
    pub fn proposed_target(&self) -> Selector {
        self.target.unwrap_or(match self.aim {
            Aim::Enemy => Selector::Current,
            Aim::Ally => Selector::WeakestAlly,
            Aim::Caster => Selector::Caster,
            Aim::Fallen => Selector::FallenAlly,
        })
    }
}

vocabulary! {
    /// How good a bot team is.
    Strength {
        /// Beaten by any sensible team.
        Weak = "weak",
        /// A fair opponent.
        Medium = "medium",
        /// As good as the authors could make it.
        Strong = "strong",
    }
}

/// One entry of `bots.ron`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BotSource {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) strength: Strength,
    pub(crate) build: Build,
}
