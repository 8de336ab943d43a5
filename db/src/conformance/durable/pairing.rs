//! The fenced commit: matches of queued tickets within their spreads, a ticket never in two.

use futures::future::join;
use tiltyard_protocol::http::tickets::{Mode, TicketState};
use tiltyard_protocol::{Epoch, QueueName};

use super::DurableFixture;
use super::world::*;
use crate::durable::Durable;
use crate::durable::leader::Leadership;
use crate::durable::matches::{Commit, Paired, Pairing, PendingMatch, Seat};
use crate::durable::tickets::{NewTicket, Purpose};

async fn accept_all(store: &Durable, tickets: impl IntoIterator<Item = NewTicket>) {
    store_build(store).await;
    for ticket in tickets {
        accept(store, ticket).await;
    }
}

/// Makes the left player's rating higher than the right one's by a few matches won.
async fn rate_apart(store: &Durable, leadership: &Leadership) -> [f64; 2] {
    for n in 100..104 {
        let made = meet(store, leadership, (player(1), ticket(n)), (player(2), ticket(n))).await;
        let fought = rated(store, &made).await;
        finish(store, fought).await;
    }
    let ratings = store.ratings.ratings(&[player(1), player(2)]).await.unwrap();
    [ratings[0].rating.rating, ratings[1].rating.rating]
}

/// A commit makes the match of both tickets, with the builds they were queued with.
pub async fn a_commit_makes_a_match(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let expected = PendingMatch {
        id: pairing(key(1), key(2)).match_id,
        mode: Mode::Ranked,
        stamps: stamps(),
        seats: [key(1), key(2)].map(|key| Seat {
            entrant: entrant(key),
            build: build(),
        }),
        created_at: at(1),
    };
    assert_eq!(made, expected);
    for (player, ticket) in [key(1), key(2)] {
        let read = store.tickets.ticket(player, ticket).await.unwrap().unwrap();
        assert_eq!((read.state, read.match_id), (TicketState::Matched, Some(made.id)));
    }
    assert_sound(&store).await;
}

/// The same commit again changes nothing and says that the match was made.
pub async fn a_commit_sent_again_was_made_already(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let made = meet(&store, &leadership, key(1), key(2)).await;
    let again = commit(&store, &leadership, vec![pairing(key(1), key(2))]).await;
    assert_eq!(again, [Paired::Already]);
    finish(&store, unrated(&made)).await;
    let again = commit(&store, &leadership, vec![pairing(key(1), key(2))]).await;
    assert_eq!(again, [Paired::Already]);
    assert_sound(&store).await;
}

/// Whoever is not the newest leader is refused whole: an older epoch, another process, another queue, no epoch at all.
pub async fn only_the_newest_leader_commits(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    accept_all(&store, [ranked(key(1)), ranked(key(2))]).await;
    let old = lead(&store).await;
    let new = lead(&store).await;
    let intruders = [
        old,
        Leadership {
            boot: boot(2),
            ..new.clone()
        },
        Leadership {
            queue: queue("duel"),
            ..new.clone()
        },
        Leadership {
            epoch: Epoch(new.epoch.0 + 1),
            ..new.clone()
        },
    ];
    for intruder in intruders {
        let pairings = vec![pairing(key(1), key(2))];
        let answer = store.matches.commit(&intruder, pairings, at(1)).await.unwrap();
        assert_eq!(answer, Commit::Fenced, "{intruder:?}");
    }
    assert_eq!(store.matches.pending(None, at(9), 9).await.unwrap(), []);
    let queued = store.tickets.queued(&QueueName::ranked(), None, 9).await.unwrap();
    assert_eq!(queued.len(), 2);
    let outcomes = commit(&store, &new, vec![pairing(key(1), key(2))]).await;
    assert!(matches!(outcomes[..], [Paired::Done(_)]), "{outcomes:?}");
    assert_sound(&store).await;
}

/// A commit that meets a minting either counts for the epoch before or is refused.
pub async fn a_commit_and_a_minting_never_both_win(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    store_build(&nodes[0]).await;
    let mut leadership = lead(&nodes[0]).await;
    for n in 0..16 {
        let (left, right) = (key(2 * n + 1), key(2 * n + 2));
        accept(&nodes[0], ranked(left)).await;
        accept(&nodes[0], ranked(right)).await;
        let pairings = vec![pairing(left, right)];
        let (answer, next) = join(
            nodes[0].matches.commit(&leadership, pairings, at(1)),
            nodes[1].leaders.mint(&leadership.queue, boot(n), at(1)),
        )
        .await;
        let made = answer.unwrap() != Commit::Fenced;
        let pending = nodes[0].matches.pending_match(pairing(left, right).match_id).await;
        assert_eq!(pending.unwrap().is_some(), made);
        leadership = next.unwrap();
    }
    assert_sound(&nodes[0]).await;
}

/// A ticket that is not queued in the leader's queue is gone, and its partner stays queued.
pub async fn tickets_may_be_gone(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    meet(&store, &leadership, key(1), key(2)).await;
    let elsewhere = NewTicket {
        purpose: Purpose::Ranked {
            queue: queue("duel"),
            spread: WIDE,
            widen_to: None,
        },
        ..ranked(key(3))
    };
    accept_all(&store, [elsewhere, ranked(key(4)), practice(key(5)), ranked(key(6))]).await;
    store.tickets.cancel(vec![key(4)], at(1)).await.unwrap();
    for gone in [key(1), key(3), key(4), key(5), key(9)] {
        let pairings = vec![pairing(gone, key(6)), pairing(key(6), gone), pairing(gone, key(8))];
        let outcomes = commit(&store, &leadership, pairings).await;
        let expected = [[true, false], [false, true], [true, true]].map(|gone| Paired::Gone { gone });
        assert_eq!(outcomes, expected, "{gone:?}");
    }
    let left = store.tickets.ticket(player(6), ticket(6)).await.unwrap().unwrap();
    assert_eq!(left.state, TicketState::Queued);
    assert_sound(&store).await;
}

