//! The commands of the simulation through the real binary, with few fights.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::commands::{object, run, stderr, stdout};
use crate::support::wait_until;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Returns the keys of all bot teams.
pub(crate) fn bots() -> Vec<String> {
    let content = tiltyard_sim::Content::builtin().unwrap();
    content.bots().iter().map(|bot| bot.key.clone()).collect()
}

/// Runs a command twice, on one thread and on three, and returns the output of both.
fn on_threads(arguments: &[&str]) -> [Output; 2] {
    ["1", "3"].map(|threads| run(&[arguments, &["--threads", threads, "--json"]].concat()))
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn fights_run_without_a_server_and_are_the_same_each_time() {
    let bots = bots();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.replay");
    let replay = file.to_str().unwrap();
    let fight = || {
        object(&run(&[
            "sim", "run", &bots[0], &bots[1], "--seed", "2a", "--json", "--replay", replay,
        ]))
    };
    let first = fight();
    assert_eq!(first, fight());
    let shown = object(&run(&["sim", "replay", replay, "--json"]));
    assert_eq!(shown["outcome"]["state_hash"], first["state_hash"]);
    std::fs::write(&file, b"not a replay").unwrap();
    assert_eq!(run(&["sim", "replay", replay, "--json"]).status.code(), Some(74));
}

#[test]
fn a_log_says_why_and_the_object_still_comes_last() {
    let output = run(&["sim", "run", "random:1", &bots()[2], "--log", "--json"]);
    let text = stdout(&output);
    for part in [
        " enters with ",
        " uses ",
        "[rule 1: ",
        " falls to ",
        " wins by ",
        " damage, ",
    ] {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
    let log: Vec<_> = text.lines().collect();
    let (object, lines) = log.split_last().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(object).unwrap()["versions"]["seed"],
        "0".repeat(32)
    );
    assert!(lines.iter().all(|line| !line.starts_with('{')));
}

#[test]
fn wrong_arguments_are_named_with_what_to_do() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&["run", "nobody", "nothing"], 78, "nobody is no bot team"),
        (&["run", "random:x", "random:1"], 78, "random:7"),
        (
            &["run", "random:1", "random:2", "--seed", "xyz"],
            78,
            "--seed takes 1 to 32 hexadecimal digits",
        ),
        (
            &["run", "random:1", "random:2", "--content", "/nonexistent"],
            78,
            "content: /nonexistent cannot be read",
        ),
        (&["bench", "--fights", "0"], 2, "--fights <N>"),
        (&["bench", "--units", "51"], 2, "51 is not in 1..=50"),
        (&["fuzz", "--threads", "0"], 2, "--threads <N>"),
        (&["fuzz", "--units", "9"], 2, "9 is not in 1..=8"),
        (&["balance", "--seed", "x"], 2, "--seed <N>"),
        (
            &["balance", "--fights", "1", "--html", "/nonexistent/page.html"],
            74,
            "--html /nonexistent/page.html",
        ),
        (&["replay", "/nonexistent", "--json"], 78, "/nonexistent"),
        (&["verify", "/nonexistent"], 78, "/nonexistent"),
        (&["verify", "x.replay", "--left", "y.json"], 2, "--right <BUILD>"),
    ];
    for (arguments, code, expected) in cases {
        let output = run(&[&["sim"], *arguments].concat());
        let errors = stderr(&output);
        assert_eq!(
            (output.status.code(), output.stdout.len()),
            (Some(*code), 0),
            "{arguments:?} {errors}"
        );
        assert!(errors.contains(expected), "{arguments:?}: no {expected:?} in {errors}");
    }
}

#[test]
fn a_benchmark_prints_its_figures_and_the_commit() {
    let report = object(&run(&[
        "sim",
        "bench",
        "--fights",
        "6",
        "--units",
        "3",
        "--threads",
        "2",
        "--json",
    ]));
    let mut expected = [
        "build",
        "failed",
        "max_ms",
        "min_ms",
        "ns_per_unit_tick",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "replay_bytes_p50",
        "replay_bytes_p95",
        "threads",
        "throughput_per_s",
        "ticks_p50",
    ];
    expected.sort_unstable();
    assert_eq!(keys(&report), expected);
    assert_eq!((&report["failed"], &report["threads"]), (&json!(0), &json!(2)));
    for key in expected.iter().filter(|key| !["build", "failed"].contains(key)) {
        assert!(report[*key].as_f64().unwrap() > 0.0, "{key} in {report}");
    }
    let build = report["build"].as_str().unwrap();
    let commit = build.strip_suffix('+').unwrap_or(build);
    let is_commit = commit.len() == 12 && commit.chars().all(|digit| digit.is_ascii_hexdigit());
    assert!(is_commit || build == "unknown", "{build}");
}

