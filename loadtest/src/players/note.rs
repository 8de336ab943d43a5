//! What players tell the conductor.

use std::time::Duration;

use tiltyard_protocol::PlayerId;
use tiltyard_protocol::event::ResultEvent;
use tiltyard_protocol::http::matches::MatchView;

use crate::breach::Breach;

/// News from one player.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    /// Signed in, team written, stream open: may begin.
    Ready(PlayerId),
    /// A result was told for the first time.
    Result {
        /// To whom.
        player: PlayerId,
        /// What.
        event: Box<ResultEvent>,
        /// From the first sending of the ticket to this event; absent if it is not to be measured.
        latency: Option<Duration>,
    },
    /// The record of such a match, as its reader sees it.
    Record(Box<MatchView>),
    /// A check failed.
    Breach(Breach),
    /// The last news: this player is through.
    Final(Totals),
}

/// What one player, or all of them, did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Tickets that the server accepted.
    pub(crate) tickets: u64,
    /// Cancels that the server answered with success.
    pub(crate) cancelled: u64,
    /// Tickets that the server returned, or that expired.
    pub(crate) returned: u64,
    /// Events told for the first time.
    pub(crate) events: u64,
    /// Events told again, after a resume.
    pub(crate) repeats: u64,
    /// Streams that the player dropped on purpose.
    pub(crate) drops: u64,
    /// Streams that ended otherwise, or could not be opened, and were opened anew.
    pub(crate) reconnects: u64,
    /// Replays fetched, decoded and compared.
    pub(crate) replays: u64,
}

impl Totals {
    /// Adds another player's figures.
    pub(crate) const fn add(&mut self, other: Self) {
        let Self {
            tickets,
            cancelled,
            returned,
            events,
            repeats,
            drops,
            reconnects,
            replays,
        } = other;
        self.tickets += tickets;
        self.cancelled += cancelled;
        self.returned += returned;
        self.events += events;
        self.repeats += repeats;
        self.drops += drops;
        self.reconnects += reconnects;
        self.replays += replays;
    }
}
