//! A shard of the sessions: activates a player's session on demand, refuses one that keeps crashing, and compares the heads
//! of all its players with the log, so that a lost wake-up costs two seconds.

use std::collections::BTreeMap;
use std::time::Duration;

use tiltyard_actor_kit::{Actor, Addr, Ctx, Exit, Failure, Kind, Reply, Timer};
use tiltyard_protocol::{EventId, EventSeq, PlayerEvent, PlayerId};
use tokio::time::Instant;

use super::session::{self, Attached, Session};
use crate::health::{DATABASE, Health, LIVE};
use crate::{CommandError, Deps, ignore_error, ignore_refused};

/// Time between two comparisons of the heads.
const COMPARE_EVERY: Duration = Duration::from_secs(2);
/// Comparisons between two refreshes of the presence.
const REFRESH_EVERY: u32 = 5;
/// Life of an entry in the presence directory: three refreshes.
const PRESENCE_TTL: Duration = Duration::from_secs(30);
/// Crashes within [`CRASH_WINDOW`] after which a player's session is refused for as long.
const CRASHES_MAX: usize = 3;
/// See [`CRASHES_MAX`].
const CRASH_WINDOW: Duration = Duration::from_secs(60);

/// What a shard is told.
pub(crate) enum Msg {
    Attach {
        player: PlayerId,
        after: Option<EventId>,
        reply: Reply<Attached>,
    },
    Event {
        player: PlayerId,
        seq: EventSeq,
        event: PlayerEvent,
    },
    /// Hints were lost.
    Lagged,
    Compare,
    Heads(Vec<PlayerId>, Option<Vec<EventSeq>>),
    SessionEnded(PlayerId, Exit),
    Done,
}

/// A shard.
pub(crate) struct Shard {
    deps: Deps,
    health: Health,
    /// The kind of all sessions: making one looks a dozen metrics up.
    kind: Kind,
    sessions: BTreeMap<PlayerId, Addr<session::Msg>>,
    crashes: BTreeMap<PlayerId, Vec<Instant>>,
    comparisons: u32,
    comparing: bool,
    /// Hints were lost during a comparison.
    compare_again: bool,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("session_shard", 8_192)
}

impl Shard {
    pub(crate) fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
            kind: session::kind(),
            sessions: BTreeMap::new(),
            crashes: BTreeMap::new(),
            comparisons: 0,
            comparing: false,
            compare_again: false,
            timer: None,
        }
    }

    fn attach(&mut self, player: PlayerId, after: Option<EventId>, reply: Reply<Attached>, ctx: &mut Ctx<Msg>) {
        if self.is_quarantined(player) {
            return reply.send(Err(CommandError::Busy));
        }
        let session = self.session(player, ctx);
        // Refused: the session is full or about to end; a reply that is dropped tells the asker to try again.
        ignore_refused(
            "the client tries again",
            session.tell(session::Msg::Attach { after, reply }),
        );
    }

    fn session(&mut self, player: PlayerId, ctx: &mut Ctx<Msg>) -> Addr<session::Msg> {
        if let Some(session) = self.sessions.get(&player).filter(|session| !session.is_closed()) {
            return session.clone();
        }
        let session = Session::new(player, self.deps.durable.events.clone(), self.health.clone());
        let addr = ctx.spawn(&self.kind, session, move |exit| Msg::SessionEnded(player, exit));
        self.sessions.insert(player, addr.clone());
        if self.timer.is_none() && !self.comparing {
            self.compare_after(COMPARE_EVERY, ctx);
        }
        self.announce(vec![player], ctx);
        addr
    }

    fn announce(&self, players: Vec<PlayerId>, ctx: &mut Ctx<Msg>) {
        let (presence, node, health) = (self.deps.live.presence.clone(), self.deps.node, self.health.clone());
        let attach = async move {
            let attached = health.note(LIVE, presence.attach(node, &players, PRESENCE_TTL).await);
            ignore_error("the comparison of heads finds events", attached);
        };
        ctx.pipe(attach, |()| Msg::Done);
    }

    /// Compares the heads of all players with the log; without any there is nothing to compare until one comes.
    fn compare(&mut self, ctx: &mut Ctx<Msg>) {
        self.timer = None;
        if self.sessions.is_empty() {
            return;
        }
        self.comparing = true;
        let players: Vec<_> = self.sessions.keys().copied().collect();
        self.comparisons = self.comparisons.wrapping_add(1);
        if self.comparisons.is_multiple_of(REFRESH_EVERY) {
            self.announce(players.clone(), ctx);
        }
        let (events, health) = (self.deps.durable.events.clone(), self.health.clone());
        let read = async move {
            let heads = health.note(DATABASE, events.heads(&players).await);
            (players, heads.ok())
        };
        ctx.pipe(read, |(players, heads)| Msg::Heads(players, heads));
    }

    /// Sees to it that the heads are compared after a time, while somebody is here.
    fn compare_after(&mut self, delay: Duration, ctx: &mut Ctx<Msg>) {
        let is_due = !self.sessions.is_empty() && !ctx.is_draining();
        self.timer = is_due.then(|| ctx.after(delay, Msg::Compare));
    }

    fn heads(&mut self, players: Vec<PlayerId>, heads: Option<Vec<EventSeq>>, ctx: &mut Ctx<Msg>) {
        for (player, head) in players.into_iter().zip(heads.into_iter().flatten()) {
            self.tell(player, session::Msg::Head(head));
        }
        self.comparing = false;
        let delay = if std::mem::take(&mut self.compare_again) {
            Duration::ZERO
        } else {
            COMPARE_EVERY
        };
        self.compare_after(delay, ctx);
    }

    fn tell(&self, player: PlayerId, msg: session::Msg) {
        if let Some(session) = self.sessions.get(&player) {
            ignore_refused("the next comparison of heads finds it", session.tell(msg));
        }
    }

    fn session_ended(&mut self, player: PlayerId, exit: Exit, ctx: &mut Ctx<Msg>) {
        if self.sessions.get(&player).is_some_and(Addr::is_closed) {
            self.sessions.remove(&player);
            let (presence, node) = (self.deps.live.presence.clone(), self.deps.node);
            let detach =
                async move { ignore_error("the entry ends by itself", presence.detach(node, &[player]).await) };
            ctx.pipe(detach, |()| Msg::Done);
        }
        if let Exit::Failed(why) = exit {
            tracing::error!(%player, why, "a session crashed");
            self.crashes.entry(player).or_default().push(Instant::now());
        }
    }

    fn is_quarantined(&mut self, player: PlayerId) -> bool {
        let now = Instant::now();
        self.crashes.retain(|_, crashes| {
            crashes.retain(|at| now.duration_since(*at) < CRASH_WINDOW);
            !crashes.is_empty()
        });
        self.crashes
            .get(&player)
            .is_some_and(|crashes| crashes.len() >= CRASHES_MAX)
    }
}

impl Actor for Shard {
    type Msg = Msg;

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Attach { player, after, reply } => self.attach(player, after, reply, ctx),
            Msg::Event { player, seq, event } => self.tell(player, session::Msg::Event { seq, event }),
            Msg::Lagged if self.comparing => self.compare_again = true,
            Msg::Lagged | Msg::Compare => self.compare(ctx),
            Msg::Heads(players, heads) => self.heads(players, heads, ctx),
            Msg::SessionEnded(player, exit) => self.session_ended(player, exit, ctx),
            Msg::Done => {}
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}
