//! Glicko-2 as pure functions over stored rows, so that the auditor can compute every change again.
//!
//! Source: Glickman, "Example of the Glicko-2 system" (2022), through `skillratings`, one match per update. Between matches
//! the deviation grows with the fraction of a rating period that has passed, as lichess does it, and never falls under a floor.

use std::time::Duration;

use skillratings::Outcomes;
use skillratings::glicko2::{Glicko2Config, Glicko2Rating, glicko2};
use tiltyard_db::durable::ratings::{Rating, RatingChange, RatingRecord, Score};
use tiltyard_protocol::{MatchId, PlayerId, Timestamp};

/// Version of everything in this file; a stored change names the one that made it.
pub const ALGORITHM: i32 = 1;
/// Time in which the deviation grows by one volatility.
const PERIOD: Duration = Duration::from_secs(24 * 3600);
/// Under it a rating would stop to follow its player.
const DEVIATION_MIN: f64 = 45.0;
/// That of a player of whom nothing is known.
const DEVIATION_MAX: f64 = 350.0;
/// Points per unit of the Glicko-2 scale.
const SCALE: f64 = 173.717_8;
/// How far a recomputation may be off: other processors, other last bits.
const TOLERANCE: f64 = 1e-9;

/// One of the two rated players of a match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contestant {
    pub(crate) player: PlayerId,
    pub(crate) record: RatingRecord,
    pub(crate) score: Score,
}

/// Computes both players' changes from their records at the time `at`.
pub(crate) fn changes(match_id: MatchId, contestants: [Contestant; 2], at: Timestamp) -> Vec<RatingChange> {
    let [left, right] = contestants;
    vec![
        change(match_id, left, right.record.rating, at),
        change(match_id, right, left.record.rating, at),
    ]
}

fn change(match_id: MatchId, who: Contestant, opponent: Rating, at: Timestamp) -> RatingChange {
    let idle = who
        .record
        .rated_at
        .map_or(Duration::ZERO, |rated_at| at.since(rated_at));
    let idle_micros = i64::try_from(idle.as_micros()).unwrap_or(i64::MAX);
    RatingChange {
        player: who.player,
        match_id,
        number: who.record.version + 1,
        before: who.record.rating,
        after: rate(who.record.rating, opponent, who.score, idle_micros),
        opponent,
        score: who.score,
        idle_micros,
        algorithm: ALGORITHM,
        at,
    }
}

/// Computes the rating after one match.
fn rate(before: Rating, opponent: Rating, score: Score, idle_micros: i64) -> Rating {
    let outcome = match score {
        Score::Win => Outcomes::WIN,
        Score::Loss => Outcomes::LOSS,
        Score::Draw => Outcomes::DRAW,
    };
    let (after, _) = glicko2(
        &rested(before, idle_micros),
        &as_glicko(opponent),
        &outcome,
        &Glicko2Config::new(),
    );
    Rating {
        rating: after.rating,
        deviation: after.deviation.clamp(DEVIATION_MIN, DEVIATION_MAX),
        volatility: after.volatility,
    }
}

/// Grows the deviation: step 6 of the paper, scaled by the fraction of a period that has passed.
fn rested(rating: Rating, idle_micros: i64) -> Glicko2Rating {
    let periods = Duration::from_micros(idle_micros.unsigned_abs()).as_secs_f64() / PERIOD.as_secs_f64();
    let phi = rating.deviation / SCALE;
    let grown = (phi * phi + rating.volatility * rating.volatility * periods).sqrt() * SCALE;
    as_glicko(Rating {
        deviation: grown.min(DEVIATION_MAX),
        ..rating
    })
}

const fn as_glicko(rating: Rating) -> Glicko2Rating {
    Glicko2Rating {
        rating: rating.rating,
        deviation: rating.deviation,
        volatility: rating.volatility,
    }
}

/// Computes a stored change again.
///
/// # Errors
/// Says how the stored change differs.
pub fn verify(change: &RatingChange) -> Result<(), String> {
    if change.algorithm != ALGORITHM {
        return Err(format!(
            "made by algorithm {}, which this version does not have",
            change.algorithm
        ));
    }
    let again = rate(change.before, change.opponent, change.score, change.idle_micros);
    let stored = change.after;
    let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE;
    if near(again.rating, stored.rating)
        && near(again.deviation, stored.deviation)
        && near(again.volatility, stored.volatility)
    {
        Ok(())
    } else {
        Err(format!("stored {stored:?}, computed again {again:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contestant(n: u8, score: Score) -> Contestant {
        Contestant {
            player: PlayerId::from_bytes([n; 16]),
            record: RatingRecord::START,
            score,
        }
    }

    fn first_match() -> Vec<RatingChange> {
        let contestants = [contestant(1, Score::Win), contestant(2, Score::Loss)];
        changes(MatchId::from_bytes([9; 16]), contestants, Timestamp::from_micros(5))
    }

    #[test]
    fn the_winner_gains_what_the_loser_loses_between_equals() {
        let [winner, loser] = first_match().try_into().unwrap();
        assert!((winner.after.rating - 1662.3).abs() < 0.1, "{winner:?}");
        assert!((winner.after.rating + loser.after.rating - 3000.0).abs() < 1e-9);
        assert!(winner.after.deviation < 350.0);
        assert_eq!((winner.number, loser.number), (1, 1));
    }

    #[test]
    fn a_stored_change_verifies_and_a_touched_one_does_not() {
        let mut change = first_match().remove(0);
        assert_eq!(verify(&change), Ok(()));
        change.after.rating += 1e-6;
        assert!(verify(&change).is_err());
    }

    #[test]
    fn rest_grows_the_deviation_up_to_the_cap_and_play_never_under_the_floor() {
        let sure = Rating {
            deviation: 50.0,
            ..Rating::START
        };
        let day = i64::try_from(PERIOD.as_micros()).unwrap();
        assert!(rested(sure, day).deviation > 50.0);
        assert!(rested(sure, i64::MAX).deviation <= DEVIATION_MAX);
        let certain = Rating {
            deviation: DEVIATION_MIN,
            ..Rating::START
        };
        assert!(rate(certain, certain, Score::Draw, 0).deviation >= DEVIATION_MIN);
    }
}
