//! Prints a fight between two bots as a readable log: `cargo run -p tiltyard-sim --example story -- LEFT RIGHT SEED`.
#![allow(clippy::print_stdout, reason = "a report for people")]

use tiltyard_sim::story::Story;
use tiltyard_sim::{Content, Fight, run, sample};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let content = Content::builtin()?;
    let mut args = std::env::args().skip(1);
    let mut bot = |standard: &str| {
        let key = args.next().unwrap_or_else(|| standard.to_owned());
        content.bot(&key).ok_or_else(|| format!("no bot is called {key}"))
    };
    let (left, right) = (bot("winter_court")?, bot("ashen_crusade")?);
    let seed = args.next().map_or(Ok(1), |text| text.parse())?;
    let mut story = Story::new(&content, &left.build, &right.build);
    run(
        &Fight::new(&content, sample::seed(seed), &left.team, &right.team)?,
        &mut story,
    );
    story.lines().iter().for_each(|line| println!("{line}"));
    Ok(())
}
