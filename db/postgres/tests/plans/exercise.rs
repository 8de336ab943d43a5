//! Every call of the store that a server makes while it serves, in batches as large as they come.

use bytes::Bytes;
use tiltyard_db::conformance::durable::world::*;
use tiltyard_db::durable::Durable;
use tiltyard_db::durable::audit::{Subjects, ToldPlace};
use tiltyard_db::durable::matches::{HistoryCursor, Paired, PendingMatch, Restamp, Restamped, Terms};
use tiltyard_db::durable::players::PlayerRecord;
use tiltyard_db::durable::queues::QueueState;
use tiltyard_db::durable::results::Finish;
use tiltyard_db::durable::seasons::{ResetOutcome, SeasonTerms};
use tiltyard_db::durable::teams::TeamRecord;
use tiltyard_db::durable::tickets::Enqueued;
use tiltyard_protocol::limits::COMMIT_ITEMS_MAX;
use tiltyard_protocol::{ContentHash, EventSeq, MatchId, PlayerId, QueueName, TeamId};
use tokio::sync::mpsc;

/// Rows of a page of what a whole queue or log is read by.
const PAGE: usize = 1_000;

/// Rows of a page that the auditor checks.
const AUDITED: usize = 200;

/// Lets some hundred players from number `first` on live through everything.
pub(crate) async fn exercise(store: &Durable, first: u32) {
    meeting(store, first).await;
    let pending = matching(store, first).await;
    finishing(store, first, &pending).await;
    reading(store, first, &pending).await;
    ending_a_season(store, first).await;
}

fn batch() -> u32 {
    u32::try_from(COMMIT_ITEMS_MAX).unwrap()
}

/// The key of a ticket that no other part of the test has.
fn fresh(n: u32) -> Key {
    (player(n), ticket(10_000_000 + n))
}

async fn meeting(store: &Durable, first: u32) {
    for n in [first, first + 10_000_000] {
        let candidate = PlayerRecord {
            id: player(n),
            identity: format!("dev:{n}"),
            name: "Somebody".to_owned(),
            created_at: at(0),
        };
        store.players.sign_in(candidate).await.unwrap();
    }
    let team = TeamRecord {
        player: player(first),
        id: TeamId::from_bytes(*fresh(first).1.as_bytes()),
        name: "Team".to_owned(),
        build: build(),
        updated_at: at(0),
    };
    let (owner, id) = (team.player, team.id);
    store.teams.put_team(team, build_bytes(), 32).await.unwrap();
    store.teams.team(owner, id).await.unwrap().unwrap();
    store.teams.teams(owner).await.unwrap();
    assert!(store.teams.delete_team(owner, id).await.unwrap());
    store.teams.put_builds(vec![(build(), build_bytes())]).await.unwrap();
    store.teams.builds(&[build()]).await.unwrap();
    let name = format!("secret {first}");
    store.secrets.secret(&name, Bytes::from_static(b"1")).await.unwrap();
    let content = ContentHash::of(b"content");
    store
        .contents
        .put_content(content, Bytes::from_static(b"content"), at(0))
        .await
        .unwrap();
    store.contents.content(content).await.unwrap().unwrap();
    let offered = store.contents.offer(1, content, at(0)).await.unwrap();
    store.contents.publish(1, offered).await.unwrap();
    store.contents.published(1).await.unwrap().unwrap();
    store.events.generation().await.unwrap();
    let state = QueueState {
        queue: QueueName::ranked(),
        paused: false,
        reason: "a plan".to_owned(),
        changed_at: at(0),
    };
    store.queues.set_state(state).await.unwrap();
    store.queues.states().await.unwrap();
}

/// Has two batches of tickets accepted and matched with each other.
async fn matching(store: &Durable, first: u32) -> Vec<PendingMatch> {
    for start in [first, first + batch()] {
        let tickets = (start..start + batch()).map(|n| ranked(fresh(n))).collect();
        let outcomes = store.tickets.enqueue(tickets, SLOTS).await.unwrap();
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Enqueued::Accepted(_))));
    }
    let leadership = lead(store).await;
    let pairings = (first..first + batch())
        .map(|n| pairing(fresh(n), fresh(n + batch())))
        .collect();
    let outcomes = commit(store, &leadership, pairings).await;
    let made = outcomes.into_iter().map(|outcome| match outcome {
        Paired::Done(made) => *made,
        other => panic!("not made: {other:?}"),
    });
    let made: Vec<PendingMatch> = made.collect();

    let others = first + 2 * batch();
    for start in [others, others + batch()] {
        let tickets = (start..start + batch()).map(|n| ranked(fresh(n))).collect();
        store.tickets.enqueue(tickets, SLOTS).await.unwrap();
    }
    let cancelled = (others..others + batch()).map(fresh).collect();
    store.tickets.cancel(cancelled, at(2)).await.unwrap();
    let ended = (others + batch()..others + 2 * batch())
        .map(|n| expire(fresh(n)))
        .collect();
    store.tickets.end(ended, at(2)).await.unwrap();
    made
}

