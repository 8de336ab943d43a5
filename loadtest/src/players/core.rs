//! A fake player as a pure function of what happens: requests answered, frames received, orders given; effects out.
//!
//! Sign in, write a team, open the stream, say ready; on the word, keep tickets queued and follow every result; on the
//! next word, cancel what is queued, wait for every end, read the log again, hear where it ends, and report. Whatever the
//! network does is answered by doing the same again; only what the server says can fail a check.

mod closing;
mod playing;
#[cfg(test)]
mod stage;
mod stream;

use std::collections::BTreeMap;
use std::time::Duration;

use tiltyard_protocol::event::ResultEvent;
use tiltyard_protocol::http::matches::MatchView;
use tiltyard_protocol::http::players::Me;
use tiltyard_protocol::http::tickets::TicketView;
use tiltyard_protocol::{EventId, EventSeq, MatchId, PlayerEvent, PlayerId, TicketId};
use tokio::time::Instant;

use super::Replays;
use super::note::{Note, Totals};
use crate::breach::{Breach, Check};
use crate::client::{ClientError, Frame, RetryPolicy, StreamEnd};
use crate::history::History;
use crate::random::Random;
use crate::replay::ReplayError;

/// Time before a request that got no answer within the client's own retries is sent again.
const AGAIN_DELAY: Duration = Duration::from_secs(1);

/// What this player does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Name to sign in with.
    pub(crate) name: String,
    /// Live tickets to keep.
    pub(crate) tickets: usize,
    /// Whether the player drops its streams at random. Such a player's waits are not measured.
    pub(crate) restless: bool,
    /// Which replays to fetch.
    pub(crate) replays: Replays,
    /// Time before the sign-in, so that not all players knock at once.
    pub(crate) start_delay: Duration,
}

/// The answer to a request.
pub(crate) type Answer<T> = Result<T, ClientError>;

/// What happens to a player.
#[derive(Debug)]
pub(crate) enum Input {
    /// The actor runs.
    Begin,
    /// All players are ready.
    Go,
    /// Enough matches were seen.
    Stop,
    /// The time is up.
    Quit,
    SignedIn(Answer<PlayerId>),
    TeamWritten(Answer<()>),
    Listed(Answer<Vec<TicketId>>),
    Me(Answer<Me>),
    Frame(Frame),
    /// The stream ended or could not be opened; the server may have said when to come back.
    StreamEnded {
        why: StreamFailure,
        retry: Option<Duration>,
    },
    Enqueued(TicketId, Answer<TicketView>),
    Cancelled(TicketId, Answer<()>),
    Match(MatchId, Answer<Box<MatchView>>),
    Replay(Box<MatchView>, Answer<Result<(), ReplayError>>),
    Reread(Answer<Vec<(EventId, PlayerEvent)>>),
    Woken(Wake),
}

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamFailure {
    NotOpened(ClientError),
    Ended(StreamEnd),
}

/// Timers, at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wake {
    /// Time to sign in.
    Begin,
    /// Time to open the stream again.
    Reopen,
    /// Time to send again what got no answer.
    Again,
    /// Time to queue a ticket after one was refused.
    Refill,
    /// Nothing more should come.
    Quiet,
}

/// What the shell does for a player.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    SignIn,
    WriteTeam,
    ListTickets,
    ReadMe,
    OpenStream(Option<EventId>),
    CloseStream,
    Enqueue(TicketId),
    Cancel(TicketId),
    ReadMatch(MatchId),
    CheckReplay(Box<MatchView>),
    /// Read the log from behind the first place up to the second number.
    Reread(EventId, EventSeq),
    Wake(Wake, Duration),
    Tell(Note),
    /// The actor is through.
    Finish,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Setup,
    Ready,
    Playing,
    Closing,
    /// Everything has ended; a moment for what should not come.
    Quiet,
    Verifying,
    Done,
}

/// The state of a player.
#[derive(Debug)]
pub(crate) struct Core {
    plan: Plan,
    random: Random,
    reconnect: RetryPolicy,
    phase: Phase,
    player: Option<PlayerId>,
    history: History,
    /// Results whose match record was not read yet.
    results: BTreeMap<MatchId, Box<ResultEvent>>,
    /// Match records and replays under way.
    checking: usize,
    /// Requests without an answer, to be sent again.
    again: Vec<Effect>,
    /// Tickets refused so far.
    refusals: u32,
    /// Streams in a row that gave no frame.
    failures: u32,
    /// Final readings under way.
    readings: usize,
    /// Whether a stream without a cursor is awaited, to hear where the log ends.
    sounding: bool,
    totals: Totals,
    now: Instant,
    unix_millis: u64,
    effects: Vec<Effect>,
}

