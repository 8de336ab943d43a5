//! The result writer: one transaction for many matches, in which result, ratings, tickets and events appear together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Handle, Kind, Timer};
use tiltyard_db::durable::matches::{PendingMatch, Terms};
use tiltyard_db::durable::results::{Finish, Finished, GivenUp, ReplayRecord};
use tiltyard_db::live::jobs::{Delivery, Receipt};
use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::{MatchId, PlayerId, limits};
use tiltyard_sim_wire::Simulated;
use tiltyard_sim_wire::replay::Ending;

use super::finish::{self, Ready};
use crate::group::Group;
use crate::health::{DATABASE, Health, LIVE, REPLAY_WRITES, WRITES};
use crate::simulation::{NotFought, pool};
use crate::{Deps, ignore_error, ignore_refused, notify};

/// Pause before a group is committed again after a failure of the database.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// What the writer is told.
pub(crate) enum Msg {
    /// A match was fought.
    Fought(Delivery, Box<Simulated>),
    /// A match could not be fought; whether another attempt may do better, the reason says.
    Failed(Delivery, NotFought),
    /// A match shall not be tried again.
    GiveUp(Delivery, String),
    /// A match is ready to be committed; `None` if there is nothing left to do for its job.
    Prepared(JobRef, Result<Option<Box<Ready>>>),
    /// A group has its outcomes.
    Committed(Vec<Waiting>, Result<Vec<Verdict>>),
    Retry,
    /// It is time for the next group.
    Rested,
    /// The job needs no more work, or is left to be tried again by whoever claims it.
    Settled(MatchId),
}

/// The job of a match.
#[derive(Clone, Debug)]
pub(crate) struct JobRef {
    match_id: MatchId,
    receipt: Receipt,
}

impl JobRef {
    fn of(delivery: &Delivery) -> Self {
        Self {
            match_id: delivery.job.match_id,
            receipt: delivery.receipt.clone(),
        }
    }
}

/// A match that waits for its commit.
#[derive(Clone)]
pub(crate) struct Waiting {
    job: JobRef,
    ready: Box<Ready>,
}

/// What becomes of a match after its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its job is done.
    Settled,
    /// A rating moved meanwhile: it is computed again.
    Again,
    /// It cannot be stored: its job is left to be tried by others, and given up in the end.
    Left,
}

/// The result writer.
pub(crate) struct ResultWriter {
    deps: Deps,
    health: Health,
    pool: Handle<pool::Msg>,
    group: Group<Waiting>,
    /// Groups to come that have one match only, because a larger one could not be stored.
    singly: usize,
    retry: Option<Timer>,
    /// Ends the rest that a group began.
    pace: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("result_writer", limits::WRITER_MAILBOX_MAX)
}

impl ResultWriter {
    pub(crate) const fn new(deps: Deps, health: Health, pool: Handle<pool::Msg>) -> Self {
        Self {
            deps,
            health,
            pool,
            group: Group::paced(limits::COMMIT_ITEMS_MAX),
            singly: 0,
            retry: None,
            pace: None,
        }
    }

    /// Commits the next group in which no player occurs twice, if it is time.
    fn begin(&mut self, ctx: &mut Ctx<Msg>) {
        let mut players = BTreeSet::new();
        let (singly, mut first) = (self.singly > 0, true);
        let fits = |waiting: &Waiting| {
            let free = (std::mem::take(&mut first) || !singly)
                && waiting.ready.players().all(|player| !players.contains(&player));
            players.extend(waiting.ready.players().filter(|_| free));
            free
        };
        let Some(group) = self.group.begin_with(fits) else {
            return;
        };
        self.pace = (!ctx.is_draining()).then(|| ctx.after(limits::RESULTS_PACE, Msg::Rested));
        self.singly = self.singly.saturating_sub(1);
        let matches: Vec<_> = group.iter().map(|waiting| (*waiting.ready).clone()).collect();
        let commit = commit(self.deps.clone(), self.health.clone(), matches);
        ctx.pipe(commit, |verdicts| Msg::Committed(group, verdicts));
    }

    fn committed(&mut self, group: Vec<Waiting>, verdicts: Result<Vec<Verdict>>, ctx: &mut Ctx<Msg>) {
        self.group.committed();
        match verdicts {
            Ok(verdicts) => {
                for (waiting, verdict) in group.into_iter().zip(verdicts) {
                    match verdict {
                        Verdict::Settled => self.settle(waiting.job, ctx),
                        Verdict::Again => self.group.push(waiting),
                        Verdict::Left => self.settled(waiting.job.match_id),
                    }
                }
                self.begin(ctx);
            }
            // The same statement is sent again; its outcomes say what happened. A drain leaves it to the next process.
            Err(_) if ctx.is_draining() => {}
            // Sending it again would not help: what cannot be stored is found one by one, and left to be given up.
            Err(StoreError::Corrupt { .. }) if group.len() == 1 => {
                group.iter().for_each(|waiting| self.settled(waiting.job.match_id));
                self.begin(ctx);
            }
            Err(error) => {
                group.into_iter().for_each(|waiting| self.group.push(waiting));
                if matches!(error, StoreError::Corrupt { .. }) {
                    self.singly = self.group.len();
                }
                self.retry = Some(ctx.after(RETRY_PAUSE, Msg::Retry));
            }
        }
    }

