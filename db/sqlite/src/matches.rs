//! Matches: the fenced commit, and what is read of them.

mod commit;
mod reading;
mod restamping;

use async_trait::async_trait;
use rusqlite::{Connection, params};
use tiltyard_db::Result;
use tiltyard_db::durable::Matches;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{
    Commit, Entrant, HistoryCursor, MatchRecord, Pairing, PendingMatch, Restamp, Restamped, Seat,
};
use tiltyard_protocol::{MatchId, PlayerId, Timestamp};

use crate::codes::{Code, Progress};
use crate::fault::Work;
use crate::queries;
use crate::sql::run;
use crate::store::SqliteStore;
use crate::writer::Purpose;

pub(crate) use reading::{done_after, exists, record, seats};

#[async_trait]
impl Matches for SqliteStore {
    async fn commit(&self, leadership: &Leadership, pairings: Vec<Pairing>, at: Timestamp) -> Result<Commit> {
        let leadership = leadership.clone();
        self.write(Purpose::Matches, pairings.len(), move |on| {
            commit::commit(on, &leadership, &pairings, at)
        })
        .await
    }

    async fn restamp(&self, leadership: &Leadership, restamp: Restamp, limit: usize) -> Result<Restamped> {
        let leadership = leadership.clone();
        self.write(Purpose::Other, 1, move |on| {
            restamping::restamp(on, &leadership, &restamp, limit)
        })
        .await
    }

    async fn pending(
        &self,
        after: Option<HistoryCursor>,
        created_by: Timestamp,
        limit: usize,
    ) -> Result<Vec<PendingMatch>> {
        self.read(move |on| reading::pending(on, after, created_by, limit))
            .await
    }

    async fn pending_match(&self, id: MatchId) -> Result<Option<PendingMatch>> {
        self.read(move |on| reading::pending_one(on, id)).await
    }

    async fn match_of(&self, player: PlayerId, id: MatchId) -> Result<Option<MatchRecord>> {
        self.read(move |on| reading::match_of(on, player, id)).await
    }

    async fn history(&self, player: PlayerId, before: Option<HistoryCursor>, limit: usize) -> Result<Vec<MatchRecord>> {
        self.read(move |on| reading::history(on, player, before, limit)).await
    }
}

/// Stores a new match with its seats; `under` is the leadership that made it, `None` for practice.
pub(crate) fn insert(on: &Connection, made: &PendingMatch, under: Option<&Leadership>) -> Work<()> {
    let PendingMatch {
        id,
        mode,
        stamps,
        seats,
        created_at,
    } = made;
    run(
        on,
        queries::MATCH_INSERT,
        params![
            id.as_bytes(),
            Code(*mode),
            under.map(|leadership| leadership.queue.as_str()),
            under.map(|leadership| leadership.epoch.0),
            under.map(|leadership| *leadership.boot.as_bytes()),
            stamps.engine,
            stamps.rules_version,
            stamps.content.as_bytes(),
            stamps.rng,
            stamps.seed,
            created_at.micros(),
        ],
    )?;
    for (side, seat) in (0_i64..).zip(seats) {
        put_seat(on, made, side, seat)?;
    }
    Ok(())
}

fn put_seat(on: &Connection, made: &PendingMatch, side: i64, seat: &Seat) -> Work<()> {
    let (player, ticket, bot) = match &seat.entrant {
        Entrant::Player { player, ticket } => (Some(player), Some(ticket), None),
        Entrant::Bot { bot } => (None, None, Some(bot)),
    };
    let row = params![
        made.id.as_bytes(),
        side,
        player.map(PlayerId::as_bytes),
        ticket.map(tiltyard_protocol::TicketId::as_bytes),
        bot,
        seat.build.as_bytes(),
        made.created_at.micros(),
    ];
    run(on, queries::MATCH_SEAT_PUT, row).map(|_changed| ())
}

/// Moves a match on in its life.
pub(crate) fn set_progress(on: &Connection, id: MatchId, progress: Progress) -> Work<()> {
    let row = params![id.as_bytes(), Code(progress)];
    run(on, queries::MATCH_STATE_SET, row).map(|_changed| ())
}
