//! The pool: takes as many jobs as it has idle workers and as the result writer can hold, and claims what others let lie.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tiltyard_actor_kit::{Actor, Addr, AskError, Ctx, Exit, Failure, Handle, Kind, Timer};
use tiltyard_db::live::jobs::Delivery;
use tiltyard_protocol::{MatchId, limits};
use tiltyard_sim_wire::{Simulated, rules_version};

use super::NotFought;
use super::worker::{self, Bout, FIGHT_TIMEOUT, Worker};
use crate::Deps;
use crate::contents::library::Library;
use crate::health::{BUNDLES, Health, LIVE};
use crate::results::writer as results;
use crate::stop::Stop;

/// How long one taking of jobs waits for the first.
const TAKE_WAIT: Duration = Duration::from_secs(2);
/// Time a worker has to answer: two fights, if the first asked for other content.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3 * FIGHT_TIMEOUT.as_secs());
/// Pause after a live store that failed.
const SICK_PAUSE: Duration = Duration::from_millis(500);
/// Pause after a bundle that this node could not get; others claim the jobs meanwhile.
const BUNDLES_PAUSE: Duration = Duration::from_secs(10);
/// Time between two looks for jobs that were let lie.
const CLAIM_EVERY: Duration = Duration::from_secs(1);
/// Jobs in hand, most of them results that are not stored yet. Four full groups of the writer.
const IN_HAND_MAX: usize = 4 * limits::COMMIT_ITEMS_MAX;

/// What the pool is told.
pub(crate) enum Msg {
    /// Jobs came, or none did in time; `None` if the live store failed.
    Taken(Option<Vec<Delivery>>),
    Claimed(Vec<Delivery>),
    TakeAgain,
    /// The pause for bundles is over.
    BundlesAgain,
    Claim,
    /// A worker is done with a job; `None` if it did not begin.
    Fought(usize, Delivery, Option<Result<Box<Simulated>, NotFought>>),
    WorkerEnded(usize, Exit),
    /// The result writer is done with a match's job.
    Settled(MatchId),
    /// The result writer has begun a new life: it knows of no job.
    WriterStarted,
}

/// Where a job is that this pool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Waits for a worker or is being fought.
    Here,
    /// Its result waits to be stored.
    Writer,
}

/// Starts the worker of a number, whose end arrives as [`Msg::WorkerEnded`].
pub(crate) type Hire = Arc<dyn Fn(&mut Ctx<Msg>, usize, Arc<Library>) -> Addr<worker::Msg> + Send + Sync>;

/// Hires workers that fight, each on a thread of its own.
pub(crate) fn fighters() -> Hire {
    Arc::new(|ctx, number, library| {
        let worker = Worker::new(number, library);
        ctx.spawn(&worker::kind(), worker, move |exit| Msg::WorkerEnded(number, exit))
    })
}

/// The pool of workers.
pub(crate) struct Pool {
    deps: Deps,
    health: Health,
    library: Arc<Library>,
    results: Handle<results::Msg>,
    /// Idle workers.
    idle: Vec<usize>,
    workers: BTreeMap<usize, Addr<worker::Msg>>,
    hire: Hire,
    workers_max: usize,
    next_worker: usize,
    /// Jobs claimed beyond the idle workers.
    waiting: VecDeque<Delivery>,
    /// Jobs in hand: what is claimed of them again is not fought again.
    in_hand: BTreeMap<MatchId, Place>,
    taking: bool,
    stop: Stop,
    timers: [Option<Timer>; 3],
}

pub(crate) fn kind() -> Kind {
    Kind::new("sim_pool", 4 * IN_HAND_MAX)
}

impl Pool {
    pub(crate) fn new(
        deps: Deps,
        health: Health,
        results: Handle<results::Msg>,
        (hire, workers_max): (Hire, usize),
    ) -> Self {
        let library = Library::new(Arc::clone(&deps.durable.contents), deps.rules.clone());
        Self {
            library: Arc::new(library),
            deps,
            health,
            results,
            idle: Vec::new(),
            workers: BTreeMap::new(),
            hire,
            workers_max,
            next_worker: 0,
            waiting: VecDeque::new(),
            in_hand: BTreeMap::new(),
            taking: false,
            stop: Stop::default(),
            timers: [None, None, None],
        }
    }

