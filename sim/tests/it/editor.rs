//! The editor's description is enough to build by, and says no more and no less than validation does.

use serde_json::{Value, json};
use tiltyard_sim::editor::Editor;
use tiltyard_sim::{Build, Content, validate};

/// Random choices.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64, Marsaglia 2003.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn within(&mut self, bounds: &Value) -> i64 {
        let (min, max) = (bounds["min"].as_i64().unwrap(), bounds["max"].as_i64().unwrap());
        // The ends are where mistakes are.
        match self.below(4) {
            0 => min,
            1 => max,
            _ => min + i64::try_from(self.below(usize::try_from(max - min + 1).unwrap())).unwrap(),
        }
    }

    fn pick<'a>(&mut self, list: &'a Value) -> &'a Value {
        let list = list.as_array().unwrap();
        &list[self.below(list.len())]
    }
}

/// Makes builds from the description and nothing else.
struct Maker<'a> {
    editor: &'a Value,
    dice: Dice,
}

impl Maker<'_> {
    fn build(&mut self) -> Value {
        let count = self.dice.within(&self.editor["limits"]["units"]);
        let mut places = Vec::new();
        let units: Vec<_> = (0..count).map(|index| self.unit(index, count, &mut places)).collect();
        json!({ "units": units })
    }

    fn unit(&mut self, index: i64, count: i64, places: &mut Vec<Value>) -> Value {
        let limits = &self.editor["limits"];
        let class = self.dice.pick(&self.editor["classes"]);
        let mut abilities = class["abilities"].as_array().unwrap().clone();
        let wanted = usize::try_from(self.dice.within(&limits["abilities"])).unwrap();
        while abilities.len() > wanted {
            abilities.remove(self.dice.below(abilities.len()));
        }
        let position = loop {
            let place = json!({ "x": self.dice.within(&limits["x"]), "y": self.dice.within(&limits["y"]) });
            if !places.contains(&place) {
                break place;
            }
        };
        places.push(position.clone());
        let mut usable = abilities.clone();
        usable.push(class["basic"].clone());
        let rules = self
            .dice
            .below(usize::try_from(limits["rules_max"].as_u64().unwrap()).unwrap() + 1);
        let rules: Vec<_> = (0..rules).map(|_| self.rule(&usable)).collect();
        json!({
            "class": class["key"],
            "abilities": abilities,
            "attributes": self.attributes(),
            "position": position,
            "stance": self.stance(index, count),
            "rules": rules,
        })
    }

    fn attributes(&mut self) -> Value {
        let (points, max) = (
            &self.editor["limits"]["attribute_points"],
            &self.editor["limits"]["attribute_max"],
        );
        let mut spent = serde_json::Map::new();
        for _ in 0..points.as_u64().unwrap() {
            let key = self.dice.pick(&self.editor["attributes"])["key"].as_str().unwrap();
            let before = spent.get(key).and_then(Value::as_u64).unwrap_or(0);
            if before < max.as_u64().unwrap() {
                spent.insert(key.to_owned(), json!(before + 1));
            }
        }
        Value::Object(spent)
    }

    fn stance(&mut self, index: i64, count: i64) -> Value {
        loop {
            let stance = self.dice.pick(&self.editor["stances"]);
            let written = self.word(stance, 1);
            let unit = written["protect"].as_i64();
            if unit.is_none_or(|unit| unit != index && unit < count) {
                return written;
            }
        }
    }

    fn rule(&mut self, usable: &[Value]) -> Value {
        let (action, targets) = if self.dice.below(3) == 0 {
            let strategies = self.editor["strategies"].as_object().unwrap();
            let (key, targets) = strategies.iter().nth(self.dice.below(strategies.len())).unwrap();
            (json!({ "strategy": key }), targets)
        } else {
            let key = &usable[self.dice.below(usable.len())];
            let all = self.editor["abilities"].as_array().unwrap();
            let ability = all.iter().find(|ability| ability["key"] == *key).unwrap();
            let aim = ability["aim"].as_str().unwrap();
            if self.dice.below(3) == 0 {
                let proposed = &ability["proposed"];
                return json!({ "use": { "ability": key }, "target": proposed["target"], "when": proposed["when"] });
            }
            (json!({ "ability": key }), &self.editor["aims"][aim])
        };
        let target = self.dice.pick(targets).clone();
        let mut nodes = self.editor["limits"]["condition_nodes_max"].as_u64().unwrap();
        json!({ "use": action, "target": target, "when": self.condition(1, &mut nodes) })
    }

    /// Makes a condition of at most so many nodes.
    fn condition(&mut self, depth: u64, nodes: &mut u64) -> Value {
        *nodes -= 1;
        let deepest = depth == self.editor["limits"]["condition_depth_max"].as_u64().unwrap();
        loop {
            let word = self.dice.pick(&self.editor["conditions"]);
            let key = word["key"].as_str().unwrap();
            match word["form"].as_str().unwrap() {
                "condition" | "conditions" if deepest || *nodes == 0 => {}
                "condition" => return json!({ key: self.condition(depth + 1, nodes) }),
                "conditions" => {
                    let mut children = vec![self.condition(depth + 1, nodes)];
                    while *nodes > 0 && self.dice.below(2) == 0 {
                        children.push(self.condition(depth + 1, nodes));
                    }
                    return json!({ key: children });
                }
                _ => return self.word(word, 0),
            }
        }
    }

    fn word(&mut self, word: &Value, _depth: u64) -> Value {
        let key = word["key"].as_str().unwrap();
        let parameters = word["parameters"].as_array().unwrap();
        match word["form"].as_str().unwrap() {
            "plain" => json!(key),
            "value" => json!({ key: self.value(&parameters[0]) }),
            "fields" => {
                let fields = parameters
                    .iter()
                    .map(|one| (one["name"].as_str().unwrap().to_owned(), self.value(one)));
                json!({ key: fields.collect::<serde_json::Map<_, _>>() })
            }
            other => panic!("{other} takes conditions"),
        }
    }

    fn value(&mut self, parameter: &Value) -> Value {
        if parameter["one_of"].is_array() {
            self.dice.pick(&parameter["one_of"]).clone()
        } else {
            json!(self.dice.within(parameter))
        }
    }
}

