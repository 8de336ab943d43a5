//! Tests of what the time machine prints.

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Command};

fn arguments(line: &str) -> SimulateArgs {
    let words = ["tiltyard", "matchmaker", "simulate"]
        .into_iter()
        .chain(line.split_whitespace());
    match Cli::parse_from(words).command {
        Some(Command::Matchmaker(MatchmakerCommand::Simulate(args))) => args,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rules_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("slow.toml");
    std::fs::write(&slow, "tick_ms = 5000").unwrap();
    let lines = drawn(&arguments("--rate 50 --seconds 60")).draw();
    let trials = rules::read(&[slow]).unwrap();
    let outcomes: Vec<_> = trials
        .iter()
        .map(|trial| Tried {
            trial,
            outcome: simulation::run(&lines, trial.setup()),
        })
        .collect();
    assert!(outcomes[0].outcome.wait_ms.p50 < outcomes[1].outcome.wait_ms.p50);
    assert!(outcomes[0].outcome.gap.mean > outcomes[1].outcome.gap.mean);
    let table = table::of(&outcomes);
    let widths: Vec<_> = table.lines().map(str::len).collect();
    assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
    assert!(table.lines().next().unwrap().ends_with("slow.toml"), "{table}");
    assert!(
        table.contains("wait p99, ms") && table.contains("gap mean, points"),
        "{table}"
    );
}

#[test]
fn drawn_arrivals_are_recorded_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("arrivals.jsonl");
    let lines = drawn(&arguments(
        "--rate 20 --seconds 30 --spreads 50,400 --widen-percent 30 --patience-ms 4000 --seed 7",
    ))
    .draw();
    record(&path, &lines).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(trace::parse(&text).unwrap(), lines);
}

#[test]
fn what_cannot_be_run_is_refused_with_its_line_field_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("arrivals.jsonl");
    let refused = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let trial = arguments("--rate 1").trial;
        let args = ReplayArgs {
            file: file.clone(),
            trial,
        };
        replay(&args).unwrap_err().to_string()
    };
    let good = r#"{"event":"left","at_ms":1,"ticket":1,"why":"expired"}"#;
    let bad = r#"{"event":"arrived","at_ms":2,"ticket":"x","player":1,"rating":1,"spread":7}"#;
    let message = refused(&format!("{good}\n{bad}"));
    assert!(
        message.contains("line 2 ") && message.contains("field `ticket`"),
        "{message}"
    );
    let message = refused(r#"{"event":"left","at_ms":1763800000000,"ticket":1,"why":"expired"}"#);
    assert!(message.contains("at_ms") && message.contains("31 days"), "{message}");
    for line in ["--rate 0", "--rate nan", "--rate 1e9 --seconds 100"] {
        let message = simulate(&arguments(line)).unwrap_err().to_string();
        assert!(message.contains("--rate"), "{message}");
    }
}