#[test]
fn a_benchmark_of_more_units_than_a_request_has_reads_like_the_others() {
    let output = run(&["sim", "bench", "--fights", "1", "--units", "9", "--seed", "5"]);
    let text = stdout(&output);
    for part in [
        "completed 1/1 (",
        "total       1\n",
        "failed      0\n",
        "throughput  ",
        "p50",
        "p99",
        "min",
        "max",
    ] {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[test]
fn fuzzing_finds_the_same_on_any_number_of_threads() {
    let outputs = on_threads(&["sim", "fuzz", "--fights", "24", "--seed", "7"]);
    let [first, second] = outputs.each_ref().map(|output| {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
        let mut report = object(output);
        for key in ["slowest_seed", "slowest_ms"] {
            assert!(
                report.as_object_mut().unwrap().remove(key).unwrap().is_number(),
                "{key}"
            );
        }
        report
    });
    assert_eq!(first, second);
    assert_eq!(
        (&first["fights"], &first["panics"], &first["failed"]),
        (&json!(24), &json!(0), &json!(0))
    );
    for key in ["draws", "forced_draws", "ticks_max", "longest_seed"] {
        assert!(first[key].is_u64(), "{key} in {first}");
    }
    let fights = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|part| part["fights"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((fights(&first["kinds"]), fights(&first["lengths"])), (24, 24));
    // One fight of the run, by its number alone.
    let seed = first["longest_seed"].to_string();
    let again = object(&run(&["sim", "fuzz", "--fights", "1", "--seed", &seed, "--json"]));
    assert_eq!(again["ticks_max"], first["ticks_max"]);
}

#[test]
fn a_balance_report_is_the_same_on_any_number_of_threads_and_names_broken_lints() {
    let outputs = on_threads(&["sim", "balance", "--fights", "6", "--seed", "3"]);
    let [first, second] = outputs.each_ref().map(object);
    assert_eq!(first, second);
    let content = tiltyard_sim::Content::builtin().unwrap();
    let rows = |key: &str| first[key].as_array().unwrap().len();
    assert_eq!(
        (rows("classes"), rows("abilities"), rows("bots")),
        (content.classes().len(), content.abilities().len(), content.bots().len())
    );
    // Six fights cannot show every class even, so the command must say so and fail.
    let broken = first["broken"].as_array().unwrap();
    assert!(!broken.is_empty());
    assert_eq!(outputs[0].status.code(), Some(1));
    let errors = stderr(&outputs[0]);
    assert!(
        errors.contains(&format!("{} lints are broken", broken.len())),
        "{errors}"
    );
    for offence in broken {
        assert!(
            errors.contains(offence["what"].as_str().unwrap()),
            "{offence} in {errors}"
        );
    }
}

#[test]
fn the_page_of_a_balance_report_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("balance.html");
    let content = format!("{ROOT}/sim/content");
    let page = || {
        let output = run(&[
            "sim",
            "balance",
            "--fights",
            "2",
            "--html",
            file.to_str().unwrap(),
            "--content",
            &content,
        ]);
        let table = stdout(&output);
        assert!(
            table.contains("class ") && table.contains("ability ") && table.contains("bot "),
            "{table}"
        );
        std::fs::read_to_string(&file).unwrap()
    };
    let first = page();
    assert_eq!(first, page());
    for foreign in ["<script", "http://", "https://", "<link", "<img", "url(", "@import"] {
        assert!(!first.contains(foreign), "{foreign}");
    }
    assert_eq!((first.matches("<svg").count(), first.matches("</svg>").count()), (5, 5));
    let builtin = tiltyard_sim::Content::builtin().unwrap();
    let hash = tiltyard_protocol::ContentHash::from_bytes(builtin.hash()).to_string();
    assert!(first.contains(&hash), "the folder is what is compiled in");
}

#[test]
fn wrong_content_is_refused_with_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let content = Path::new(ROOT).join("sim/content");
    std::fs::create_dir(folder.path().join("abilities")).unwrap();
    for part in ["", "abilities"] {
        for entry in std::fs::read_dir(content.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "ron") {
                std::fs::copy(&path, folder.path().join(part).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let classes = folder.path().join("classes.ron");
    let text = std::fs::read_to_string(&classes)
        .unwrap()
        .replacen("energy:", "energie:", 1);
    std::fs::write(&classes, text).unwrap();
    let output = run(&[
        "sim",
        "run",
        "random:1",
        "random:2",
        "--content",
        folder.path().to_str().unwrap(),
    ]);
    let errors = stderr(&output);
    assert_eq!(output.status.code(), Some(78));
    assert!(errors.contains("classes.ron") && errors.contains("energie"), "{errors}");
}

#[tokio::test]
async fn an_interrupt_ends_a_long_command_at_once() {
    // A shell that runs this test in the background has its children ignore the signal.
    let mut fuzzing = Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_tiltyard")])
        .args(["sim", "fuzz", "--fights", "1000000", "--threads", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = fuzzing.id().to_string();
    let tasks = format!("/proc/{pid}/task");
    wait_until("the threads", async || {
        std::fs::read_dir(&tasks).is_ok_and(|tasks| tasks.count() == 3)
    })
    .await;
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut ended = None;
    wait_until("the end", async || {
        ended = fuzzing.try_wait().unwrap();
        ended.is_some()
    })
    .await;
    use std::os::unix::process::ExitStatusExt as _;
    assert_eq!(ended.unwrap().signal(), Some(2));
}

/// The fight in the documentation is what its command prints; `sim/docs/generate fight` writes it anew.
#[test]
fn the_documented_fight_is_what_its_command_prints() {
    let document = std::fs::read_to_string(format!("{ROOT}/sim/docs/fight.md")).unwrap();
    let block = document.split("```text\n$ tiltyard ").nth(1).unwrap();
    let (command, rest) = block.split_once('\n').unwrap();
    let log = rest.split("\n```").next().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tiltyard"))
        .args(command.split(' '))
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).trim_end() == log,
        "run sim/docs/generate fight: the content or the rules have changed"
    );
}