async fn finishing(store: &Durable, first: u32, made: &[PendingMatch]) {
    let mut fought = Vec::new();
    for one in &made[1..] {
        let spool = Some(Bytes::from_static(b"replay"));
        fought.push(Finish {
            spool,
            ..rated(store, one).await
        });
    }
    store.results.finish(fought).await.unwrap();
    store
        .results
        .record_failure(made[0].id, made[0].stamps.terms(), node(1), "it died", at(3))
        .await
        .unwrap();
    store.results.give_up(give_up(&made[0])).await.unwrap();
    restamping(store).await;

    let spooled = store.results.spooled(64).await.unwrap();
    let keys: Vec<String> = spooled.into_iter().map(|(replay, _)| replay.key).collect();
    store.results.spooled_replay(&keys[0]).await.unwrap().unwrap();
    store.results.unspool(&keys).await.unwrap();
    spar(store, fresh(first + 4 * batch())).await;
}

/// Stamps what other rounds left pending, back and forth.
async fn restamping(store: &Durable) {
    let leadership = lead(store).await;
    for rules_version in [7, stamps().rules_version] {
        let restamp = Restamp {
            kept: vec![rules_version],
            engine: stamps().engine,
            terms: Terms {
                rules_version,
                ..stamps().terms()
            },
            rng: stamps().rng,
        };
        let outcome = store.matches.restamp(&leadership, restamp, 128).await.unwrap();
        assert!(matches!(outcome, Restamped::Done(_)));
    }
}

async fn reading(store: &Durable, first: u32, made: &[PendingMatch]) {
    let (owner, id) = fresh(first);
    store.tickets.ticket(owner, id).await.unwrap().unwrap();
    store.tickets.live_tickets(owner).await.unwrap();
    let queue = QueueName::ranked();
    let page = store.tickets.queued(&queue, None, PAGE).await.unwrap();
    let last = page.last().map(|ticket| (ticket.player, ticket.id));
    store.tickets.queued(&queue, last, PAGE).await.unwrap();
    // Another queue, of nobody: reading the whole of a large one is to walk it.
    let (pages, _taken) = mpsc::channel(1);
    let other = "other".parse().unwrap();
    store.tickets.queued_all(&other, PAGE, pages).await.unwrap();
    store.tickets.queued_since(&queue, at(-1), PAGE).await.unwrap();
    store.tickets.expiring(at(259_200 - 999), 128).await.unwrap();

    let pending = store.matches.pending(None, at(10), 256).await.unwrap();
    let behind = pending.last().map(|last| HistoryCursor {
        created_at: last.created_at,
        id: last.id,
    });
    store.matches.pending(behind, at(10), 256).await.unwrap();
    store.matches.pending_match(made[1].id).await.unwrap();
    let record = store.matches.match_of(owner, made[0].id).await.unwrap().unwrap();
    store.matches.history(owner, None, 100).await.unwrap();
    let before = HistoryCursor {
        created_at: record.pending.created_at,
        id: record.pending.id,
    };
    store.matches.history(owner, Some(before), 100).await.unwrap();

    let many: Vec<PlayerId> = (first..first + 1_000).map(player).collect();
    store.players.players(&many).await.unwrap();
    store.ratings.ratings(&many).await.unwrap();
    store.ratings.rating_history(owner, 0, 100).await.unwrap();
    store.events.heads(&many).await.unwrap();
    store.events.events_after(owner, EventSeq(0), 128).await.unwrap();
    store.events.trim_events(at(-900), 128).await.unwrap();

    auditing(store, owner, made[1].id).await;
}

/// What the permanent auditor asks: a page of each walk, rows that are checked, and what was told lately.
async fn auditing(store: &Durable, owner: PlayerId, id: MatchId) {
    store.audit.rating_changes(Some((owner, 0)), 128).await.unwrap();
    store.audit.done_matches(Some(id), 128).await.unwrap();
    for walk in [
        Subjects::Epochs(Vec::new()),
        Subjects::Tickets(vec![(owner, ticket(0))]),
        Subjects::Matches(vec![id]),
        Subjects::Ratings(vec![owner]),
        Subjects::Changes(vec![(owner, 0)]),
        Subjects::Logs(vec![owner]),
        Subjects::Events(vec![(owner, EventSeq(0))]),
    ] {
        let page = store.audit.page(&walk, AUDITED).await.unwrap();
        store.audit.check(&page, 10).await.unwrap();
    }
    let place = ToldPlace {
        at: at(-900),
        player: owner,
        seq: EventSeq(0),
    };
    let told = store.audit.told(place, at(10), AUDITED).await.unwrap();
    assert_eq!(told.len(), AUDITED);
}

async fn ending_a_season(store: &Durable, first: u32) {
    let terms = SeasonTerms {
        keep: 0.5,
        deviation: 120.0,
    };
    let season = store.seasons.begin_season("spring", terms, at(5)).await.unwrap();
    // The first page is of those who are through, of a million half; the walk goes on behind them.
    store.seasons.unarchived(season.number, None, 128).await.unwrap();
    let mut after = player(600_000);
    let mut resets = Vec::new();
    while resets.is_empty() {
        let page = store.seasons.unarchived(season.number, Some(after), 128).await.unwrap();
        (after, _) = *page.last().unwrap();
        let left = page.iter().filter_map(|(player, record)| Some((*player, (*record)?)));
        resets.extend(left.map(|(player, record)| reset(season.number, player, record)));
    }
    let outcomes = store.seasons.reset_ratings(resets).await.unwrap();
    assert!(
        outcomes.iter().all(|outcome| *outcome == ResetOutcome::Done),
        "{outcomes:?}"
    );
    store.seasons.standings(player(first)).await.unwrap();
    store.seasons.seasons().await.unwrap();
    // None of that number: the next round goes on with this one.
    store.seasons.end_season(99, at(7)).await.unwrap();
}