    fn prepared(&mut self, job: JobRef, ready: Result<Option<Box<Ready>>>, ctx: &mut Ctx<Msg>) {
        match ready {
            Ok(Some(ready)) => {
                self.group.push(Waiting { job, ready });
                if self.retry.is_none() {
                    self.begin(ctx);
                }
            }
            Ok(None) => self.settle(job, ctx),
            Err(_) => self.settled(job.match_id),
        }
    }

    /// Acknowledges a job whose effects are stored.
    fn settle(&self, JobRef { match_id, receipt }: JobRef, ctx: &mut Ctx<Msg>) {
        fail::fail_point!("result-before-acknowledge");
        let (jobs, health) = (self.deps.live.jobs.clone(), self.health.clone());
        let acknowledge = async move {
            let acknowledged = jobs
                .acknowledge(tiltyard_sim_wire::rules_version(), vec![receipt])
                .await;
            ignore_error(
                "the job is claimed again and found finished",
                health.note(LIVE, acknowledged),
            );
        };
        ctx.pipe(acknowledge, move |()| Msg::Settled(match_id));
    }

    fn settled(&self, id: MatchId) {
        ignore_refused(
            "a pool that is gone counts nothing",
            self.pool.tell(pool::Msg::Settled(id)),
        );
    }

    fn failed(&self, delivery: Delivery, why: NotFought, give_up: bool, ctx: &mut Ctx<Msg>) {
        let (deps, health) = (self.deps.clone(), self.health.clone());
        let job = JobRef::of(&delivery);
        let record = async move { failed(&deps, &health, &delivery, why, give_up).await };
        ctx.pipe(record, move |ended| match ended {
            Ok(true) => Msg::Prepared(job, Ok(None)),
            Ok(false) | Err(_) => Msg::Settled(job.match_id),
        });
    }
}

impl Actor for ResultWriter {
    type Msg = Msg;

