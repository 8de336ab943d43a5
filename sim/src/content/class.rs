//! What can take part in a fight: classes that players choose, classes that abilities summon, and forms.

use super::Stats;
use crate::kinds::{AbilityId, ClassId, Role, School, Stat};
use crate::team::Plan;

/// A class, with its keys resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The key builds use.
    pub key: String,
    /// The name people read.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The attack it uses when no rule applies.
    pub basic: AbilityId,
    /// The abilities it may bring.
    pub abilities: Vec<AbilityId>,
    /// Energy at the start, and at most.
    pub energy: i32,
    /// Stats before attributes.
    pub stats: Stats,
    /// Points added to armor or resistance against one school.
    pub resist: [i32; School::ALL.len()],
}

/// A class that only abilities bring into a fight.
#[derive(Clone, Debug)]
pub struct Summon {
    /// Its number, which events name.
    pub id: ClassId,
    /// The class; a summoned unit has all its abilities.
    pub class: Class,
    pub(crate) plan: Plan,
}

/// What a unit can be turned into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its number, which events name.
    pub id: ClassId,
    /// The key effects use.
    pub key: String,
    /// The name people read.
    pub name: String,
    /// Whether it is done to enemies, as crowd control.
    pub is_harmful: bool,
    /// The attack in place of the class's.
    pub basic: Option<AbilityId>,
    /// Whether the unit keeps using its abilities.
    pub casts: bool,
    /// What it changes, as attributes do.
    pub stats: Vec<(Stat, i32)>,
}
