//! A failed check: which promise of the server does not hold, and where.

use std::fmt;

/// The promises that a client can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// An event is missing: a number was skipped, or the log no longer has what was told before.
    EventLost,
    /// An event of one number says different things at different times.
    EventChanged,
    /// An event speaks of a ticket that the player never sent.
    EventForeign,
    /// A cursor that the server gave out was refused, or the log changed its generation.
    EventResync,
    /// A frame that no stream may carry.
    EventMalformed,
    /// A ticket ended twice: two events, or an event for a cancelled ticket.
    TicketEndedTwice,
    /// An ended ticket is still listed as live.
    TicketStillLive,
    /// A rating does not follow from the one before.
    RatingChain,
    /// A match record does not agree with the event, or the two players' views differ.
    MatchRecord,
    /// Two players were told different things about one match, or only one was told.
    MatchViews,
    /// A replay cannot be fetched or decoded, or is not of this match.
    Replay,
    /// The server refused a request that it should take, or answered in a way that this API does not have.
    Refused,
    /// Something had not come to its end when the time was up, or too few matches were seen.
    Unfinished,
    /// A fake player failed.
    Harness,
    /// The server's own audit found a violation, or could not be run.
    Audit,
}

impl Check {
    /// Returns the check's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EventLost => "event_lost",
            Self::EventChanged => "event_changed",
            Self::EventForeign => "event_foreign",
            Self::EventResync => "event_resync",
            Self::EventMalformed => "event_malformed",
            Self::TicketEndedTwice => "ticket_ended_twice",
            Self::TicketStillLive => "ticket_still_live",
            Self::RatingChain => "rating_chain",
            Self::MatchRecord => "match_record",
            Self::MatchViews => "match_views",
            Self::Replay => "replay",
            Self::Refused => "refused",
            Self::Unfinished => "unfinished",
            Self::Harness => "harness",
            Self::Audit => "audit",
        }
    }
}

/// One failed check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What does not hold.
    pub check: Check,
    /// Where, and how.
    pub detail: String,
}

impl Breach {
    /// Makes a failed check.
    pub fn new(check: Check, detail: impl Into<String>) -> Self {
        Self {
            check,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check.name(), self.detail)
    }
}
