//! The permanent auditor: a little of what `tiltyard audit` checks, all the time, by the same checks.
//!
//! Each round looks at what was told lately and at one page of the walk through everything, so that a fresh violation is seen
//! within seconds and an old one some day. One node audits, by a lease; it stands still while the database is sick, and a round
//! that takes long is broken off.

use std::time::Duration;

use tiltyard_actor_kit::{Actor, Ctx, Failure, Kind, Timer};
use tiltyard_db::durable::audit::{Subjects, Told, ToldPlace, Violation};
use tiltyard_db::live::lease::Hold;
use tiltyard_db::{Result, StoreError};
use tiltyard_protocol::{EventSeq, MatchId, PlayerId, Timestamp};

use crate::health::{DATABASE, Health, LIVE};
use crate::{Deps, audit, now};

/// Time from the start to the first round.
const FIRST_AFTER: Duration = Duration::from_secs(1);
/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(10);
/// Time that a round may take: twenty statements of milliseconds each.
const ROUND_TIMEOUT: Duration = Duration::from_secs(5);
/// Rows of a page.
const ROWS: usize = 100;
/// Results of a page: each is read whole.
const RESULTS: usize = 20;
/// Violations of one kind told in a round.
const TOLD_MAX: usize = 10;
/// Age of an event at which every one before it is stored.
const SETTLED_AFTER: Duration = Duration::from_secs(10);
/// How far back a round looks at most.
const RECENT_SPAN: Duration = Duration::from_secs(60);
/// Name of the lease.
const LEASE: &str = "auditor";
/// Life of the lease.
const LEASE_TTL: Duration = Duration::from_secs(30);

/// What the auditor is told.
pub(crate) enum Msg {
    Look,
    Looked(Box<Rounds>),
}

/// Where the auditor is in everything.
#[derive(Clone, Debug)]
pub(crate) struct Rounds {
    /// Behind the last event that was looked at.
    told: ToldPlace,
    /// The walk through each table, and whose turn it is.
    walks: [Subjects; 7],
    turn: usize,
    /// Behind the last step of a rating history, and the last result, that was computed again.
    step: Option<(PlayerId, i64)>,
    result: Option<MatchId>,
}

impl Rounds {
    const fn new() -> Self {
        Self {
            told: before(Timestamp::from_micros(i64::MIN)),
            walks: Subjects::walks(),
            turn: 0,
            step: None,
            result: None,
        }
    }

    /// Moves on behind a page of what was told up to `until`. A full one is a sample: the rest of the time is passed over.
    fn told(&mut self, page: &[Told], until: Timestamp) {
        match page.last() {
            Some(last) if page.len() < ROWS => self.told = last.place,
            Some(_) => self.told = before(until),
            None => {}
        }
    }

    /// Returns the walk whose turn it is.
    fn walk(&self) -> &Subjects {
        &self.walks[self.turn]
    }

    /// Moves on behind a page of that walk; behind the last one it begins anew, and the next walk has its turn.
    fn walked(&mut self, page: Subjects) {
        let beginning = &Subjects::walks()[self.turn];
        self.walks[self.turn] = if page.len() < ROWS { beginning.clone() } else { page };
        self.turn = (self.turn + 1) % self.walks.len();
    }
}

/// The place before every event of a moment.
const fn before(at: Timestamp) -> ToldPlace {
    ToldPlace {
        at,
        player: PlayerId::from_bytes([0; 16]),
        seq: EventSeq(0),
    }
}

/// The permanent auditor.
pub(crate) struct Auditor {
    deps: Deps,
    health: Health,
    rounds: Rounds,
    timer: Option<Timer>,
}

pub(crate) fn kind() -> Kind {
    Kind::new("auditor", 4)
}

impl Auditor {
    pub(crate) const fn new(deps: Deps, health: Health) -> Self {
        Self {
            deps,
            health,
            rounds: Rounds::new(),
            timer: None,
        }
    }
}

impl Actor for Auditor {
    type Msg = Msg;

    fn started(&mut self, ctx: &mut Ctx<Msg>) -> std::result::Result<(), Failure> {
        self.timer = Some(ctx.after(FIRST_AFTER, Msg::Look));
        Ok(())
    }

    fn handle(&mut self, msg: Msg, ctx: &mut Ctx<Msg>) -> std::result::Result<(), Failure> {
        match msg {
            Msg::Look => {
                let look = look(self.deps.clone(), self.health.clone(), self.rounds.clone());
                ctx.pipe(look, |rounds| Msg::Looked(Box::new(rounds)));
            }
            Msg::Looked(rounds) => {
                self.rounds = *rounds;
                self.timer = (!ctx.is_draining()).then(|| ctx.after(EVERY, Msg::Look));
            }
        }
        Ok(())
    }

