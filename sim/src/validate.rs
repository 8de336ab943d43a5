//! The only validation: an untrusted build in, a team or every problem at once out.
//!
//! Work is bounded: counts are looked at before lists, only the allowed part of a list is walked, conditions are left
//! at the allowed depth and size, and foreign keys are cut before they are quoted.

mod rules;

use crate::build::{Attributes, Build, Stance, UnitBuild};
use crate::content::{Class, Content, Effect, Stats, SummonSource};
use crate::kinds::{AbilityId, Attribute, ClassId, Position, Stat};
use crate::limits::{ABILITIES_MAX, ABILITIES_MIN, KEY_BYTES_MAX, PROBLEMS_MAX, UNITS_MAX};
use crate::problem::{Problem, ProblemCode};
use crate::team::{Plan, Team};

/// Turns a build into a team that can fight under this content.
///
/// # Errors
/// Every problem found, at most [`PROBLEMS_MAX`], in the order of the build.
pub fn validate(build: &Build, content: &Content) -> Result<Team, Vec<Problem>> {
    let mut problems = Problems::default();
    if build.units.is_empty() || build.units.len() > UNITS_MAX {
        let message = format!("a team has 1 to {UNITS_MAX} units, this one has {}", build.units.len());
        problems.add("units", ProblemCode::UnitCount, message);
    }
    let mut units = Vec::new();
    for (index, unit) in build.units.iter().take(UNITS_MAX).enumerate() {
        let mut door = Door {
            content,
            build,
            index,
            problems: &mut problems,
        };
        units.extend(door.unit(unit));
    }
    if problems.list.is_empty() {
        Ok(Team {
            content_hash: content.hash(),
            units,
        })
    } else {
        Err(problems.list)
    }
}

/// Turns a summoned class into a plan. Its tactics pass the same door as a player's; places are given by
/// the summoner.
pub(crate) fn summon(source: &SummonSource, content: &Content) -> Result<Plan, Vec<Problem>> {
    let class = crate::content::summoned(source, content);
    let (build, mut problems) = (Build::default(), Problems::default());
    let mut door = Door {
        content,
        build: &build,
        index: 0,
        problems: &mut problems,
    };
    door.stance(source.stance);
    let abilities: Vec<AbilityId> = [class.basic].into_iter().chain(class.abilities).collect();
    let rules = door.rules(&source.rules, &abilities);
    let plan = Plan {
        class: ClassId::default(),
        role: class.role,
        energy_max: class.energy,
        stats: class.stats,
        resist: class.resist,
        position: Position::default(),
        stance: source.stance,
        summons: door.summons(&abilities),
        has_strategies: Plan::has_strategies(&rules),
        rules,
        abilities,
    };
    if problems.list.is_empty() {
        Ok(plan)
    } else {
        Err(problems.list)
    }
}

/// The problems so far, bounded.
#[derive(Default)]
struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    fn add(&mut self, path: impl Into<String>, code: ProblemCode, message: String) {
        let path = path.into();
        if self.list.len() + 1 < PROBLEMS_MAX {
            self.list.push(Problem { path, code, message });
        } else if self.list.len() < PROBLEMS_MAX {
            let message = "there are more problems; solve these first".to_owned();
            self.list.push(Problem {
                path,
                code: ProblemCode::TooManyProblems,
                message,
            });
        }
    }
}

/// Looks at one unit.
struct Door<'a> {
    content: &'a Content,
    build: &'a Build,
    index: usize,
    problems: &'a mut Problems,
}

