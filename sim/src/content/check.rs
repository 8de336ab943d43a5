//! What parsing cannot see: references, ranges, duplicates. Finds everything that is wrong, not only the first.

mod effects;

use std::collections::{BTreeMap, BTreeSet};

use super::error::ContentError;
use super::source::{Ability, ClassSource, FormSource, Formation, Source, SummonSource};
use crate::kinds::{School, Stat};
use crate::limits::{ABILITIES_MAX, ABILITIES_MIN, KEY_BYTES_MAX, TICKS_MAX, UNITS_MAX};

/// Points, percent and permille above this are taken for slips of the hand; it keeps products inside `i64`, and
/// sums of a fight inside `i32`.
const NUMBER_MAX: i32 = 100_000;
const CLASSES_MAX: usize = 200;
const HEALTH_STAYS: &str = "expected another stat: maximum health stays the same in a fight";
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
        list.ability(ability, source);
    }
    list.cast(source);
    list.file = "formations.ron".to_owned();
    list.keys(source.formations.iter().map(|formation| &*formation.key));
    for formation in &source.formations {
        list.formation(formation, source);
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
        self.ticks("fatigue.surge_after", rules.fatigue.surge_after, 0);
        self.within("fatigue.surge", rules.fatigue.surge, 0, 100);
        self.within("fatigue.healing_down", rules.fatigue.healing_down, 0, 1_000);
        self.within("fatigue.exhaustion", rules.fatigue.exhaustion, 0, 1_000);
        self.ticks("diminishing_forget", rules.diminishing_forget, 1);
        self.count("diminishing", rules.diminishing.len(), 8);
        for permille in &rules.diminishing {
            self.within("diminishing", *permille, 0, 1_000);
        }
        self.within(
            "resurrections",
            i32::try_from(rules.resurrections).unwrap_or(i32::MAX),
            0,
            8,
        );
        for kind in &rules.cleanse_order {
            if !kind.is_harmful() && !kind.depends_on_source() {
                self.add("cleanse_order", format!("expected harmful kinds, found {}", kind.key()));
            }
        }
        for kind in &rules.dispel_order {
            if kind.is_harmful() {
                self.add("dispel_order", format!("expected helpful kinds, found {}", kind.key()));
            }
        }
        self.file = "attributes.ron".to_owned();
        for (attribute, stats) in &source.attributes {
            for by in stats.values() {
                self.within(attribute.key(), *by, -100, 100);
            }
        }
    }

    /// Whoever can take part: classes, summons, forms. One key stands for one of them.
    fn cast(&mut self, source: &Source) {
        self.file = "classes.ron".to_owned();
        self.count("classes", source.classes.len(), CLASSES_MAX);
        self.keys(source.classes.iter().map(|class| &*class.key));
        for class in &source.classes {
            self.class(class, &source.abilities);
        }
        self.file = "summons.ron".to_owned();
        self.keys(source.summons.iter().map(|summon| &*summon.key));
        let is_class = |key: &str| source.classes.iter().any(|class| class.key == key);
        let is_summon = |key: &str| source.summons.iter().any(|summon| summon.key == key);
        for summon in &source.summons {
            if is_class(&summon.key) {
                self.add(&summon.key, "expected a key that no class has");
            }
            self.summon(summon, &source.abilities);
        }
        self.file = "forms.ron".to_owned();
        self.keys(source.forms.iter().map(|form| &*form.key));
        for form in &source.forms {
            if is_class(&form.key) || is_summon(&form.key) {
                self.add(&form.key, "expected a key that no class or summon has");
            }
            self.form(form, &source.abilities);
        }
        let all = source.classes.len() + source.summons.len() + source.forms.len();
        self.count("classes, summons and forms", all, CLASSES_MAX);
    }

    fn known(&mut self, place: &str, key: &str, abilities: &[Ability]) {
        if !abilities.iter().any(|ability| ability.key == key) {
            self.add(place, format!("expected an ability, found {key:?}"));
        }
    }

    fn class(&mut self, class: &ClassSource, abilities: &[Ability]) {
        let key = &class.key;
        self.known(&format!("{key}.basic"), &class.basic, abilities);
        for name in &class.abilities {
            self.known(&format!("{key}.abilities"), name, abilities);
        }
        if class.abilities.len() < ABILITIES_MIN {
            self.add(format!("{key}.abilities"), format!("expected {ABILITIES_MIN} or more"));
        }
        self.gauges(key, class.energy, &class.stats, &class.resist);
    }

    fn summon(&mut self, summon: &SummonSource, abilities: &[Ability]) {
        let key = &summon.key;
        self.known(&format!("{key}.basic"), &summon.basic, abilities);
        for name in &summon.abilities {
            self.known(&format!("{key}.abilities"), name, abilities);
        }
        if summon.abilities.len() > ABILITIES_MAX {
            self.add(format!("{key}.abilities"), format!("expected at most {ABILITIES_MAX}"));
        }
        self.gauges(key, summon.energy, &summon.stats, &summon.resist);
    }

    fn gauges(&mut self, key: &str, energy: i32, stats: &BTreeMap<Stat, i32>, resist: &BTreeMap<School, i32>) {
        self.within(&format!("{key}.energy"), energy, 0, NUMBER_MAX);
        for stat in Stat::ALL {
            let place = format!("{key}.stats.{}", stat.key());
            match stats.get(stat) {
                Some(value) => self.within(&place, *value, 0, NUMBER_MAX),
                None if stat.is_additive() => {}
                None => self.add(place, "expected a value"),
            }
        }
        for (school, value) in resist {
            self.within(&format!("{key}.resist.{}", school.key()), *value, 0, 1_000);
        }
        let health = stats.get(&Stat::Health).copied().unwrap_or(1);
        self.within(&format!("{key}.stats.health"), health, 1, NUMBER_MAX);
    }

    fn form(&mut self, form: &FormSource, abilities: &[Ability]) {
        let key = &form.key;
        if let Some(basic) = &form.basic {
            self.known(&format!("{key}.basic"), basic, abilities);
        }
        for (stat, by) in &form.stats {
            let place = format!("{key}.stats.{}", stat.key());
            self.within(&place, *by, -1_000, 3_000);
            if *stat == Stat::Health {
                self.add(place, HEALTH_STAYS);
            }
        }
    }

    fn formation(&mut self, formation: &Formation, source: &Source) {
        let key = &formation.key;
        if formation.spots.len() != UNITS_MAX {
            let found = formation.spots.len();
            self.add(
                format!("{key}.spots"),
                format!("expected {UNITS_MAX} spots, found {found}"),
            );
        }
        for (at, spot) in formation.spots.iter().enumerate() {
            let place = format!("{key}.spots[{at}].position");
            self.within(&format!("{place}.x"), spot.position.x, 0, source.rules.formation_depth);
            self.within(&format!("{place}.y"), spot.position.y, 0, source.rules.height);
            if formation
                .spots
                .iter()
                .take(at)
                .any(|other| other.position == spot.position)
            {
                self.add(place, "expected a place that no other spot has");
            }
        }
    }

    fn ability(&mut self, ability: &Ability, source: &Source) {
        let key = &ability.key;
        self.within(&format!("{key}.range"), ability.range, 0, 30_000);
        self.within(&format!("{key}.cost"), ability.cost, 0, NUMBER_MAX);
        self.ticks(&format!("{key}.cooldown"), ability.cooldown, 1);
        self.ticks(&format!("{key}.cast"), ability.cast, 0);
        self.proposal(ability);
        self.effects(&format!("{key}.effects"), &ability.effects, source);
    }
}
