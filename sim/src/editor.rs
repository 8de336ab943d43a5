//! What an editor of builds needs to know, generated from the content: everything that [`crate::validate`] holds a build to, and
//! what people are told about it. It is data to be written as JSON; a test makes builds from that alone, and they are valid.

mod summary;
mod vocabulary;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::build::{Selector, Strategy};
use crate::condition::Condition;
use crate::content::{Ability, Aim, Class, Content, Formation, Strength};
use crate::kinds::{AbilityId, Attribute, School, Stat};
use crate::limits::{
    ABILITIES_MAX, ABILITIES_MIN, CONDITION_DEPTH_MAX, CONDITION_NODES_MAX, PROBLEMS_MAX, RULES_MAX, TICKS_PER_SECOND,
    UNITS_DEFAULT, UNITS_MAX,
};

pub use vocabulary::{Form, Kind, Parameter, Word};

/// Everything, in the order in which an editor asks.
#[derive(Clone, Debug, Serialize)]
pub struct Editor<'a> {
    /// Bounds of a build.
    pub limits: Limits,
    /// What points are spent on.
    pub attributes: Vec<AttributeView>,
    /// What units can be.
    pub classes: Vec<ClassView<'a>>,
    /// Every ability that a class may bring or attacks with.
    pub abilities: Vec<AbilityView<'a>>,
    /// Whom a rule can select.
    pub selectors: Vec<SelectorView>,
    /// Which selectors an ability with this aim takes.
    pub aims: BTreeMap<&'static str, Vec<&'static str>>,
    /// What a rule can do instead of using an ability, and which selectors that takes.
    pub strategies: BTreeMap<&'static str, Vec<&'static str>>,
    /// How units move; `limits.units.max` bounds the index of `protect`.
    pub stances: Vec<Word>,
    /// When a rule applies.
    pub conditions: Vec<Word>,
    /// Places to start from.
    pub formations: &'a [Formation],
    /// Teams anyone can fight.
    pub bots: Vec<BotView<'a>>,
}

/// A range, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// The least.
    pub min: i32,
    /// The most.
    pub max: i32,
}

/// Bounds of a build. Lengths are centimetres, times are ticks.
#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    /// Units of a team.
    pub units: Bounds,
    /// Units of a team unless a queue says otherwise.
    pub units_usual: usize,
    /// Abilities of a unit, the basic attack apart.
    pub abilities: Bounds,
    /// Points a unit may spend.
    pub attribute_points: i32,
    /// Points of one attribute.
    pub attribute_max: i32,
    /// Where a unit may start, towards the enemy; no two units start at one place.
    pub x: Bounds,
    /// Where a unit may start, across the field.
    pub y: Bounds,
    /// Rules of a unit.
    pub rules_max: usize,
    /// Nesting of a rule's condition: a leaf is 1.
    pub condition_depth_max: usize,
    /// Conditions in a rule's tree.
    pub condition_nodes_max: usize,
    /// Problems that a check of a build reports at most.
    pub problems_max: usize,
    /// Ticks of a second.
    pub ticks_per_second: u32,
}

/// An attribute.
#[derive(Clone, Debug, Serialize)]
pub struct AttributeView {
    /// The key builds use.
    pub key: &'static str,
    /// What one point changes.
    pub per_point: Vec<Change>,
}

/// A change of a stat.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Change {
    /// The stat.
    pub stat: &'static str,
    /// By how much.
    pub by: i32,
    /// `permille` of the class's value, or the stat's own `points`.
    pub unit: &'static str,
}

/// A class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassView<'a> {
    /// The key builds use.
    pub key: &'a str,
    /// The name for people.
    pub name: &'a str,
    /// What it is for.
    pub role: &'static str,
    /// Energy at the start, and at most.
    pub energy: i32,
    /// Stats before attributes.
    pub stats: BTreeMap<&'static str, i32>,
    /// Points added against one school, where there are any.
    pub resist: BTreeMap<&'static str, i32>,
    /// Key of the attack it uses when no rule applies; rules may use it, too.
    pub basic: &'a str,
    /// Keys of the abilities it may bring.
    pub abilities: Vec<&'a str>,
}

/// An ability. Lengths are centimetres, times are ticks before haste.
#[derive(Clone, Debug, Serialize)]
pub struct AbilityView<'a> {
    /// The key builds use.
    pub key: &'a str,
    /// The name for people.
    pub name: &'a str,
    /// What it does, for people.
    pub summary: String,
    /// Its school; physical ones can be used while silenced.
    pub school: &'static str,
    /// On whom it can be used: a key of `aims`.
    pub aim: &'static str,
    /// Greatest distance to the target.
    pub range: i32,
    /// Time until it can be used again.
    pub cooldown: u32,
    /// Energy it costs.
    pub cost: i32,
    /// Time of casting that can be interrupted.
    pub cast: u32,
    /// The rule to begin with.
    pub proposed: Proposal<'a>,
}

/// The target and the condition of a rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Proposal<'a> {
    /// On whom.
    pub target: Selector,
    /// When.
    pub when: &'a Condition,
}

