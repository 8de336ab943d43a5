//! The balance report on a terminal.

use super::{Ability, Bot, Class, Report};
use crate::commands::sim::figures::{percent, ratio};

/// Returns the report as tables.
pub(super) fn text(report: &Report) -> String {
    let mut lines = vec![format!(
        "{} random pairs of teams from number {}, rules {}, content {}",
        report.fights, report.seed, report.rules_version, report.content
    )];
    overview(report, &mut lines);
    classes(&report.classes, &mut lines);
    abilities(&report.abilities, &mut lines);
    bots(&report.bots, &mut lines);
    lines.join("\n")
}

fn overview(report: &Report, lines: &mut Vec<String>) {
    let (lengths, draws, sides) = (&report.lengths, &report.draws, &report.sides);
    lines.push(format!(
        "ticks: p1 {}, p50 {}, p95 {}, p99 {}, max {}",
        lengths.p1, lengths.p50, lengths.p95, lengths.p99, lengths.max
    ));
    lines.push(format!(
        "draws: {} mutual kills, {} forced; of teams that only heal {} and {}, p99 {} ticks",
        draws.mutual_kills,
        draws.forced,
        draws.heal_only_mutual_kills,
        draws.heal_only_forced,
        draws.heal_only_ticks_p99
    ));
    lines.push(format!(
        "left side: {} % of random pairs, {} % of equal teams; a first team wins {} % on the left, {} % on the right",
        percent(sides.left_permille),
        percent(sides.equal_teams_left_permille),
        percent(sides.first_team_on_left_permille),
        percent(sides.first_team_on_right_permille)
    ));
}

/// A row a class: its wins, and against each class in the same order.
fn classes(classes: &[Class], lines: &mut Vec<String>) {
    let short = |class: &Class| class.class.chars().take(4).collect::<String>();
    let head: String = classes.iter().map(|class| format!(" {:>4}", short(class))).collect();
    lines.push(format!(
        "\n{:14} {:8} {:>6} {:>6} |{head}",
        "class", "role", "units", "won %"
    ));
    for class in classes {
        let against: String = class
            .against_permille
            .iter()
            .map(|&permille| format!(" {:>4}", percent(permille)))
            .collect();
        let won = percent(class.win_permille);
        lines.push(format!(
            "{:14} {:8} {:>6} {won:>6} |{against}",
            class.class, class.role, class.units
        ));
    }
}

fn abilities(abilities: &[Ability], lines: &mut Vec<String>) {
    let head = ["won %", "units", "casts a unit", "health a cast"];
    lines.push(format!(
        "\n{:20} {:>6} {:>7} {:>13} {:>13}",
        "ability", head[0], head[1], head[2], head[3]
    ));
    for ability in abilities {
        let won = if ability.units == 0 {
            "-".to_owned()
        } else {
            percent(ability.win_permille)
        };
        lines.push(format!(
            "{:20} {won:>6} {:>7} {:>13.1} {:>13.1}",
            ability.ability,
            ability.units,
            ratio(ability.casts, ability.units),
            ratio(ability.health, ability.casts)
        ));
    }
}

fn bots(bots: &[Bot], lines: &mut Vec<String>) {
    lines.push(format!(
        "\n{:18} {:8} | won on the left against each bot, %",
        "bot", "strength"
    ));
    for bot in bots {
        let against: String = bot
            .against_permille
            .iter()
            .map(|&permille| format!(" {:>5}", percent(permille)))
            .collect();
        lines.push(format!("{:18} {:8} |{against}", bot.bot, bot.strength));
    }
}