fn editor(content: &Content) -> Value {
    serde_json::to_value(Editor::of(content)).unwrap()
}

fn problems(build: &Value, content: &Content) -> Vec<String> {
    let parsed: Build = serde_json::from_value(build.clone()).unwrap_or_else(|error| panic!("{error}: {build}"));
    let problems = validate(&parsed, content).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_built_by_the_description_alone_is_valid() {
    let builtin = Content::builtin().unwrap();
    let points = format!("attribute_points:{}", builtin.rules().attribute_points);
    let other = builtin.canonical().replace(&points, "attribute_points:31");
    assert_ne!(other, builtin.canonical());
    for content in [builtin, Content::from_canonical(&other).unwrap()] {
        let editor = editor(&content);
        for seed in 1..400 {
            let build = Maker {
                editor: &editor,
                dice: Dice(seed),
            }
            .build();
            assert_eq!(problems(&build, &content), [""; 0], "{build}");
        }
    }
}

/// A build with one rule, which is valid but for what is asked.
fn with_rule(content: &Content, action: &Value, target: &Value, when: &Value) -> Value {
    let mut build = serde_json::to_value(&content.bots()[0].build).unwrap();
    build["units"][0]["rules"] = json!([{ "use": action, "target": target, "when": when }]);
    build
}

#[test]
fn one_beyond_a_bound_is_refused() {
    let content = Content::builtin().unwrap();
    let editor = editor(&content);
    for word in editor["conditions"].as_array().unwrap() {
        let parameters = word["parameters"].as_array().unwrap();
        for (at, parameter) in parameters.iter().enumerate() {
            if parameter["one_of"].is_array() {
                continue;
            }
            for (end, by) in [("min", -1), ("max", 1)] {
                let value_of = |index: usize, one: &Value| match index == at {
                    true => json!(one[end].as_i64().unwrap() + by),
                    false => one[end].clone(),
                };
                let key = word["key"].as_str().unwrap();
                let when = match word["form"] == "value" {
                    true => json!({ key: value_of(0, parameter) }),
                    false => {
                        let fields = parameters.iter().enumerate();
                        let fields =
                            fields.map(|(at, one)| (one["name"].as_str().unwrap().to_owned(), value_of(at, one)));
                        json!({ key: fields.collect::<serde_json::Map<_, _>>() })
                    }
                };
                let build = with_rule(&content, &json!({ "strategy": "hold" }), &json!("caster"), &when);
                assert_eq!(problems(&build, &content).len(), 1, "{when}");
            }
        }
    }
    for (path, limit) in [("x", "x"), ("y", "y")] {
        for (end, by) in [("min", -1), ("max", 1)] {
            let mut build = serde_json::to_value(&content.bots()[0].build).unwrap();
            build["units"][0]["position"][path] = json!(editor["limits"][limit][end].as_i64().unwrap() + by);
            assert_eq!(problems(&build, &content).len(), 1, "{path} {end}");
        }
    }
}

#[test]
fn selectors_are_taken_as_described() {
    let content = Content::builtin().unwrap();
    let editor = editor(&content);
    for (strategy, targets) in editor["strategies"].as_object().unwrap() {
        check_targets(&content, &editor, &json!({ "strategy": strategy }), targets);
    }
    let mut build = serde_json::to_value(&content.bots()[0].build).unwrap();
    for class in content.classes() {
        build["units"][0]["class"] = json!(class.key);
        for &id in &class.abilities {
            let ability = content.ability(id).unwrap();
            let others = class.abilities.iter().filter(|other| **other != id).take(3);
            let keys = others.map(|&other| json!(content.ability(other).unwrap().key));
            build["units"][0]["abilities"] = keys.chain([json!(ability.key)]).collect();
            for selector in editor["selectors"].as_array().unwrap() {
                let rule = json!({ "use": { "ability": ability.key }, "target": selector["key"] });
                build["units"][0]["rules"] = json!([rule]);
                let is_listed = editor["aims"][ability.aim.key()]
                    .as_array()
                    .unwrap()
                    .contains(&selector["key"]);
                assert_eq!(problems(&build, &content).is_empty(), is_listed, "{rule}");
            }
        }
    }
}

fn check_targets(content: &Content, editor: &Value, action: &Value, targets: &Value) {
    for selector in editor["selectors"].as_array().unwrap() {
        let build = with_rule(content, action, &selector["key"], &json!("always"));
        let is_listed = targets.as_array().unwrap().contains(&selector["key"]);
        assert_eq!(problems(&build, content).is_empty(), is_listed, "{action} {selector}");
    }
}
