//! The layers, the refusals, and the commented file against the code.

use super::*;

#[derive(Serialize)]
struct None {}

fn load(toml: &str) -> Result<Config, Vec<String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), toml).unwrap();
    Config::load(Some(file.path()), &None {})
}

#[test]
fn the_commented_file_says_what_the_code_does() {
    assert_eq!(load(DEFAULT_TOML).unwrap(), Config::default());
    let tree = figment::value::Value::serialize(Config::default()).unwrap();
    assert_keys("", &tree);
}

fn assert_keys(path: &str, value: &figment::value::Value) {
    if let Some(tables) = value.as_array() {
        tables.iter().for_each(|table| assert_keys(path, table));
    }
    let Some(dict) = value.as_dict() else { return };
    for (key, value) in dict {
        let commented = DEFAULT_TOML.lines().any(|line| {
            line.trim_start_matches("# ").starts_with(&format!("{key} = "))
                || [format!("[{key}]"), format!("[[{key}]]")].contains(&line.to_owned())
        });
        assert!(commented, "default.toml lacks {path}{key}");
        assert_keys(&format!("{key}."), value);
    }
}

#[test]
fn a_file_overrides_defaults_and_flags_override_the_file() {
    #[derive(Serialize)]
    struct Flags {
        redis_url: &'static str,
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "redis_url = \"x:\"\n[matchmaking]\nlease_ttl_ms = 900").unwrap();
    let config = Config::load(Some(file.path()), &Flags { redis_url: "memory:" }).unwrap();
    assert_eq!(
        (config.matchmaking.lease_ttl_ms, config.drain.connections_ms),
        (900, 5_000)
    );
    assert_eq!(config.redis_url, StoreUrl::new("memory:"));
}

#[test]
fn unknown_keys_and_missing_files_are_refused() {
    for toml in [
        "matchmakng = 1",
        "[matchmaking]\ntick = 1",
        "roles = [\"bard\"]",
        "roles = []",
    ] {
        assert!(load(toml).is_err(), "{toml}");
    }
    assert!(Config::load(Some(Path::new("/nonexistent.toml")), &None {}).is_err());
}

#[test]
fn queues_are_tables_of_their_own() {
    let config =
        load("[[queues]]\nname = \"eu\"\nrepeat_after_s = 600\n[[queues]]\nname = \"us\"\ntick_ms = 100").unwrap();
    let names: Vec<_> = config.queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["eu", "us"], "the default one is there only if none is named");
    assert_eq!(
        (config.queues[0].repeat_after_s, config.queues[1].tick_ms),
        (600, Some(100))
    );
    for (toml, said) in [
        ("queues = []", "1 to 32"),
        ("[[queues]]\nname = \"a b\"", "QueueName"),
        ("[[queues]]\nname = \"a\"\n[[queues]]\nname = \"a\"", "queues[1].name"),
        ("[[queues]]\nticks = 1", "unknown field"),
        ("[[queues]]\nmode = \"casual\"", "casual"),
        ("[[queues]]\nspread = 300\nspread_max = 200", "queues[0].spread"),
        ("[[queues]]\nexpires_after_s = 999999", "queues[0].expires_after_s"),
        ("[[queues]]\nregion = \"\"", "queues[0].region"),
        (
            "[matchmaking]\nleads = [\"eu\"]",
            "there is no queue eu; there are ranked",
        ),
    ] {
        let problems = load(toml).unwrap_err().join("\n");
        assert!(problems.contains(said), "{toml}: {problems}");
    }
}

#[test]
fn development_serves_loopback_only() {
    let problems = load("listen = \"0.0.0.0:8080\"").unwrap_err();
    assert!(problems[0].contains("loopback"), "{problems:?}");
    let config = load("environment = \"load\"\nlisten = \"0.0.0.0:8080\"").unwrap();
    assert!(!config.serves_dev_endpoints());
}

#[test]
fn production_needs_a_key_file_and_a_build_without_development_endpoints() {
    let problems = load("environment = \"production\"\ncontent = \"x\"")
        .unwrap_err()
        .join("\n");
    assert!(
        problems.contains("auth.key_file") && problems.contains("content publish"),
        "{problems}"
    );
    assert_eq!(
        problems.contains("--no-default-features"),
        cfg!(feature = "dev-endpoints")
    );
}

#[test]
fn every_problem_is_named_with_its_key() {
    let problems = load("ops_listen = \"127.0.0.1:8080\"\n[[queues]]\ntick_ms = 0\nspread = 5000").unwrap_err();
    let keys: Vec<_> = problems.iter().filter_map(|text| text.split(':').next()).collect();
    assert_eq!(keys, ["queues[0].spread", "queues[0].tick_ms", "ops_listen"]);
}

#[test]
fn a_shutdown_fits_into_a_supervisors_patience() {
    assert!(load("[drain]\nprobe_interval_ms = 0\nconnections_ms = 5000").is_ok());
    let problems = load("[drain]\nprobe_interval_ms = 3000\nconnections_ms = 3000").unwrap_err();
    assert!(
        problems.len() == 1 && problems[0].contains("together 6000 ms"),
        "{problems:?}"
    );
}

#[test]
fn a_password_in_a_url_is_never_shown() {
    let url = StoreUrl::new("postgresql://app:hunter2@db.internal/tiltyard");
    assert_eq!(format!("{url} {url:?}").matches("hunter2").count(), 0);
    assert_eq!(url.split().0, "postgresql");
    assert_eq!(StoreUrl::new("sqlite:./a@b.db").to_string(), "sqlite:./a@b.db");
}
