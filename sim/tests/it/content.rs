//! The built-in content, and what mistakes in content look like.

use tiltyard_sim::content::Effect;
use tiltyard_sim::{Content, RULES_VERSION, Role, Selector, Strength};

/// The built-in files, as a designer would have them on disk.
fn files() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let mut files = Vec::new();
    for folder in ["", "abilities"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ext| ext == "ron") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// Parses the built-in files after one change and returns what is said about it.
fn complaint(file: &str, from: &str, to: &str) -> String {
    let mut files = files();
    let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
    assert!(text.contains(from), "{file} has {from}");
    *text = text.replacen(from, to, 1);
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    Content::parse(&borrowed).unwrap_err().to_string()
}

#[test]
fn the_builtin_content_is_the_folder_and_has_what_the_game_promises() {
    let content = Content::builtin().unwrap();
    let files = files();
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(Content::parse(&borrowed).unwrap().hash(), content.hash());
    assert!(content.classes().len() >= 13 && content.abilities().len() >= 100);
    assert!(!content.summons().is_empty() && !content.forms().is_empty() && !content.formations().is_empty());
    for role in Role::ALL {
        assert!(content.classes().iter().any(|class| class.role == *role), "{role:?}");
    }
    assert!(Selector::ALL.len() >= 13);
    let strengths: Vec<Strength> = content.bots().iter().map(|bot| bot.strength).collect();
    assert!(strengths.len() >= 8 && strengths.is_sorted());
    for strength in Strength::ALL {
        assert!(strengths.contains(strength), "{strength:?}");
    }
}

#[test]
fn every_ability_belongs_to_a_class() {
    let content = Content::builtin().unwrap();
    for ability in content.abilities() {
        let id = content.ability_id(&ability.key).unwrap();
        let uses = |class: &tiltyard_sim::Class| class.basic == id || class.abilities.contains(&id);
        let is_used = content.classes().iter().any(uses)
            || content.summons().iter().any(|summon| uses(&summon.class))
            || content.forms().iter().any(|form| form.basic == Some(id));
        assert!(is_used, "nobody uses {}", ability.key);
    }
}

/// Primitives and combinators that there are.
const EFFECTS: usize = 36;

#[test]
fn every_effect_is_in_use() {
    let content = Content::builtin().unwrap();
    fn collect(effects: &[Effect], names: &mut Vec<String>) {
        for effect in effects {
            let text = format!("{effect:?}");
            names.push(text.split(' ').next().unwrap_or_default().to_owned());
            effect.children().iter().for_each(|list| collect(list, names));
        }
    }
    let mut names = Vec::new();
    for ability in content.abilities() {
        collect(&ability.effects, &mut names);
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), EFFECTS, "{names:?}");
}

#[test]
fn the_canonical_text_stands_for_the_content() {
    let content = Content::builtin().unwrap();
    let again = Content::from_canonical(content.canonical()).unwrap();
    assert_eq!(content.hash(), again.hash());
    assert_eq!(content.classes(), again.classes());
    assert_eq!(blake3::hash(content.canonical().as_bytes()).as_bytes(), &content.hash());
}

#[test]
fn the_balance_page_is_of_this_content() {
    let page = include_str!("../../docs/balance.html");
    let hash = blake3::Hash::from(Content::builtin().unwrap().hash()).to_hex();
    let named = format!("rules version {RULES_VERSION}, content <code>{hash}</code>");
    assert!(
        page.contains(&named),
        "run `sim/docs/generate balance`: the page is not of {named}"
    );
}

#[test]
fn mistakes_name_file_place_and_expectation() {
    let said = complaint("abilities/tank.ron", "shield(power: 420", "shield(power: 0");
    assert!(
        said.contains("abilities/tank.ron: shield_wall.effects[0].power: expected 1 to 5000, found 0"),
        "{said}"
    );
    let said = complaint("abilities/tank.ron", "school: physical", "school: fysical");
    assert!(
        said.contains("abilities/tank.ron: line 4") && said.contains("physical"),
        "{said}"
    );
    let said = complaint("classes.ron", "\"challenge\"", "\"chalenge\"");
    assert!(
        said.contains("classes.ron: warden.abilities: expected an ability, found \"chalenge\""),
        "{said}"
    );
    let said = complaint("classes.ron", "energy: 100,", "energie: 100,");
    assert!(said.contains("classes.ron: line") && said.contains("energie"), "{said}");
    let said = complaint("bots.ron", "(x: 1200, y: 2000)", "(x: 9200, y: 2000)");
    assert!(said.contains("bots.ron: training_dummies.units[0].position"), "{said}");
}

/// File, what stands there, what a slip makes of it, and what is said then.
const SLIPS: [(&str, &str, &str, &str); 11] = [
    (
        "abilities/ranged.ron",
        "class: \"wolf\"",
        "class: \"wolff\"",
        "abilities/ranged.ron: call_wolf.effects[0].class: expected a key of summons.ron, found \"wolff\"",
    ),
    (
        "abilities/support.ron",
        "form: \"bear\"",
        "form: \"beer\"",
        "abilities/support.ron: bear_form.effects[0].form: expected a key of forms.ron, found \"beer\"",
    ),
    (
        "abilities/melee.ron",
        "stack(limit: 5",
        "stack(limit: 1",
        "abilities/melee.ron: coated_blades.effects[0].effects[0].limit: expected 2 to 20, found 1",
    ),
    (
        "abilities/support.ron",
        "target: empowered_enemy",
        "target: weakest_ally",
        "abilities/support.ron: dissonance.target: expected a selector of enemies, found weakest_ally",
    ),
    (
        "forms.ron",
        "speed: -500",
        "health: -500",
        "forms.ron: sheep.stats.health: expected another stat",
    ),
    (
        "forms.ron",
        "basic: \"maul\"",
        "basic: \"mall\"",
        "forms.ron: bear.basic: expected an ability, found \"mall\"",
    ),
    (
        "summons.ron",
        "key: \"imp\"",
        "key: \"rogue\"",
        "summons.ron: rogue: expected a key that no class has",
    ),
    (
        "summons.ron",
        "ability(\"lunge\")",
        "ability(\"bitten\")",
        "summons.ron: wolf.rules[0].use.ability",
    ),
    (
        "formations.ron",
        "(x: 1600, y: 2600)",
        "(x: 1600, y: 2000)",
        "formations.ron: line.spots[5].position: expected a place that no other spot has",
    ),
    (
        "rules.ron",
        "cleanse_order: [hex,",
        "cleanse_order: [buff,",
        "rules.ron: cleanse_order: expected harmful kinds, found buff",
    ),
    (
        "rules.ron",
        "surge: ",
        "surge: 9",
        "rules.ron: fatigue.surge: expected 0 to 100",
    ),
];

#[test]
fn slips_in_summons_forms_formations_and_rules_are_named_too() {
    for (file, from, to, expected) in SLIPS {
        let said = complaint(file, from, to);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn missing_and_foreign_files_are_named() {
    let said = Content::parse(&[("monsters.ron", "[]")]).unwrap_err().to_string();
    for name in [
        "monsters.ron",
        "rules.ron",
        "classes.ron",
        "summons.ron",
        "forms.ron",
        "formations.ron",
        "bots.ron",
    ] {
        assert!(said.contains(name), "{said}");
    }
}
