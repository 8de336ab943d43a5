//! Keeps a queue's lease: decides who tries to lead. Whether a leader may commit is decided by its epoch in the database.
//!
//! While it waits for a holder that does not renew in time, it is told whether it is next, and the matchmaker begins to read the
//! queue: a long one takes seconds, which then pass before the lease ends and not after.
//!
//! Who stops for good says so to those in standby, who try at once. Who was refused does not: with a sick database the lease
//! would go round among them as fast as it refuses.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::live::lease::Hold;
use tiltyard_db::live::wakeups::{Inbox, Notice, Wakeup};
use tiltyard_protocol::QueueName;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::matchmaker;
use crate::health::{CONTENT, Health, LIVE};
use crate::stop::Stop;
use crate::{Deps, ignore_error, ignore_refused};

/// What a keeper is told.
pub(crate) enum Msg {
    /// Time to take or renew the lease.
    Renew,
    /// How that went; `None` if the live store did not say.
    Renewed {
        held: Option<Hold>,
        asked_at: Instant,
        /// How often the lease had been given back when that was asked.
        given_back: u32,
    },
    /// The matchmaker was refused or restarted: give the lease back and try again later.
    StepDown,
    Released,
    /// The inbox of those in standby is open; `None` if it cannot be read now.
    Subscribed(Option<mpsc::Receiver<Notice>>),
    /// Somebody has given the lease back.
    Noticed(mpsc::Receiver<Notice>, Vec<Notice>),
}