    /// Says whether jobs are left to others for now: each try would only count against the match.
    fn is_unfit_for_work(&self) -> bool {
        self.health.is_down() || self.health.has(BUNDLES)
    }

    fn start_worker(&mut self, ctx: &mut Ctx<Msg>) {
        let number = self.next_worker;
        self.next_worker += 1;
        let addr = (self.hire)(ctx, number, Arc::clone(&self.library));
        self.workers.insert(number, addr);
        self.idle.push(number);
    }

    /// Takes jobs for the workers that are idle; one call at a time.
    fn take(&mut self, ctx: &mut Ctx<Msg>) {
        let credits = self.idle.len().min(IN_HAND_MAX.saturating_sub(self.in_hand.len()));
        if self.taking || credits == 0 || ctx.is_draining() {
            return;
        }
        if self.is_unfit_for_work() {
            self.timers[0] = Some(ctx.after(SICK_PAUSE, Msg::TakeAgain));
            return;
        }
        self.taking = true;
        let (jobs, node, health, stopped) = (
            self.deps.live.jobs.clone(),
            self.deps.node,
            self.health.clone(),
            self.stop.stopped(),
        );
        let take = async move {
            let taken = stopped
                .unless(jobs.take(rules_version(), node, credits, TAKE_WAIT))
                .await;
            taken.map_or(Some(Vec::new()), |taken| health.note(LIVE, taken).ok())
        };
        ctx.pipe(take, Msg::Taken);
    }

    fn taken(&mut self, deliveries: Option<Vec<Delivery>>, ctx: &mut Ctx<Msg>) {
        self.taking = false;
        match deliveries {
            Some(deliveries) => {
                self.accept(deliveries, ctx);
                self.take(ctx);
            }
            None => self.timers[0] = Some(ctx.after(SICK_PAUSE, Msg::TakeAgain)),
        }
    }

    /// Takes delivered jobs that are not in hand already; a drain leaves them to be claimed by others.
    fn accept(&mut self, deliveries: Vec<Delivery>, ctx: &mut Ctx<Msg>) {
        if ctx.is_draining() {
            return;
        }
        for delivery in deliveries {
            if let Entry::Vacant(place) = self.in_hand.entry(delivery.job.match_id) {
                place.insert(Place::Here);
                self.waiting.push_back(delivery);
            }
        }
        self.assign(ctx);
    }

    /// Gives waiting jobs to idle workers, or up on those that killed too many.
    fn assign(&mut self, ctx: &mut Ctx<Msg>) {
        while let Some(delivery) = self.waiting.pop_front() {
            if delivery.deliveries > limits::JOB_DELIVERIES_MAX {
                let why = "it was delivered too often".to_owned();
                self.hand_over(delivery.job.match_id, results::Msg::GiveUp(delivery, why));
                continue;
            }
            let Some(number) = self.idle.pop() else {
                self.waiting.push_front(delivery);
                return;
            };
            let Some(worker) = self.workers.get(&number) else {
                self.waiting.push_front(delivery);
                continue;
            };
            let request = delivery.job.request.clone();
            let bout = worker.ask(|reply| worker::Msg::Fight(Bout { request, reply }), ANSWER_TIMEOUT);
            let fought = async move {
                match bout.await {
                    Ok(fought) => Some(fought),
                    Err(AskError::Full | AskError::Closed) => None,
                    Err(error @ (AskError::TimedOut | AskError::Dropped)) => {
                        Some(Err(NotFought::Failed(format!("the worker failed: {error}"))))
                    }
                }
            };
            ctx.pipe(fought, move |fought| Msg::Fought(number, delivery, fought));
        }
    }

