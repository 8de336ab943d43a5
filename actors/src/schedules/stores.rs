//! The durable store as a node sees it: the traits of `tiltyard-db` over the plain data, each call by way of the node's link.

use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use tempfile::TempDir;
use tiltyard_db::durable::audit::{Subjects, TicketCounts, Told, ToldPlace, Violation};
use tiltyard_db::durable::content::Published;
use tiltyard_db::durable::events::EventPage;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{
    Commit, HistoryCursor, MatchRecord, MatchState, Pairing, PendingMatch, Restamp, Restamped, Terms,
};
use tiltyard_db::durable::ratings::{RatingRecord, RatingStep};
use tiltyard_db::durable::results::{Finish, Finished, GiveUp, GivenUp, ReplayRecord};
use tiltyard_db::durable::teams::{PutTeam, TeamRecord};
use tiltyard_db::durable::tickets::{Cancelled, EndTicket, Ended, Enqueued, NewTicket, QueuedTicket, TicketRecord};
use tiltyard_db::durable::{Audit, Contents, Durable, Events, Leaders, Matches, Ratings, Results, Teams, Tickets};
use tiltyard_db::{Result, StoreError};
use tiltyard_db_sqlite::SqliteStore;
use tiltyard_protocol::{
    BootId, BuildHash, ContentHash, EventSeq, Generation, MatchId, NodeId, PlayerId, QueueName, TeamId, TicketId,
    Timestamp,
};
use tokio::sync::mpsc;

use super::link::{Link, Store, lock};
use super::truth::Truth;

/// The generation of the event log.
pub(super) const GENERATION: Generation = Generation(1);

/// A real store for the aggregates that no actor of a schedule asks for.
static ELSEWHERE: LazyLock<(TempDir, Arc<SqliteStore>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("elsewhere.db")).unwrap();
    (folder, store)
});

/// One node's view of the durable store.
pub(super) struct Stores {
    truth: Arc<Mutex<Truth>>,
    link: Link,
}

impl Stores {
    /// Makes a node's durable store.
    pub(super) fn durable(truth: Arc<Mutex<Truth>>, link: Link) -> Durable {
        let (_, elsewhere) = &*ELSEWHERE;
        let stores = Arc::new(Self { truth, link });
        Durable {
            audit: stores.clone(),
            contents: stores.clone(),
            events: stores.clone(),
            leaders: stores.clone(),
            matches: stores.clone(),
            players: elsewhere.clone(),
            queues: elsewhere.clone(),
            ratings: stores.clone(),
            results: stores.clone(),
            seasons: elsewhere.clone(),
            secrets: elsewhere.clone(),
            teams: stores.clone(),
            tickets: stores,
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Truth) -> T + Send + 'static,
    ) -> Result<T> {
        let truth = Arc::clone(&self.truth);
        let work = move || std::future::ready(Ok(work(&mut lock(&truth))));
        self.link.call(Store::Durable, what, work).await
    }
}

#[async_trait]
impl Tickets for Stores {
    async fn enqueue(&self, tickets: Vec<NewTicket>, slots: usize) -> Result<Vec<Enqueued>> {
        self.ask("enqueue", move |truth| truth.enqueue(&tickets, slots)).await
    }

    async fn cancel(&self, tickets: Vec<(PlayerId, TicketId)>, _at: Timestamp) -> Result<Vec<Cancelled>> {
        let cancel = move |truth: &mut Truth| tickets.iter().map(|key| truth.cancel(*key)).collect();
        self.ask("cancel", cancel).await
    }

    async fn ticket(&self, player: PlayerId, id: TicketId) -> Result<Option<TicketRecord>> {
        let read = move |truth: &mut Truth| truth.tickets.get(&(player, id)).map(|ticket| ticket.record());
        self.ask("ticket", read).await
    }

    async fn live_tickets(&self, player: PlayerId) -> Result<Vec<TicketRecord>> {
        self.ask("live_tickets", move |truth| {
            let mut live: Vec<_> = truth.live(player).map(|ticket| ticket.record()).collect();
            live.sort_by_key(|record| (record.enqueued_at, record.id));
            live
        })
        .await
    }