impl Door<'_> {
    fn unit(&mut self, unit: &UnitBuild) -> Option<Plan> {
        self.attributes(unit.attributes);
        self.position(unit.position);
        self.stance(unit.stance);
        let content = self.content;
        let found = key(&unit.class).and_then(|key| content.class_id(key));
        let Some((id, class)) = found.and_then(|id| Some((id, content.class(id)?))) else {
            let keys: Vec<&str> = content.classes().iter().map(|class| &*class.key).collect();
            let message = format!(
                "no class is called {}; choose one of {}",
                quote(&unit.class),
                keys.join(", ")
            );
            self.add("class", ProblemCode::UnknownClass, message);
            return None;
        };
        let abilities = self.abilities(&unit.abilities, class);
        let rules = self.rules(&unit.rules, &abilities);
        Some(Plan {
            class: id,
            role: class.role,
            energy_max: class.energy,
            stats: self.stats(class, unit.attributes),
            resist: class.resist,
            position: unit.position,
            stance: unit.stance,
            summons: self.summons(&abilities),
            abilities,
            has_strategies: Plan::has_strategies(&rules),
            rules,
        })
    }

    /// Says whether one of these abilities brings more units into the fight.
    fn summons(&self, abilities: &[AbilityId]) -> bool {
        let is_it = |effect: &Effect| matches!(effect, Effect::Summon { .. });
        let found = abilities.iter().filter_map(|&id| self.content.ability(id));
        found
            .flat_map(|ability| &ability.effects)
            .any(|effect| effect.contains(&is_it))
    }

    fn add(&mut self, path: &str, code: ProblemCode, message: String) {
        self.problems
            .add(format!("units[{}].{path}", self.index), code, message);
    }

    fn attributes(&mut self, attributes: Attributes) {
        let rules = self.content.rules();
        for &attribute in Attribute::ALL {
            let points = i32::from(attributes.get(attribute));
            if points > rules.attribute_max {
                let message = format!("an attribute takes 0 to {} points, not {points}", rules.attribute_max);
                let path = format!("attributes.{}", attribute.key());
                self.add(&path, ProblemCode::AttributeMax, message);
            }
        }
        let (total, most) = (attributes.total(), rules.attribute_points);
        if total > most {
            let message = format!("{total} points are spent; take away {}", total - most);
            self.add("attributes", ProblemCode::AttributeTotal, message);
        }
    }

    fn position(&mut self, position: Position) {
        let rules = self.content.rules();
        let (depth, height) = (rules.formation_depth, rules.height);
        if !(0..=depth).contains(&position.x) || !(0..=height).contains(&position.y) {
            let Position { x, y } = position;
            let message = format!("({x}, {y}) is outside; x goes from 0 to {depth}, y from 0 to {height}");
            self.add("position", ProblemCode::PositionOutside, message);
        }
        let mut before = self.build.units.iter().take(self.index);
        if let Some(other) = before.position(|unit| unit.position == position) {
            let message = format!("units[{other}] starts there already; move one of them");
            self.add("position", ProblemCode::PositionTaken, message);
        }
    }

    fn stance(&mut self, stance: Stance) {
        match stance {
            Stance::MaintainRange(range) => self.range("stance.maintain_range", range),
            Stance::Protect(unit) => self.protect(unit),
            Stance::Aggressive | Stance::Hold | Stance::Kite | Stance::Focus(_) => {}
        }
    }

    fn protect(&mut self, unit: i32) {
        let size = self.build.units.len().min(UNITS_MAX);
        let fits = usize::try_from(unit).is_ok_and(|unit| unit < size && unit != self.index);
        if !fits {
            let message = format!("{unit} is no other unit of this build; name one of the {size} by its index from 0");
            self.add("stance.protect", ProblemCode::StanceUnit, message);
        }
    }

    fn range(&mut self, path: &str, range: i32) {
        let most = self.content.rules().width;
        if !(0..=most).contains(&range) {
            let message = format!("a range is 0 to {most} centimetres, not {range}");
            self.add(path, ProblemCode::RangeOutside, message);
        }
    }

    /// Returns the basic attack and the abilities that were found, one entry per key.
    fn abilities(&mut self, keys: &[String], class: &Class) -> Vec<AbilityId> {
        if !(ABILITIES_MIN..=ABILITIES_MAX).contains(&keys.len()) {
            let message = format!(
                "a unit brings {ABILITIES_MIN} or {ABILITIES_MAX} abilities, not {}",
                keys.len()
            );
            self.add("abilities", ProblemCode::AbilityCount, message);
        }
        let mut found = vec![class.basic];
        for (at, name) in keys.iter().take(ABILITIES_MAX).enumerate() {
            let id = self.ability(at, name, class, &found);
            found.push(id.unwrap_or(AbilityId::NONE));
        }
        found
    }

    fn ability(&mut self, at: usize, name: &str, class: &Class, found: &[AbilityId]) -> Option<AbilityId> {
        let path = format!("abilities[{at}]");
        let choose = || {
            let offered = class.abilities.iter().filter_map(|&id| self.content.ability(id));
            let keys: Vec<&str> = offered.map(|ability| &*ability.key).collect();
            format!("{} can bring {}", class.key, keys.join(", "))
        };
        let (code, message) = match key(name).and_then(|key| self.content.ability_id(key)) {
            None => {
                let message = format!("no ability is called {}; {}", quote(name), choose());
                (ProblemCode::UnknownAbility, message)
            }
            Some(id) if !class.abilities.contains(&id) => {
                let message = format!("{name} belongs to other classes; {}", choose());
                (ProblemCode::ForeignAbility, message)
            }
            Some(id) if found.contains(&id) => {
                let message = format!("{name} is listed twice; {}", choose());
                (ProblemCode::DuplicateAbility, message)
            }
            Some(id) => return Some(id),
        };
        self.add(&path, code, message);
        None
    }

    fn stats(&self, class: &Class, attributes: Attributes) -> Stats {
        let mut change = [0_i32; Stat::COUNT];
        for &attribute in Attribute::ALL {
            let points = i32::from(attributes.get(attribute));
            for (stat, by) in self.content.attribute_effects(attribute) {
                change[stat.index()] += by * points;
            }
        }
        let mut stats = class.stats;
        for &stat in Stat::ALL {
            stats[stat.index()] = changed(stat, stats[stat.index()], change[stat.index()]);
        }
        stats
    }
}

/// Returns a stat after a change in permille (or in its own points, where it is additive).
pub(crate) fn changed(stat: Stat, base: i32, change: i32) -> i32 {
    if stat.is_additive() {
        (base + change).max(0)
    } else if change == 0 {
        base
    } else {
        let scaled = i64::from(base) * i64::from((1000 + change).max(0)) / 1000;
        i32::try_from(scaled).unwrap_or(i32::MAX)
    }
}

/// Returns a key that is short enough to be looked up.
fn key(text: &str) -> Option<&str> {
    (text.len() <= KEY_BYTES_MAX).then_some(text)
}

/// Quotes foreign text, cut and escaped.
fn quote(text: &str) -> String {
    let cut: String = text.chars().take(KEY_BYTES_MAX).collect();
    let more = if cut.len() < text.len() { "..." } else { "" };
    format!("{cut:?}{more}")
}
