//! Pending matches whose rules nobody runs: they get other stamps, and what was fought under the former ones is refused.

use futures::future::join_all;
use tiltyard_protocol::{ContentHash, MatchId, StateHash};

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::leader::Leadership;
use crate::durable::matches::{MatchState, PendingMatch, Restamp, Restamped, Stamps, Terms};
use crate::durable::results::{Finish, Finished, GivenUp};

/// The stamps of matches that were made under `stamps()` and stamped anew.
fn other() -> Stamps {
    Stamps {
        engine: "0.2.0".to_owned(),
        rules_version: 4,
        content: ContentHash::of(b"other content"),
        rng: "pcg65".to_owned(),
        ..stamps()
    }
}

fn keeping(kept: &[u32]) -> Restamp {
    let Stamps { engine, rng, .. } = other();
    Restamp {
        kept: kept.to_vec(),
        engine,
        terms: other().terms(),
        rng,
    }
}

async fn restamp(store: &Durable, leadership: &Leadership, kept: &[u32]) -> Vec<MatchId> {
    match store.matches.restamp(leadership, keeping(kept), 100).await.unwrap() {
        Restamped::Done(mut ids) => {
            ids.sort_unstable();
            ids
        }
        Restamped::Fenced => panic!("fenced"),
    }
}

fn anew(made: &PendingMatch) -> PendingMatch {
    PendingMatch {
        stamps: other(),
        ..made.clone()
    }
}

/// Pending matches of every mode and queue get the new stamps and keep their seeds; what is kept or has ended stays as it was.
pub async fn what_nobody_fights_is_stamped_anew(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let ranked = meet(&store, &leadership, key(1), key(2)).await;
    let done = meet(&store, &leadership, key(3), key(4)).await;
    let lost = spar(&store, key(5)).await;
    let practice = spar(&store, key(6)).await;
    finish(&store, unrated(&done)).await;
    store.results.give_up(give_up(&lost)).await.unwrap();
    assert_eq!(
        restamp(&store, &leadership, &[3, 4]).await,
        [],
        "both versions are kept"
    );
    let mut expected = [ranked.id, practice.id];
    expected.sort_unstable();
    assert_eq!(restamp(&store, &leadership, &[4]).await, expected);
    assert_eq!(restamp(&store, &leadership, &[4]).await, [], "once is enough");
    let pending = async |id| store.matches.pending_match(id).await.unwrap();
    assert_eq!(pending(ranked.id).await, Some(anew(&ranked)));
    assert_eq!(pending(practice.id).await, Some(anew(&practice)));
    for (owner, ended) in [(3, &done), (5, &lost)] {
        let record = store.matches.match_of(player(owner), ended.id).await.unwrap().unwrap();
        assert_eq!(record.pending, *ended);
    }
    assert_sound(&store).await;
}

/// A leader of an older epoch, or of none, changes nothing.
pub async fn only_a_leader_stamps_anew(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let former = lead(&store).await;
    let made = meet(&store, &former, key(1), key(2)).await;
    let newest = lead(&store).await;
    let stranger = Leadership {
        boot: boot(9),
        ..newest
    };
    for leadership in [&former, &stranger] {
        let outcome = store.matches.restamp(leadership, keeping(&[4]), 100).await.unwrap();
        assert_eq!(outcome, Restamped::Fenced);
    }
    assert_eq!(store.matches.pending_match(made.id).await.unwrap(), Some(made));
}

/// A limit takes the oldest.
pub async fn the_oldest_are_stamped_anew_up_to_a_limit(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let oldest = spar(&store, key(9)).await;
    meet(&store, &leadership, key(1), key(2)).await;
    meet(&store, &leadership, key(3), key(4)).await;
    let stamped = async |limit| store.matches.restamp(&leadership, keeping(&[4]), limit).await.unwrap();
    assert_eq!(stamped(1).await, Restamped::Done(vec![oldest.id]));
    assert!(matches!(stamped(100).await, Restamped::Done(rest) if rest.len() == 2));
}

