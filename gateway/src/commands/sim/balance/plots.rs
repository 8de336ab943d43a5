//! Small SVG plots, in whole pixels. Colours are classes of the page's style, so that they follow light and dark.

use super::page::escaped;
use crate::commands::sim::figures::percent;

/// Pixels in which all plots are drawn.
const WIDTH: u64 = 860;
/// Permille at the ends of a scale of win rates.
const SCALE: std::ops::RangeInclusive<u64> = 300..=700;
/// Permille that a class may win.
const BAND: [u64; 2] = [400, 600];

/// A labelled share.
#[derive(Debug)]
pub(super) struct Bar<'a> {
    pub(super) label: &'a str,
    pub(super) permille: u64,
    pub(super) note: String,
}

/// An ability: how often it is used, how often its team wins.
#[derive(Debug)]
pub(super) struct Point<'a> {
    pub(super) label: &'a str,
    pub(super) casts_hundredths: u64,
    pub(super) permille: u64,
}

/// Returns where a share is on a scale of so many pixels.
fn on_scale(permille: u64, pixels: u64) -> u64 {
    (permille.clamp(*SCALE.start(), *SCALE.end()) - SCALE.start()) * pixels / (SCALE.end() - SCALE.start())
}

fn svg(height: u64, name: &str, parts: &[String]) -> String {
    let head = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}\">");
    format!("{head}\n{}\n</svg>", parts.join("\n"))
}

