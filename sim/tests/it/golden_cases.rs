//! The golden fights and the text they are written as. Shared with the example `bless_golden`.

use tiltyard_sim::{Content, Fight, RULES_VERSION, Side, Team, run, sample, validate};

/// Random pairs, besides every pair of bots.
const RANDOM: u64 = 24;
/// The first of them are five against five, the others of any size.
const EQUAL: u64 = 12;

/// Fights them all, one line each: name, seed, winner, ticks, hash.
pub(crate) fn lines(content: &Content) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = format!("# rules_version {RULES_VERSION}; name seed winner ticks state_hash\n");
    for left in content.bots() {
        for right in content.bots() {
            let name = format!("{}-{}", left.key, right.key);
            text += &line(content, &name, 1, (&left.team, &right.team))?;
        }
    }
    for number in 0..RANDOM {
        let size = |salt: u64| 1 + ((number * 3 + salt) % 8) as usize;
        let sizes = if number < EQUAL { (5, 5) } else { (size(0), size(5)) };
        let team = |number, size| {
            validate(&sample::build(content, number, size), content).map_err(|problems| format!("{problems:?}"))
        };
        let left = team(1_000 + number, sizes.0)?;
        let right = team(2_000 + number, sizes.1)?;
        let name = format!("random_{}v{}_{number}", sizes.0, sizes.1);
        text += &line(content, &name, number, (&left, &right))?;
    }
    Ok(text)
}

fn line(content: &Content, name: &str, seed: u64, teams: (&Team, &Team)) -> Result<String, Box<dyn std::error::Error>> {
    let outcome = run(&Fight::new(content, sample::seed(seed), teams.0, teams.1)?, &mut ());
    let winner = outcome.winner.map_or("draw", Side::key);
    Ok(format!(
        "{name} {seed} {winner} {} {:016x}\n",
        outcome.ticks, outcome.state_hash
    ))
}
