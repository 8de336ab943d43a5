//! Keeps a queue's lease: decides who tries to lead. Whether a leader may commit is decided by its epoch in the database.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_protocol::QueueName;
use tokio::time::Instant;

use super::matchmaker;
use crate::health::{CONTENT, Health, LIVE};
use crate::{Deps, ignore_error, ignore_refused};

/// What a keeper is told.
pub(crate) enum Msg {
    /// Time to take or renew the lease.
    Renew,
    /// How that went; `None` if the live store did not say.
    Renewed {
        held: Option<bool>,
        asked_at: Instant,
    },
    /// The matchmaker was refused or restarted: give the lease back and try again later.
    StepDown,
    Released,
}

/// The keeper of one queue's lease.
pub(crate) struct LeaseKeeper {
    deps: Deps,
    health: Health,
    lease: String,
    ttl: Duration,
    matchmaker: Handle<matchmaker::Msg>,
    /// Until when the lease is surely held; `None` in standby.
    held_until: Option<Instant>,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("lease_keeper", 16)
}

impl LeaseKeeper {
    pub(crate) fn new(
        deps: Deps,
        health: Health,
        queue: &QueueName,
        ttl: Duration,
        matchmaker: Handle<matchmaker::Msg>,
    ) -> Self {
        Self {
            deps,
            health,
            lease: format!("queue:{queue}"),
            ttl,
            matchmaker,
            held_until: None,
            timer: None,
        }
    }

    fn renew(&self, ctx: &mut Ctx<Msg>) {
        let (lease, health) = (self.deps.live.lease.clone(), self.health.clone());
        let (name, boot, ttl) = (self.lease.clone(), self.deps.boot, self.ttl);
        let asked_at = Instant::now();
        ctx.pipe(
            async move { health.note(LIVE, lease.hold(&name, boot, ttl).await).ok() },
            move |held| Msg::Renewed { held, asked_at },
        );
    }

    /// Lets others lead while this node has not got the content in force: its matches would be stamped with another.
    fn stand_aside(&mut self, ctx: &mut Ctx<Msg>) {
        if self.held_until.is_some() {
            self.depose();
            self.release(ctx);
        }
        self.schedule(self.ttl / 4, ctx);
    }

    fn renewed(&mut self, held: Option<bool>, asked_at: Instant, ctx: &mut Ctx<Msg>) {
        // The lease runs from some moment after the question; a quarter is left out for clocks that run apart.
        let until = asked_at + self.ttl * 3 / 4;
        match (held, self.held_until) {
            // A renewal that was under way when the lease was given back elects nobody.
            (Some(true), None) if ctx.is_draining() => {}
            (Some(true), None) => self.elect(until),
            (Some(true), Some(_)) => self.held_until = Some(until),
            (Some(false), Some(_)) => self.depose(),
            (None, Some(held_until)) if Instant::now() >= held_until => self.depose(),
            (Some(false) | None, _) => {}
        }
        self.schedule(self.ttl / 4, ctx);
    }

    fn elect(&mut self, until: Instant) {
        if self.matchmaker.tell(matchmaker::Msg::Elected).is_ok() {
            tracing::info!(lease = self.lease, "elected");
            self.held_until = Some(until);
        }
    }

    fn depose(&mut self) {
        tracing::warn!(lease = self.lease, "deposed");
        self.held_until = None;
        ignore_refused(
            "a matchmaker that is gone leads nothing",
            self.matchmaker.tell(matchmaker::Msg::Deposed),
        );
    }

    fn release(&mut self, ctx: &mut Ctx<Msg>) {
        self.held_until = None;
        let (lease, name, boot) = (self.deps.live.lease.clone(), self.lease.clone(), self.deps.boot);
        let release =
            async move { ignore_error("an unreleased lease ends by itself", lease.release(&name, boot).await) };
        ctx.pipe(release, |()| Msg::Released);
    }

    fn schedule(&mut self, delay: Duration, ctx: &mut Ctx<Msg>) {
        self.timer = (!ctx.is_draining()).then(|| ctx.after(delay, Msg::Renew));
    }
}

impl Actor for LeaseKeeper {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        self.handle(Msg::Renew, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Renew if self.health.has(CONTENT) => self.stand_aside(ctx),
            Msg::Renew => self.renew(ctx),
            Msg::Renewed { held, asked_at } => self.renewed(held, asked_at, ctx),
            Msg::StepDown => {
                self.release(ctx);
                self.schedule(self.ttl / 4, ctx);
            }
            Msg::Released => {}
        }
        Ok(())
    }

    fn draining(&mut self, ctx: &mut Ctx<Msg>) {
        self.timer = None;
        self.release(ctx);
    }
}