/// A player never meets himself: neither ticket is gone, and nothing changes.
pub async fn a_player_never_meets_himself(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let own = [(player(1), ticket(1)), (player(1), ticket(2))];
    accept_all(&store, own.map(ranked)).await;
    let pairings = vec![pairing(own[0], own[1]), pairing(own[0], own[0])];
    let outcomes = commit(&store, &leadership, pairings).await;
    let expected = Paired::Gone { gone: [false, false] };
    assert_eq!(outcomes, [expected.clone(), expected]);
    assert_eq!(
        store.tickets.queued(&QueueName::ranked(), None, 9).await.unwrap().len(),
        2
    );
    assert_sound(&store).await;
}

/// Within a batch the first pairing takes a ticket, and the others are told.
pub async fn a_ticket_is_in_one_match_of_a_batch(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    accept_all(&store, (1..=4).map(|n| ranked(key(n)))).await;
    let pairings = vec![
        pairing(key(1), key(2)),
        pairing(key(2), key(3)),
        pairing(key(4), key(1)),
        pairing(key(1), key(2)),
        pairing(key(3), key(4)),
    ];
    let outcomes = commit(&store, &leadership, pairings).await;
    let [Paired::Done(_), second, third, Paired::Already, Paired::Done(_)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(second, &Paired::Gone { gone: [true, false] });
    assert_eq!(third, &Paired::Gone { gone: [false, true] });
    assert_sound(&store).await;
}

/// Of two commits at once that want the same ticket, one gets it.
pub async fn a_ticket_is_in_one_match_of_concurrent_commits(fixture: &impl DurableFixture) {
    let nodes = [fixture.client().await, fixture.client().await];
    let leadership = lead(&nodes[0]).await;
    accept_all(&nodes[0], (0..48).map(|n| ranked(key(n)))).await;
    for n in (0..48).step_by(3) {
        let (one, other) = join(
            commit(&nodes[0], &leadership, vec![pairing(key(n), key(n + 1))]),
            commit(&nodes[1], &leadership, vec![pairing(key(n + 1), key(n + 2))]),
        )
        .await;
        let done = [&one[0], &other[0]].map(|paired| matches!(paired, Paired::Done(_)));
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "{one:?} {other:?}");
    }
    assert_sound(&nodes[0]).await;
}

/// The narrower of both spreads is held against the ratings of the moment of the commit, not those at queueing.
pub async fn spreads_are_held_against_current_ratings(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    accept_all(&store, [ranked_within(key(1), 20), ranked(key(2))]).await;
    let ratings = rate_apart(&store, &leadership).await;
    assert!(ratings[0] - ratings[1] > 20.0, "{ratings:?}");
    let refused = |ratings| vec![Paired::OutOfSpread { ratings }];
    let outcomes = commit(&store, &leadership, vec![pairing(key(1), key(2))]).await;
    assert_eq!(outcomes, refused(ratings));
    let outcomes = commit(&store, &leadership, vec![pairing(key(2), key(1))]).await;
    assert_eq!(outcomes, refused([ratings[1], ratings[0]]));
    let read = store.tickets.ticket(player(1), ticket(1)).await.unwrap().unwrap();
    assert_eq!(read.state, TicketState::Queued);
    assert_sound(&store).await;
}

/// What a ticket allows is the widest it may become: both must allow it.
pub async fn a_widened_spread_is_held_to_its_limit(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    let tickets = [
        widening(key(1), 1, 5_000),
        widening(key(2), 1, 5_000),
        widening(key(3), 1, 2),
    ];
    accept_all(&store, tickets).await;
    let ratings = rate_apart(&store, &leadership).await;
    assert!((2.0..5_000.0).contains(&(ratings[0] - ratings[1])), "{ratings:?}");
    let outcomes = commit(
        &store,
        &leadership,
        vec![pairing(key(1), key(3)), pairing(key(1), key(2))],
    )
    .await;
    assert!(
        matches!(outcomes[..], [Paired::OutOfSpread { .. }, Paired::Done(_)]),
        "{outcomes:?}"
    );
    assert_sound(&store).await;
}

/// A difference of exactly the spread is within it.
pub async fn a_spread_includes_its_edge(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    accept_all(&store, [ranked_within(key(1), 0), ranked_within(key(2), 0)]).await;
    let outcomes = commit(&store, &leadership, vec![pairing(key(1), key(2))]).await;
    assert!(matches!(outcomes[..], [Paired::Done(_)]), "{outcomes:?}");
}

/// A batch answers pairing by pairing, in order; what is refused holds up nothing.
pub async fn a_batch_of_pairings_answers_in_order(fixture: &impl DurableFixture) {
    let store = fixture.client().await;
    let leadership = lead(&store).await;
    rate_apart(&store, &leadership).await;
    let narrow = [ranked_within(key(1), 1), ranked_within(key(2), 1)];
    accept_all(&store, narrow.into_iter().chain((3..=6).map(|n| ranked(key(n))))).await;
    let pairings: Vec<Pairing> = [(3, 4), (1, 2), (9, 5), (3, 4), (5, 6)]
        .map(|(l, r)| pairing(key(l), key(r)))
        .into();
    let outcomes = commit(&store, &leadership, pairings).await;
    let [
        Paired::Done(_),
        Paired::OutOfSpread { .. },
        Paired::Gone { gone: [true, false] },
        Paired::Already,
        Paired::Done(_),
    ] = &outcomes[..]
    else {
        panic!("{outcomes:?}");
    };
    assert_sound(&store).await;
}