    fn draining(&mut self, _ctx: &mut Ctx<Msg>) {
        self.timer = None;
    }
}

/// Makes a round if it is this node's turn; returns where the next one begins.
async fn look(deps: Deps, health: Health, rounds: Rounds) -> Rounds {
    if health.has(DATABASE) {
        return rounds;
    }
    let held = deps.live.lease.hold(LEASE, deps.boot, LEASE_TTL).await;
    if !health.note(LIVE, held).is_ok_and(Hold::is_mine) {
        return rounds;
    }
    let mut next = rounds.clone();
    match tokio::time::timeout(ROUND_TIMEOUT, round(&deps, &mut next)).await {
        Ok(done) => crate::ignore_error("the next round looks again", health.note(DATABASE, done)),
        Err(_elapsed) => tracing::debug!("a round of the auditor took too long"),
    }
    next
}

/// Looks at what was told lately, at a page of one walk, and computes a few things again. Each part moves its own place on, so
/// that one that fails is made up for and one that always fails holds up no other.
async fn round(deps: &Deps, rounds: &mut Rounds) -> Result<()> {
    let store = deps.durable.audit.as_ref();
    let now = now(&deps.clock);
    let until = now.before(SETTLED_AFTER);
    rounds.told = rounds.told.max(before(now.before(RECENT_SPAN)));
    let page = store.told(rounds.told, until, ROWS).await?;
    rounds.told(&page, until);
    for subjects in audit::about(&page) {
        check(deps, &subjects).await?;
    }

    let page = store.page(rounds.walk(), ROWS).await?;
    rounds.walked(page.clone());
    check(deps, &page).await?;

    let steps = store.rating_changes(rounds.step, ROWS).await?;
    rounds.step = steps.last().filter(|_| steps.len() == ROWS).map(|step| step.key());
    let terms = audit::terms(&deps.durable.seasons.seasons().await?);
    tell(steps.len(), &audit::steps(&steps, &terms));

    let results = store.done_matches(rounds.result, RESULTS).await?;
    rounds.result = results
        .last()
        .filter(|_| results.len() == RESULTS)
        .map(|record| record.pending.id);
    let broken: Vec<_> = results.iter().filter_map(audit::result).collect();
    tell(results.len(), &broken);
    Ok(())
}

async fn check(deps: &Deps, subjects: &Subjects) -> std::result::Result<(), StoreError> {
    if !subjects.is_empty() {
        let found = deps.durable.audit.check(subjects, TOLD_MAX).await?;
        tell(subjects.len(), &found);
    }
    Ok(())
}

/// Counts what was checked, and tells operators of each violation.
fn tell(checked: usize, found: &[Violation]) {
    metrics::counter!("tiltyard_audit_checked_total").increment(checked as u64);
    for Violation { invariant, detail } in found {
        metrics::counter!("tiltyard_audit_violations_total", "invariant" => *invariant).increment(1);
        tracing::error!(invariant, detail, "an invariant is broken");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_protocol::TicketId;

    fn event(n: usize) -> Told {
        let at = Timestamp::from_micros(n as i64);
        Told {
            place: before(at),
            ticket: TicketId::from_bytes([1; 16]),
            match_id: None,
            change: None,
        }
    }

    #[test]
    fn what_was_told_is_followed_and_a_flood_of_it_sampled() {
        let until = Timestamp::from_micros(1_000);
        let mut rounds = Rounds::new();
        rounds.told(&[event(7), event(9)], until);
        assert_eq!(rounds.told, before(Timestamp::from_micros(9)));
        rounds.told(&[], until);
        assert_eq!(rounds.told, before(Timestamp::from_micros(9)));
        let flood: Vec<_> = (0..ROWS).map(event).collect();
        rounds.told(&flood, until);
        assert_eq!(rounds.told, before(until), "the next round does not fall behind");
    }

    #[test]
    fn walks_take_turns_and_begin_anew_behind_their_last_page() {
        let mut rounds = Rounds::new();
        assert_eq!(*rounds.walk(), Subjects::Epochs(vec![]));
        let full = Subjects::Epochs((0..ROWS as i64).collect());
        rounds.walked(full.clone());
        assert_eq!(*rounds.walk(), Subjects::Tickets(vec![]));
        for _ in 1..7 {
            let page = rounds.walk().clone();
            rounds.walked(page);
        }
        assert_eq!(*rounds.walk(), full, "it goes on behind its last page");
        rounds.walked(Subjects::Epochs(vec![500]));
        assert_eq!(rounds.walks[0], Subjects::Epochs(vec![]));
    }
}
