//! What parsing cannot see: references, ranges, duplicates. Finds everything that is wrong, not only the first.

use std::collections::BTreeSet;

use super::effect::Effect;
use super::error::ContentError;
use super::source::{Ability, ClassSource, Source};
use crate::kinds::Stat;
use crate::limits::{ABILITIES_MIN, EFFECT_DEPTH_MAX, EFFECTS_MAX, KEY_BYTES_MAX, TICKS_MAX};

/// Points, percent and permille above this are taken for slips of the hand; it keeps products inside `i64`, and
/// sums of a fight inside `i32`.
const NUMBER_MAX: i32 = 100_000;
const CLASSES_MAX: usize = 200;
const ABILITIES_ALL_MAX: usize = 2_000;

pub(super) fn check(source: &Source, origins: &[String]) -> Vec<ContentError> {
    let mut list = Findings {
        file: String::new(),
        list: Vec::new(),
    };
    list.rules(source);
    list.file = "abilities".to_owned();
    list.count("abilities", source.abilities.len(), ABILITIES_ALL_MAX);
    list.keys(source.abilities.iter().map(|ability| &*ability.key));
    for (ability, file) in source.abilities.iter().zip(origins) {
        list.file.clone_from(file);
        list.ability(ability);
    }
    list.file = "classes.ron".to_owned();
    list.count("classes", source.classes.len(), CLASSES_MAX);
    list.keys(source.classes.iter().map(|class| &*class.key));
    for class in &source.classes {
        list.class(class, &source.abilities);
    }
    list.file = "bots.ron".to_owned();
    list.keys(source.bots.iter().map(|bot| &*bot.key));
    list.list
}

struct Findings {
    file: String,
    list: Vec<ContentError>,
}

impl Findings {
    fn add(&mut self, place: impl Into<String>, expected: impl Into<String>) {
        let (file, place, expected) = (self.file.clone(), place.into(), expected.into());
        self.list.push(ContentError { file, place, expected });
    }

    fn within(&mut self, place: &str, value: i32, low: i32, high: i32) {
        if !(low..=high).contains(&value) {
            self.add(place, format!("expected {low} to {high}, found {value}"));
        }
    }

    fn ticks(&mut self, place: &str, value: u32, low: u32) {
        if !(low..=TICKS_MAX).contains(&value) {
            self.add(place, format!("expected {low} to {TICKS_MAX} ticks, found {value}"));
        }
    }

    fn count(&mut self, place: &str, count: usize, most: usize) {
        if !(1..=most).contains(&count) {
            self.add(place, format!("expected 1 to {most} entries, found {count}"));
        }
    }

