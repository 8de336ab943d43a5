//! The built-in content, and what mistakes in content look like.

use tiltyard_sim::content::Effect;
use tiltyard_sim::{Content, Role, Selector, Strength};

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
    assert!(content.classes().len() >= 6 && content.abilities().len() >= 24);
    for role in Role::ALL {
        assert!(content.classes().iter().any(|class| class.role == *role), "{role:?}");
    }
    assert!(Selector::ALL.len() >= 10);
    let strengths: Vec<Strength> = content.bots().iter().map(|bot| bot.strength).collect();
    assert_eq!(strengths, Strength::ALL);
}

#[test]
fn every_ability_belongs_to_a_class() {
    let content = Content::builtin().unwrap();
    for ability in content.abilities() {
        let id = content.ability_id(&ability.key).unwrap();
        let uses = |class: &&tiltyard_sim::Class| class.basic == id || class.abilities.contains(&id);
        assert!(
            content.classes().iter().any(|class| uses(&class)),
            "nobody uses {}",
            ability.key
        );
    }
}

#[test]
fn every_effect_is_in_use() {
    let content = Content::builtin().unwrap();
    fn collect(effects: &[Effect], names: &mut Vec<String>) {
        for effect in effects {
            let text = format!("{effect:?}");
            names.push(text.split(' ').next().unwrap_or_default().to_owned());
            collect(effect.children(), names);
        }
    }
    let mut names = Vec::new();
    for ability in content.abilities() {
        collect(&ability.effects, &mut names);
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 23, "{names:?}");
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
fn mistakes_name_file_place_and_expectation() {
    let said = complaint("abilities/tank.ron", "shield(power: 420", "shield(power: 0");
    assert!(
        said.contains("abilities/tank.ron: shield_wall.effects[0].power: expected 1 to 5000, found 0"),
        "{said}"
    );
    let said = complaint("abilities/tank.ron", "school: physical", "school: fysical");
    assert!(
        said.contains("abilities/tank.ron: line 3") && said.contains("physical"),
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

#[test]
fn missing_and_foreign_files_are_named() {
    let said = Content::parse(&[("monsters.ron", "[]")]).unwrap_err().to_string();
    for name in ["monsters.ron", "rules.ron", "classes.ron", "attributes.ron", "bots.ron"] {
        assert!(said.contains(name), "{said}");
    }
}
