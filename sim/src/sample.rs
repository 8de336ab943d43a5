//! Random legal builds, for tests, benchmarks, load and balance reports. The same number gives the same build.

mod matchup;

pub use self::matchup::Matchup;
use crate::build::{Action, Attributes, Build, Rule, Selector, Stance, UnitBuild};
use crate::content::{Ability, Aim, Class, Content, Spot};
use crate::kinds::{AbilityId, Position, Role};
use crate::limits::{ABILITIES_MAX, UNITS_DEFAULT};
use crate::problem::Problem;
use crate::rng::Pcg32;
use crate::team::Team;
use crate::validate::validate;

/// Returns a random team of so many units: any classes, abilities and attributes, with plausible tactics.
#[must_use]
pub fn build(content: &Content, number: u64, units: usize) -> Build {
    build_of(content, number, units, |_| true)
}

/// Returns a random team of classes that fit; of all classes if none does.
#[must_use]
pub fn build_of(content: &Content, number: u64, units: usize, fits: impl Fn(&Class) -> bool) -> Build {
    let fitting: Vec<&Class> = content.classes().iter().filter(|class| fits(class)).collect();
    let mut dice = Sampler {
        content,
        classes: if fitting.is_empty() {
            content.classes().iter().collect()
        } else {
            fitting
        },
        rng: Pcg32::new(number, 0x7469_6c74),
        spots: Vec::new(),
    };
    dice.choose_formation();
    Build {
        units: (0..units).map(|index| dice.unit(index)).collect(),
    }
}

/// Returns a random team of any size up to 50, which no player may bring: the engine's limit is its slots, and large
/// fights are measured. It is put together from teams of the usual size.
///
/// # Errors
/// When a sampled build is not valid, which a test rules out.
pub fn horde(content: &Content, number: u64, units: usize) -> Result<Team, Vec<Problem>> {
    let mut all = Vec::new();
    for part in 0..units.min(HORDE_MAX).div_ceil(UNITS_DEFAULT) {
        let size = UNITS_DEFAULT.min(units - part * UNITS_DEFAULT);
        let number = number.wrapping_mul(64).wrapping_add(part as u64);
        all.extend(validate(&build(content, number, size), content)?.units);
    }
    Ok(Team {
        content_hash: content.hash(),
        units: all,
    })
}

/// Units a side of the largest fights.
const HORDE_MAX: usize = 50;

/// Returns the seed of the fight with this number.
#[must_use]
pub fn seed(number: u64) -> [u8; 16] {
    (u128::from(number) << 64 | u128::from(crate::rng::mix(number))).to_le_bytes()
}

struct Sampler<'a> {
    content: &'a Content,
    classes: Vec<&'a Class>,
    rng: Pcg32,
    /// What is left of the formation; empty for a team without one.
    spots: Vec<Spot>,
}

impl Sampler<'_> {
    fn index(&mut self, count: usize) -> usize {
        let bound = u32::try_from(count).unwrap_or(1);
        usize::try_from(self.rng.below(bound)).unwrap_or(0)
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())].clone()
    }

    /// Half of the teams stand in one of the content's formations, the others anywhere in bands.
    fn choose_formation(&mut self) {
        let formations = self.content.formations();
        if !formations.is_empty() && self.index(2) == 0 {
            self.spots = self.pick(formations).spots;
        }
    }

    /// Returns the first free spot for the role, else the first free one.
    fn spot(&mut self, role: Role) -> Option<Position> {
        let meant = self.spots.iter().position(|spot| spot.role == role);
        let at = meant.or_else(|| (!self.spots.is_empty()).then_some(0))?;
        Some(self.spots.remove(at).position)
    }

    fn unit(&mut self, index: usize) -> UnitBuild {
        let at = self.index(self.classes.len());
        let class = self.classes[at];
        let abilities = self.abilities(class);
        let rules = abilities.iter().map(|ability| self.rule(ability)).collect();
        UnitBuild {
            class: class.key.clone(),
            abilities: abilities.iter().map(|ability| ability.key.clone()).collect(),
            attributes: self.attributes(),
            position: self
                .spot(class.role)
                .unwrap_or_else(|| self.position(class.role, index)),
            stance: self.stance(class.role),
            rules,
        }
    }

    /// Shuffles the class's abilities and takes as many as a unit may bring.
    fn abilities(&mut self, class: &Class) -> Vec<Ability> {
        let mut ids: Vec<AbilityId> = class.abilities.clone();
        for at in (1..ids.len()).rev() {
            let other = self.index(at + 1);
            ids.swap(at, other);
        }
        ids.truncate(ABILITIES_MAX);
        ids.iter().filter_map(|&id| self.content.ability(id).cloned()).collect()
    }

    fn attributes(&mut self) -> Attributes {
        let rules = self.content.rules();
        let mut points = [0_u8; 7];
        for _ in 0..rules.attribute_points {
            let at = self.index(points.len());
            if i32::from(points[at]) < rules.attribute_max {
                points[at] += 1;
            }
        }
        let [might, vigor, guard, ward, agility, precision, tempo] = points;
        Attributes {
            might,
            vigor,
            guard,
            ward,
            agility,
            precision,
            tempo,
        }
    }

    fn position(&mut self, role: Role, index: usize) -> Position {
        let rules = self.content.rules();
        let quarter = rules.formation_depth / 4;
        let band = match role {
            Role::Tank => 3,
            Role::Melee => 2,
            Role::Ranged => 1,
            Role::Support => 0,
        };
        let x = band * quarter + self.rng.below(quarter.unsigned_abs());
        // Each unit has a lane of its own, so that no two start at one spot.
        let lane = rules.height / 8;
        let y = i32::try_from(index % 8).unwrap_or(0) * lane + self.rng.below(lane.unsigned_abs());
        Position { x, y }
    }

    fn stance(&mut self, role: Role) -> Stance {
        let focus = Stance::Focus(self.pick(Role::ALL));
        let choices = match role {
            Role::Tank => [Stance::Aggressive, Stance::Aggressive, focus],
            Role::Melee => [Stance::Aggressive, focus, focus],
            Role::Ranged => [Stance::Kite, Stance::MaintainRange(1100), focus],
            Role::Support => [Stance::Kite, Stance::MaintainRange(900), Stance::Kite],
        };
        self.pick(&choices)
    }

    /// Returns the tactic that the content proposes; every fourth one on another enemy, as players try things.
    fn rule(&mut self, ability: &Ability) -> Rule {
        let mut target = ability.proposed_target();
        if ability.aim == Aim::Enemy && self.index(4) == 0 {
            target = self.pick(&[
                Selector::Current,
                Selector::WeakestEnemy,
                Selector::NearestEnemy,
                Selector::StrongestEnemy,
            ]);
        }
        Rule {
            action: Action::Ability(ability.key.clone()),
            target,
            when: ability.when.clone(),
        }
    }
}
