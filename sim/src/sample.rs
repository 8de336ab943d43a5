//! Random legal builds, for tests, benchmarks, load and balance reports. The same number gives the same build.

use crate::build::{Action, Attributes, Build, Condition, Rule, Selector, Stance, UnitBuild};
use crate::content::{Ability, Aim, Class, Content, Effect, Reach};
use crate::kinds::{AbilityId, Position, Role};
use crate::limits::ABILITIES_MAX;
use crate::rng::Pcg32;

/// Returns a random team of so many units: any classes, abilities and attributes, with plausible tactics.
#[must_use]
pub fn build(content: &Content, number: u64, units: usize) -> Build {
    let mut dice = Sampler {
        content,
        rng: Pcg32::new(number, 0x7469_6c74),
    };
    Build {
        units: (0..units).map(|index| dice.unit(index)).collect(),
    }
}

/// Returns the seed of the fight with this number.
#[must_use]
pub fn seed(number: u64) -> [u8; 16] {
    (u128::from(number) << 64 | u128::from(crate::rng::mix(number))).to_le_bytes()
}

struct Sampler<'a> {
    content: &'a Content,
    rng: Pcg32,
}

impl Sampler<'_> {
    fn index(&mut self, count: usize) -> usize {
        let bound = u32::try_from(count).unwrap_or(1);
        usize::try_from(self.rng.below(bound)).unwrap_or(0)
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())].clone()
    }

    fn unit(&mut self, index: usize) -> UnitBuild {
        let content = self.content;
        let class = &content.classes()[self.index(content.classes().len())];
        let abilities = self.abilities(class);
        let rules = abilities.iter().map(|ability| self.rule(ability)).collect();
        UnitBuild {
            class: class.key.clone(),
            abilities: abilities.iter().map(|ability| ability.key.clone()).collect(),
            attributes: self.attributes(),
            position: self.position(class.role, index),
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

    fn rule(&mut self, ability: &Ability) -> Rule {
        let (target, when) = match ability.aim {
            Aim::Enemy => self.on_enemy(ability),
            Aim::Ally => self.on_ally(ability),
            Aim::Caster => (Selector::Caster, self.on_caster(ability)),
        };
        Rule {
            action: Action::Ability(ability.key.clone()),
            target,
            when,
        }
    }

    fn on_enemy(&mut self, ability: &Ability) -> (Selector, Condition) {
        let has = |wanted: fn(&Effect) -> bool| ability.effects.iter().any(wanted);
        if has(|effect| matches!(effect, Effect::Execute { .. })) {
            return (Selector::WeakestEnemy, Condition::TargetHealthBelow(50));
        }
        if has(|effect| matches!(effect, Effect::Dash { .. })) {
            let near = Condition::Not(Box::new(Condition::TargetWithin(300)));
            return (Selector::Current, near);
        }
        let targets = [
            Selector::Current,
            Selector::Current,
            Selector::WeakestEnemy,
            Selector::NearestEnemy,
        ];
        (self.pick(&targets), Condition::Always)
    }

    fn on_ally(&mut self, ability: &Ability) -> (Selector, Condition) {
        let first = ability.effects.first();
        let percent = 60 + self.rng.below(30);
        match first {
            Some(Effect::Cleanse { .. }) => (Selector::AfflictedAlly, Condition::TargetHealthBelow(95)),
            Some(Effect::Buff { .. }) => (Selector::StrongestAlly, Condition::Always),
            _ => (Selector::WeakestAlly, Condition::TargetHealthBelow(percent)),
        }
    }

    fn on_caster(&mut self, ability: &Ability) -> Condition {
        let hurts = |effect: &Effect| match effect {
            Effect::Area {
                radius,
                reach: Reach::Enemies,
                ..
            }
            | Effect::Zone {
                radius,
                reach: Reach::Enemies,
                ..
            } => Some(*radius),
            Effect::Blink { .. } => Some(350),
            Effect::Buff { .. } => Some(600),
            _ => None,
        };
        match ability.effects.iter().find_map(hurts) {
            Some(range) => Condition::EnemiesWithin { range, count: 1 },
            None => Condition::SelfHealthBelow(60 + self.rng.below(30)),
        }
    }
}
