//! The architecture polices itself: which crate may name which, and what every file and manifest has in common.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test ends with a panic; helpers beside the test functions are tests as well"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

/// Folders that hold code; fixed, as DESIGN section 1 says.
const FOLDERS: [&str; 6] = ["actors", "db", "gateway", "loadtest", "protocol", "sim"];
/// Lines a file may have before it must be split.
const LINES_MAX: usize = 500;

/// A crate, and which of ours it may name: in what it is made of, and only in its tests.
struct Crate {
    name: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
}

const CRATES: &[Crate] = &[
    Crate {
        name: "protocol",
        uses: &[],
        tests_use: &[],
    },
    Crate {
        name: "sim",
        uses: &[],
        tests_use: &[],
    },
    Crate {
        name: "sim-wire",
        uses: &["sim", "protocol"],
        tests_use: &[],
    },
    Crate {
        name: "db",
        uses: &["protocol"],
        tests_use: &[],
    },
    Crate {
        name: "db-local",
        uses: &["db", "protocol"],
        tests_use: &["db"],
    },
    Crate {
        name: "db-objects",
        uses: &["db", "protocol"],
        tests_use: &["db", "db-testkit"],
    },
    Crate {
        name: "db-postgres",
        uses: &["db", "protocol"],
        tests_use: &["db", "db-testkit"],
    },
    Crate {
        name: "db-redis",
        uses: &["db", "protocol"],
        tests_use: &["db", "db-testkit"],
    },
    Crate {
        name: "db-sqlite",
        uses: &["db", "protocol"],
        tests_use: &["db"],
    },
    Crate {
        name: "db-testkit",
        uses: &[],
        tests_use: &[],
    },
    Crate {
        name: "actor-kit",
        uses: &[],
        tests_use: &[],
    },
    Crate {
        name: "pairing",
        uses: &[],
        tests_use: &[],
    },
    Crate {
        name: "actors",
        uses: &["actor-kit", "pairing", "db", "sim", "sim-wire", "protocol"],
        tests_use: &["db-local", "db-objects", "db-sqlite"],
    },
    Crate {
        name: "gateway-auth",
        uses: &["protocol"],
        tests_use: &[],
    },
    Crate {
        name: "gateway",
        uses: &[
            "protocol",
            "sim",
            "sim-wire",
            "db",
            "db-local",
            "db-objects",
            "db-postgres",
            "db-redis",
            "db-sqlite",
            "actor-kit",
            "actors",
            "gateway-auth",
            "pairing",
        ],
        tests_use: &["loadtest", "db-testkit"],
    },
    Crate {
        name: "loadtest",
        uses: &["protocol", "actor-kit", "db-testkit"],
        tests_use: &[],
    },
];

/// Crates of others that only these of ours may name, tests included.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("ractor", &["actor-kit"]),
    ("warp", &["gateway"]),
    ("hyper", &["db-testkit", "gateway"]),
    ("hyper-util", &["db-testkit", "gateway"]),
    ("jwt-simple", &["gateway-auth"]),
    ("rusqlite", &["db-sqlite"]),
    ("refinery", &["db-postgres", "db-sqlite"]),
    ("tokio-postgres", &["db-postgres"]),
    ("fred", &["db-redis"]),
    ("s3s", &["db-testkit"]),
    ("object_store", &["db-objects"]),
    ("specs", &["sim"]),
    ("zstd", &["sim-wire", "loadtest"]),
    ("flatbuffers", &["protocol", "sim-wire", "loadtest"]),
    ("skillratings", &["actors"]),
];

fn root() -> PathBuf {
    let gateway = Path::new(env!("CARGO_MANIFEST_DIR"));
    gateway.parent().expect("the gateway is in the workspace").to_owned()
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps();
    command.other_options(["--offline".to_owned()]);
    command.exec().expect("cargo metadata")
}

fn short(name: &str) -> &str {
    name.strip_prefix("tiltyard-").unwrap_or(name)
}

fn rules_of(package: &Package) -> &'static Crate {
    let name = short(&package.name);
    let found = CRATES.iter().find(|rules| rules.name == name);
    found.unwrap_or_else(|| panic!("crate {name} has no line in this test's table, nor in DESIGN section 1"))
}

