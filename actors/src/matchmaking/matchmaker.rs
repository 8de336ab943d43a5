//! The matchmaker of one queue: performs what its leader state machine asks for.

use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::StoreError;
use tiltyard_db::durable::Matches;
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Commit, Paired, Pairing};
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::wakeups::{Inbox, Notice};
use tiltyard_protocol::{MatchId, QueueName, Timestamp, limits};
use tokio::sync::mpsc;

use super::leader::{Effect, Event, Key, Leader, PAGE, Rest, Round};
use super::pairing::Pair;
use super::{dispatcher, lease_keeper};
use crate::health::{DATABASE, Health, LIVE, WRITES};
use crate::stop::Stop;
use crate::{Deps, ignore_refused};

/// Time between two readings of the recent past.
const RECENT_EVERY: Duration = Duration::from_secs(1);
/// How far back they look.
const RECENT_SPAN: Duration = Duration::from_secs(10);
/// Time between two comparisons with the whole queue.
const COMPARE_EVERY: Duration = Duration::from_secs(60);

/// What a matchmaker is told.
pub(crate) enum Msg {
    Elected,
    Deposed,
    Minted {
        term: u64,
        leadership: Option<Leadership>,
    },
    Loaded {
        term: u64,
        page: Option<Vec<QueuedTicket>>,
    },
    Subscribed(Option<mpsc::Receiver<Notice>>),
    Noticed(mpsc::Receiver<Notice>, Vec<Notice>),
    Tick,
    Refresh,
    Recent {
        tickets: Vec<QueuedTicket>,
        congested: bool,
    },
    Compare,
    Compared {
        tickets: Option<Vec<QueuedTicket>>,
        since: Timestamp,
    },
    Committed {
        term: u64,
        pairs: Vec<Pair>,
        round: Round,
    },
}

/// What is to come; a new timer takes the place of the one that fired.
#[derive(Default)]
struct Timers {
    tick: Option<Timer>,
    refresh: Option<Timer>,
    compare: Option<Timer>,
}

/// The matchmaker of one queue.
pub(crate) struct Matchmaker {
    deps: Deps,
    health: Health,
    queue: QueueName,
    tick_every: Duration,
    dispatcher: Handle<dispatcher::Msg>,
    keeper: Handle<lease_keeper::Msg>,
    leader: Leader,
    /// Counts elections, so that answers to an earlier leadership are told apart.
    term: u64,
    congested: bool,
    following: bool,
    stop: Stop,
    timers: Timers,
}

pub(crate) fn kind() -> Kind {
    Kind::new("matchmaker", 1_024)
}

impl Matchmaker {
    pub(crate) fn new(
        deps: Deps,
        health: Health,
        queue: QueueName,
        tick_every: Duration,
        (dispatcher, keeper): (Handle<dispatcher::Msg>, Handle<lease_keeper::Msg>),
    ) -> Self {
        Self {
            deps,
            health,
            queue,
            tick_every,
            dispatcher,
            keeper,
            leader: Leader::default(),
            term: 0,
            congested: false,
            following: false,
            stop: Stop::default(),
            timers: Timers::default(),
        }
    }

    fn feed(&mut self, event: Event, ctx: &mut Ctx<Msg>) {
        for effect in self.leader.on(event) {
            self.perform(effect, ctx);
        }
        metrics::gauge!("tiltyard_queue_tickets", "queue" => self.queue.to_string()).set(count(self.leader.len()));
    }

    fn perform(&mut self, effect: Effect, ctx: &mut Ctx<Msg>) {
        match effect {
            Effect::Mint => self.mint(ctx),
            Effect::Load { after } => self.load(after, ctx),
            Effect::Follow => self.follow(ctx),
            Effect::Commit(leadership, pairs) => self.commit(leadership, pairs, ctx),
            Effect::Dispatch(made) => {
                metrics::counter!("tiltyard_matches_made_total").increment(made.len() as u64);
                fail::fail_point!("match-before-dispatch");
                ignore_refused(
                    "the sweeper finds pending matches",
                    self.dispatcher.tell(dispatcher::Msg::Dispatch(made)),
                );
            }
            Effect::StepDown => {
                ignore_refused(
                    "the lease ends by itself",
                    self.keeper.tell(lease_keeper::Msg::StepDown),
                );
            }
        }
    }

