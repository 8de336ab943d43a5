//! A fake player's actor: the thin shell that carries out what its core decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tiltyard_actor_kit::{Actor, Addr, Clock, Ctx, Failure, Timer};
use tiltyard_protocol::http::matches::MatchView;
use tiltyard_protocol::http::teams::PutTeam;
use tiltyard_protocol::http::tickets::{NewTicket, TicketList, TicketView};
use tiltyard_protocol::{EventId, PlayerId, TeamId, TicketId};
use tokio::time::Instant;

use super::conductor;
use super::core::{Answer, Core, Effect, Input, Wake};
use super::log::read_log;
use super::note::Note;
use super::reading::{Reader, Step, open};
use crate::client::{Client, Session};
use crate::replay::{self, ReplayError};

/// What a player can be told; all but the conductor's orders comes from itself.
#[derive(Debug)]
pub(crate) enum Msg {
    /// An order, or the answer to a request.
    Input(Box<Input>),
    /// The answer to a sign-in.
    SignedIn(Answer<(PlayerId, Session)>),
    /// News of the stream numbered `life`.
    Stream { life: u64, step: Box<Step> },
}

/// What a player needs.
#[derive(Debug)]
pub(crate) struct Deps {
    pub(crate) name: String,
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) team: TeamId,
    pub(crate) build: Arc<PutTeam<Value>>,
    pub(crate) spread: u16,
    pub(crate) conductor: Addr<conductor::Msg>,
    /// The player's number at the conductor.
    pub(crate) seat: usize,
}

/// A fake player.
#[derive(Debug)]
pub(crate) struct Player {
    core: Core,
    deps: Deps,
    session: Option<Session>,
    reader: Option<Reader>,
    /// Streams opened so far: news of an older one means nothing.
    life: u64,
    timers: BTreeMap<Wake, Timer>,
}

impl Msg {
    /// Wraps what the core takes.
    pub(crate) fn input(input: Input) -> Self {
        Self::Input(Box::new(input))
    }
}

impl Player {
    pub(crate) const fn new(core: Core, deps: Deps) -> Self {
        Self {
            core,
            deps,
            session: None,
            reader: None,
            life: 0,
            timers: BTreeMap::new(),
        }
    }

