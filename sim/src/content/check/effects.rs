//! What is looked at in an ability's effects and in the tactic it proposes.

use super::{Findings, HEALTH_STAYS};
use crate::build::Selector;
use crate::condition::Condition;
use crate::content::effect::Effect;
use crate::content::source::{Ability, Aim, Source};
use crate::kinds::Stat;
use crate::limits::{CONDITION_DEPTH_MAX, CONDITION_NODES_MAX, EFFECT_DEPTH_MAX, EFFECTS_MAX, SUMMONS_MAX};

impl Findings {
    /// The rest of what a tactic may say is looked at where builds are validated.
    pub(super) fn proposal(&mut self, ability: &Ability) {
        let (key, target) = (&ability.key, ability.proposed_target());
        let (fits, wanted) = match ability.aim {
            Aim::Enemy => (target.is_enemy(), "a selector of enemies"),
            Aim::Ally => (
                !target.is_enemy() && target != Selector::FallenAlly,
                "a selector of allies that stand",
            ),
            Aim::Caster => (target == Selector::Caster, "caster"),
            Aim::Fallen => (target == Selector::FallenAlly, "fallen_ally"),
        };
        if !fits {
            let found = target.key();
            self.add(format!("{key}.target"), format!("expected {wanted}, found {found}"));
        }
        self.condition(&format!("{key}.when"), &ability.when);
    }

    fn condition(&mut self, place: &str, condition: &Condition) {
        let (depth, nodes) = extent(condition);
        if depth > CONDITION_DEPTH_MAX || nodes > CONDITION_NODES_MAX {
            let expected = format!(
                "expected at most {CONDITION_DEPTH_MAX} levels of at most {CONDITION_NODES_MAX} conditions in all"
            );
            self.add(place, expected);
        }
    }

    pub(super) fn effects(&mut self, place: &str, effects: &[Effect], source: &Source) {
        self.level(place, effects, source, 1);
    }

    fn level(&mut self, place: &str, effects: &[Effect], source: &Source, depth: usize) {
        self.count(place, effects.len(), EFFECTS_MAX);
        if depth > EFFECT_DEPTH_MAX {
            self.add(place, format!("expected at most {EFFECT_DEPTH_MAX} levels of effects"));
            return;
        }
        for (at, effect) in effects.iter().enumerate() {
            let place = format!("{place}[{at}]");
            self.strength(&place, effect);
            self.placing(&place, effect);
            self.lasting(&place, effect, source);
            let [inner, otherwise] = effect.children();
            if holds_effects(effect) {
                self.level(&format!("{place}.effects"), inner, source, depth + 1);
            }
            if !otherwise.is_empty() {
                self.level(&format!("{place}.otherwise"), otherwise, source, depth + 1);
            }
        }
    }

    /// Health, at once or over time.
    fn strength(&mut self, place: &str, effect: &Effect) {
        let at = |field: &str| format!("{place}.{field}");
        match *effect {
            Effect::Damage { power, .. }
            | Effect::Heal { power }
            | Effect::Execute { power, .. }
            | Effect::Drain { power, .. }
            | Effect::Dot { power, .. }
            | Effect::Hot { power, .. }
            | Effect::Shield { power, .. } => self.within(&at("power"), power, 1, 5_000),
            _ => {}
        }
        match *effect {
            Effect::Execute { below, bonus, .. } => {
                self.within(&at("below"), below, 1, 100);
                self.within(&at("bonus"), bonus, 1, 1_000);
            }
            Effect::Drain { share, .. } => self.within(&at("share"), share, 1, 500),
            Effect::Resurrect { health } => self.within(&at("health"), health, 1, 100),
            Effect::OnLowHealth { below, .. } => self.within(&at("below"), below, 1, 100),
            Effect::Slow { permille, .. }
            | Effect::Buff { permille, .. }
            | Effect::Debuff { permille, .. }
            | Effect::Reflect { permille, .. } => self.within(&at("permille"), permille, 1, 1_000),
            _ => {}
        }
        if let Effect::Buff { stat: Stat::Health, .. } | Effect::Debuff { stat: Stat::Health, .. } = effect {
            self.add(at("stat"), HEALTH_STAYS);
        }
    }

