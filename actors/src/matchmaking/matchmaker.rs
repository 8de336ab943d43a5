//! The matchmaker of one queue: performs what its leader state machine asks for.

use std::time::Duration;

use bytes::Bytes;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::Pairing;
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::wakeups::{Inbox, Notice};
use tiltyard_pairing::Rules;
use tiltyard_pairing::shadow::{self, Comparison, Slice};
use tiltyard_protocol::{MatchId, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::committing::commit_all;
use super::events::{Effect, Event, Key, Pair, Round};
use super::journal::Journal;
use super::leader::Leader;
use super::meters::Meters;
use super::notes::{self, Explanation};
use super::programs::Programs;
use super::reading::Recent;
use super::recorder::Recorder;
use super::roster::millis;
use super::{dispatcher, lease_keeper, reading, restamping};
use crate::health::{Health, LIVE, WRITES};
use crate::queues::QueueStates;
use crate::rules::Stamp;
use crate::stop::Stop;
use crate::{Deps, QueueSettings, RecordSettings, ignore_refused};

/// Time between two readings of the recent past.
const RECENT_EVERY: Duration = Duration::from_secs(1);
/// Time between two comparisons with the whole queue.
const COMPARE_EVERY: Duration = Duration::from_secs(300);

/// What a matchmaker is told.
pub(crate) enum Msg {
    GetReady,
    Elected,
    Deposed,
    Minted {
        term: u64,
        leadership: Option<Leadership>,
    },
    Loaded {
        term: u64,
        page: Option<Vec<QueuedTicket>>,
        rest: mpsc::Receiver<Vec<QueuedTicket>>,
    },
    /// Reading the queue has ended; what came of it, the pages say.
    Read,
    Subscribed(Option<mpsc::Receiver<Notice>>),
    Noticed(mpsc::Receiver<Notice>, Vec<Notice>),
    Tick,
    Refresh,
    Recent(Recent),
    /// Stranded matches were stamped anew; not if this leader has been fenced.
    Restamped {
        term: u64,
        may_go_on: bool,
    },
    Posted,
    Audited(Option<Comparison>),
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
    states: QueueStates,
    settings: QueueSettings,
    dispatcher: Handle<dispatcher::Msg>,
    keeper: Handle<lease_keeper::Msg>,
    leader: Leader,
    recorder: Option<Recorder>,
    meters: Meters,
    /// Counts the queue's loadings, of which each leadership has one, so that answers to an earlier leadership are told apart.
    term: u64,
    congested: bool,
    /// Who takes jobs; while that is read, the reading has it.
    programs: Programs,
    /// What matches are stamped with if nobody fights under this program's rules.
    other: Option<Stamp>,
    /// The queue while it is being loaded, and since when.
    loading: Option<mpsc::Receiver<Vec<QueuedTicket>>>,
    loading_since: Instant,
    /// How long that took.
    loading_took: Duration,
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
        states: QueueStates,
        (settings, record): (QueueSettings, Option<&RecordSettings>),
        (dispatcher, keeper): (Handle<dispatcher::Msg>, Handle<lease_keeper::Msg>),
    ) -> Self {
        let recorder = record.and_then(|record| started(record, &settings));
        let journal = match &recorder {
            Some(_) => Journal::of(settings.ticket_life),
            None => Journal::default(),
        };
        Self {
            meters: Meters::of(&settings.name),
            deps,
            health,
            leader: Leader::new(rules(&settings), settings.repeat_after, journal),
            recorder,
            states,
            settings,
            dispatcher,
            keeper,
            term: 0,
            congested: false,
            programs: Programs::default(),
            other: None,
            loading: None,
            loading_since: Instant::now(),
            loading_took: Duration::ZERO,
            following: false,
            stop: Stop::default(),
            timers: Timers::default(),
        }
    }

    fn feed(&mut self, event: Event, ctx: &mut Ctx<Msg>) {
        let led = self.leader.is_leading();
        for effect in self.leader.on(millis(self.now()), event) {
            self.perform(effect, ctx);
        }
        if let Some(recorder) = &self.recorder {
            recorder.record(self.leader.take_journal());
        }
        self.meters.tickets(self.leader.len());
        match self.leader.leadership() {
            Some(leadership) if !led => {
                let (queue, epoch, tickets) = (&self.settings.name, leadership.epoch, self.leader.len());
                let load_ms = u64::try_from(self.loading_took.as_millis()).unwrap_or(u64::MAX);
                tracing::info!(%queue, %epoch, tickets, load_ms, "leads");
            }
            Some(_) | None => {}
        }
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
            Effect::Audit(slice) => self.audit(slice, ctx),
            Effect::Explain(key, explanation) => self.post_explanation(key, &explanation, ctx),
            Effect::StepDown => {
                ignore_refused(
                    "the lease ends by itself",
                    self.keeper.tell(lease_keeper::Msg::StepDown),
                );
            }
        }
    }

    fn mint(&self, ctx: &mut Ctx<Msg>) {
        let (term, leaders, health) = (self.term, self.deps.durable.leaders.clone(), self.health.clone());
        let (queue, boot, at) = (self.settings.name.clone(), self.deps.boot, self.now());
        let mint = async move { health.note(WRITES, leaders.mint(&queue, boot, at).await).ok() };
        ctx.pipe(mint, move |leadership| Msg::Minted { term, leadership });
    }

    /// Takes the next page of the queue; with the first, the reading begins that goes on while pages are taken in.
    fn load(&mut self, after: Option<Key>, ctx: &mut Ctx<Msg>) {
        if after.is_none() {
            self.term += 1;
            let (sender, pages) = mpsc::channel(1);
            self.loading = Some(pages);
            self.loading_since = Instant::now();
            let (deps, health) = (self.deps.clone(), self.health.clone());
            let read = reading::pages(deps, health, self.settings.name.clone(), sender);
            ctx.pipe(read, |()| Msg::Read);
        }
        let term = self.term;
        if let Some(mut rest) = self.loading.take() {
            let take = async move {
                let page = rest.recv().await;
                (page, rest)
            };
            ctx.pipe(take, move |(page, rest)| Msg::Loaded { term, page, rest });
        }
    }

    fn loaded(&mut self, page: Option<Vec<QueuedTicket>>, rest: mpsc::Receiver<Vec<QueuedTicket>>, ctx: &mut Ctx<Msg>) {
        self.loading = Some(rest);
        self.loading_took = self.loading_since.elapsed();
        self.feed(Event::Loaded(page), ctx);
        // Asked for no more, whoever reads is to stop.
        self.loading = None;
    }

    /// Subscribes to the queue's hints, once: in standby they are ignored.
    fn follow(&mut self, ctx: &mut Ctx<Msg>) {
        if std::mem::replace(&mut self.following, true) {
            return;
        }
        let (wakeups, inbox, health) = (
            self.deps.live.wakeups.clone(),
            Inbox::Queue(self.settings.name.clone()),
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

    fn pairing(&self, seats: &Pair) -> Pairing {
        let match_id = MatchId::of_tickets(seats);
        Pairing {
            match_id,
            seats: *seats,
            stamps: self.deps.rules.stamps_as(self.stamp(), match_id),
        }
    }

    /// Returns what matches are stamped with at this moment.
    fn stamp(&self) -> Stamp {
        self.other.clone().unwrap_or_else(|| self.deps.rules.stamp())
    }

    fn refresh(&mut self, ctx: &mut Ctx<Msg>) {
        let (programs, queue) = (std::mem::take(&mut self.programs), self.settings.name.clone());
        let read = reading::recent(self.deps.clone(), self.health.clone(), queue, programs);
        ctx.pipe(read, Msg::Recent);
    }

    fn refreshed(&mut self, recent: Recent, ctx: &mut Ctx<Msg>) {
        let Recent {
            tickets,
            began,
            congested,
            programs,
            other,
        } = recent;
        (self.congested, self.programs, self.other) = (congested, programs, other);
        self.meters.congested(congested);
        self.feed(Event::Recent(tickets, began), ctx);
        if self.leader.is_active() {
            self.follow(ctx);
        }
        if self.leader.is_leading() {
            self.post_snapshot(ctx);
            self.restamp(ctx);
        }
        self.timers.refresh = Some(ctx.after(RECENT_EVERY, Msg::Refresh));
    }

    /// Has matches stamped anew under whose rules nobody fights any more.
    fn restamp(&mut self, ctx: &mut Ctx<Msg>) {
        let stamp = self.stamp();
        let kept = self.programs.kept(stamp.program.rules_version, Instant::now());
        if let (Some(kept), Some(leadership)) = (kept, self.leader.leadership().cloned()) {
            let (deps, health, term) = (self.deps.clone(), self.health.clone(), self.term);
            let restamp = restamping::restamp(deps, health, leadership, kept, stamp);
            ctx.pipe(restamp, move |may_go_on| Msg::Restamped { term, may_go_on });
        }
    }

    fn restamped(&mut self, term: u64, may_go_on: bool, ctx: &mut Ctx<Msg>) {
        if term == self.term && !may_go_on {
            self.feed(Event::Deposed, ctx);
            self.perform(Effect::StepDown, ctx);
        }
    }

    fn compare(&self, ctx: &mut Ctx<Msg>) {
        let read = reading::whole(self.deps.clone(), self.health.clone(), self.settings.name.clone());
        ctx.pipe(read, |(tickets, since)| Msg::Compared { tickets, since });
    }

    /// Tells other nodes what this one leads.
    fn post_snapshot(&self, ctx: &mut Ctx<Msg>) {
        let tick_ms = u64::try_from(self.tick_length().as_millis()).unwrap_or(u64::MAX);
        let snapshot = self.leader.snapshot(self.now(), tick_ms);
        let name = notes::snapshot_name(&self.settings.name);
        self.post(name, notes::write(&snapshot), notes::SNAPSHOT_LIFE, ctx);
    }

    fn post_explanation(&self, (player, ticket): Key, explanation: &Explanation, ctx: &mut Ctx<Msg>) {
        let name = notes::explanation_name(player, ticket);
        self.post(name, notes::write(explanation), notes::EXPLANATION_LIFE, ctx);
    }

    /// Pairs a slice in both ways on a thread that may take its time.
    fn audit(&self, slice: Slice, ctx: &mut Ctx<Msg>) {
        let rules = rules(&self.settings);
        let compare = tokio::task::spawn_blocking(move || shadow::compare(&slice, rules));
        ctx.pipe(compare, |compared| Msg::Audited(compared.ok()));
    }

    fn post(&self, name: String, note: Bytes, life: Duration, ctx: &mut Ctx<Msg>) {
        let (board, health) = (self.deps.live.board.clone(), self.health.clone());
        let post = async move {
            let posted = health.note(LIVE, board.post(&name, note, life).await);
            crate::ignore_error("who asks is told that nobody answered", posted);
        };
        ctx.pipe(post, |()| Msg::Posted);
    }

    fn tick_length(&self) -> Duration {
        let by_arrivals = || self.leader.tick_length(millis(self.now()));
        self.settings.tick.unwrap_or_else(by_arrivals)
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
        self.timers.tick = Some(ctx.after(self.tick_length(), Msg::Tick));
        self.timers.refresh = Some(ctx.after(RECENT_EVERY, Msg::Refresh));
        self.timers.compare = Some(ctx.after(COMPARE_EVERY, Msg::Compare));
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::GetReady => self.feed(Event::GetReady, ctx),
            Msg::Elected => self.feed(Event::Elected, ctx),
            Msg::Deposed => self.feed(Event::Deposed, ctx),
            Msg::Minted { term, leadership } if term == self.term => self.feed(Event::Minted(leadership), ctx),
            Msg::Loaded { term, page, rest } if term == self.term => self.loaded(page, rest, ctx),
            Msg::Minted { .. } | Msg::Loaded { .. } | Msg::Read => {}
            Msg::Subscribed(inbox) => self.listen(inbox, ctx),
            Msg::Noticed(_, notices) if notices.is_empty() => self.following = false,
            Msg::Noticed(inbox, notices) => {
                self.noticed(notices, ctx);
                self.listen(Some(inbox), ctx);
            }
            Msg::Tick => {
                let open = !self.congested && !self.states.is_paused(&self.settings.name);
                let open = open && crate::contents::may_pair(&self.deps, &self.health);
                self.feed(Event::Tick { open }, ctx);
                self.timers.tick = Some(ctx.after(self.tick_length(), Msg::Tick));
            }
            Msg::Refresh if self.leader.is_active() => self.refresh(ctx),
            Msg::Refresh => self.timers.refresh = Some(ctx.after(RECENT_EVERY, Msg::Refresh)),
            Msg::Recent(recent) => self.refreshed(recent, ctx),
            Msg::Restamped { term, may_go_on } => self.restamped(term, may_go_on, ctx),
            Msg::Posted => {}
            Msg::Audited(Some(comparison)) => self.meters.audited(&comparison),
            Msg::Audited(None) => tracing::warn!("a slice could not be held against the exact matcher"),
            Msg::Compare if self.leader.is_active() => self.compare(ctx),
            Msg::Compare => self.timers.compare = Some(ctx.after(COMPARE_EVERY, Msg::Compare)),
            Msg::Compared { tickets, since } => {
                if let Some(tickets) = tickets {
                    self.feed(Event::Compared(tickets, since), ctx);
                    if self.leader.is_leading() {
                        self.meters.compared(self.leader.differences());
                    }
                }
                self.timers.compare = Some(ctx.after(COMPARE_EVERY, Msg::Compare));
            }
            Msg::Committed { term, pairs, round } if term == self.term => {
                self.feed(Event::Committed(pairs, round), ctx)
            }
            Msg::Committed { pairs, round, .. } => self.feed(Event::Overtaken(pairs, round.outcomes), ctx),
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.stop.stop();
        self.timers = Timers::default();
    }
}

fn rules(settings: &QueueSettings) -> Rules {
    Rules {
        widen_for_ms: u64::try_from(settings.widen_for.as_millis()).unwrap_or(u64::MAX),
        ..Rules::default()
    }
}

/// Starts a recorder; a queue goes on without one.
fn started(record: &RecordSettings, settings: &QueueSettings) -> Option<Recorder> {
    match Recorder::start(record, &settings.name) {
        Ok(recorder) => Some(recorder),
        Err(error) => {
            tracing::error!(%error, folder = %record.folder.display(), "arrivals are not recorded");
            None
        }
    }
}