    fn feed(&mut self, input: Input, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        let unix_millis = u64::try_from(self.deps.clock.now_micros() / 1_000).unwrap_or_default();
        for effect in self.core.on(Instant::now(), unix_millis, input) {
            self.perform(effect, ctx)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match effect {
            Effect::SignIn => {
                let (client, name) = (self.deps.client.clone(), self.deps.name.clone());
                ctx.pipe(async move { client.sign_in(&name).await }, Msg::SignedIn);
            }
            Effect::OpenStream(after) => self.open_stream(after, ctx)?,
            Effect::CloseStream => self.reader = None,
            Effect::Wake(wake, delay) => {
                let timer = ctx.after(delay, Msg::input(Input::Woken(wake)));
                self.timers.insert(wake, timer);
            }
            Effect::Tell(note) => self.tell(note)?,
            Effect::Finish => {
                self.timers.clear();
                ctx.stop();
            }
            request => self.request(request, ctx)?,
        }
        Ok(())
    }

    /// Starts a request as the signed-in player; its answer comes back as an input.
    fn request(&self, effect: Effect, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        let session = self.session()?;
        match effect {
            Effect::WriteTeam => {
                let (id, team) = (self.deps.team, Arc::clone(&self.deps.build));
                let written = async move { session.put_team(id, &*team).await.map(drop) };
                ctx.pipe(written, |answer| Msg::input(Input::TeamWritten(answer)));
            }
            Effect::ListTickets => {
                let listed = async move { session.tickets().await.map(ids) };
                ctx.pipe(listed, |answer| Msg::input(Input::Listed(answer)));
            }
            Effect::ReadMe => {
                ctx.pipe(async move { session.me().await }, |answer| {
                    Msg::input(Input::Me(answer))
                });
            }
            Effect::Enqueue(id) => {
                let ticket = NewTicket::Ranked {
                    id,
                    team: self.deps.team,
                    spread: Some(self.deps.spread),
                    queue: None,
                    widen_to: None,
                };
                let queued = enqueue(session, ticket);
                ctx.pipe(queued, move |answer| Msg::input(Input::Enqueued(id, answer)));
            }
            Effect::Cancel(id) => {
                let cancelled = async move { session.cancel(id).await };
                ctx.pipe(cancelled, move |answer| Msg::input(Input::Cancelled(id, answer)));
            }
            Effect::ReadMatch(id) => {
                let read = async move { session.match_view(id).await.map(Box::new) };
                ctx.pipe(read, move |answer| Msg::input(Input::Match(id, answer)));
            }
            Effect::CheckReplay(view) => {
                let checked = check_replay(session, view);
                ctx.pipe(checked, |(view, answer)| Msg::input(Input::Replay(view, answer)));
            }
            Effect::Reread(after, last) => {
                let read = read_log(session, after, last);
                ctx.pipe(read, |answer| Msg::input(Input::Reread(answer)));
            }
            other => return Err(Failure::new(format!("not a request: {other:?}"))),
        }
        Ok(())
    }

    fn open_stream(&mut self, after: Option<EventId>, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        let (reader, opening) = open(self.session()?, after);
        self.reader = Some(reader);
        self.life += 1;
        self.follow(opening, ctx);
        Ok(())
    }

    fn follow(&self, step: impl Future<Output = Step> + Send + 'static, ctx: &mut Ctx<Msg>) {
        let life = self.life;
        ctx.pipe(step, move |step| Msg::Stream {
            life,
            step: Box::new(step),
        });
    }

    fn step(&mut self, step: Step, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match step {
            Step::Read { reading, frames } => {
                let life = self.life;
                for frame in frames {
                    self.feed(Input::Frame(frame), ctx)?;
                    if self.reader.is_none() || self.life != life {
                        // What is left will be told again on the next stream.
                        return Ok(());
                    }
                }
                self.follow(reading.read(), ctx);
                Ok(())
            }
            Step::Ended { why, retry } => {
                self.reader = None;
                self.feed(Input::StreamEnded { why, retry }, ctx)
            }
            Step::Cut => Ok(()),
        }
    }

    fn tell(&self, note: Note) -> Result<(), Failure> {
        let told = self.deps.conductor.tell(conductor::Msg::Note {
            seat: self.deps.seat,
            note,
        });
        told.map_err(|refused| Failure::new(format!("the conductor takes no notes: {refused}")))
    }

    fn session(&self) -> Result<Session, Failure> {
        self.session
            .clone()
            .ok_or_else(|| Failure::new("a request before the sign-in"))
    }
}

impl Actor for Player {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.feed(Input::Begin, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Input(input) => self.feed(*input, ctx),
            Msg::SignedIn(answer) => {
                let answer = answer.map(|(player, session)| {
                    self.session = Some(session);
                    player
                });
                self.feed(Input::SignedIn(answer), ctx)
            }
            Msg::Stream { life, step } if life == self.life && self.reader.is_some() => self.step(*step, ctx),
            Msg::Stream { .. } => Ok(()),
        }
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.reader = None;
        self.timers.clear();
    }
}

fn ids(list: TicketList) -> Vec<TicketId> {
    list.tickets.into_iter().map(|ticket| ticket.id).collect()
}

async fn enqueue(session: Session, ticket: NewTicket) -> Answer<TicketView> {
    session.enqueue(&ticket).await
}

async fn check_replay(session: Session, view: Box<MatchView>) -> (Box<MatchView>, Answer<Result<(), ReplayError>>) {
    let answer = session
        .replay(view.id)
        .await
        .map(|packed| replay::check(&packed, &view));
    (view, answer)
}