/// A selector.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SelectorView {
    /// The key rules use.
    pub key: &'static str,
    /// Whose side it selects from: `enemy`, `ally`, `self` or `fallen`.
    pub selects: &'static str,
}

/// A bot team.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BotView<'a> {
    /// The key practice tickets use.
    pub key: &'a str,
    /// The name for people.
    pub name: &'a str,
    /// How good it is.
    pub strength: Strength,
}

impl<'a> Editor<'a> {
    /// Describes what can be built of this content.
    #[must_use]
    pub fn of(content: &'a Content) -> Self {
        let takes = |fits: &dyn Fn(Selector) -> bool| -> Vec<&'static str> {
            let fitting = Selector::ALL.iter().filter(|selector| fits(**selector));
            fitting.map(|selector| selector.key()).collect()
        };
        let aims = Aim::ALL.iter();
        let strategies = Strategy::ALL.iter();
        Self {
            limits: limits(content),
            attributes: Attribute::ALL.iter().map(|&one| attribute(content, one)).collect(),
            classes: content.classes().iter().map(|one| class(content, one)).collect(),
            abilities: abilities(content),
            selectors: Selector::ALL.iter().map(|&one| selector(one)).collect(),
            aims: aims.map(|aim| (aim.key(), takes(&|one| aim.takes(one)))).collect(),
            strategies: strategies
                .map(|what| (what.key(), takes(&|one| what.takes(one))))
                .collect(),
            stances: vocabulary::stances(content.rules()),
            conditions: vocabulary::conditions(content.rules()),
            formations: content.formations(),
            bots: content
                .bots()
                .iter()
                .map(|bot| BotView {
                    key: &bot.key,
                    name: &bot.name,
                    strength: bot.strength,
                })
                .collect(),
        }
    }
}

fn limits(content: &Content) -> Limits {
    let rules = content.rules();
    Limits {
        units: Bounds {
            min: 1,
            max: number(UNITS_MAX),
        },
        units_usual: UNITS_DEFAULT,
        abilities: Bounds {
            min: number(ABILITIES_MIN),
            max: number(ABILITIES_MAX),
        },
        attribute_points: rules.attribute_points,
        attribute_max: rules.attribute_max,
        x: Bounds {
            min: 0,
            max: rules.formation_depth,
        },
        y: Bounds {
            min: 0,
            max: rules.height,
        },
        rules_max: RULES_MAX,
        condition_depth_max: CONDITION_DEPTH_MAX,
        condition_nodes_max: CONDITION_NODES_MAX,
        problems_max: PROBLEMS_MAX,
        ticks_per_second: TICKS_PER_SECOND,
    }
}

fn attribute(content: &Content, attribute: Attribute) -> AttributeView {
    let changes = content.attribute_effects(attribute);
    AttributeView {
        key: attribute.key(),
        per_point: changes
            .map(|(stat, by)| Change {
                stat: stat.key(),
                by,
                unit: if stat.is_additive() { "points" } else { "permille" },
            })
            .collect(),
    }
}

fn class<'a>(content: &'a Content, class: &'a Class) -> ClassView<'a> {
    let key = |id: AbilityId| content.ability(id).map(|ability| &*ability.key);
    let resist = School::ALL
        .iter()
        .map(|school| (school.key(), class.resist[school.index()]));
    ClassView {
        key: &class.key,
        name: &class.name,
        role: class.role.key(),
        energy: class.energy,
        stats: Stat::ALL
            .iter()
            .map(|stat| (stat.key(), class.stats[stat.index()]))
            .collect(),
        resist: resist.filter(|(_, points)| *points != 0).collect(),
        basic: key(class.basic).unwrap_or_default(),
        abilities: class.abilities.iter().filter_map(|&id| key(id)).collect(),
    }
}

/// Describes what players' units can use, in the order of the content; what only summons do is not theirs to choose.
fn abilities(content: &Content) -> Vec<AbilityView<'_>> {
    let is_used = |index: usize| {
        let is_it = |id: &AbilityId| usize::from(id.0) == index;
        content
            .classes()
            .iter()
            .any(|class| is_it(&class.basic) || class.abilities.iter().any(is_it))
    };
    let all = content.abilities().iter().enumerate();
    all.filter(|(index, _)| is_used(*index))
        .map(|(_, one)| ability(content, one))
        .collect()
}

fn ability<'a>(content: &Content, ability: &'a Ability) -> AbilityView<'a> {
    AbilityView {
        key: &ability.key,
        name: &ability.name,
        summary: summary::of(ability, content),
        school: ability.school.key(),
        aim: ability.aim.key(),
        range: ability.range,
        cooldown: ability.cooldown,
        cost: ability.cost,
        cast: ability.cast,
        proposed: Proposal {
            target: ability.proposed_target(),
            when: &ability.when,
        },
    }
}

fn selector(selector: Selector) -> SelectorView {
    let selects = match selector {
        Selector::Caster => "self",
        Selector::FallenAlly => "fallen",
        enemy if enemy.is_enemy() => "enemy",
        _ => "ally",
    };
    SelectorView {
        key: selector.key(),
        selects,
    }
}

/// Limits are far below the largest number.
fn number(limit: usize) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
