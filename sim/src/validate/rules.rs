//! Validation of tactic rules: their abilities, whom they may target, and their conditions.

use super::Door;
use crate::build::{Action, Condition, Rule, Selector, Strategy};
use crate::content::Aim;
use crate::kinds::AbilityId;
use crate::limits::{CONDITION_DEPTH_MAX, CONDITION_NODES_MAX, RULES_MAX, TICKS_MAX, UNITS_MAX};
use crate::problem::ProblemCode;
use crate::team::{Deed, Tactic};

impl Door<'_> {
    /// Returns the rules that hold together; `abilities` starts with the basic attack.
    pub(super) fn rules(&mut self, rules: &[Rule], abilities: &[AbilityId]) -> Vec<Tactic> {
        if rules.len() > RULES_MAX {
            let message = format!("a unit has at most {RULES_MAX} rules, not {}", rules.len());
            self.add("rules", ProblemCode::RuleCount, message);
        }
        let mut tactics = Vec::new();
        for (at, rule) in rules.iter().take(RULES_MAX).enumerate() {
            let deed = self.deed(at, rule, abilities);
            let path = format!("rules[{at}].when");
            let mut nodes = 0;
            self.condition(&path, &rule.when, 1, &mut nodes);
            if nodes > CONDITION_NODES_MAX {
                let message = format!("a rule has at most {CONDITION_NODES_MAX} conditions; split it");
                self.add(&path, ProblemCode::ConditionCount, message);
                continue;
            }
            if let Some(deed) = deed {
                tactics.push(Tactic {
                    deed,
                    target: rule.target,
                    when: rule.when.clone(),
                    number: u8::try_from(at).unwrap_or(u8::MAX),
                });
            }
        }
        tactics
    }

    fn deed(&mut self, at: usize, rule: &Rule, abilities: &[AbilityId]) -> Option<Deed> {
        match &rule.action {
            Action::Ability(name) => self.ability_deed(at, name, rule.target, abilities),
            Action::Strategy(strategy) => {
                self.strategy_target(at, *strategy, rule.target);
                Some(Deed::Strategy(*strategy))
            }
        }
    }

    fn ability_deed(&mut self, at: usize, name: &str, target: Selector, abilities: &[AbilityId]) -> Option<Deed> {
        let content = self.content;
        let is_it = |id: AbilityId| content.ability(id).is_some_and(|ability| ability.key == name);
        let Some(index) = abilities.iter().position(|&id| is_it(id)) else {
            let path = format!("rules[{at}].use.ability");
            let message = format!(
                "the unit does not bring {}; add it to its abilities",
                super::quote(name)
            );
            self.add(&path, ProblemCode::AbilityNotEquipped, message);
            return None;
        };
        let aim = content.ability(abilities[index])?.aim;
        if !aim.takes(target) {
            let wanted = match aim {
                Aim::Enemy => "an enemy",
                Aim::Ally => "an ally that stands, or the caster",
                Aim::Caster => "the caster",
                Aim::Fallen => "a fallen ally",
            };
            self.mismatch(at, target, name, wanted);
        }
        u8::try_from(index).ok().map(Deed::Ability)
    }

    fn strategy_target(&mut self, at: usize, strategy: Strategy, target: Selector) {
        if !strategy.takes(target) {
            let wanted = match strategy {
                Strategy::Attack => "an enemy",
                Strategy::Protect => "an ally",
                Strategy::Approach | Strategy::FallBack | Strategy::Hold => "anyone",
            };
            self.mismatch(at, target, strategy.key(), wanted);
        }
    }

    fn mismatch(&mut self, at: usize, target: Selector, name: &str, wanted: &str) {
        let message = format!("{name} is used on {wanted}, {} selects someone else", target.key());
        self.add(&format!("rules[{at}].target"), ProblemCode::TargetMismatch, message);
    }

    /// Walks a condition, no deeper and no longer than allowed; counts its nodes.
    fn condition(&mut self, path: &str, condition: &Condition, depth: usize, nodes: &mut usize) {
        *nodes += 1;
        if *nodes > CONDITION_NODES_MAX {
            return;
        }
        if depth > CONDITION_DEPTH_MAX {
            let message = format!("conditions nest at most {CONDITION_DEPTH_MAX} deep; flatten it");
            self.add(path, ProblemCode::ConditionDepth, message);
            return;
        }
        self.leaf(path, condition);
        for child in condition.children().iter().take(CONDITION_NODES_MAX) {
            self.condition(path, child, depth + 1, nodes);
        }
        if condition.children().len() > CONDITION_NODES_MAX {
            *nodes = CONDITION_NODES_MAX + 1;
        }
    }

    fn leaf(&mut self, path: &str, condition: &Condition) {
        match *condition {
            Condition::SelfHealthBelow(percent)
            | Condition::SelfHealthAbove(percent)
            | Condition::SelfEnergyAbove(percent)
            | Condition::TargetHealthBelow(percent)
            | Condition::TargetHealthAbove(percent)
            | Condition::EnemyHealthBelow(percent) => self.percent(path, percent),
            Condition::TargetWithin(range) => self.range(path, range),
            Condition::EnemiesNearTarget { range, count }
            | Condition::EnemiesWithin { range, count }
            | Condition::AlliesWithin { range, count } => {
                self.range(path, range);
                self.count(path, count);
            }
            Condition::AlliesBelow { percent, count } => {
                self.percent(path, percent);
                self.count(path, count);
            }
            Condition::AlliesFallen(count) => self.count(path, count),
            Condition::TickAfter(tick) => self.tick(path, tick),
            Condition::All(ref children) | Condition::Any(ref children) if children.is_empty() => {
                let message = "all and any need at least one condition; write \"always\" for none";
                self.add(path, ProblemCode::ConditionEmpty, message.to_owned());
            }
            _ => {}
        }
    }

    fn percent(&mut self, path: &str, percent: i32) {
        if !(0..=100).contains(&percent) {
            let message = format!("a percentage is 0 to 100, not {percent}");
            self.add(path, ProblemCode::PercentOutside, message);
        }
    }

    fn count(&mut self, path: &str, count: i32) {
        if !usize::try_from(count).is_ok_and(|count| (1..=UNITS_MAX).contains(&count)) {
            let message = format!("a count of units is 1 to {UNITS_MAX}, not {count}");
            self.add(path, ProblemCode::CountOutside, message);
        }
    }

    fn tick(&mut self, path: &str, tick: i32) {
        if !u32::try_from(tick).is_ok_and(|tick| tick < TICKS_MAX) {
            let message = format!("a tick is 0 to {}, not {tick}", TICKS_MAX - 1);
            self.add(path, ProblemCode::TickOutside, message);
        }
    }
}
