//! Units: ratings are whole thousandths of a point, so that gaps add up without rounding and their order is total.

/// Thousandths in a point.
pub const MILLI: i32 = 1_000;
/// Largest rating either way, in thousandths: a rating with a spread added stays within 32 bits.
pub const RATING_MAX: i32 = 1_000_000 * MILLI;
/// Largest spread in points that an entry can hold.
pub const SPREAD_LIMIT: u16 = 4_095;

/// Converts rating points to the nearest thousandth; what is not a number becomes 0.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "clamped to far less than 32 bits")]
pub fn milli(points: f64) -> i32 {
    let limit = f64::from(RATING_MAX);
    (points * f64::from(MILLI)).round().clamp(-limit, limit) as i32
}

/// Converts thousandths back to points, for people.
#[must_use]
pub fn points(milli: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let exact = milli as f64;
    exact / f64::from(MILLI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_thousandths_agree_and_extremes_are_clamped() {
        assert_eq!(milli(1_500.000_4), 1_500_000);
        assert_eq!(milli(-0.000_6), -1);
        assert_eq!(milli(f64::NAN), 0);
        assert_eq!(milli(f64::INFINITY), RATING_MAX);
        assert!((points(1_500_250) - 1_500.25).abs() < 1e-9);
        assert!(RATING_MAX.checked_add(i32::from(SPREAD_LIMIT) * MILLI).is_some());
    }
}