/// Draws shares as bars from 50 %, over the band that is allowed.
pub(super) fn bars(bars: &[Bar<'_>]) -> String {
    const ROW: u64 = 24;
    const LEFT: u64 = 120;
    const PLOT: u64 = 520;
    let x = |permille| LEFT + on_scale(permille, PLOT);
    let height = ROW * bars.len() as u64;
    let [from, to] = BAND.map(x);
    let mut parts = vec![format!(
        "<rect class=\"band\" x=\"{from}\" y=\"0\" width=\"{}\" height=\"{height}\"/>",
        to - from
    )];
    for permille in [300, 400, 500, 600, 700] {
        let x = x(permille);
        parts.push(format!(
            "<line class=\"grid\" x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{height}\"/>"
        ));
        parts.push(format!(
            "<text class=\"soft mid\" x=\"{x}\" y=\"{}\">{} %</text>",
            height + 18,
            permille / 10
        ));
    }
    for (row, bar) in (0..).zip(bars) {
        let (y, here, even) = (row * ROW, x(bar.permille), x(500));
        let is_good = (BAND[0]..=BAND[1]).contains(&bar.permille);
        let class = if is_good { "bar" } else { "bad" };
        let text = y + 16;
        parts.push(format!(
            "<text class=\"end\" x=\"{}\" y=\"{text}\">{}</text>",
            LEFT - 8,
            escaped(bar.label)
        ));
        let width = here.abs_diff(even).max(1);
        let start = here.min(even);
        parts.push(format!(
            "<rect class=\"{class}\" x=\"{start}\" y=\"{}\" width=\"{width}\" height=\"14\"/>",
            y + 5
        ));
        let warning = if is_good { "" } else { " outside" };
        let shown = percent(bar.permille);
        let note = escaped(&bar.note);
        parts.push(format!(
            "<text x=\"{}\" y=\"{text}\">{shown} %{warning} <tspan class=\"soft\">{note}</tspan></text>",
            LEFT + PLOT + 12
        ));
    }
    svg(height + 28, "win rate of each class", &parts)
}

/// Draws a square of shares; colours are strongest `reach` permille from even.
pub(super) fn heat(names: &[&str], rows: &[&[u64]], reach: u64) -> String {
    const LEFT: u64 = 130;
    const TOP: u64 = 90;
    const ROW: u64 = 26;
    let column = ((WIDTH - LEFT - 60) / (names.len() as u64).max(1)).min(80);
    let mut parts = Vec::new();
    for (number, name) in (0..).zip(names) {
        let (x, y) = (LEFT + number * column + column / 2, TOP - 8);
        let name = escaped(name);
        parts.push(format!(
            "<text transform=\"translate({x} {y}) rotate(-40)\">{name}</text>"
        ));
        let y = TOP + number * ROW + 17;
        parts.push(format!(
            "<text class=\"end\" x=\"{}\" y=\"{y}\">{name}</text>",
            LEFT - 8
        ));
    }
    for ((row, name), shares) in (0..).zip(names).zip(rows) {
        for ((number, enemy), &permille) in (0..).zip(names).zip(*shares) {
            let (x, y, shade) = (LEFT + number * column, TOP + row * ROW, shade(permille, reach));
            let (name, enemy, shown) = (escaped(name), escaped(enemy), percent(permille));
            parts.push(format!(
                "<g><title>{name} against {enemy}: {shown} %</title>\
                 <rect class=\"cell h{shade}\" x=\"{x}\" y=\"{y}\" width=\"{column}\" height=\"{ROW}\"/>\
                 <text class=\"mid t{shade}\" x=\"{}\" y=\"{}\">{}</text></g>",
                x + column / 2,
                y + 17,
                (permille + 5) / 10
            ));
        }
    }
    svg(TOP + ROW * names.len() as u64 + 4, "who beats whom", &parts)
}

/// Returns which of nine shades a share has, 4 being even.
fn shade(permille: u64, reach: u64) -> u64 {
    let least = 500 - reach.min(500);
    (permille.clamp(least, 500 + reach) - least) * 9 / (2 * reach + 1)
}

/// Draws use against wins. Use is drawn by its root, since basic attacks are used a hundred times as often as others.
pub(super) fn scatter(points: &[Point<'_>]) -> String {
    const LEFT: u64 = 50;
    const HEIGHT: u64 = 360;
    const PLOT: u64 = WIDTH - LEFT - 130;
    const NAMED: usize = 4;
    let most = points
        .iter()
        .map(|point| point.casts_hundredths)
        .max()
        .unwrap_or(0)
        .max(100)
        .isqrt();
    let x = |hundredths: u64| LEFT + hundredths.isqrt() * PLOT / most;
    let y = |permille| HEIGHT - on_scale(permille, HEIGHT);
    let [low, high] = BAND.map(y);
    let mut parts = vec![format!(
        "<rect class=\"band\" x=\"{LEFT}\" y=\"{high}\" width=\"{PLOT}\" height=\"{}\"/>",
        low - high
    )];
    for permille in [300, 400, 500, 600, 700] {
        let y = y(permille);
        parts.push(format!(
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\"/>",
            LEFT + PLOT
        ));
        let text = (y + 4).max(10);
        parts.push(format!(
            "<text class=\"soft end\" x=\"{}\" y=\"{text}\">{} %</text>",
            LEFT - 6,
            permille / 10
        ));
    }
    for casts in (1..)
        .map(|root: u64| root * root)
        .take_while(|casts| (casts * 100).isqrt() <= most)
    {
        let x = x(casts * 100);
        parts.push(format!(
            "<text class=\"soft mid\" x=\"{x}\" y=\"{}\">{casts}</text>",
            HEIGHT + 18
        ));
    }
    parts.push(format!(
        "<text class=\"soft end\" x=\"{}\" y=\"{}\">casts a unit and fight</text>",
        LEFT + PLOT,
        HEIGHT + 36
    ));
    let mut sorted: Vec<_> = points.iter().collect();
    // From above, since names make way downwards.
    sorted.sort_by_key(|point| std::cmp::Reverse(point.permille));
    let mut taken = Vec::new();
    for (rank, point) in sorted.iter().enumerate() {
        let (x, y) = (x(point.casts_hundredths), y(point.permille));
        let (name, shown) = (escaped(point.label), percent(point.permille));
        parts.push(format!(
            "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"4\"><title>{name}: {shown} %</title></circle>"
        ));
        if rank < NAMED || rank + NAMED >= sorted.len() {
            let line = free_line(&mut taken, point.label, x, y + 4);
            parts.push(format!("<text x=\"{}\" y=\"{line}\">{name}</text>", x + 7));
        }
    }
    svg(HEIGHT + 44, "use and win rate of each ability", &parts)
}

/// Returns the line for a name that meets no other one, at its point or below.
fn free_line(taken: &mut Vec<[u64; 3]>, name: &str, x: u64, line: u64) -> u64 {
    // A letter is about 7 pixels wide and 13 high.
    let end = x + 7 * name.len() as u64;
    let meets = |line: u64| {
        let mut others = taken.iter();
        others.any(|&[from, to, other]| from < end && x < to && other.abs_diff(line) < 13)
    };
    let free = (line..).find(|&line| !meets(line)).unwrap_or(line);
    taken.push([x, end, free]);
    free
}

/// Draws lengths by spans of 10 seconds, with two of their percentiles in ticks and what the second one may be.
pub(super) fn histogram(counts: &[u64], [median, last]: [u32; 2]) -> String {
    const LEFT: u64 = 50;
    const TOP: u64 = 20;
    const HEIGHT: u64 = 200;
    const ALLOWED: u32 = 4_800;
    let spans = (counts.len() as u64).max(26);
    let width = (WIDTH - LEFT - 20) / spans;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let base = TOP + HEIGHT;
    let mut parts = Vec::new();
    for (span, &count) in (0..).zip(counts) {
        let (x, high) = (LEFT + span * width, count * HEIGHT / most);
        let seconds = span * 10;
        parts.push(format!(
            "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{high}\">\
             <title>{seconds} to {} s: {count} fights</title></rect>",
            x + 1,
            base - high,
            width - 2,
            seconds + 10
        ));
    }
    parts.push(format!(
        "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{base}\" x2=\"{}\" y2=\"{base}\"/>",
        LEFT + spans * width
    ));
    for span in (0..=spans).step_by(6) {
        let (x, minutes) = (LEFT + span * width, span / 6);
        parts.push(format!(
            "<text class=\"soft mid\" x=\"{x}\" y=\"{}\">{minutes} min</text>",
            base + 18
        ));
    }
    parts.push(format!(
        "<text class=\"soft end\" x=\"{}\" y=\"{}\">{most}</text>",
        LEFT - 6,
        TOP + 8
    ));
    for (class, ticks, name, row) in [
        ("mark", median, "median", 0),
        ("mark", last, "99 %", 1),
        ("limit", ALLOWED, "allowed", 0),
    ] {
        let x = LEFT + u64::from(ticks) * width / u64::from(super::SPAN_TICKS);
        parts.push(format!(
            "<line class=\"{class}\" x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{base}\"/>"
        ));
        parts.push(format!(
            "<text x=\"{}\" y=\"{}\">{name}</text>",
            x + 4,
            TOP - 6 + row * 14
        ));
    }
    svg(base + 26, "lengths of fights", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_are_even_in_the_middle_and_end_at_the_reach() {
        let shades = [0, 350, 480, 500, 515, 650, 1000].map(|permille| shade(permille, 150));
        assert_eq!(shades, [0, 0, 3, 4, 4, 8, 8]);
        assert_eq!([0, 500, 1000].map(|permille| shade(permille, 500)), [0, 4, 8]);
    }

    #[test]
    fn plots_keep_names_from_being_markup_and_need_no_data() {
        let bar = Bar {
            label: "<b>",
            permille: 650,
            note: "a & b".to_owned(),
        };
        let drawn = bars(&[bar]);
        assert!(drawn.contains("&lt;b&gt;") && drawn.contains("a &amp; b") && drawn.contains("65.0 % outside"));
        for empty in [bars(&[]), heat(&[], &[], 150), scatter(&[]), histogram(&[], [0, 0])] {
            assert!(empty.starts_with("<svg") && empty.ends_with("</svg>"));
        }
    }
}