    fn mint(&mut self, ctx: &mut Ctx<Msg>) {
        self.term += 1;
        let (term, leaders, health) = (self.term, self.deps.durable.leaders.clone(), self.health.clone());
        let (queue, boot, at) = (self.queue.clone(), self.deps.boot, self.now());
        let mint = async move { health.note(WRITES, leaders.mint(&queue, boot, at).await).ok() };
        ctx.pipe(mint, move |leadership| Msg::Minted { term, leadership });
    }

    fn load(&self, after: Option<Key>, ctx: &mut Ctx<Msg>) {
        let (term, tickets, health) = (self.term, self.deps.durable.tickets.clone(), self.health.clone());
        let queue = self.queue.clone();
        let load = async move { health.note(DATABASE, tickets.queued(&queue, after, PAGE).await).ok() };
        ctx.pipe(load, move |page| Msg::Loaded { term, page });
    }

    /// Subscribes to the queue's hints, once: in standby they are ignored.
    fn follow(&mut self, ctx: &mut Ctx<Msg>) {
        if std::mem::replace(&mut self.following, true) {
            return;
        }
        let (wakeups, inbox, health) = (
            self.deps.live.wakeups.clone(),
            Inbox::Queue(self.queue.clone()),
            self.health.clone(),
        );
        let subscribe = async move { health.note(LIVE, wakeups.subscribe(inbox).await).ok() };
        ctx.pipe(subscribe, Msg::Subscribed);
    }

    fn listen(&mut self, inbox: Option<mpsc::Receiver<Notice>>, ctx: &mut Ctx<Msg>) {
        self.following = inbox.is_some();
        if let Some(inbox) = inbox.filter(|_| !ctx.is_draining()) {
            ctx.pipe(self.stop.notices(inbox), |(inbox, notices)| {
                Msg::Noticed(inbox, notices)
            });
        }
    }

    fn noticed(&mut self, notices: Vec<Notice>, ctx: &mut Ctx<Msg>) {
        for notice in notices {
            match notice {
                Notice::Wakeup(wakeup) => self.feed(Event::Hint(wakeup), ctx),
                // What was lost is younger than the next reading of the recent past.
                Notice::Lagged => metrics::counter!("tiltyard_inbox_lagged_total", "inbox" => "queue").increment(1),
            }
        }
    }

    fn commit(&self, leadership: Leadership, pairs: Vec<Pair>, ctx: &mut Ctx<Msg>) {
        fail::fail_point!("pairing");
        let (matches, health, at) = (self.deps.durable.matches.clone(), self.health.clone(), self.now());
        let pairings: Vec<_> = pairs.iter().map(|pair| self.pairing(pair)).collect();
        let (term, commit) = (self.term, commit_all(matches, health, leadership, pairings, at));
        ctx.pipe(commit, move |round| Msg::Committed { term, pairs, round });
    }

    fn pairing(&self, [left, right]: &Pair) -> Pairing {
        let seats = [(left.player, left.id), (right.player, right.id)];
        let match_id = MatchId::of_tickets(&seats);
        Pairing {
            match_id,
            seats,
            stamps: self.deps.rules.stamps(match_id),
        }
    }

    fn refresh(&self, ctx: &mut Ctx<Msg>) {
        let (deps, health, queue) = (self.deps.clone(), self.health.clone(), self.queue.clone());
        let since = self.now().before(RECENT_SPAN);
        let read = async move {
            let recent = deps.durable.tickets.queued_since(&queue, since, PAGE).await;
            let depth = deps.live.jobs.depth(tiltyard_sim::RULES_VERSION).await;
            let tickets = health.note(DATABASE, recent).unwrap_or_default();
            let congested = health
                .note(LIVE, depth)
                .is_ok_and(|depth| depth.waiting >= limits::JOBS_MAX);
            Msg::Recent { tickets, congested }
        };
        ctx.pipe(read, |msg| msg);
    }

    fn compare(&self, ctx: &mut Ctx<Msg>) {
        let (tickets, health, queue) = (
            self.deps.durable.tickets.clone(),
            self.health.clone(),
            self.queue.clone(),
        );
        let since = self.now();
        let read = async move {
            let mut all = Vec::new();
            loop {
                let after = all.last().map(|ticket: &QueuedTicket| (ticket.player, ticket.id));
                let page = health.note(DATABASE, tickets.queued(&queue, after, PAGE).await).ok()?;
                let last = page.len() < PAGE;
                all.extend(page);
                if last {
                    return Some(all);
                }
            }
        };
        ctx.pipe(read, move |tickets| Msg::Compared { tickets, since });
    }