    /// An earlier life may have taken jobs to its grave; the pool lets go of them, and they are claimed again.
    fn started(&mut self, _ctx: &mut Ctx<Msg>) -> std::result::Result<(), Failure> {
        ignore_refused(
            "a pool that starts later has none",
            self.pool.tell(pool::Msg::WriterStarted),
        );
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> std::result::Result<(), Failure> {
        match msg {
            Msg::Fought(delivery, simulated) => {
                let job = JobRef::of(&delivery);
                let prepare = prepare(self.deps.clone(), self.health.clone(), delivery, simulated);
                ctx.pipe(prepare, |ready| Msg::Prepared(job, ready));
            }
            Msg::Failed(delivery, why) => {
                let give_up = matches!(why, NotFought::Unfit { .. });
                self.failed(delivery, why, give_up, ctx);
            }
            Msg::GiveUp(delivery, why) => self.failed(delivery, NotFought::Failed(why), true, ctx),
            Msg::Prepared(job, ready) => self.prepared(job, ready, ctx),
            Msg::Committed(group, verdicts) => self.committed(group, verdicts, ctx),
            Msg::Retry => {
                self.retry = None;
                self.begin(ctx);
            }
            Msg::Rested => {
                self.group.rested();
                if self.retry.is_none() {
                    self.begin(ctx);
                }
            }
            Msg::Settled(id) => self.settled(id),
        }
        Ok(())
    }

    /// A drain waits for no timer, but for all that has come.
    fn draining(&mut self, ctx: &mut Ctx<Msg>) {
        self.group.hurry();
        if self.retry.is_none() {
            self.begin(ctx);
        }
    }
}

/// Puts the replay away and reads the match; `None` if it is not pending any more, or was stamped anew.
async fn prepare(
    deps: Deps,
    health: Health,
    delivery: Delivery,
    simulated: Box<Simulated>,
) -> Result<Option<Box<Ready>>> {
    let id = delivery.job.match_id;
    let versions = &simulated.request.versions;
    let (rules_version, content) = (versions.rules, versions.content);
    let fought = Terms { rules_version, content };
    let pending = health.note(DATABASE, deps.durable.matches.pending_match(id).await)?;
    let Some(pending) = pending.filter(|pending| pending.stamps.terms() == fought) else {
        metrics::counter!("tiltyard_results_superseded_total").increment(1);
        return Ok(None);
    };
    let bytes = Bytes::from(simulated.replay_bytes);
    let checksum = *blake3::hash(&bytes).as_bytes();
    let replay = ReplayRecord {
        key: finish::replay_key(id, &checksum),
        size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        checksum,
    };
    let spool = put_or_spool(&deps, &health, &replay.key, bytes).await;
    let (outcome, result) = (
        finish::outcome_of(Ending::from(&simulated.outcome)),
        Bytes::from(simulated.result_bytes),
    );
    Ok(Some(Box::new(Ready {
        pending,
        outcome,
        result,
        replay,
        spool,
    })))
}

/// Stores the replay if that takes no longer than a match may wait; otherwise returns the bytes for the spool.
async fn put_or_spool(deps: &Deps, health: &Health, key: &str, bytes: Bytes) -> Option<Bytes> {
    let put = deps.replays.put(key, bytes.clone());
    let after_ms = limits::REPLAY_PUT_TIMEOUT.as_millis() as u64;
    let stored = tokio::time::timeout(limits::REPLAY_PUT_TIMEOUT, put).await;
    let stored = stored.unwrap_or(Err(StoreError::TimedOut {
        store: "replays",
        after_ms,
    }));
    match health.note(REPLAY_WRITES, stored) {
        Ok(()) => None,
        Err(_) => {
            metrics::counter!("tiltyard_replays_spooled_total").increment(1);
            Some(bytes)
        }
    }
}

/// Computes ratings from the current records, stores the group, and tells the players.
async fn commit(deps: Deps, health: Health, matches: Vec<Ready>) -> Result<Vec<Verdict>> {
    let players: Vec<_> = matches.iter().flat_map(Ready::players).collect();
    let records = health.note(DATABASE, deps.durable.ratings.ratings(&players).await)?;
    let records: BTreeMap<PlayerId, _> = players.into_iter().zip(records).collect();
    let at = crate::now(&deps.clock);
    let finishes: Vec<Finish> = matches
        .into_iter()
        .map(|ready| finish::finish(ready, &records, at))
        .collect();
    let outcomes = health.note(WRITES, deps.durable.results.finish(finishes.clone()).await)?;
    let mut told = Vec::new();
    let mut verdicts = Vec::with_capacity(outcomes.len());
    for (finish, outcome) in finishes.into_iter().zip(outcomes) {
        verdicts.push(verdict(&finish, &outcome));
        if let Finished::Done(appended) = outcome {
            told.extend(notify::with_events(appended, &finish.events));
        }
    }
    metrics::counter!("tiltyard_events_total").increment(told.len() as u64);
    notify::publish(&deps, &health, told).await;
    Ok(verdicts)
}

fn verdict(finish: &Finish, outcome: &Finished) -> Verdict {
    match outcome {
        Finished::Done(_) => {
            metrics::counter!("tiltyard_matches_finished_total").increment(1);
            Verdict::Settled
        }
        Finished::Conflict => {
            metrics::counter!("tiltyard_result_conflicts_total").increment(1);
            Verdict::Again
        }
        Finished::Already(hash) => {
            metrics::counter!("tiltyard_results_superseded_total").increment(1);
            if *hash != finish.outcome.state_hash {
                metrics::counter!("tiltyard_nondeterminism_total").increment(1);
                tracing::error!(match_id = %finish.match_id, stored = %hash, again = %finish.outcome.state_hash, "two attempts differ");
            }
            Verdict::Settled
        }
        Finished::Superseded => {
            metrics::counter!("tiltyard_results_superseded_total").increment(1);
            Verdict::Settled
        }
        Finished::Refused => {
            metrics::counter!("tiltyard_ratings_refused_total").increment(1);
            tracing::error!(match_id = %finish.match_id, ratings = ?finish.ratings, "a result holds what is no rating");
            Verdict::Left
        }
        Finished::DeadLettered | Finished::NotFound => Verdict::Settled,
    }
}

/// Counts a failure against the match; gives it up if there were too many. Says whether the job is done with.
async fn failed(deps: &Deps, health: &Health, delivery: &Delivery, why: NotFought, give_up: bool) -> Result<bool> {
    let (id, at) = (delivery.job.match_id, crate::now(&deps.clock));
    tracing::warn!(match_id = %id, %why, deliveries = delivery.deliveries, "a match could not be fought");
    let pending = health.note(DATABASE, deps.durable.matches.pending_match(id).await)?;
    // A job of former rules says nothing about the match as it is stamped.
    let Some(pending) = pending.filter(|pending| pending.stamps.rules_version == delivery.job.rules_version) else {
        return Ok(true);
    };
    let failures = deps
        .durable
        .results
        .record_failure(id, pending.stamps.terms(), deps.node, &why.to_string(), at)
        .await;
    if health.note(WRITES, failures)? < limits::JOB_FAILURES_MAX && !give_up {
        return Ok(false);
    }
    if matches!(why, NotFought::Unfit { .. }) {
        metrics::counter!("tiltyard_matches_unfit_total").increment(1);
    }
    end_unfought(deps, health, &pending, &why).await?;
    Ok(true)
}

async fn end_unfought(deps: &Deps, health: &Health, pending: &PendingMatch, why: &NotFought) -> Result<()> {
    let give_up = finish::give_up(pending, why, crate::now(&deps.clock));
    let events = give_up.events.clone();
    if let GivenUp::Done(appended) = health.note(WRITES, deps.durable.results.give_up(give_up).await)? {
        metrics::counter!("tiltyard_matches_dead_lettered_total").increment(1);
        tracing::error!(match_id = %pending.id, %why, repro = %format_args!("tiltyard sim repro {}", pending.id), "a match was given up");
        notify::publish(deps, health, notify::with_events(appended, &events)).await;
    }
    Ok(())
}