/// What was fought under the former stamps is refused, before and after the match has its result; that of the new ones counts.
pub async fn a_late_result_of_former_rules_is_refused(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let mut late = rated(&store, &made).await;
    late.outcome.state_hash = StateHash(2);
    restamp(&store, &leadership, &[4]).await;
    let content_only = Finish {
        terms: Terms {
            rules_version: 4,
            ..late.terms
        },
        ..late.clone()
    };
    for late in [&late, &content_only] {
        assert_eq!(finish(&store, late.clone()).await, Finished::Superseded);
    }
    assert_eq!(
        store.results.give_up(give_up(&made)).await.unwrap(),
        GivenUp::NotPending
    );
    assert_eq!(store.matches.pending_match(made.id).await.unwrap(), Some(anew(&made)));
    let valid = rated(&store, &anew(&made)).await;
    assert!(matches!(finish(&store, valid.clone()).await, Finished::Done(_)));
    for late in [late, content_only] {
        assert_eq!(finish(&store, late).await, Finished::Superseded);
    }
    assert_eq!(
        finish(&store, valid.clone()).await,
        Finished::Already(valid.outcome.state_hash)
    );
    let record = store.matches.match_of(player(1), made.id).await.unwrap().unwrap();
    assert!(matches!(record.state, MatchState::Done(done) if done.outcome == valid.outcome));
    assert_eq!(record.pending, anew(&made));
    assert_sound(&store).await;
}

/// In one batch with a valid one, a refused result takes no place from it.
pub async fn a_refused_result_does_not_stand_for_the_next(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = spar(&store, key(1)).await;
    restamp(&store, &leadership, &[4]).await;
    let valid = unrated(&anew(&made));
    let batch = vec![unrated(&made), valid.clone(), unrated(&made), valid.clone()];
    let outcomes = store.results.finish(batch).await.unwrap();
    assert_eq!(outcomes[0], Finished::Superseded);
    assert!(matches!(outcomes[1], Finished::Done(_)), "{outcomes:?}");
    assert_eq!(outcomes[2], Finished::Superseded);
    assert_eq!(outcomes[3], Finished::Already(valid.outcome.state_hash));
    assert_sound(&store).await;
}

/// A match with new stamps begins to count anew; a report of a former attempt counts for nothing.
pub async fn failures_under_former_rules_do_not_count(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = spar(&store, key(1)).await;
    let report = async |terms, second| {
        let failed = store
            .results
            .record_failure(made.id, terms, node(1), "crash", at(second));
        failed.await.unwrap()
    };
    assert_eq!(report(stamps().terms(), 1).await, 1);
    assert_eq!(report(stamps().terms(), 2).await, 2);
    restamp(&store, &leadership, &[4]).await;
    assert_eq!(report(stamps().terms(), 3).await, 0);
    assert_eq!(report(other().terms(), 4).await, 1);
    assert_eq!(
        store.results.give_up(give_up(&made)).await.unwrap(),
        GivenUp::NotPending
    );
    let outcome = store.results.give_up(give_up(&anew(&made))).await.unwrap();
    assert!(matches!(outcome, GivenUp::Done(_)));
    assert_sound(&store).await;
}

/// A result and new stamps at once: either the match is done under the old ones, or it has the new ones and is pending.
pub async fn a_result_and_new_stamps_never_both_win(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let leadership = lead(&nodes[0]).await;
    let mut made = Vec::new();
    for n in 1..=20 {
        made.push(spar(&nodes[0], key(n)).await);
    }
    let finishing = join_all(made.iter().map(|made| finish(&nodes[0], unrated(made))));
    let (outcomes, stamped) = tokio::join!(finishing, restamp(&nodes[1], &leadership, &[4]));
    for (made, outcome) in made.iter().zip(outcomes) {
        match outcome {
            Finished::Done(_) => assert!(!stamped.contains(&made.id), "{made:?}"),
            Finished::Superseded => assert!(stamped.contains(&made.id), "{made:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert_sound(&nodes[0]).await;
}
