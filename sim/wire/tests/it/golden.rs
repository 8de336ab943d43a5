//! What was stored in an earlier format can be read, and says what it said.

use std::path::Path;

use tiltyard_sim_wire::Replay;

use crate::golden_files::GoldenFiles;

/// So that a clone stays small.
const FILE_BYTES_MAX: usize = 30_000;

fn read(folder: &Path) -> GoldenFiles {
    let file = |name| std::fs::read(folder.join(name)).unwrap();
    GoldenFiles {
        request: file("request.bin"),
        result: file("result.bin"),
        replay: file("replay.zst"),
    }
}

#[test]
fn messages_of_every_format_say_what_they_said() {
    let mut formats = 0;
    for entry in std::fs::read_dir(GoldenFiles::root()).unwrap() {
        let folder = entry.unwrap().path();
        let files = read(&folder);
        for file in [&files.request, &files.result, &files.replay] {
            assert!(
                file.len() <= FILE_BYTES_MAX,
                "{}: {} bytes",
                folder.display(),
                file.len()
            );
        }
        let known: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("summary.json")).unwrap()).unwrap();
        assert_eq!(files.summary().unwrap(), known, "{}", folder.display());
        formats += 1;
    }
    assert!(formats >= 1);
}

#[test]
fn a_golden_replay_can_be_shown_at_every_tick() {
    let files = read(&GoldenFiles::root().join("v1"));
    let replay = Replay::decode(&files.replay).unwrap();
    for tick in 0..=replay.ending.ticks {
        assert!(replay.state_at(tick).is_some(), "tick {tick}");
    }
    replay.to_json().unwrap();
}