    fn keys<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for key in keys {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if key.is_empty() || key.len() > KEY_BYTES_MAX || !key.chars().all(plain) {
                self.add(
                    key,
                    format!("expected a snake_case key of at most {KEY_BYTES_MAX} letters"),
                );
            }
            if !seen.insert(key) {
                self.add(key, "expected a key that is not used before");
            }
        }
    }

    fn rules(&mut self, source: &Source) {
        let rules = &source.rules;
        self.file = "rules.ron".to_owned();
        self.within("width", rules.width, 1_000, 30_000);
        self.within("height", rules.height, 1_000, 30_000);
        self.within("formation_depth", rules.formation_depth, 1, rules.width / 2 - 1);
        self.within("attribute_points", rules.attribute_points, 0, 255);
        self.within("attribute_max", rules.attribute_max, 0, 255);
        self.within("variance", rules.variance, 0, 500);
        self.within("critical_damage", rules.critical_damage, 1_000, 5_000);
        self.ticks("global_cooldown", rules.global_cooldown, 1);
        self.ticks("fatigue.from", rules.fatigue.from, 1);
        self.ticks("fatigue.every", rules.fatigue.every, 1);
        self.ticks("fatigue.exhaustion_from", rules.fatigue.exhaustion_from, 1);
        self.within("fatigue.damage_up", rules.fatigue.damage_up, 0, 1_000);
        self.within("fatigue.healing_down", rules.fatigue.healing_down, 0, 1_000);
        self.within("fatigue.exhaustion", rules.fatigue.exhaustion, 0, 1_000);
        self.ticks("diminishing_forget", rules.diminishing_forget, 1);
        self.count("diminishing", rules.diminishing.len(), 8);
        for permille in &rules.diminishing {
            self.within("diminishing", *permille, 0, 1_000);
        }
        self.file = "attributes.ron".to_owned();
        for (attribute, stats) in &source.attributes {
            for by in stats.values() {
                self.within(attribute.key(), *by, -100, 100);
            }
        }
    }

    fn class(&mut self, class: &ClassSource, abilities: &[Ability]) {
        let key = &class.key;
        for name in class.abilities.iter().chain([&class.basic]) {
            if !abilities.iter().any(|ability| ability.key == *name) {
                self.add(
                    format!("{key}.abilities"),
                    format!("expected an ability, found {name:?}"),
                );
            }
        }
        if class.abilities.len() < ABILITIES_MIN {
            self.add(format!("{key}.abilities"), format!("expected {ABILITIES_MIN} or more"));
        }
        self.within(&format!("{key}.energy"), class.energy, 0, NUMBER_MAX);
        for stat in Stat::ALL {
            let place = format!("{key}.stats.{}", stat.key());
            match class.stats.get(stat) {
                Some(value) => self.within(&place, *value, 0, NUMBER_MAX),
                None if stat.is_additive() => {}
                None => self.add(place, "expected a value"),
            }
        }
        for (school, value) in &class.resist {
            self.within(&format!("{key}.resist.{}", school.key()), *value, 0, 1_000);
        }
        let health = class.stats.get(&Stat::Health).copied().unwrap_or(1);
        self.within(&format!("{key}.stats.health"), health, 1, NUMBER_MAX);
    }

    fn ability(&mut self, ability: &Ability) {
        let key = &ability.key;
        self.within(&format!("{key}.range"), ability.range, 0, 30_000);
        self.within(&format!("{key}.cost"), ability.cost, 0, NUMBER_MAX);
        self.ticks(&format!("{key}.cooldown"), ability.cooldown, 1);
        self.ticks(&format!("{key}.cast"), ability.cast, 0);
        self.effects(&format!("{key}.effects"), &ability.effects, 1);
    }

    fn effects(&mut self, place: &str, effects: &[Effect], depth: usize) {
        self.count(place, effects.len(), EFFECTS_MAX);
        if depth > EFFECT_DEPTH_MAX {
            self.add(place, format!("expected at most {EFFECT_DEPTH_MAX} levels of effects"));
            return;
        }
        for (at, effect) in effects.iter().enumerate() {
            let place = format!("{place}[{at}]");
            self.effect(&place, effect);
            if !is_primitive(effect) {
                self.effects(&format!("{place}.effects"), effect.children(), depth + 1);
            }
        }
    }

    fn effect(&mut self, place: &str, effect: &Effect) {
        let at = |field: &str| format!("{place}.{field}");
        match *effect {
            Effect::Damage { power, .. } | Effect::Heal { power } => {
                self.within(&at("power"), power, 1, 5_000);
            }
            Effect::Execute {
                power, below, bonus, ..
            } => {
                self.within(&at("power"), power, 1, 5_000);
                self.within(&at("below"), below, 1, 100);
                self.within(&at("bonus"), bonus, 1, 1_000);
            }
            Effect::Drain { power, share, .. } => {
                self.within(&at("power"), power, 1, 5_000);
                self.within(&at("share"), share, 1, 500);
            }
            Effect::Dot {
                power, period, ticks, ..
            }
            | Effect::Hot { power, period, ticks } => {
                self.within(&at("power"), power, 1, 5_000);
                self.ticks(&at("period"), period, 5);
                self.ticks(&at("ticks"), ticks, period);
            }
            Effect::Shield { power, ticks } => {
                self.within(&at("power"), power, 1, 5_000);
                self.ticks(&at("ticks"), ticks, 1);
            }
            Effect::Slow { permille, ticks }
            | Effect::Buff { permille, ticks, .. }
            | Effect::Debuff { permille, ticks, .. } => {
                self.within(&at("permille"), permille, 1, 1_000);
                self.ticks(&at("ticks"), ticks, 1);
            }
            _ => self.placing(place, effect),
        }
        if let Effect::Buff { stat: Stat::Health, .. } | Effect::Debuff { stat: Stat::Health, .. } = effect {
            self.add(
                at("stat"),
                "expected another stat: maximum health stays the same in a fight",
            );
        }
    }

    /// Crowd control, displacement and combinators.
    fn placing(&mut self, place: &str, effect: &Effect) {
        let at = |field: &str| format!("{place}.{field}");
        match *effect {
            Effect::Stun { ticks } | Effect::Root { ticks } | Effect::Silence { ticks } | Effect::Taunt { ticks } => {
                self.ticks(&at("ticks"), ticks, 1)
            }
            Effect::Knockback { distance } | Effect::Dash { distance } | Effect::Blink { distance } => {
                self.within(&at("distance"), distance, 1, 5_000);
            }
            Effect::Area { radius, .. } => self.within(&at("radius"), radius, 1, 5_000),
            Effect::Chain {
                jumps, radius, falloff, ..
            } => {
                self.within(&at("jumps"), i32::try_from(jumps).unwrap_or(i32::MAX), 1, 8);
                self.within(&at("radius"), radius, 1, 5_000);
                self.within(&at("falloff"), falloff, 0, 1_000);
            }
            Effect::Projectile { speed, .. } => self.within(&at("speed"), speed, 100, 20_000),
            Effect::Zone {
                radius, ticks, period, ..
            } => {
                self.within(&at("radius"), radius, 1, 5_000);
                self.ticks(&at("period"), period, 5);
                self.ticks(&at("ticks"), ticks, period);
            }
            Effect::Energy { amount } => self.within(&at("amount"), amount, -1_000, 1_000),
            Effect::Cleanse { count } => self.ticks(&at("count"), count, 1),
            _ => {}
        }
    }
}

fn is_primitive(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::Area { .. } | Effect::Chain { .. } | Effect::Projectile { .. } | Effect::Zone { .. }
    )
}
