//! The balance report as one HTML page that needs nothing else: styles within, plots as SVG, no script.

use super::plots::{self, Bar, Point};
use super::{Ability, Report};
use crate::commands::sim::figures::{percent, ratio};

/// Styles, for light and dark.
const STYLE: &str = include_str!("page.css");
/// Permille from even at which a pair of classes has the strongest colour.
const PAIR_REACH: u64 = 150;

/// Returns the page. The same report gives the same page.
pub(super) fn html(report: &Report) -> String {
    let parts = [
        verdict(report),
        tiles(report),
        classes(report),
        abilities(report),
        lengths(report),
        bots(report),
        footer(report),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Tiltyard: balance of the content</title>\n<style>\n{STYLE}</style>\n\
         <h1>Balance of the content</h1>\n<p class=\"muted\">{} random pairs of five units a side, and as many equal teams and \
         teams that only heal. A draw is half a win.</p>\n{}\n</html>\n",
        report.fights,
        parts.join("\n")
    )
}

/// Keeps text from being markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn verdict(report: &Report) -> String {
    if report.broken.is_empty() {
        return "<p class=\"good\">All lints hold.</p>".to_owned();
    }
    let items: String = report
        .broken
        .iter()
        .map(|broken| format!("<li>{}</li>", escaped(&broken.what)))
        .collect();
    format!(
        "<div class=\"broken\">{} lints are broken:<ul>{items}</ul></div>",
        report.broken.len()
    )
}

fn tiles(report: &Report) -> String {
    let (lengths, draws, sides) = (&report.lengths, &report.draws, &report.sides);
    let rates = || report.classes.iter().map(|class| class.win_permille);
    let (least, most) = (rates().min().unwrap_or(0), rates().max().unwrap_or(0));
    let seconds = |ticks: u32| format!("{} s", ticks / tiltyard_sim::TICKS_PER_SECOND);
    let tile = |name: &str, value: String, note: &str| {
        format!("<div><dt>{name}</dt><dd>{value} <small>{note}</small></dd></div>")
    };
    let tiles = [
        tile(
            "classes win",
            format!("{} to {} %", percent(least), percent(most)),
            "40 to 60 allowed",
        ),
        tile("half of the fights end within", seconds(lengths.p50), ""),
        tile("99 % end within", seconds(lengths.p99), "240 s allowed"),
        tile("forced draws", draws.forced.to_string(), "fewer than 0.1 % allowed"),
        tile(
            "of teams that only heal",
            draws.heal_only_forced.to_string(),
            "fewer than 0.1 % allowed",
        ),
        tile(
            "the left of equal teams wins",
            format!("{} %", percent(sides.equal_teams_left_permille)),
            "49 to 51 allowed",
        ),
        tile(
            "a team wins on the left, on the right",
            format!(
                "{} %, {} %",
                percent(sides.first_team_on_left_permille),
                percent(sides.first_team_on_right_permille)
            ),
            "one point apart allowed",
        ),
        tile("both last units fall at once", draws.mutual_kills.to_string(), ""),
    ];
    format!("<dl>{}</dl>", tiles.concat())
}

fn classes(report: &Report) -> String {
    let mut bars: Vec<_> = report
        .classes
        .iter()
        .map(|class| Bar {
            label: &class.name,
            permille: class.win_permille,
            note: format!("{}, {} units", class.role, class.units),
        })
        .collect();
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.permille));
    let names: Vec<_> = report.classes.iter().map(|class| &*class.name).collect();
    let rows: Vec<_> = report.classes.iter().map(|class| &*class.against_permille).collect();
    format!(
        "<h2>Classes</h2>\n<p>Share of fights won by teams with the class, counted once a unit. The band is what is allowed.</p>\n\
         <figure>{}</figure>\n<h2>Pairs of classes</h2>\n<p>How often, in percent, a team with the class of the row beats a team \
         with the class of the column. Colours are strongest 15 points from even.</p>\n<figure>{}</figure>",
        plots::bars(&bars),
        plots::heat(&names, &rows, PAIR_REACH)
    )
}

fn abilities(report: &Report) -> String {
    let brought = || report.abilities.iter().filter(|ability| ability.units > 0);
    let points: Vec<_> = brought()
        .map(|ability| Point {
            label: &ability.name,
            casts_hundredths: ability.casts * 100 / ability.units,
            permille: ability.win_permille,
        })
        .collect();
    let mut sorted: Vec<_> = report.abilities.iter().collect();
    sorted.sort_by_key(|ability| (ability.units == 0, std::cmp::Reverse(ability.win_permille)));
    let rows: String = sorted.into_iter().map(ability_row).collect();
    format!(
        "<h2>Abilities</h2>\n<p>Each point is an ability: how often a unit that brought it used it in a fight, and how often its \
         team won. The strongest and the weakest are named.</p>\n<figure>{}</figure>\n<details><summary>All {} abilities</summary>\n\
         <table><tr><th>ability<th>won %<th>units<th>casts a unit<th>health a cast</tr>\n{rows}</table></details>",
        plots::scatter(&points),
        report.abilities.len()
    )
}

fn ability_row(ability: &Ability) -> String {
    let (won, casts) = if ability.units == 0 {
        ("-".to_owned(), format!("{} in all", ability.casts))
    } else {
        (
            percent(ability.win_permille),
            format!("{:.1}", ratio(ability.casts, ability.units)),
        )
    };
    format!(
        "<tr><td>{}<td>{won}<td>{}<td>{casts}<td>{:.0}</tr>\n",
        escaped(&ability.name),
        ability.units,
        ratio(ability.health, ability.casts)
    )
}

fn lengths(report: &Report) -> String {
    let lengths = &report.lengths;
    format!(
        "<h2>Length</h2>\n<p>Fights by how long they last, in spans of 10 seconds. Dashed: the median, the 99th percentile, and the 4 minutes \
         that the latter may be.</p>\n<figure>{}</figure>",
        plots::histogram(&lengths.by_200_ticks, [lengths.p50, lengths.p99])
    )
}

fn bots(report: &Report) -> String {
    let names: Vec<_> = report.bots.iter().map(|bot| &*bot.bot).collect();
    let rows: Vec<_> = report.bots.iter().map(|bot| &*bot.against_permille).collect();
    let strengths: Vec<_> = report
        .bots
        .iter()
        .map(|bot| format!("{} {}", bot.bot, bot.strength))
        .collect();
    format!(
        "<h2>Bot teams</h2>\n<p>How often, in percent, the bot of the row beats that of the column from the left. {}.</p>\n\
         <figure>{}</figure>",
        escaped(&strengths.join(", ")),
        plots::heat(&names, &rows, 500)
    )
}

fn footer(report: &Report) -> String {
    format!(
        "<footer><code>tiltyard sim balance --fights {} --seed {} --html FILE</code><br>rules version {}, content \
         <code>{}</code></footer>",
        report.fights, report.seed, report.rules_version, report.content
    )
}
