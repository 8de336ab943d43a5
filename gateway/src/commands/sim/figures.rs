//! Numbers as commands show them.

/// Returns the least value that at least so many permille of a sorted list do not exceed; `None` of an empty list.
pub(super) fn at<T: Copy>(sorted: &[T], permille: usize) -> Option<T> {
    let rank = (sorted.len() * permille.min(1000)).div_ceil(1000);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Returns nanoseconds as milliseconds, to the microsecond.
pub(super) fn ms(ns: u64) -> f64 {
    rounded(ns as f64 / 1e6, 1000.0)
}

/// Returns how many per second so many in so long are, to a tenth.
pub(super) fn per_second(count: u64, ns: u64) -> f64 {
    rounded(count as f64 * 1e9 / ns.max(1) as f64, 10.0)
}

/// Returns a share to a tenth.
pub(super) fn ratio(amount: u64, of: u64) -> f64 {
    rounded(amount as f64 / of.max(1) as f64, 10.0)
}

/// Returns permille as percent with one decimal.
pub(super) fn percent(permille: u64) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_and_need_no_data() {
        assert_eq!((ms(1_234_567), per_second(3, 2_000_000_000)), (1.235, 1.5));
        assert_eq!((per_second(1, 0), ratio(1, 0)), (1e9, 1.0));
        assert_eq!(
            (at::<u8>(&[], 500), at(&[1, 2, 3], 500), at(&[1, 2, 3], 1000)),
            (None, Some(2), Some(3))
        );
        let tenths: Vec<usize> = (1..=10).collect();
        assert_eq!(
            [0, 500, 501, 900, 901, 990].map(|permille| at(&tenths, permille)),
            [1, 5, 6, 9, 10, 10].map(Some)
        );
        assert_eq!(percent(503), "50.3");
    }
}
