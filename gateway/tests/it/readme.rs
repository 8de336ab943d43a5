//! The README's tour, run as it stands there: its `bash` blocks in order, with only the address and the way to the binary
//! exchanged for this test's server.

use std::process::Command;

use crate::support::Server;

/// The tour's commands.
fn tour() -> String {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let blocks: Vec<_> = readme
        .split("```bash\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() >= 6, "the README has its tour");
    blocks.concat()
}

#[test]
fn the_tour_works_as_it_is_written() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::os::unix::fs::symlink(format!("{root}/loadtest"), folder.path().join("loadtest")).unwrap();
    let script = tour()
        .replace("http://127.0.0.1:8080", &format!("http://{}", server.players))
        .replace("http://127.0.0.1:9090", &format!("http://{}", server.operators))
        .replace(
            "cargo run --release --quiet -- audit",
            &format!(
                "{} --data-dir {} audit",
                env!("CARGO_BIN_EXE_tiltyard"),
                server.data_dir().display()
            ),
        )
        .replace("cargo run --release --quiet --", env!("CARGO_BIN_EXE_tiltyard"));
    let script = format!("set -m\n{script}");
    let output = Command::new("timeout")
        .args(["60", "bash", "-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    for expected in [
        "\"rating\":1500.0",
        "build_invalid",
        "\"state\":\"matched\"",
        "\"bot\":\"free_lances\"",
        "event: result",
        "\"outcome\":",
        "\"violations\":[]",
        "tiltyard_matches_finished_total 2",
    ] {
        assert!(said.contains(expected), "no {expected} in:\n{said}\n{errors}");
    }
    assert!(output.status.success(), "{said}\n{errors}");
}
