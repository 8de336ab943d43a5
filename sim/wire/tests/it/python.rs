//! A stored replay read in another language, with code that `flatc` made of our schema and no rules at all.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tiltyard_sim::Content;

use crate::replays::record;

/// What a replay promises.
const ERROR_CM_MAX: i64 = 10;

fn read(file: &Path, ticks: &[u32]) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(root.join("tests/python/run"))
        .arg(root.join("tests/python/read_replay.py"))
        .arg(root.join("../../protocol/generated-python"))
        .arg(file)
        .args(ticks.iter().map(u32::to_string))
        // What it compiles would be compared with what the schema gives.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_reader_in_python_sees_the_fight_that_was_simulated() {
    let content = Content::builtin().unwrap();
    let recorded = record(&content, 2);
    let (replay, outcome) = (&recorded.replay, &recorded.outcome);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&recorded.packed).unwrap();
    let ticks = [1, 37, 600, 601, outcome.ticks / 2, outcome.ticks];
    let told = read(file.path(), &ticks);

    assert_eq!(
        (&told["ticks"], &told["ticks_played"]),
        (&json!(outcome.ticks), &json!(outcome.ticks))
    );
    assert_eq!(told["winner"], json!(outcome.winner.map_or(0, |side| side as u8 + 1)));
    assert_eq!(told["state_hash"], json!(format!("{:016x}", outcome.state_hash)));
    assert_eq!(told["rules"], json!(tiltyard_sim::RULES_VERSION));
    assert_eq!(told["classes"], json!(replay.classes));
    assert_eq!(told["events"], json!(recorded.events.len()));
    let (_, last) = recorded.frames.last().unwrap();
    let health: Vec<i32> = last.iter().map(|unit| unit.health).collect();
    assert_eq!(told["health"], json!(health));

    for tick in ticks {
        let seen = &told["seen"][tick.to_string()];
        let states = replay.state_at(tick).unwrap();
        let health: Vec<i32> = states.iter().map(|unit| unit.health).collect();
        let places: Vec<[i32; 2]> = states.iter().map(|unit| [unit.position.x, unit.position.y]).collect();
        assert_eq!(seen["health"], json!(health), "tick {tick}");
        assert_eq!(seen["positions"], json!(places), "tick {tick}");
        let (simulated, vitals) = &recorded.frames[tick as usize - 1];
        for ((place, at), (unit, told)) in places.iter().zip(simulated).zip(vitals.iter().zip(&health)) {
            let (dx, dy) = (i64::from(place[0] - at.x), i64::from(place[1] - at.y));
            assert!(
                dx.pow(2) + dy.pow(2) <= ERROR_CM_MAX.pow(2),
                "tick {tick}: {place:?} for {at:?}"
            );
            assert_eq!(*told, unit.health, "tick {tick}");
        }
    }
}