#[test]
fn crates_name_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        let rules = rules_of(package);
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
        {
            let name = short(&dependency.name);
            let allowed = match dependency.kind {
                DependencyKind::Development => rules.uses.contains(&name) || rules.tests_use.contains(&name),
                _ => rules.uses.contains(&name),
            };
            if !allowed {
                wrong.push(format!("{} may not name {name} ({:?})", rules.name, dependency.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn foreign_crates_are_kept_to_the_one_that_hides_them() {
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        let name = short(&package.name);
        for dependency in &package.dependencies {
            let kept = KEPT_TO.iter().find(|(foreign, _)| *foreign == dependency.name);
            if kept.is_some_and(|(_, to)| !to.contains(&name)) {
                wrong.push(format!("{name} names {}", dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_crate_of_the_table_exists() {
    let packages = metadata().packages;
    for rules in CRATES {
        let found = packages.iter().any(|package| short(&package.name) == rules.name);
        assert!(found, "the table names {}, the workspace does not", rules.name);
    }
}

#[test]
fn manifests_inherit_lints_versions_and_everything_else() {
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        let manifest = read_toml(package.manifest_path.as_std_path());
        let table = |key| manifest.get(key).and_then(Value::as_dict).cloned().unwrap_or_default();
        if !is_inherited(table("lints").get("workspace")) {
            wrong.push(format!("{}: [lints] workspace = true is missing", package.name));
        }
        let own = table("package");
        for key in ["version", "edition", "rust-version", "license", "authors", "publish"] {
            let inherited = own
                .get(key)
                .and_then(Value::as_dict)
                .and_then(|dict| dict.get("workspace"));
            if !is_inherited(inherited) {
                wrong.push(format!("{}: {key}.workspace = true is missing", package.name));
            }
        }
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, dependency) in table(kind) {
                let inherited = dependency.as_dict().and_then(|dict| dict.get("workspace"));
                if !is_inherited(inherited) {
                    wrong.push(format!("{}: {kind}.{name} states a version of its own", package.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_toolchain_is_the_one_that_is_promised() {
    let manifest = read_toml(&root().join("Cargo.toml"));
    let package = manifest["workspace"]
        .as_dict()
        .and_then(|dict| dict["package"].as_dict())
        .expect("package");
    let promised = package["rust-version"].as_str().expect("rust-version");
    let toolchain = std::fs::read_to_string(root().join("rust-toolchain.toml")).expect("rust-toolchain.toml");
    assert!(
        toolchain.contains(&format!("channel = \"{promised}.0\"")),
        "{toolchain}"
    );
}

#[test]
fn every_file_says_what_lives_there_and_can_be_held_in_the_head() {
    let mut wrong = Vec::new();
    for (path, text) in &sources() {
        let name = path.strip_prefix(root()).unwrap_or(path).display();
        if !text.starts_with("//!") {
            wrong.push(format!("{name}: does not open with //!"));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{name}: {lines} lines, at most {LINES_MAX}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_metric_is_described() {
    let sources = sources();
    let (mut recorded, mut described) = (BTreeSet::new(), BTreeSet::new());
    for (path, text) in &sources {
        // Load tests and tests name what others record.
        let mut parts = path.strip_prefix(root()).unwrap_or(path).components();
        if parts.any(|part| part.as_os_str() == "tests" || part.as_os_str() == "loadtest") {
            continue;
        }
        for (at, _) in text.match_indices("\"tiltyard_") {
            let name = text[at + 1..].split('"').next().unwrap_or_default();
            let before = text[..at].trim_end();
            let records = |kind: &str| before.ends_with(kind) && !before.ends_with(&format!("describe_{kind}"));
            if ["counter!(", "gauge!(", "histogram!("].into_iter().any(records) {
                recorded.insert(name);
            } else if text[at..].starts_with(&format!("\"{name}\",")) {
                described.insert(name);
            }
        }
    }
    assert!(recorded.len() > 40, "the walk finds the metrics: {recorded:?}");
    let mute: Vec<_> = recorded.difference(&described).collect();
    assert!(mute.is_empty(), "without a description: {mute:?}");
}

fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(Value::to_bool) == Some(true)
}

fn read_toml(path: &Path) -> Dict {
    Figment::from(Toml::file_exact(path))
        .extract()
        .expect("a manifest is TOML")
}

/// Returns the text of every source file of ours, by path.
fn sources() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 50, "the walk finds the sources");
    files
}

/// Collects sources; generated ones and build output are not ours to judge.
fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != "generated" {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            files.insert(path, text);
        }
    }
}
