//! A season's end as a pure function: ratings are drawn towards the middle, and are less sure afterwards.

use tiltyard_db::durable::ratings::{Rating, RatingRecord, RatingReset};
use tiltyard_db::durable::seasons::SeasonTerms;
use tiltyard_protocol::{PlayerId, Timestamp};

use crate::rating::{DEVIATION_MAX, DEVIATION_MIN, compare, unknown};

/// Version of the formula; a stored reset names the one that made it.
pub const ALGORITHM: i32 = 1;

/// Returns what is wrong with terms, each with its name.
#[must_use]
pub fn problems(terms: SeasonTerms) -> Vec<String> {
    let ranges = [
        ("keep", terms.keep, 0.0, 1.0),
        ("deviation", terms.deviation, DEVIATION_MIN, DEVIATION_MAX),
    ];
    let outside = ranges
        .into_iter()
        .filter(|(_, value, least, most)| !(least..=most).contains(&value));
    outside
        .map(|(name, value, least, most)| format!("{name}: {value} is not within {least} and {most}"))
        .collect()
}

/// Returns the rating after a season: the share `keep` of its distance from the start, a deviation of at least the one given.
#[must_use]
pub fn soft_reset(before: Rating, terms: SeasonTerms) -> Rating {
    let start = Rating::START.rating;
    Rating {
        rating: start + terms.keep * (before.rating - start),
        deviation: before.deviation.max(terms.deviation),
        volatility: before.volatility,
    }
}

/// Returns the step of one player's history.
#[must_use]
pub fn reset(season: i64, terms: SeasonTerms, player: PlayerId, record: &RatingRecord, at: Timestamp) -> RatingReset {
    RatingReset {
        player,
        season,
        number: record.version + 1,
        before: record.rating,
        after: soft_reset(record.rating, terms),
        algorithm: ALGORITHM,
        at,
    }
}

/// Computes a stored reset again; `terms` are its season's.
///
/// # Errors
/// Says how the stored reset differs.
pub fn verify(reset: &RatingReset, terms: Option<SeasonTerms>) -> Result<(), String> {
    if reset.algorithm != ALGORITHM {
        return Err(unknown(reset.algorithm));
    }
    let terms = terms.ok_or_else(|| format!("made by season {}, which is not known", reset.season))?;
    compare(reset.after, soft_reset(reset.before, terms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TERMS: SeasonTerms = SeasonTerms {
        keep: 0.5,
        deviation: 120.0,
    };

    fn rating(rating: f64, deviation: f64) -> Rating {
        Rating {
            rating,
            deviation,
            ..Rating::START
        }
    }

    #[test]
    fn half_the_way_is_kept_and_nobody_is_surer_than_the_terms_allow() {
        assert_eq!(soft_reset(rating(1_900.0, 60.0), TERMS), rating(1_700.0, 120.0));
        assert_eq!(soft_reset(rating(1_300.0, 200.0), TERMS), rating(1_400.0, 200.0));
    }

    #[test]
    fn terms_outside_their_ranges_are_named() {
        assert_eq!(problems(TERMS), [""; 0]);
        let wrong = SeasonTerms {
            keep: f64::NAN,
            deviation: 44.0,
        };
        let problems = problems(wrong);
        assert!(problems[0].starts_with("keep: NaN") && problems[1].starts_with("deviation: 44"));
    }

    #[test]
    fn a_stored_reset_verifies_and_a_touched_one_does_not() {
        let record = RatingRecord {
            rating: rating(1_777.7, 61.0),
            version: 4,
            ..RatingRecord::START
        };
        let at = Timestamp::from_micros(5);
        let mut stored = reset(3, TERMS, PlayerId::from_bytes([1; 16]), &record, at);
        assert_eq!((stored.number, stored.season), (5, 3));
        assert_eq!(verify(&stored, Some(TERMS)), Ok(()));
        assert!(verify(&stored, None).unwrap_err().contains("season 3"));
        let other = SeasonTerms { keep: 0.51, ..TERMS };
        assert!(verify(&stored, Some(other)).is_err());
        stored.algorithm = 2;
        assert!(verify(&stored, Some(TERMS)).unwrap_err().contains("algorithm 2"));
    }

    proptest! {
        #[test]
        fn resets_are_sound_nearer_the_start_and_keep_the_order(
            a in -1_500.0_f64..4_500.0,
            b in -1_500.0_f64..4_500.0,
            deviation in DEVIATION_MIN..DEVIATION_MAX,
            keep in 0.0_f64..=1.0,
        ) {
            let terms = SeasonTerms { keep, deviation: 120.0 };
            let [x, y] = [a, b].map(|a| soft_reset(rating(a, deviation), terms));
            prop_assert!(x.is_sound() && x.deviation >= 120.0 && x.deviation >= deviation);
            prop_assert!((x.rating - 1_500.0).abs() <= (a - 1_500.0).abs() + 1e-9);
            prop_assert!(a < b || x.rating >= y.rating);
        }
    }
}
