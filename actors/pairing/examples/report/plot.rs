//! A plot of a few lines on logarithmic axes, as SVG text.

use std::fmt::{self, Write};

/// One line of a plot: its name and its points.
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

const COLOURS: [&str; 6] = ["#1b6ca8", "#d1495b", "#2a9d5c", "#8f5ea2", "#e08e0b", "#555555"];
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// Powers of ten that hold all values.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let low = values.clone().filter(|value| *value > 0.0).fold(f64::MAX, f64::min);
    let high = values.fold(f64::MIN_POSITIVE, f64::max);
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    (low, high.max(low + 1.0))
}

/// Where values stand in the picture.
struct Scale {
    x: (f64, f64),
    y: (f64, f64),
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        LEFT + (value.log10() - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (value.log10() - self.y.0) / (self.y.1 - self.y.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn grid(&self, svg: &mut String) -> fmt::Result {
        let foot = HEIGHT - BOTTOM;
        let powers = |(low, high): (f64, f64)| {
            std::iter::successors(Some(low), |power| Some(power + 1.0))
                .take_while(move |power| *power <= high)
                .map(|power| 10_f64.powf(power))
        };
        for value in powers(self.x) {
            let at = self.x(value);
            writeln!(svg, r##"<path d="M{at:.1} {TOP}V{foot:.1}" stroke="#ddd"/>"##)?;
            let below = foot + 16.0;
            writeln!(
                svg,
                r#"<text x="{at:.1}" y="{below:.1}" text-anchor="middle">{value}</text>"#
            )?;
        }
        for value in powers(self.y) {
            let (at, end, beside) = (self.y(value), WIDTH - RIGHT, LEFT - 6.0);
            writeln!(svg, r##"<path d="M{LEFT} {at:.1}H{end:.1}" stroke="#ddd"/>"##)?;
            let middle = at + 4.0;
            writeln!(
                svg,
                r#"<text x="{beside:.1}" y="{middle:.1}" text-anchor="end">{value}</text>"#
            )?;
        }
        Ok(())
    }
}

/// Draws curves; values of 0 are left out, since the axes are logarithmic.
pub(crate) fn draw(title: &str, x_name: &str, y_name: &str, curves: &[Curve]) -> Result<String, fmt::Error> {
    let points = || curves.iter().flat_map(|curve| curve.points.iter());
    let scale = Scale {
        x: decades(points().map(|point| point.0)),
        y: decades(points().map(|point| point.1)),
    };
    let mut svg = String::new();
    let (middle, half, foot) = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT / 2.0, HEIGHT - 12.0);
    let head = r#"xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12""#;
    writeln!(svg, r#"<svg {head} viewBox="0 0 {WIDTH} {HEIGHT}">"#)?;
    writeln!(svg, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
    writeln!(svg, r#"<text x="{LEFT}" y="22" font-size="15">{title}</text>"#)?;
    scale.grid(&mut svg)?;
    writeln!(
        svg,
        r#"<text x="{middle}" y="{foot}" text-anchor="middle">{x_name}</text>"#
    )?;
    let turned = format!("translate(16 {half}) rotate(-90)");
    writeln!(
        svg,
        r#"<text transform="{turned}" text-anchor="middle">{y_name}</text>"#
    )?;
    for (n, (curve, colour)) in curves.iter().zip(COLOURS).enumerate() {
        let drawn = curve.points.iter().filter(|point| point.1 > 0.0);
        let path: Vec<_> = drawn
            .map(|point| format!("{:.1},{:.1}", scale.x(point.0), scale.y(point.1)))
            .collect();
        let path = path.join(" ");
        writeln!(
            svg,
            r#"<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"#
        )?;
        let (beside, at) = (WIDTH - RIGHT + 12.0, 18.0_f64.mul_add(n as f64, TOP + 10.0));
        writeln!(
            svg,
            r#"<text x="{beside}" y="{at}" fill="{colour}">{}</text>"#,
            curve.name
        )?;
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}
