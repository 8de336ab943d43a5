//! A stage for the core's tests: a player brought to where a test begins, and what its effects say.

use super::*;
use crate::sample::{id, player, rating_view, record, result};
use tiltyard_protocol::http::tickets::{Mode, TicketState};
use tiltyard_protocol::{Problem, ProblemCode, Timestamp};

/// A core with its tests' conveniences.
pub(super) struct Stage {
    pub(super) core: Core,
}

impl Stage {
    /// A player that keeps two tickets.
    pub(super) fn new(restless: bool) -> Self {
        let plan = Plan {
            name: "load-1-1".to_owned(),
            tickets: 2,
            restless,
            replays: Replays::All,
            start_delay: Duration::ZERO,
        };
        Self {
            core: Core::new(plan, Random::new(1, 1), Instant::now()),
        }
    }

    /// A player that has begun, with its two tickets under way.
    pub(super) fn playing(restless: bool) -> (Self, [TicketId; 2]) {
        let mut stage = Self::new(restless);
        stage.ready();
        let tickets = enqueued(&stage.on(Input::Go));
        for ticket in &tickets {
            assert_eq!(stage.on(accepted(*ticket)), []);
        }
        (stage, tickets.try_into().unwrap())
    }

    pub(super) fn ready(&mut self) -> Vec<Effect> {
        self.on(Input::Begin);
        self.on(Input::Woken(Wake::Begin));
        self.on(Input::SignedIn(Ok(player(1))));
        self.on(Input::TeamWritten(Ok(())));
        self.on(Input::Frame(Frame::Hello { at: id("1.0") }));
        self.on(Input::Listed(Ok(Vec::new())));
        self.on(me(1500.0, 0))
    }

    pub(super) fn on(&mut self, input: Input) -> Vec<Effect> {
        self.core.on(Instant::now(), 1_700_000_000_000, input)
    }

    /// Tells the result of `ticket` in the sample match.
    pub(super) fn told(&mut self, ticket: TicketId) -> Vec<Effect> {
        let event = PlayerEvent::Result(ResultEvent { ticket, ..result(1) });
        self.on(Input::Frame(Frame::Event { id: id("1.1"), event }))
    }

    /// Answers everything that the sample match asks for; returns what follows from record and replay.
    pub(super) fn checked(&mut self, ticket: TicketId) -> (Vec<Effect>, Vec<Effect>) {
        let view = Box::new(MatchView { ticket, ..record(1) });
        let record = self.on(Input::Match(view.id, Ok(view.clone())));
        (record, self.on(Input::Replay(view, Ok(Ok(())))))
    }
}

pub(super) fn me(rating: f64, won: i64) -> Input {
    let (player, name) = (player(1), "load-1-1".to_owned());
    Input::Me(Ok(Me {
        player,
        name,
        rating: rating_view(rating, won),
    }))
}

pub(super) fn accepted(ticket: TicketId) -> Input {
    let (mode, state) = (Mode::Ranked, TicketState::Queued);
    let enqueued_at = Timestamp::default();
    Input::Enqueued(
        ticket,
        Ok(TicketView {
            id: ticket,
            mode,
            state,
            enqueued_at,
            match_id: None,
        }),
    )
}

pub(super) fn silence() -> ClientError {
    ClientError::Transport("reset".to_owned())
}

pub(super) fn refusal(code: ProblemCode) -> ClientError {
    ClientError::Problem(Box::new(Problem::new(code, "no")))
}

pub(super) fn enqueued(effects: &[Effect]) -> Vec<TicketId> {
    let ticket = |effect: &Effect| match effect {
        Effect::Enqueue(ticket) => Some(*ticket),
        _ => None,
    };
    effects.iter().filter_map(ticket).collect()
}

pub(super) fn breaches(effects: &[Effect]) -> Vec<Check> {
    let check = |effect: &Effect| match effect {
        Effect::Tell(Note::Breach(breach)) => Some(breach.check),
        _ => None,
    };
    effects.iter().filter_map(check).collect()
}

pub(super) fn totals(effects: &[Effect]) -> Option<Totals> {
    effects.iter().find_map(|effect| match effect {
        Effect::Tell(Note::Final(totals)) => Some(*totals),
        _ => None,
    })
}