impl Core {
    pub(crate) fn new(plan: Plan, random: Random, now: Instant) -> Self {
        let reconnect = RetryPolicy {
            delay_max: Duration::from_secs(1),
            ..RetryPolicy::default()
        };
        Self {
            plan,
            random,
            reconnect,
            phase: Phase::Setup,
            player: None,
            history: History::default(),
            results: BTreeMap::new(),
            checking: 0,
            again: Vec::new(),
            refusals: 0,
            failures: 0,
            readings: 0,
            sounding: false,
            totals: Totals::default(),
            now,
            unix_millis: 0,
            effects: Vec::new(),
        }
    }

    /// Takes what happened at `now`; returns what to do, in order.
    pub(crate) fn on(&mut self, now: Instant, unix_millis: u64, input: Input) -> Vec<Effect> {
        (self.now, self.unix_millis) = (now, unix_millis);
        if self.phase != Phase::Done {
            self.take(input);
            self.report_breaches();
        }
        std::mem::take(&mut self.effects)
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Begin => self.wake(Wake::Begin, self.plan.start_delay),
            Input::SignedIn(answer) => self.signed_in(answer),
            Input::TeamWritten(answer) => self.team_written(answer),
            Input::Listed(answer) => self.listed(answer),
            Input::Me(answer) => self.me(answer),
            Input::Frame(frame) => self.frame(frame),
            Input::StreamEnded { why, retry } => self.stream_ended(why, retry),
            Input::Go => self.go(),
            Input::Enqueued(ticket, answer) => self.enqueued(ticket, answer),
            Input::Match(id, answer) => self.match_read(id, answer),
            Input::Replay(view, answer) => self.replay_checked(view, answer),
            Input::Stop => self.stop(),
            Input::Cancelled(ticket, answer) => self.cancelled(ticket, answer),
            Input::Reread(answer) => self.reread(answer),
            Input::Quit => self.quit(),
            Input::Woken(wake) => self.woken(wake),
        }
    }

    fn woken(&mut self, wake: Wake) {
        match wake {
            Wake::Begin => self.effects.push(Effect::SignIn),
            Wake::Reopen => self.open_stream(),
            Wake::Again => self.effects.append(&mut self.again),
            Wake::Refill => self.refill(),
            Wake::Quiet => self.verify(),
        }
    }

    fn signed_in(&mut self, answer: Answer<PlayerId>) {
        if let Some(player) = self.setup(answer, Effect::SignIn) {
            self.player = Some(player);
            self.effects.push(Effect::WriteTeam);
        }
    }

    fn team_written(&mut self, answer: Answer<()>) {
        if self.setup(answer, Effect::WriteTeam).is_some() {
            self.open_stream();
        }
    }

    fn listed(&mut self, answer: Answer<Vec<TicketId>>) {
        if self.phase == Phase::Verifying {
            return self.live_read(answer);
        }
        if let Some(tickets) = self.setup(answer, Effect::ListTickets) {
            tickets.into_iter().for_each(|ticket| self.history.adopt(ticket));
            self.effects.push(Effect::ReadMe);
        }
    }

    fn me(&mut self, answer: Answer<Me>) {
        if self.phase == Phase::Verifying {
            return self.me_read(answer);
        }
        if let Some(me) = self.setup(answer, Effect::ReadMe) {
            if self.player != Some(me.player) {
                self.breach(
                    Check::Refused,
                    format!("signed in as {:?}, but /v1/me is {}", self.player, me.player),
                );
            }
            self.history.begin(&me.rating);
            self.phase = Phase::Ready;
            self.effects.push(Effect::Tell(Note::Ready(me.player)));
        }
    }

    /// Returns an answer needed to begin; a refusal ends the player.
    fn setup<T>(&mut self, answer: Answer<T>, request: Effect) -> Option<T> {
        match self.answered(answer, request)? {
            Ok(value) => Some(value),
            Err(error) => {
                self.breach(Check::Refused, format!("while getting ready: {error}"));
                self.finish();
                None
            }
        }
    }

    /// Returns an answer, or `None` if there was none: then the request is sent again later.
    fn answered<T>(&mut self, answer: Answer<T>, request: Effect) -> Option<Answer<T>> {
        match answer {
            Err(error) if error.is_transient() => {
                self.again.push(request);
                self.wake(Wake::Again, AGAIN_DELAY);
                None
            }
            answer => Some(answer),
        }
    }

    fn finish(&mut self) {
        self.report_breaches();
        self.phase = Phase::Done;
        (self.totals.events, self.totals.repeats) = self.history.counts();
        let note = Effect::Tell(Note::Final(self.totals));
        self.effects.extend([Effect::CloseStream, note, Effect::Finish]);
    }

    fn wake(&mut self, wake: Wake, delay: Duration) {
        self.effects.push(Effect::Wake(wake, delay));
    }

    fn breach(&mut self, check: Check, detail: impl AsRef<str>) {
        let detail = format!("{}: {}", self.plan.name, detail.as_ref());
        self.effects.push(Effect::Tell(Note::Breach(Breach { check, detail })));
    }

    fn report_breaches(&mut self) {
        for Breach { check, detail } in self.history.take_breaches() {
            self.breach(check, detail);
        }
    }
}

#[cfg(test)]
#[path = "core/core_tests.rs"]
mod tests;