    async fn queued_all(&self, queue: &QueueName, page: usize, pages: mpsc::Sender<Vec<QueuedTicket>>) -> Result<()> {
        let queue = queue.clone();
        let read = move |truth: &mut Truth| truth.queued(&queue).collect::<Vec<_>>();
        let all = self.ask("queued_all", read).await?;
        let whole = all.len() / page.max(1) * page;
        for page in all[..whole].chunks(page.max(1)).chain([&all[whole..]]) {
            if pages.send(page.to_vec()).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn queued(
        &self,
        queue: &QueueName,
        after: Option<(PlayerId, TicketId)>,
        limit: usize,
    ) -> Result<Vec<QueuedTicket>> {
        let queue = queue.clone();
        self.ask("queued", move |truth| {
            let queued = truth.queued(&queue);
            let queued = queued.filter(|ticket| Some((ticket.player, ticket.id)) > after);
            queued.take(limit).collect()
        })
        .await
    }

    async fn queued_since(&self, queue: &QueueName, since: Timestamp, limit: usize) -> Result<Vec<QueuedTicket>> {
        let queue = queue.clone();
        self.ask("queued_since", move |truth| {
            let queued = truth.queued(&queue);
            let mut recent: Vec<_> = queued.filter(|ticket| ticket.enqueued_at >= since).collect();
            recent.sort_by_key(|ticket| ticket.enqueued_at);
            recent.truncate(limit);
            recent
        })
        .await
    }

    async fn expiring(&self, at: Timestamp, limit: usize) -> Result<Vec<(PlayerId, TicketId)>> {
        self.ask("expiring", move |truth| {
            let expires = |key: &(PlayerId, TicketId)| truth.tickets[key].new.expires_at;
            let queues: Vec<_> = truth.epochs.keys().cloned().chain([QueueName::ranked()]).collect();
            let mut expiring: Vec<_> = queues
                .iter()
                .flat_map(|queue| truth.queued(queue))
                .map(|ticket| (ticket.player, ticket.id))
                .filter(|key| expires(key) <= at)
                .collect();
            expiring.sort_by_key(|key| (expires(key), *key));
            expiring.dedup();
            expiring.truncate(limit);
            expiring
        })
        .await
    }

    async fn end(&self, tickets: Vec<EndTicket>, at: Timestamp) -> Result<Vec<Ended>> {
        let end = move |truth: &mut Truth| tickets.iter().map(|ticket| truth.end(ticket, at)).collect();
        self.ask("end", end).await
    }
}

#[async_trait]
impl Leaders for Stores {
    async fn mint(&self, queue: &QueueName, boot: BootId, _at: Timestamp) -> Result<Leadership> {
        let queue = queue.clone();
        let link = self.link.clone();
        let mint = move |truth: &mut Truth| {
            let minted = truth.mint(&queue, boot);
            link.weather
                .note(link.node, "is given", format!("epoch {}", minted.epoch.0));
            minted
        };
        self.ask("mint", mint).await
    }
}

#[async_trait]
impl Matches for Stores {
    async fn commit(&self, leadership: &Leadership, pairings: Vec<Pairing>, at: Timestamp) -> Result<Commit> {
        let leadership = leadership.clone();
        let commit = move |truth: &mut Truth| truth.commit(&leadership, &pairings, at);
        self.ask("commit", commit).await
    }

    async fn restamp(&self, leadership: &Leadership, restamp: Restamp, limit: usize) -> Result<Restamped> {
        let leadership = leadership.clone();
        let restamp = move |truth: &mut Truth| truth.restamp(&leadership, &restamp, limit);
        self.ask("restamp", restamp).await
    }

    async fn pending(
        &self,
        after: Option<HistoryCursor>,
        created_by: Timestamp,
        limit: usize,
    ) -> Result<Vec<PendingMatch>> {
        self.ask("pending", move |truth| {
            let pending = truth.pending().into_iter();
            let behind = pending.filter(|made| after.is_none_or(|after| cursor(made) > after));
            let behind = behind.filter(|made| made.created_at <= created_by);
            behind.take(limit).cloned().collect()
        })
        .await
    }

    async fn pending_match(&self, id: MatchId) -> Result<Option<PendingMatch>> {
        self.ask("pending_match", move |truth| {
            let record = truth.matches.get(&id)?;
            (record.state == MatchState::Pending).then(|| record.pending.clone())
        })
        .await
    }

    async fn match_of(&self, player: PlayerId, id: MatchId) -> Result<Option<MatchRecord>> {
        self.ask("match_of", move |truth| {
            let record = truth.matches.get(&id)?;
            is_players(player, record).then(|| record.clone())
        })
        .await
    }

    async fn history(&self, player: PlayerId, before: Option<HistoryCursor>, limit: usize) -> Result<Vec<MatchRecord>> {
        self.ask("history", move |truth| {
            let cursor = |record: &MatchRecord| cursor(&record.pending);
            let mine = |record: &&MatchRecord| is_players(player, record);
            let matches = truth.matches.values().filter(mine);
            let mut matches: Vec<_> = matches
                .filter(|record| before.is_none_or(|before| cursor(record) < before))
                .cloned()
                .collect();
            matches.sort_by_key(|record| std::cmp::Reverse(cursor(record)));
            matches.truncate(limit);
            matches
        })
        .await
    }
}

#[async_trait]
impl Results for Stores {
    async fn finish(&self, matches: Vec<Finish>) -> Result<Vec<Finished>> {
        let finish = move |truth: &mut Truth| matches.iter().map(|fought| truth.finish(fought)).collect();
        self.ask("finish", finish).await
    }

    async fn record_failure(&self, id: MatchId, terms: Terms, node: NodeId, _why: &str, at: Timestamp) -> Result<u32> {
        let record = move |truth: &mut Truth| truth.record_failure((id, terms, node, at));
        self.ask("record_failure", record).await
    }

    async fn give_up(&self, lost: GiveUp) -> Result<GivenUp> {
        self.ask("give_up", move |truth| truth.give_up(&lost)).await
    }

    async fn spooled(&self, limit: usize) -> Result<Vec<(ReplayRecord, Bytes)>> {
        let spooled = move |truth: &mut Truth| {
            truth
                .spool
                .iter()
                .take(limit)
                .map(|(_, replay, bytes)| (replay.clone(), bytes.clone()))
                .collect()
        };
        self.ask("spooled", spooled).await
    }

    async fn spooled_replay(&self, key: &str) -> Result<Option<Bytes>> {
        let key = key.to_owned();
        self.ask("spooled_replay", move |truth| {
            let mut spooled = truth.spool.iter();
            let found = spooled.find(|(_, replay, _)| replay.key == key);
            found.map(|(_, _, bytes)| bytes.clone())
        })
        .await
    }

    async fn unspool(&self, keys: &[String]) -> Result<()> {
        let keys = keys.to_vec();
        let forget = move |truth: &mut Truth| truth.spool.retain(|(_, replay, _)| !keys.contains(&replay.key));
        self.ask("unspool", forget).await
    }
}

#[async_trait]
impl Ratings for Stores {
    async fn ratings(&self, players: &[PlayerId]) -> Result<Vec<RatingRecord>> {
        let players = players.to_vec();
        let read = move |truth: &mut Truth| players.iter().map(|player| truth.rating(*player)).collect();
        self.ask("ratings", read).await
    }

    async fn rating_history(&self, player: PlayerId, after: i64, limit: usize) -> Result<Vec<RatingStep>> {
        self.ask("rating_history", move |truth| {
            let changes = truth.history.get(&player).into_iter().flatten();
            let later = changes.filter(|change| change.number > after).take(limit);
            later.map(|change| RatingStep::Fought(*change)).collect()
        })
        .await
    }
}

#[async_trait]
impl Events for Stores {
    async fn generation(&self) -> Result<Generation> {
        self.ask("generation", |_| GENERATION).await
    }

    async fn heads(&self, players: &[PlayerId]) -> Result<Vec<EventSeq>> {
        let players = players.to_vec();
        let read = move |truth: &mut Truth| players.iter().map(|player| truth.head(*player)).collect();
        self.ask("heads", read).await
    }

    async fn events_after(&self, player: PlayerId, after: EventSeq, limit: usize) -> Result<EventPage> {
        self.ask("events_after", move |truth| truth.page(player, after, limit))
            .await
    }

    async fn trim_events(&self, before: Timestamp, limit: usize) -> Result<usize> {
        self.ask("trim_events", move |truth| truth.trim(before, limit)).await
    }
}

#[async_trait]
impl Teams for Stores {
    async fn put_team(&self, _: TeamRecord, _: Bytes, _: usize) -> Result<PutTeam> {
        unasked()
    }

    async fn team(&self, _: PlayerId, _: TeamId) -> Result<Option<TeamRecord>> {
        unasked()
    }

    async fn teams(&self, _: PlayerId) -> Result<Vec<TeamRecord>> {
        unasked()
    }

    async fn delete_team(&self, _: PlayerId, _: TeamId) -> Result<bool> {
        unasked()
    }

    async fn put_builds(&self, builds: Vec<(BuildHash, Bytes)>) -> Result<()> {
        self.ask("put_builds", move |truth| truth.builds.extend(builds.clone()))
            .await
    }

    async fn builds(&self, hashes: &[BuildHash]) -> Result<Vec<Option<Bytes>>> {
        let hashes = hashes.to_vec();
        let read = move |truth: &mut Truth| hashes.iter().map(|hash| truth.builds.get(hash).cloned()).collect();
        self.ask("builds", read).await
    }
}

/// Nothing is published, so that no node reviews or follows content.
#[async_trait]
impl Contents for Stores {
    async fn put_content(&self, _: ContentHash, _: Bytes, _: Timestamp) -> Result<()> {
        unasked()
    }

    async fn content(&self, _: ContentHash) -> Result<Option<Bytes>> {
        unasked()
    }

    async fn publish(&self, _: u32, _: Published) -> Result<Option<Published>> {
        unasked()
    }

    async fn offer(&self, _: u32, _: ContentHash, _: Timestamp) -> Result<Published> {
        unasked()
    }

    async fn published(&self, _: u32) -> Result<Option<Published>> {
        Ok(None)
    }
}

#[async_trait]
impl Audit for Stores {
    /// All is checked by the sums.
    async fn page(&self, after: &Subjects, _limit: usize) -> Result<Subjects> {
        Ok(match after {
            Subjects::Epochs(_) => Subjects::Epochs(Vec::new()),
            Subjects::Tickets(_) => Subjects::Tickets(Vec::new()),
            Subjects::Matches(_) => Subjects::Matches(Vec::new()),
            Subjects::Ratings(_) => Subjects::Ratings(Vec::new()),
            Subjects::Changes(_) => Subjects::Changes(Vec::new()),
            Subjects::Logs(_) => Subjects::Logs(Vec::new()),
            Subjects::Events(_) => Subjects::Events(Vec::new()),
        })
    }

    async fn check(&self, _: &Subjects, _: usize) -> Result<Vec<Violation>> {
        Ok(Vec::new())
    }

    async fn sums(&self, _at: Timestamp, _limit: usize) -> Result<Vec<Violation>> {
        Ok(lock(&self.truth).violations())
    }

    async fn told(&self, _: ToldPlace, _: Timestamp, _: usize) -> Result<Vec<Told>> {
        Ok(Vec::new())
    }

    async fn ticket_counts(&self) -> Result<TicketCounts> {
        Ok(lock(&self.truth).counts())
    }

    async fn queued(&self) -> Result<Vec<(QueueName, i64)>> {
        unasked()
    }

    async fn match_record(&self, id: MatchId) -> Result<Option<MatchRecord>> {
        Ok(lock(&self.truth).matches.get(&id).cloned())
    }

    async fn rating_changes(&self, _: Option<(PlayerId, i64)>, _: usize) -> Result<Vec<RatingStep>> {
        unasked()
    }

    async fn done_matches(&self, after: Option<MatchId>, limit: usize) -> Result<Vec<MatchRecord>> {
        let truth = lock(&self.truth);
        let done = truth
            .matches
            .values()
            .filter(|record| matches!(record.state, MatchState::Done(_)));
        let done = done.filter(|record| Some(record.pending.id) > after);
        Ok(done.take(limit).cloned().collect())
    }
}

fn cursor(made: &PendingMatch) -> HistoryCursor {
    HistoryCursor {
        created_at: made.created_at,
        id: made.id,
    }
}

fn is_players(player: PlayerId, record: &MatchRecord) -> bool {
    let mut owners = record.pending.seats.iter().filter_map(|seat| seat.entrant.player());
    owners.any(|(owner, _)| owner == player)
}

/// No actor of a schedule asks this.
fn unasked<T>() -> Result<T> {
    Err(StoreError::unavailable("simulated", "no schedule asks this"))
}