    fn now(&self) -> Timestamp {
        crate::now(&self.deps.clock)
    }
}

impl Actor for Matchmaker {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        // A matchmaker that was restarted leads nothing; its keeper elects it anew.
        ignore_refused(
            "the keeper starts after it",
            self.keeper.tell(lease_keeper::Msg::StepDown),
        );
        self.timers.tick = Some(ctx.after(self.tick_every, Msg::Tick));
        self.timers.refresh = Some(ctx.after(RECENT_EVERY, Msg::Refresh));
        self.timers.compare = Some(ctx.after(COMPARE_EVERY, Msg::Compare));
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Elected => self.feed(Event::Elected, ctx),
            Msg::Deposed => self.feed(Event::Deposed, ctx),
            Msg::Minted { term, leadership } if term == self.term => self.feed(Event::Minted(leadership), ctx),
            Msg::Loaded { term, page } if term == self.term => self.feed(Event::Loaded(page), ctx),
            Msg::Minted { .. } | Msg::Loaded { .. } => {}
            Msg::Subscribed(inbox) => self.listen(inbox, ctx),
            Msg::Noticed(_, notices) if notices.is_empty() => self.following = false,
            Msg::Noticed(inbox, notices) => {
                self.noticed(notices, ctx);
                self.listen(Some(inbox), ctx);
            }
            Msg::Tick => {
                self.feed(
                    Event::Tick {
                        congested: self.congested,
                    },
                    ctx,
                );
                self.timers.tick = Some(ctx.after(self.tick_every, Msg::Tick));
            }
            Msg::Refresh => self.refresh(ctx),
            Msg::Recent { tickets, congested } => {
                self.congested = congested;
                self.feed(Event::Recent(tickets), ctx);
                if self.leader.is_leading() {
                    self.follow(ctx);
                }
                self.timers.refresh = Some(ctx.after(RECENT_EVERY, Msg::Refresh));
            }
            Msg::Compare => self.compare(ctx),
            Msg::Compared { tickets, since } => {
                tickets
                    .into_iter()
                    .for_each(|tickets| self.feed(Event::Compared(tickets, since), ctx));
                self.timers.compare = Some(ctx.after(COMPARE_EVERY, Msg::Compare));
            }
            Msg::Committed { term, pairs, round } if term == self.term => {
                self.feed(Event::Committed(pairs, round), ctx)
            }
            // Of an earlier term only what was made counts; its refusal is not this one's.
            Msg::Committed { pairs, round, .. } => {
                self.feed(
                    Event::Committed(
                        pairs,
                        Round {
                            rest: Rest::Settled,
                            ..round
                        },
                    ),
                    ctx,
                );
            }
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.stop.stop();
        self.timers = Timers::default();
    }
}

/// Commits batch by batch, up to the first that is refused or has no outcome.
async fn commit_all(
    matches: Arc<dyn Matches>,
    health: Health,
    leadership: Leadership,
    pairings: Vec<Pairing>,
    at: Timestamp,
) -> Round {
    let mut outcomes = Vec::with_capacity(pairings.len());
    let mut batch_max = limits::COMMIT_ITEMS_MAX;
    while outcomes.len() < pairings.len() {
        let open = &pairings[outcomes.len()..];
        let batch = open[..open.len().min(batch_max)].to_vec();
        match health.note(WRITES, matches.commit(&leadership, batch, at).await) {
            Ok(Commit::Outcomes(more)) => outcomes.extend(more),
            Ok(Commit::Fenced) => {
                metrics::counter!("tiltyard_commits_fenced_total").increment(1);
                return Round {
                    outcomes,
                    rest: Rest::Fenced,
                };
            }
            // Something in the batch cannot be stored, and sending it again would not help: it is found one by one.
            Err(StoreError::Corrupt { .. }) if batch_max > 1 => batch_max = 1,
            Err(StoreError::Corrupt { .. }) => outcomes.push(Paired::Gone { gone: [true, true] }),
            Err(StoreError::Unavailable { .. } | StoreError::TimedOut { .. }) => {
                return Round {
                    outcomes,
                    rest: Rest::Unknown,
                };
            }
        }
    }
    Round {
        outcomes,
        rest: Rest::Settled,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is for people")]
const fn count(n: usize) -> f64 {
    n as f64
}
