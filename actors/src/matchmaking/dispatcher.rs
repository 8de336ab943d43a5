//! The dispatcher: turns matches that were made into jobs. What it misses or must drop, the sweeper brings again.

use std::collections::BTreeMap;

use bytes::Bytes;
use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind};
use tiltyard_db::durable::matches::{PendingMatch, Stamps};
use tiltyard_db::live::jobs::{Job, Submitted};
use tiltyard_protocol::{BuildHash, limits};
use tiltyard_sim::Build;
use tiltyard_sim_wire::{MatchRequest, Versions, encode_request};

use crate::group::Group;
use crate::health::{DATABASE, Health, LIVE};
use crate::{Deps, ignore_error};

/// What the dispatcher is told.
pub(crate) enum Msg {
    Dispatch(Vec<PendingMatch>),
    Dispatched,
}

/// The dispatcher.
pub(crate) struct Dispatcher {
    deps: Deps,
    health: Health,
    group: Group<PendingMatch>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("dispatcher", 256)
}

impl Dispatcher {
    pub(crate) const fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
            group: Group::new(limits::COMMIT_ITEMS_MAX),
        }
    }

    fn begin(&mut self, ctx: &mut Ctx<Msg>) {
        if let Some(group) = self.group.begin() {
            ctx.pipe(dispatch(self.deps.clone(), self.health.clone(), group), |()| {
                Msg::Dispatched
            });
        }
    }
}

impl Actor for Dispatcher {
    type Msg = Msg;

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> Result<(), Failure> {
        match msg {
            Msg::Dispatch(matches) => {
                let room = limits::JOBS_MAX.saturating_sub(self.group.len());
                matches
                    .into_iter()
                    .take(room)
                    .for_each(|pending| self.group.push(pending));
            }
            Msg::Dispatched => self.group.committed(),
        }
        self.begin(ctx);
        Ok(())
    }
}

async fn dispatch(deps: Deps, health: Health, matches: Vec<PendingMatch>) {
    let mut hashes: Vec<_> = matches
        .iter()
        .flat_map(|pending| pending.seats.iter().map(|seat| seat.build))
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    let Ok(builds) = health.note(DATABASE, deps.durable.teams.builds(&hashes).await) else {
        return;
    };
    let builds: BTreeMap<_, _> = hashes.into_iter().zip(builds).collect();
    let jobs: Vec<_> = matches.iter().filter_map(|pending| job(pending, &builds)).collect();
    match health.note(LIVE, deps.live.jobs.submit(jobs, limits::JOBS_MAX).await) {
        Ok(outcomes) => {
            let full = outcomes.iter().filter(|outcome| **outcome == Submitted::Full).count();
            metrics::counter!("tiltyard_jobs_refused_total").increment(full as u64);
        }
        Err(error) => ignore_error("the sweeper finds pending matches", Err::<(), _>(error)),
    }
}

/// Makes a match's job; a build that cannot be read is a defect of the store, reported and left to the operator.
fn job(pending: &PendingMatch, builds: &BTreeMap<BuildHash, Option<Bytes>>) -> Option<Job> {
    let [left, right] = &pending.seats;
    let read = |hash: BuildHash| {
        let build = builds
            .get(&hash)?
            .as_ref()
            .and_then(|bytes| serde_json::from_slice::<Build>(bytes).ok());
        if build.is_none() {
            tracing::error!(match_id = %pending.id, build = %hash, "a queued build cannot be read");
        }
        build
    };
    let request = MatchRequest {
        match_id: pending.id,
        versions: versions(&pending.stamps),
        left: read(left.build)?,
        right: read(right.build)?,
    };
    Some(Job {
        match_id: pending.id,
        rules_version: pending.stamps.rules_version,
        request: encode_request(&request).into(),
    })
}

fn versions(stamps: &Stamps) -> Versions {
    Versions {
        engine: stamps.engine.clone(),
        rules: stamps.rules_version,
        content: stamps.content,
        rng: stamps.rng.clone(),
        seed: stamps.seed,
    }
}