    /// Displacement and combinators.
    fn placing(&mut self, place: &str, effect: &Effect) {
        let at = |field: &str| format!("{place}.{field}");
        match *effect {
            Effect::Knockback { distance }
            | Effect::Pull { distance }
            | Effect::Dash { distance }
            | Effect::Blink { distance } => self.within(&at("distance"), distance, 1, 5_000),
            Effect::Area { radius, .. } | Effect::Zone { radius, .. } | Effect::Aura { radius, .. } => {
                self.within(&at("radius"), radius, 1, 5_000);
            }
            Effect::Chain {
                jumps, radius, falloff, ..
            } => {
                self.within(&at("jumps"), i32::try_from(jumps).unwrap_or(i32::MAX), 1, 8);
                self.within(&at("radius"), radius, 1, 5_000);
                self.within(&at("falloff"), falloff, 0, 1_000);
            }
            Effect::Projectile { speed, .. } => self.within(&at("speed"), speed, 100, 20_000),
            Effect::Energy { amount } => self.within(&at("amount"), amount, -1_000, 1_000),
            Effect::Condition { ref when, .. } => self.condition(&at("when"), when),
            _ => {}
        }
    }

    /// Times, counts, and what lasting effects refer to.
    fn lasting(&mut self, place: &str, effect: &Effect, source: &Source) {
        let at = |field: &str| format!("{place}.{field}");
        match *effect {
            Effect::Dot { period, ticks, .. }
            | Effect::Hot { period, ticks, .. }
            | Effect::Zone { period, ticks, .. }
            | Effect::Aura { period, ticks, .. } => {
                self.ticks(&at("period"), period, 5);
                self.ticks(&at("ticks"), ticks, period);
            }
            Effect::Stun { ticks }
            | Effect::Slow { ticks, .. }
            | Effect::Root { ticks }
            | Effect::Silence { ticks }
            | Effect::Taunt { ticks }
            | Effect::Shield { ticks, .. }
            | Effect::Buff { ticks, .. }
            | Effect::Debuff { ticks, .. }
            | Effect::Reflect { ticks, .. }
            | Effect::OnDeath { ticks, .. }
            | Effect::OnLowHealth { ticks, .. }
            | Effect::Delay { ticks, .. } => self.ticks(&at("ticks"), ticks, 1),
            Effect::OnHit { ticks, pause, .. } => {
                self.ticks(&at("ticks"), ticks, 1);
                self.ticks(&at("pause"), pause, 1);
            }
            Effect::Stack { limit, ticks, .. } => {
                self.within(&at("limit"), i32::try_from(limit).unwrap_or(i32::MAX), 2, 20);
                self.ticks(&at("ticks"), ticks, 1);
            }
            Effect::Cleanse { count } | Effect::Dispel { count } => {
                self.within(&at("count"), i32::try_from(count).unwrap_or(i32::MAX), 1, 24);
            }
            Effect::Summon {
                ref class,
                count,
                ticks,
            } => {
                self.ticks(&at("ticks"), ticks, 20);
                let most = i32::try_from(SUMMONS_MAX).unwrap_or(i32::MAX);
                self.within(&at("count"), i32::try_from(count).unwrap_or(i32::MAX), 1, most);
                if !source.summons.iter().any(|summon| summon.key == *class) {
                    self.add(at("class"), format!("expected a key of summons.ron, found {class:?}"));
                }
            }
            Effect::Transform { ref form, ticks } => {
                self.ticks(&at("ticks"), ticks, 1);
                if !source.forms.iter().any(|known| known.key == *form) {
                    self.add(at("form"), format!("expected a key of forms.ron, found {form:?}"));
                }
            }
            _ => {}
        }
    }
}

/// Returns the depth and the number of nodes of a condition.
fn extent(condition: &Condition) -> (usize, usize) {
    let below = condition.children().iter().map(extent);
    let (depth, nodes) = below.fold((0, 0), |sum: (usize, usize), child| {
        (sum.0.max(child.0), sum.1 + child.1)
    });
    (depth + 1, nodes + 1)
}

fn holds_effects(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Area { .. }
            | Effect::Chain { .. }
            | Effect::Projectile { .. }
            | Effect::Zone { .. }
            | Effect::Aura { .. }
            | Effect::Delay { .. }
            | Effect::Condition { .. }
            | Effect::Stack { .. }
            | Effect::OnHit { .. }
            | Effect::OnDeath { .. }
            | Effect::OnLowHealth { .. }
    )
}
