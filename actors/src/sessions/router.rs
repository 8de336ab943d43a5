//! The event router: reads this node's inbox and hands each wake-up to the shard of its player.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::live::wakeups::{Inbox, Notice, Wakeup};
use tiltyard_protocol::PlayerId;
use tokio::sync::mpsc;

use super::shard;
use crate::health::{Health, LIVE};
use crate::stop::Stop;
use crate::{Deps, ignore_refused};

/// Pause before a lost inbox is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(500);

/// What the router is told.
pub(crate) enum Msg {
    Open,
    Opened(Option<mpsc::Receiver<Notice>>),
    Noticed(mpsc::Receiver<Notice>, Vec<Notice>),
}

/// The event router.
pub(crate) struct EventRouter {
    deps: Deps,
    health: Health,
    shards: Vec<Handle<shard::Msg>>,
    stop: Stop,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("event_router", 4)
}

/// Chooses a player's shard.
pub(crate) fn shard_of(player: PlayerId, shards: usize) -> usize {
    // The last bytes of every UUID version in use are random.
    usize::from(player.as_bytes()[15]) % shards
}

impl EventRouter {
    pub(crate) fn new(deps: Deps, health: Health, shards: Vec<Handle<shard::Msg>>) -> Self {
        Self {
            deps,
            health,
            shards,
            stop: Stop::default(),
            timer: None,
        }
    }

    fn open(&self, ctx: &mut Ctx<Msg>) {
        let (wakeups, node, health) = (self.deps.live.wakeups.clone(), self.deps.node, self.health.clone());
        let subscribe = async move { health.note(LIVE, wakeups.subscribe(Inbox::Node(node)).await).ok() };
        ctx.pipe(subscribe, Msg::Opened);
    }

    fn listen(&mut self, inbox: Option<mpsc::Receiver<Notice>>, ctx: &mut Ctx<Msg>) {
        if ctx.is_draining() {
            return;
        }
        match inbox {
            Some(inbox) => {
                ctx.pipe(self.stop.notices(inbox), |(inbox, notices)| {
                    Msg::Noticed(inbox, notices)
                });
            }
            None => self.timer = Some(ctx.after(REOPEN_PAUSE, Msg::Open)),
        }
    }

    fn route(&self, notice: Notice) {
        match notice {
            Notice::Wakeup(Wakeup::Event { player, seq, event }) => {
                let shard = &self.shards[shard_of(player, self.shards.len())];
                let told = shard.tell(shard::Msg::Event { player, seq, event });
                ignore_refused("the next comparison of heads finds it", told);
            }
            Notice::Wakeup(Wakeup::Queued(_) | Wakeup::Left { .. } | Wakeup::Explain { .. } | Wakeup::Free) => {}
            Notice::Lagged => self.lagged(),
        }
    }

    fn lagged(&self) {
        metrics::counter!("tiltyard_inbox_lagged_total", "inbox" => "node").increment(1);
        for shard in &self.shards {
            ignore_refused("the next comparison of heads finds it", shard.tell(shard::Msg::Lagged));
        }
    }
}

impl Actor for EventRouter {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.open(ctx);
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Open => self.open(ctx),
            Msg::Opened(inbox) => {
                // What was sent before the inbox was open is found by comparing.
                self.lagged();
                self.listen(inbox, ctx);
            }
            Msg::Noticed(_, notices) if notices.is_empty() => self.listen(None, ctx),
            Msg::Noticed(inbox, notices) => {
                notices.into_iter().for_each(|notice| self.route(notice));
                self.listen(Some(inbox), ctx);
            }
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.stop.stop();
        self.timer = None;
    }
}