    fn fought(
        &mut self,
        number: usize,
        delivery: Delivery,
        fought: Option<Result<Box<Simulated>, NotFought>>,
        ctx: &mut Ctx<Msg>,
    ) {
        if self.workers.contains_key(&number) {
            self.idle.push(number);
        }
        match fought {
            Some(Ok(simulated)) => self.hand_over(delivery.job.match_id, results::Msg::Fought(delivery, simulated)),
            Some(Err(why @ NotFought::Elsewhere(_))) => self.leave(delivery.job.match_id, &why, ctx),
            Some(Err(why)) => self.hand_over(delivery.job.match_id, results::Msg::Failed(delivery, why)),
            None => self.settled(delivery.job.match_id),
        }
        self.assign(ctx);
        self.take(ctx);
    }

    /// Leaves a job to be claimed by whoever has its content; the limit of deliveries bounds how often.
    fn leave(&mut self, id: MatchId, why: &NotFought, ctx: &mut Ctx<Msg>) {
        metrics::counter!("tiltyard_jobs_left_total").increment(1);
        tracing::warn!(match_id = %id, %why, "a match is left to other nodes");
        self.health.ails(BUNDLES, why);
        self.timers[2] = (!ctx.is_draining()).then(|| ctx.after(BUNDLES_PAUSE, Msg::BundlesAgain));
        self.settled(id);
    }

    /// Hands a job over to the result writer; without its acknowledgement a refused one is claimed again.
    fn hand_over(&mut self, id: MatchId, msg: results::Msg) {
        if self.results.tell(msg).is_ok() {
            self.in_hand.insert(id, Place::Writer);
        } else {
            metrics::counter!("tiltyard_results_refused_total").increment(1);
            self.settled(id);
        }
    }

    fn settled(&mut self, id: MatchId) {
        self.in_hand.remove(&id);
    }

    fn claim(&self, ctx: &mut Ctx<Msg>) {
        let (jobs, node, health) = (self.deps.live.jobs.clone(), self.deps.node, self.health.clone());
        let credits = self.workers_max;
        let claim = async move {
            let claimed = jobs.claim(rules_version(), node, credits, limits::JOB_MIN_IDLE).await;
            health.note(LIVE, claimed).unwrap_or_default()
        };
        ctx.pipe(claim, Msg::Claimed);
    }

    fn worker_ended(&mut self, number: usize, exit: Exit, ctx: &mut Ctx<Msg>) {
        self.workers.remove(&number);
        self.idle.retain(|idle| *idle != number);
        if !ctx.is_draining() {
            tracing::error!(worker = number, ?exit, "a simulation worker ended");
            self.start_worker(ctx);
            self.take(ctx);
        }
    }
}

impl Actor for Pool {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        // An earlier life may have left the pause to nobody.
        self.health.is_well(BUNDLES);
        (0..self.workers_max).for_each(|_| self.start_worker(ctx));
        self.take(ctx);
        self.timers[1] = Some(ctx.after(CLAIM_EVERY, Msg::Claim));
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Taken(deliveries) => self.taken(deliveries, ctx),
            Msg::Claimed(deliveries) => {
                self.accept(deliveries, ctx);
                self.timers[1] = (!ctx.is_draining()).then(|| ctx.after(CLAIM_EVERY, Msg::Claim));
            }
            Msg::TakeAgain => self.take(ctx),
            Msg::BundlesAgain => {
                self.health.is_well(BUNDLES);
                self.take(ctx);
            }
            Msg::Claim if self.is_unfit_for_work() => self.timers[1] = Some(ctx.after(CLAIM_EVERY, Msg::Claim)),
            Msg::Claim => self.claim(ctx),
            Msg::Fought(number, delivery, fought) => self.fought(number, delivery, fought, ctx),
            Msg::WorkerEnded(number, exit) => self.worker_ended(number, exit, ctx),
            Msg::Settled(id) => {
                self.settled(id);
                self.take(ctx);
            }
            Msg::WriterStarted => {
                self.in_hand.retain(|_, place| *place == Place::Here);
                self.take(ctx);
            }
        }
        Ok(())
    }

    /// Jobs on workers are finished; those that wait are left to be claimed by others.
    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.stop.stop();
        self.timers = [None, None, None];
        self.waiting.clear();
    }
}
