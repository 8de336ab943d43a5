//! Seasons: each player is archived and reset once, one link further in his chain, whatever happens at the same time.

use futures::future::join_all;

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::ratings::{RatingRecord, RatingStep};
use crate::durable::results::Finished;
use crate::durable::seasons::{ResetOutcome, Season, SeasonTerms};
use tiltyard_protocol::PlayerId;

const TERMS: SeasonTerms = SeasonTerms {
    keep: 0.5,
    deviation: 120.1,
};

/// Has the players of each pair fight, rated.
async fn fight(store: &Durable, pairs: &[(u32, u32)]) {
    let leadership = lead(store).await;
    let epoch = u32::try_from(leadership.epoch.0).unwrap();
    for (n, (left, right)) in (100 * epoch..).zip(pairs) {
        let (left, right) = ((player(*left), ticket(n)), (player(*right), ticket(n)));
        let made = meet(store, &leadership, left, right).await;
        let fought = rated(store, &made).await;
        assert!(matches!(finish(store, fought).await, Finished::Done(_)));
    }
}

async fn begin(store: &Durable, name: &str) -> Season {
    store.seasons.begin_season(name, TERMS, at(5)).await.unwrap()
}

async fn left(store: &Durable, season: &Season) -> Vec<(PlayerId, RatingRecord)> {
    let page = store.seasons.unarchived(season.number, None, 99).await.unwrap();
    page.into_iter()
        .filter_map(|(player, record)| Some((player, record?)))
        .collect()
}

/// Returns a page of the walk over the players, and who of them is left.
async fn page(store: &Durable, after: Option<u32>, rows: usize) -> Vec<(PlayerId, bool)> {
    let page = store.seasons.unarchived(1, after.map(player), rows).await.unwrap();
    page.iter()
        .map(|(player, record)| (*player, record.is_some()))
        .collect()
}

/// Another season waits until the one that is ending is through; a name is used once.
pub async fn one_season_ends_at_a_time(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let spring = begin(&store, "spring").await;
    let expected = Season {
        number: 1,
        name: "spring".to_owned(),
        terms: TERMS,
        began_at: at(5),
        ended_at: None,
        archived: 0,
    };
    assert_eq!(spring, expected);
    let other = SeasonTerms { keep: 1.0, ..TERMS };
    for name in ["spring", "summer"] {
        let found = store.seasons.begin_season(name, other, at(6)).await.unwrap();
        assert_eq!(found, spring, "{name}");
    }
    store.seasons.end_season(1, at(7)).await.unwrap();
    store.seasons.end_season(1, at(8)).await.unwrap();
    let ended = Season {
        ended_at: Some(at(7)),
        ..spring
    };
    assert_eq!(begin(&store, "spring").await, ended);
    let summer = begin(&store, "summer").await;
    assert_eq!((summer.number, summer.ended_at), (2, None));
    assert_eq!(begin(&store, "spring").await, summer, "the half done one comes first");
    assert_eq!(store.seasons.seasons().await.unwrap(), [ended, summer]);
}

/// A crowd begins one season.
pub async fn a_crowd_begins_one_season(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let names = ["a", "b", "c", "d"];
    let begun = join_all(
        names
            .iter()
            .cycle()
            .take(12)
            .enumerate()
            .map(|(n, name)| begin(&nodes[n % 2], name)),
    )
    .await;
    assert!(begun.iter().all(|season| *season == begun[0]), "{begun:?}");
    assert_eq!(nodes[0].seasons.seasons().await.unwrap(), begun[..1]);
}

/// A player is archived as he stood, and reset, once; the reset is a link of his chain.
pub async fn a_player_is_archived_and_reset_once(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    fight(&store, &[(1, 2), (1, 2)]).await;
    let season = begin(&store, "spring").await;
    let [(_, before), (other, _)] = left(&store, &season).await[..] else {
        panic!("two players are rated");
    };
    assert_eq!(other, player(2));
    let change = reset(season.number, player(1), before);
    let outcomes = store.seasons.reset_ratings(vec![change]).await.unwrap();
    assert_eq!(outcomes, [ResetOutcome::Done]);
    let after = RatingRecord {
        rating: change.after,
        version: 3,
        ..before
    };
    assert_eq!(store.ratings.ratings(&[player(1)]).await.unwrap(), [after]);
    assert_eq!(store.seasons.standings(player(1)).await.unwrap(), [(1, before)]);
    assert_eq!(store.seasons.standings(player(2)).await.unwrap(), []);
    let history = store.ratings.rating_history(player(1), 2, 9).await.unwrap();
    assert_eq!(history, [RatingStep::Reset(change)]);
    let again = vec![change, reset(season.number, player(1), after)];
    for each in again {
        let outcomes = store.seasons.reset_ratings(vec![each]).await.unwrap();
        assert_eq!(outcomes, [ResetOutcome::Already]);
    }
    assert_eq!(left(&store, &season).await.len(), 1);
    assert_eq!(store.seasons.seasons().await.unwrap()[0].archived, 1);
    assert_sound(&store).await;
    fight(&store, &[(1, 3)]).await;
    assert_sound(&store).await;
}

