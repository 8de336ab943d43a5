//! Tests of the ratings: by hand where a number is known, by property where a law is.

use proptest::prelude::*;

use super::*;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

fn contestant(n: u8, score: Score) -> Contestant {
    Contestant {
        player: PlayerId::from_bytes([n; 16]),
        record: RatingRecord::START,
        score,
    }
}

fn first_match() -> Vec<RatingChange> {
    let contestants = [contestant(1, Score::Win), contestant(2, Score::Loss)];
    changes(MatchId::from_bytes([9; 16]), contestants, Timestamp::from_micros(5)).unwrap()
}

fn rated(before: Rating, opponent: Rating, score: Score, idle_micros: i64) -> Rating {
    rate(glicko2_by_match, before, opponent, score, idle_micros).unwrap()
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
fn a_change_is_computed_again_by_its_version_or_not_at_all() {
    let mut change = first_match().remove(0);
    change.algorithm = ALGORITHM + 1;
    let refused = verify(&change).unwrap_err();
    assert!(refused.contains("algorithm 2"), "{refused}");
    assert!(
        algorithm(ALGORITHM).is_some(),
        "what computes new changes can compute them again"
    );
}

#[test]
fn what_is_no_rating_is_refused_before_and_after() {
    let nan = Rating {
        rating: f64::NAN,
        ..Rating::START
    };
    let mut contestants = [contestant(1, Score::Win), contestant(2, Score::Loss)];
    contestants[1].record.rating = nan;
    let refused = changes(MatchId::from_bytes([9; 16]), contestants, Timestamp::from_micros(5));
    assert!(refused.unwrap_err().to_string().contains("NaN"));
    let broken: Rate = |_, _, _, _| Rating {
        volatility: f64::INFINITY,
        ..Rating::START
    };
    assert!(rate(broken, Rating::START, Rating::START, Score::Draw, 0).is_err());
}

#[test]
fn rest_grows_the_deviation_up_to_a_strangers_and_play_never_under_the_floor() {
    let sure = Rating {
        deviation: 50.0,
        ..Rating::START
    };
    let rests = [0, DAY_MICROS, 30 * DAY_MICROS, 3_650 * DAY_MICROS, i64::MAX];
    let grown = rests.map(|idle| rested(sure, idle).deviation);
    assert!((grown[0] - 50.0).abs() < 1e-9);
    assert!(
        grown.windows(2).all(|pair| pair[0] <= pair[1]) && grown[1] > 50.0,
        "{grown:?}"
    );
    assert!((grown[4] - DEVIATION_MAX).abs() < 1e-9, "{grown:?}");
    let certain = Rating {
        deviation: DEVIATION_MIN,
        ..Rating::START
    };
    assert!(rated(certain, certain, Score::Draw, 0).deviation >= DEVIATION_MIN);
}

#[test]
fn a_rating_is_provisional_until_enough_is_known_and_again_after_a_long_rest() {
    let at = |days: i64| Timestamp::from_micros(days * DAY_MICROS);
    let settled = RatingRecord {
        rating: Rating {
            deviation: 80.0,
            ..Rating::START
        },
        version: 20,
        rated_at: Some(at(1)),
        won: 10,
        lost: 9,
        drawn: 1,
    };
    assert!(current(&RatingRecord::START, at(1)).provisional);
    assert!(!current(&settled, at(2)).provisional);
    assert!(current(&settled, at(1_000)).provisional);
    let few = RatingRecord {
        won: 0,
        lost: 3,
        ..settled
    };
    assert!(current(&few, at(2)).provisional);
    let record = current(&settled, at(2));
    assert!(record.rating.deviation > 80.0 && record.rating.rating.to_bits() == 1_500.0_f64.to_bits());
}

fn any_rating() -> impl Strategy<Value = Rating> {
    (
        -1_500.0_f64..=4_500.0,
        DEVIATION_MIN..=DEVIATION_MAX,
        VOLATILITY.0..=VOLATILITY.1,
    )
        .prop_map(|(rating, deviation, volatility)| Rating {
            rating,
            deviation,
            volatility,
        })
}

fn any_score() -> impl Strategy<Value = Score> {
    prop_oneof![Just(Score::Win), Just(Score::Loss), Just(Score::Draw)]
}

fn mirrored(rating: Rating) -> Rating {
    Rating {
        rating: 3_000.0 - rating.rating,
        ..rating
    }
}

proptest! {
    #[test]
    fn ratings_stay_within_their_bounds(
        before in any_rating(), opponent in any_rating(), score in any_score(), idle in 0..=i64::MAX,
    ) {
        let after = rated(before, opponent, score, idle);
        prop_assert!(after.is_sound(), "{:?}", after);
        prop_assert!((after.rating - 1_500.0).abs() <= REACH);
        prop_assert!((DEVIATION_MIN..=DEVIATION_MAX).contains(&after.deviation));
        prop_assert!((VOLATILITY.0..=VOLATILITY.1).contains(&after.volatility));
    }

    #[test]
    fn whatever_a_store_may_hold_leads_to_a_rating(
        rating in -1e6_f64..=1e6, other in -1e6_f64..=1e6, deviation in f64::MIN_POSITIVE..=350.0,
        volatility in f64::MIN_POSITIVE..=1.0, score in any_score(), idle in 0..=i64::MAX,
    ) {
        let [before, opponent] = [rating, other].map(|rating| Rating { rating, deviation, volatility });
        prop_assert!(rate(glicko2_by_match, before, opponent, score, idle).is_ok());
    }

    #[test]
    fn mirrored_players_with_mirrored_scores_get_mirrored_ratings(
        before in any_rating(), opponent in any_rating(), score in any_score(), idle in 0..=3_650 * DAY_MICROS,
    ) {
        let opposite = match score {
            Score::Win => Score::Loss,
            Score::Loss => Score::Win,
            Score::Draw => Score::Draw,
        };
        let after = rated(before, opponent, score, idle);
        let mirror = mirrored(rated(mirrored(before), mirrored(opponent), opposite, idle));
        prop_assert!((after.rating - mirror.rating).abs() < 1e-6, "{:?} {:?}", after, mirror);
        prop_assert!((after.deviation - mirror.deviation).abs() < 1e-6);
    }

    #[test]
    fn a_better_score_is_never_worse(before in any_rating(), opponent in any_rating(), idle in 0..=3_650 * DAY_MICROS) {
        let [loss, draw, win] =
            [Score::Loss, Score::Draw, Score::Win].map(|score| rated(before, opponent, score, idle).rating);
        prop_assert!(loss <= draw && draw <= win, "{} {} {}", loss, draw, win);
        prop_assert!(loss <= before.rating + 1e-9 && win >= before.rating - 1e-9);
    }

    #[test]
    fn a_change_verifies_however_often_it_is_computed(
        own in any_rating(), other in any_rating(), rated_at in 0..1_000 * DAY_MICROS, rest in 0..1_000 * DAY_MICROS,
    ) {
        let record = |rating| RatingRecord {
            rating,
            version: 3,
            rated_at: Some(Timestamp::from_micros(rated_at)),
            won: 3,
            ..RatingRecord::START
        };
        let contestants = [
            Contestant { record: record(own), ..contestant(1, Score::Win) },
            Contestant { record: record(other), ..contestant(2, Score::Loss) },
        ];
        let at = Timestamp::from_micros(rated_at + rest);
        let compute = || changes(MatchId::from_bytes([9; 16]), contestants, at).unwrap();
        let computed = compute();
        prop_assert_eq!(&computed, &compute());
        for change in &computed {
            prop_assert_eq!(change.idle_micros, rest);
            prop_assert_eq!(verify(change), Ok(()));
        }
    }
}