/// The keeper of one queue's lease.
pub(crate) struct LeaseKeeper {
    deps: Deps,
    health: Health,
    lease: String,
    ttl: Duration,
    matchmaker: Handle<matchmaker::Msg>,
    /// Where those in standby are told that the lease is free.
    inbox: Inbox,
    following: bool,
    stop: Stop,
    /// Whether the lease or its inbox is being asked for, and whether it was said to be free meanwhile.
    asking: bool,
    again: bool,
    /// Until when the lease is surely held; `None` in standby.
    held_until: Option<Instant>,
    /// The matchmaker was told to get ready, and is told to forget if the live store says nothing until then.
    next_until: Option<Instant>,
    /// How often the lease was given back.
    given_back: u32,
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
            inbox: Inbox::Standby(queue.clone()),
            following: false,
            stop: Stop::default(),
            asking: false,
            again: false,
            held_until: None,
            next_until: None,
            given_back: 0,
            timer: None,
        }
    }

    /// Asks for the lease. Who waits for it listens before, so that nothing is missed in between.
    fn ask(&self, ctx: &mut Ctx<Msg>) {
        if self.following || self.held_until.is_some() {
            self.renew(ctx);
        } else {
            let (wakeups, inbox, health) = (self.deps.live.wakeups.clone(), self.inbox.clone(), self.health.clone());
            let subscribe = async move { health.note(LIVE, wakeups.subscribe(inbox).await).ok() };
            ctx.pipe(subscribe, Msg::Subscribed);
        }
    }

    fn subscribed(&mut self, inbox: Option<mpsc::Receiver<Notice>>, ctx: &mut Ctx<Msg>) {
        // Asked for during a drain it would be held by nobody until it ends.
        if ctx.is_draining() {
            return;
        }
        self.following = inbox.is_some();
        if let Some(inbox) = inbox {
            self.listen(inbox, ctx);
        }
        self.renew(ctx);
    }

    fn listen(&self, inbox: mpsc::Receiver<Notice>, ctx: &mut Ctx<Msg>) {
        if !ctx.is_draining() {
            ctx.pipe(self.stop.notices(inbox), |(inbox, notices)| {
                Msg::Noticed(inbox, notices)
            });
        }
    }

    /// Tries at once when the lease may be free. What may have been lost could have said so.
    fn noticed(&mut self, inbox: mpsc::Receiver<Notice>, notices: &[Notice], ctx: &mut Ctx<Msg>) {
        self.following = !notices.is_empty();
        if !self.following {
            return;
        }
        self.listen(inbox, ctx);
        if self.asking {
            self.again = true;
        } else if self.held_until.is_none() && !ctx.is_draining() {
            self.look(ctx);
        }
    }

    /// Takes or renews the lease, one question at a time: the answer sets the next one's time.
    fn look(&mut self, ctx: &mut Ctx<Msg>) {
        match (self.asking, self.health.has(CONTENT)) {
            (true, _) => {}
            (false, true) => self.stand_aside(ctx),
            (false, false) => {
                self.asking = true;
                self.ask(ctx);
            }
        }
    }

    fn renew(&self, ctx: &mut Ctx<Msg>) {
        let (lease, health) = (self.deps.live.lease.clone(), self.health.clone());
        let (name, boot, ttl) = (self.lease.clone(), self.deps.boot, self.ttl);
        let (asked_at, given_back) = (Instant::now(), self.given_back);
        ctx.pipe(
            async move { health.note(LIVE, lease.hold(&name, boot, ttl).await).ok() },
            move |held| Msg::Renewed {
                held,
                asked_at,
                given_back,
            },
        );
    }

    /// Lets others lead while this node has not got the content in force: its matches would be stamped with another.
    fn stand_aside(&mut self, ctx: &mut Ctx<Msg>) {
        if self.held_until.is_some() {
            self.depose();
            self.release(Vec::new(), ctx);
        }
        self.wait_on();
        self.schedule(self.ttl / 4, ctx);
    }

    fn renewed(&mut self, held: Option<Hold>, asked_at: Instant, given_back: u32, ctx: &mut Ctx<Msg>) {
        self.asking = false;
        // The lease runs from some moment after the question; a quarter is left out for clocks that run apart.
        let until = asked_at + self.ttl * 3 / 4;
        match (held, self.held_until) {
            // A question that was under way when the lease was given back may have taken it once more.
            (Some(Hold::Mine), None) if ctx.is_draining() || given_back != self.given_back => {
                self.release(vec![(self.inbox.clone(), Wakeup::Free)], ctx);
            }
            (Some(Hold::Mine), None) => self.elect(until),
            (Some(Hold::Mine), Some(_)) => self.held_until = Some(until),
            (Some(Hold::Next | Hold::Others), Some(_)) => self.depose(),
            (Some(Hold::Next), None) => self.get_ready(asked_at + self.ttl * 2, ctx),
            (Some(Hold::Others), None) => self.wait_on(),
            (None, Some(held_until)) if Instant::now() >= held_until => self.depose(),
            // Who is next stays so for a while: what it has read is kept fresh by the database.
            (None, None) if self.next_until.is_some_and(|until| Instant::now() >= until) => self.wait_on(),
            (None, _) => {}
        }
        let freed = std::mem::take(&mut self.again);
        let wait = match held {
            Some(Hold::Next | Hold::Others) if freed => Duration::ZERO,
            // Who waits for a lease asks often: a takeover takes that much longer than the lease.
            Some(Hold::Next | Hold::Others) => self.ttl / 20,
            Some(Hold::Mine) | None => self.ttl / 4,
        };
        self.schedule(wait, ctx);
    }

    fn elect(&mut self, until: Instant) {
        if self.matchmaker.tell(matchmaker::Msg::Elected).is_ok() {
            tracing::info!(lease = self.lease, "elected");
            self.held_until = Some(until);
            self.next_until = None;
        }
    }

    fn get_ready(&mut self, until: Instant, ctx: &Ctx<Msg>) {
        let is_told = || self.matchmaker.tell(matchmaker::Msg::GetReady).is_ok();
        if self.next_until.is_some() {
            self.next_until = Some(until);
        } else if !ctx.is_draining() && is_told() {
            tracing::info!(lease = self.lease, "next");
            self.next_until = Some(until);
        }
    }

    /// Forgets what was read for a lease that its holder renewed after all.
    fn wait_on(&mut self) {
        if self.next_until.take().is_some() {
            tracing::info!(lease = self.lease, "no longer next");
            self.stand_down();
        }
    }

    fn depose(&mut self) {
        tracing::warn!(lease = self.lease, "deposed");
        self.held_until = None;
        self.stand_down();
    }

    fn stand_down(&self) {
        ignore_refused(
            "a matchmaker that is gone leads nothing",
            self.matchmaker.tell(matchmaker::Msg::Deposed),
        );
    }

    /// Gives the lease back; `told` are those who are to know at once.
    fn release(&mut self, told: Vec<(Inbox, Wakeup)>, ctx: &mut Ctx<Msg>) {
        self.held_until = None;
        self.next_until = None;
        self.given_back = self.given_back.wrapping_add(1);
        let (live, name, boot) = (self.deps.live.clone(), self.lease.clone(), self.deps.boot);
        let release = async move {
            let released = live.lease.release(&name, boot).await;
            if released.is_ok() {
                ignore_error("others look by themselves", live.wakeups.publish(told).await);
            }
            ignore_error("an unreleased lease ends by itself", released);
        };
        ctx.pipe(release, |()| Msg::Released);
    }

    fn schedule(&mut self, delay: Duration, ctx: &mut Ctx<Msg>) {
        self.timer = (!ctx.is_draining()).then(|| ctx.after(delay, Msg::Renew));
    }
}

impl Actor for LeaseKeeper {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        // A keeper that was restarted does not know what the matchmaker was told.
        self.stand_down();
        self.handle(Msg::Renew, ctx)
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Renew => self.look(ctx),
            Msg::Renewed {
                held,
                asked_at,
                given_back,
            } => self.renewed(held, asked_at, given_back, ctx),
            Msg::StepDown => {
                // What it was told last may lie behind the failure that it speaks of.
                if self.held_until.is_some() || self.next_until.is_some() {
                    self.stand_down();
                }
                self.release(Vec::new(), ctx);
                self.schedule(self.ttl / 4, ctx);
            }
            Msg::Released => {}
            Msg::Subscribed(inbox) => self.subscribed(inbox, ctx),
            Msg::Noticed(inbox, notices) => self.noticed(inbox, &notices, ctx),
        }
        Ok(())
    }

    fn draining(&mut self, ctx: &mut Ctx<Msg>) {
        self.timer = None;
        self.stop.stop();
        let told = self.held_until.map(|_| (self.inbox.clone(), Wakeup::Free));
        self.release(told.into_iter().collect(), ctx);
    }
}