/// A match and a reset of the same version never both win; the loser is computed again.
pub async fn a_match_and_a_reset_never_both_win(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    fight(&nodes[0], &[(1, 2)]).await;
    let leadership = lead(&nodes[0]).await;
    let season = begin(&nodes[0], "spring").await;
    let made = meet(&nodes[0], &leadership, key(1), key(2)).await;
    let fought = rated(&nodes[0], &made).await;
    let standing = left(&nodes[1], &season).await;
    let resets: Vec<_> = standing
        .iter()
        .map(|(player, record)| reset(season.number, *player, *record))
        .collect();
    let (finished, outcomes) = futures::join!(finish(&nodes[0], fought), nodes[1].seasons.reset_ratings(resets));
    let outcomes = outcomes.unwrap();
    match finished {
        Finished::Done(_) => assert_eq!(outcomes, [ResetOutcome::Conflict; 2]),
        Finished::Conflict => assert_eq!(outcomes, [ResetOutcome::Done; 2]),
        other => panic!("{other:?}"),
    }
    assert_sound(&nodes[0]).await;
    if outcomes[0] == ResetOutcome::Conflict {
        let standing = left(&nodes[0], &season).await;
        let again = standing
            .iter()
            .map(|(player, record)| reset(season.number, *player, *record));
        let outcomes = nodes[0].seasons.reset_ratings(again.collect()).await.unwrap();
        assert_eq!(outcomes, [ResetOutcome::Done; 2]);
    } else {
        let fought = rated(&nodes[0], &made).await;
        assert!(matches!(finish(&nodes[0], fought).await, Finished::Done(_)));
    }
    assert_sound(&nodes[0]).await;
}

/// A crowd with the same players resets each of them once.
pub async fn a_crowd_resets_each_player_once(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    fight(&nodes[0], &[(1, 2), (3, 4), (5, 6)]).await;
    let season = begin(&nodes[0], "spring").await;
    let standing = left(&nodes[0], &season).await;
    let attempts = (0..8).map(|n| {
        let mut resets: Vec<_> = standing
            .iter()
            .map(|(player, record)| reset(season.number, *player, *record))
            .collect();
        resets.rotate_left(n % 6);
        nodes[n % 2].seasons.reset_ratings(resets)
    });
    let outcomes: Vec<_> = join_all(attempts).await.into_iter().flat_map(Result::unwrap).collect();
    let done = outcomes.iter().filter(|outcome| **outcome == ResetOutcome::Done);
    assert_eq!((done.count(), outcomes.len()), (6, 48));
    assert_eq!(left(&nodes[0], &season).await, []);
    assert_eq!(nodes[0].seasons.seasons().await.unwrap()[0].archived, 6);
    assert_sound(&nodes[0]).await;
}

/// Players come by id in pages, the unrated never; what is no rating is refused alone.
pub async fn resets_answer_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    fight(&store, &[(4, 2), (3, 1)]).await;
    let season = begin(&store, "spring").await;
    let page = async |after| page(&store, after, 2).await;
    assert_eq!(page(None).await, [(player(1), true), (player(2), true)]);
    assert_eq!(page(Some(2)).await, [(player(3), true), (player(4), true)]);
    assert_eq!(page(Some(4)).await, []);
    let standing = left(&store, &season).await;
    let mut resets: Vec<_> = standing
        .iter()
        .map(|(player, record)| reset(season.number, *player, *record))
        .collect();
    resets[0].after.rating = f64::NAN;
    resets[2].number += 1;
    resets.push(reset(season.number, player(9), RatingRecord::START));
    resets.swap(1, 2);
    let outcomes = store.seasons.reset_ratings(resets).await.unwrap();
    let expected = [
        ResetOutcome::Refused,
        ResetOutcome::Conflict,
        ResetOutcome::Done,
        ResetOutcome::Done,
        ResetOutcome::Conflict,
    ];
    assert_eq!(outcomes, expected);
    let standing = left(&store, &season).await;
    assert_eq!(
        standing.iter().map(|(player, _)| *player).collect::<Vec<_>>(),
        [player(1), player(3)]
    );
    assert_eq!(store.seasons.reset_ratings(Vec::new()).await.unwrap(), []);
    assert_sound(&store).await;
}

/// A killed run is gone on with from the first player: who is through fills pages as who is left does, so that none costs more.
pub async fn who_is_archived_is_walked_over_in_pages(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    fight(&store, &[(1, 2), (3, 4), (5, 6), (7, 8)]).await;
    let season = begin(&store, "spring").await;
    let standing = left(&store, &season).await;
    let but_the_sixth = standing.iter().filter(|(each, _)| *each != player(6));
    let resets: Vec<_> = but_the_sixth
        .map(|(player, record)| reset(season.number, *player, *record))
        .collect();
    assert_eq!(
        store.seasons.reset_ratings(resets).await.unwrap(),
        [ResetOutcome::Done; 7]
    );
    let expected = |players: [u32; 3]| players.map(|n| (player(n), n == 6));
    assert_eq!(page(&store, None, 3).await, expected([1, 2, 3]));
    assert_eq!(page(&store, Some(3), 3).await, expected([4, 5, 6]));
    assert_eq!(page(&store, Some(6), 3).await, expected([7, 8, 9])[..2]);
    assert_eq!(page(&store, Some(8), 3).await, []);
    assert_sound(&store).await;
}
