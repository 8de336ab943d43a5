//! The small closed vocabularies that builds, content and engine share: roles, schools, stats, attributes, statuses.

use serde::{Deserialize, Serialize};

/// Declares a fieldless enum with its snake-case keys and its list of values.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $value:ident = $key:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $value,)+ }

        impl $name {
            /// Every value, in the order of its number (`value as u8` is the index).
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// Returns the value's key, as content and JSON spell it.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$value => $key,)+ }
            }

            /// Returns the value's number, an index into [`Self::ALL`].
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// The two sides of a fight.
    Side {
        /// Starts at small x.
        Left = "left",
        /// Starts at large x.
        Right = "right",
    }
}

impl Side {
    /// Returns the opposing side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

vocabulary! {
    /// What a class is for; formation, selectors and stances refer to it.
    Role {
        /// Takes the blows.
        Tank = "tank",
        /// Deals damage at arm's length.
        Melee = "melee",
        /// Deals damage from afar.
        Ranged = "ranged",
        /// Heals, shields and hinders.
        Support = "support",
    }
}

vocabulary! {
    /// Kinds of damage, each with a resistance of its own.
    School {
        /// Mitigated by armor.
        Physical = "physical",
        /// Mitigated by resistance.
        Fire = "fire",
        /// Mitigated by resistance.
        Frost = "frost",
        /// Mitigated by resistance.
        Storm = "storm",
        /// Mitigated by resistance.
        Nature = "nature",
        /// Mitigated by resistance.
        Shadow = "shadow",
        /// Mitigated by resistance.
        Holy = "holy",
    }
}

vocabulary! {
    /// Derived numbers of a unit that attributes, buffs and debuffs change.
    Stat {
        /// Maximum health in points.
        Health = "health",
        /// Base of every damage, healing and shield in points.
        Power = "power",
        /// Physical mitigation: damage * 100 / (100 + armor).
        Armor = "armor",
        /// Mitigation of every other school, by the same formula.
        Resistance = "resistance",
        /// Movement in centimetres a second.
        Speed = "speed",
        /// Energy regained a second.
        Regeneration = "regeneration",
        /// Chance of a critical hit in permille.
        Critical = "critical",
        /// Quicker attacks and casts in permille.
        Haste = "haste",
        /// Chance to evade a physical hit in permille.
        Evasion = "evasion",
        /// Healing and shields given, in permille (1,000 unless a class says otherwise).
        Mending = "mending",
        /// Healing taken, in permille (1,000 unless a class says otherwise).
        Recovery = "recovery",
        /// Damage taken, in permille (1,000 unless a class says otherwise).
        Fragility = "fragility",
    }
}

impl Stat {
    /// The number of stats.
    pub const COUNT: usize = Self::ALL.len();

    /// Returns the value of a class that names none.
    #[must_use]
    pub const fn standard(self) -> i32 {
        match self {
            Self::Mending | Self::Recovery | Self::Fragility => 1000,
            _ => 0,
        }
    }

    /// Says whether a change is added in permille; otherwise it multiplies by (1000 + change) / 1000.
    #[must_use]
    pub const fn is_additive(self) -> bool {
        self as u8 >= Self::Critical as u8
    }
}

vocabulary! {
    /// What a player spends points on; the content says which stats a point changes.
    Attribute {
        /// Power.
        Might = "might",
        /// Health.
        Vigor = "vigor",
        /// Armor.
        Guard = "guard",
        /// Resistance and healing taken.
        Ward = "ward",
        /// Speed and evasion.
        Agility = "agility",
        /// Critical hits.
        Precision = "precision",
        /// Haste and energy.
        Tempo = "tempo",
    }
}

vocabulary! {
    /// Lasting states of a unit. The first ones are crowd control.
    StatusKind {
        /// Neither acts nor moves.
        Stun = "stun",
        /// Moves slower.
        Slow = "slow",
        /// Does not move.
        Root = "root",
        /// Uses no ability but physical ones.
        Silence = "silence",
        /// Attacks only the taunter.
        Taunt = "taunt",
        /// Is turned into a harmless form.
        Hex = "hex",
        /// Loses health periodically.
        Dot = "dot",
        /// Gains health periodically.
        Hot = "hot",
        /// Absorbs damage.
        Shield = "shield",
        /// A stat is raised.
        Buff = "buff",
        /// A stat is lowered.
        Debuff = "debuff",
        /// Part of each blow taken goes back.
        Reflect = "reflect",
        /// Is turned into another form of its own.
        Form = "form",
        /// Counts up to something that then happens.
        Stack = "stack",
        /// Its blows do something more.
        OnHit = "on_hit",
        /// Something happens when it falls.
        OnDeath = "on_death",
        /// Something happens when its health is low.
        OnLowHealth = "on_low_health",
    }
}

impl StatusKind {
    /// Says whether the status harms its bearer, whoever put it there.
    #[must_use]
    pub const fn is_harmful(self) -> bool {
        self.is_crowd_control() || matches!(self, Self::Dot | Self::Debuff)
    }

    /// Says whether the status harms its bearer when an enemy put it there, and helps when an ally did.
    #[must_use]
    pub const fn depends_on_source(self) -> bool {
        (self as u8) >= Self::Stack as u8
    }

    /// Says whether repeated applications last ever shorter (diminishing returns).
    #[must_use]
    pub const fn is_crowd_control(self) -> bool {
        (self as u8) <= Self::Hex as u8
    }
}

/// The number of a unit in a fight: left units first, then right ones, each in build order.
pub type Slot = u8;
/// Stands for "no unit" in an event.
pub const NO_SLOT: Slot = Slot::MAX;

/// A number of a class, summoned class or form in its content: classes come first, then summons, then forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ClassId(pub u8);

/// An ability's number in its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbilityId(pub u16);

impl AbilityId {
    /// Stands for "no ability" in an event.
    pub const NONE: Self = Self(u16::MAX);
}

impl Default for AbilityId {
    fn default() -> Self {
        Self::NONE
    }
}

/// A point of the field in centimetres; the left side starts at small `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Along the line between the teams.
    pub x: i32,
    /// Across it.
    pub y: i32,
}
