//! The life of a queue's leader as a pure state machine: events in, effects out; no clock, no I/O.
//!
//! Out of standby it reads the queue and has an epoch minted, and leads once it has both (`phase.rs`); on any refusal it is back in
//! standby. Reading may begin before the lease is won. What it holds is a copy of what the database says is queued: hints keep it fresh, reading the recent past mends lost hints, and the commit decides in any case.
//! A ticket that was paired stands aside until its commit has an outcome.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tiltyard_db::durable::leader::Leadership;
use tiltyard_db::durable::matches::{Paired, PendingMatch};
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::wakeups::Wakeup;
use tiltyard_pairing::{Reason, Rules, pace};
use tiltyard_protocol::{Timestamp, limits};

use super::departed::Departed;
use super::events::{Effect, Event, Key, PAGE, Pair, Rest, Round};
use super::journal::{Entry, Journal};
use super::notes::Snapshot;
use super::phase::Phase;
use super::roster::{Chosen, Held, Roster, millis};

/// A queue's leader, or one who may become it. Times are milliseconds since the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct Leader {
    phase: Phase,
    roster: Roster,
    /// Time in which two who met do not meet again.
    parted_ms: u64,
    committing: bool,
    open: bool,
    /// Questions that are still answered in this quarter of a second, and when it began.
    answers_left: usize,
    answers_ms: u64,
    /// Pairs that wait for their commit, the oldest first: the low and the rare wait no longer than others if commits lag.
    chosen: VecDeque<Chosen>,
    /// Pairs whose commit has an unknown outcome.
    doubtful: Option<Vec<Pair>>,
    /// When the next slice is held against the exact matcher.
    audit_at_ms: u64,
    departed: Departed,
    journal: Journal,
    /// What the last comparison with the whole queue brought and took away.
    differences: Differences,
}

/// How the memory of a leader differed from what is queued (I12). Under way are always some; once quiet there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Queued and not held.
    pub(crate) missing: usize,
    /// Held and not queued.
    pub(crate) stale: usize,
}

/// Pairs committed at a time, so that the first are dispatched while the next are committed.
const ROUND_PAIRS_MAX: usize = 8 * limits::COMMIT_ITEMS_MAX;
/// Questions answered in this time: each looks at every ticket. Who is not answered asks again.
const ANSWERS_MAX: usize = 8;
const ANSWERS_MS: u64 = 250;
/// Time between two slices that are held against the exact matcher.
const AUDIT_EVERY_MS: u64 = 30_000;
/// Time in which two are not tried again whose ratings fit by thousandths, as pairing counts, but not by the database's last bit.
const EDGE_MS: u64 = 60_000;

impl Leader {
    /// Makes a leader in standby.
    pub(crate) fn new(rules: Rules, parted: Duration, journal: Journal) -> Self {
        Self {
            roster: Roster::new(rules),
            parted_ms: u64::try_from(parted.as_millis()).unwrap_or(u64::MAX),
            journal,
            ..Self::default()
        }
    }

    /// Takes an event and says what is to be done.
    pub(crate) fn on(&mut self, now_ms: u64, event: Event) -> Vec<Effect> {
        match event {
            Event::GetReady => self.get_ready(now_ms),
            Event::Elected => self.elected(now_ms),
            Event::Deposed => self.retire(),
            Event::Minted(leadership) => self.minted(leadership),
            Event::Loaded(page) => self.loaded(page, now_ms),
            Event::Recent(tickets, began) => self.insert_all(&tickets, millis(began), now_ms),
            Event::Compared(tickets, since) => self.compared(&tickets, since, now_ms),
            Event::Hint(Wakeup::Queued(ticket)) => self.insert_new(&[ticket], now_ms),
            Event::Hint(Wakeup::Left { player, ticket }) => {
                self.forget((player, ticket), false, now_ms);
                Vec::new()
            }
            Event::Hint(Wakeup::Explain { player, ticket }) => self.explain((player, ticket), now_ms),
            Event::Hint(Wakeup::Event { .. } | Wakeup::Free) => Vec::new(),
            Event::Tick { open } => self.tick(open, now_ms),
            Event::Committed(pairs, round) => self.committed(pairs, round, now_ms),
            Event::Overtaken(pairs, outcomes) => self.overtaken(&pairs, outcomes, now_ms),
        }
    }

    /// Returns how many tickets are held.
    pub(crate) const fn len(&self) -> usize {
        self.roster.len()
    }

    /// Says whether matches may be made.
    pub(crate) const fn is_leading(&self) -> bool {
        self.leadership().is_some()
    }

    /// Returns the right to make matches, if this leader has it.
    pub(crate) const fn leadership(&self) -> Option<&Leadership> {
        self.phase.leadership()
    }

    /// Says whether the queue is followed: in standby nothing of it is held.
    pub(crate) const fn is_active(&self) -> bool {
        self.phase.is_active()
    }

    /// Returns what came and went since it was asked last, if that is recorded.
    pub(crate) fn take_journal(&mut self) -> Vec<Entry> {
        self.journal.take()
    }

    /// Returns how long the next tick is to be, by what arrives.
    pub(crate) fn tick_length(&self, now_ms: u64) -> Duration {
        pace::tick_length(self.roster.demand().per_second(now_ms))
    }

    /// Returns the queue as it is.
    pub(crate) fn snapshot(&self, at: Timestamp, tick_ms: u64) -> Snapshot {
        Snapshot {
            at,
            tickets: self.roster.len(),
            tick_ms,
            demand: self.roster.demand().clone(),
        }
    }

    fn explain(&mut self, key: Key, now_ms: u64) -> Vec<Effect> {
        if now_ms.abs_diff(self.answers_ms) >= ANSWERS_MS {
            (self.answers_left, self.answers_ms) = (ANSWERS_MAX, now_ms);
        }
        if !self.is_leading() || self.answers_left == 0 {
            return Vec::new();
        }
        self.answers_left -= 1;
        let tick_ms = u64::try_from(self.tick_length(now_ms).as_millis()).unwrap_or(u64::MAX);
        vec![Effect::Explain(key, self.roster.explain(key, tick_ms, now_ms))]
    }

    fn get_ready(&mut self, now_ms: u64) -> Vec<Effect> {
        if !self.phase.get_ready() {
            return Vec::new();
        }
        self.departed.begin(now_ms);
        vec![Effect::Follow, Effect::Load { after: None }]
    }

    /// What is read before the epoch is minted may be matched by the leader before, and is then refused by the commit.
    fn elected(&mut self, now_ms: u64) -> Vec<Effect> {
        let mut effects = self.get_ready(now_ms);
        effects.extend(self.phase.ask().then_some(Effect::Mint));
        effects
    }

    fn retire(&mut self) -> Vec<Effect> {
        if !self.is_active() {
            return Vec::new();
        }
        self.journal.ended();
        self.phase = Phase::Standby;
        self.roster.clear();
        self.chosen.clear();
        self.doubtful = None;
        self.committing = false;
        Vec::new()
    }

    fn step_down(&mut self) -> Vec<Effect> {
        self.retire();
        vec![Effect::StepDown]
    }

    fn minted(&mut self, leadership: Option<Leadership>) -> Vec<Effect> {
        match leadership {
            _ if !self.phase.awaits_epoch() => Vec::new(),
            None => self.step_down(),
            Some(leadership) => {
                self.phase.minted(leadership);
                Vec::new()
            }
        }
    }

    fn loaded(&mut self, page: Option<Vec<QueuedTicket>>, now_ms: u64) -> Vec<Effect> {
        if !self.phase.is_loading() {
            return Vec::new();
        }
        let Some(page) = page else { return self.step_down() };
        let after = (page.len() >= PAGE).then(|| page.last().map(key)).flatten();
        if after.is_none() {
            self.phase.loaded();
        }
        self.insert_new(&page, now_ms);
        after
            .map(|after| Effect::Load { after: Some(after) })
            .into_iter()
            .collect()
    }

    /// Takes in what was queued when a reading began, but not what left since.
    fn insert_all(&mut self, tickets: &[QueuedTicket], began_ms: u64, now_ms: u64) -> Vec<Effect> {
        if self.departed.covers(began_ms) {
            self.insert_unless(tickets, began_ms, now_ms);
        }
        Vec::new()
    }

    /// Takes in what this leadership heard of, at whatever time: whoever is known to have left may have overtaken it.
    fn insert_new(&mut self, tickets: &[QueuedTicket], now_ms: u64) -> Vec<Effect> {
        self.insert_unless(tickets, 0, now_ms);
        Vec::new()
    }

    fn insert_unless(&mut self, tickets: &[QueuedTicket], left_ms: u64, now_ms: u64) {
        if self.is_active() {
            for ticket in tickets
                .iter()
                .filter(|ticket| !self.departed.since(key(ticket), left_ms))
            {
                if self.roster.insert(ticket, now_ms) {
                    self.journal.arrived(ticket, now_ms);
                }
            }
        }
    }

    /// Drops what the database does not have, unless it came or was being committed while the database was read.
    fn compared(&mut self, tickets: &[QueuedTicket], since: Timestamp, now_ms: u64) -> Vec<Effect> {
        if !self.departed.covers(millis(since)) {
            return Vec::new();
        }
        let queued: HashSet<_> = tickets.iter().map(key).collect();
        let stays = |held: &Held, aside| aside || held.enqueued_at >= since || queued.contains(&held.key);
        let stale = self.roster.without(stays);
        for key in &stale {
            self.forget(*key, false, now_ms);
        }
        let held = self.roster.len();
        let effects = self.insert_all(tickets, millis(since), now_ms);
        self.differences = Differences {
            missing: self.roster.len() - held,
            stale: stale.len(),
        };
        effects
    }

    /// Returns what the last comparison found.
    pub(crate) const fn differences(&self) -> Differences {
        self.differences
    }

    fn tick(&mut self, open: bool, now_ms: u64) -> Vec<Effect> {
        self.open = open;
        if !self.is_leading() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        // Newcomers are paired while others are committed; while an outcome is in doubt nothing new is begun.
        if open && self.doubtful.is_none() {
            effects = self.audit(now_ms);
            self.roster.tick(now_ms, &mut self.chosen);
        }
        if self.committing {
            return effects;
        }
        if let Some(pairs) = self.doubtful.take() {
            return self.commit(pairs);
        }
        if open {
            effects.extend(self.commit_next(now_ms));
        } else {
            let chosen: Vec<_> = self.chosen.drain(..).map(|chosen| chosen.pair).collect();
            self.release(&chosen, now_ms);
        }
        effects
    }

    fn audit(&mut self, now_ms: u64) -> Vec<Effect> {
        if now_ms < self.audit_at_ms {
            return Vec::new();
        }
        let slice = self.roster.slice(now_ms);
        // A tick without arrivals has nothing to show.
        self.audit_at_ms = slice.as_ref().map_or(self.audit_at_ms, |_| now_ms + AUDIT_EVERY_MS);
        slice.map(Effect::Audit).into_iter().collect()
    }

    /// Commits the next of the chosen pairs; of a pair that lost a ticket meanwhile the other waits again.
    fn commit_next(&mut self, now_ms: u64) -> Vec<Effect> {
        let mut pairs = Vec::new();
        while pairs.len() < ROUND_PAIRS_MAX
            && let Some(Chosen { pair, .. }) = self.chosen.pop_front()
        {
            if pair.iter().all(|key| self.roster.is_aside(*key)) {
                pairs.push(pair);
            } else {
                self.release(&[pair], now_ms);
            }
        }
        self.commit(pairs)
    }

    fn commit(&mut self, pairs: Vec<Pair>) -> Vec<Effect> {
        match self.phase.leadership() {
            Some(leadership) if !pairs.is_empty() => {
                self.committing = true;
                vec![Effect::Commit(leadership.clone(), pairs)]
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn release(&mut self, pairs: &[Pair], now_ms: u64) {
        for key in pairs.iter().flatten() {
            self.roster.release(*key, now_ms);
        }
    }

    fn committed(&mut self, mut pairs: Vec<Pair>, round: Round, now_ms: u64) -> Vec<Effect> {
        self.committing = false;
        let rest = pairs.split_off(round.outcomes.len().min(pairs.len()));
        let mut made = Vec::new();
        for (pair, outcome) in pairs.into_iter().zip(round.outcomes) {
            made.extend(self.settle(pair, outcome, now_ms));
        }
        let mut effects = dispatch(made);
        match round.rest {
            Rest::Fenced => effects.extend(self.step_down()),
            Rest::Unknown if self.is_leading() => self.doubtful = Some(rest),
            Rest::Unknown => {}
            Rest::Settled => {
                self.release(&rest, now_ms);
                if self.open {
                    effects.extend(self.commit_next(now_ms));
                }
            }
        }
        effects
    }

    /// Drops what is not queued any more; what is waits again. Returns the match if it was made.
    fn settle(&mut self, pair: Pair, outcome: Paired, now_ms: u64) -> Option<PendingMatch> {
        match outcome {
            Paired::Done(pending) => {
                self.matched(pair, now_ms);
                return Some(*pending);
            }
            // The sweeper dispatches it if its first commit could not say so.
            Paired::Already => self.matched(pair, now_ms),
            Paired::Gone { gone } => self.drop_tickets(pair, gone, now_ms),
            Paired::OutOfSpread { ratings } => {
                for (key, rating) in pair.iter().zip(ratings) {
                    self.roster.set_rating(key.0, rating);
                }
                if self.roster.may_meet(pair) {
                    self.roster.part(pair, Reason::Edge, now_ms.saturating_add(EDGE_MS));
                }
            }
        }
        self.release(&[pair], now_ms);
        None
    }

    fn overtaken(&mut self, pairs: &[Pair], outcomes: Vec<Paired>, now_ms: u64) -> Vec<Effect> {
        let mut made = Vec::new();
        for (pair, outcome) in pairs.iter().zip(outcomes) {
            match outcome {
                Paired::Done(pending) => {
                    made.push(*pending);
                    self.matched(*pair, now_ms);
                }
                Paired::Already => self.matched(*pair, now_ms),
                Paired::Gone { gone } => self.drop_tickets(*pair, gone, now_ms),
                Paired::OutOfSpread { .. } => {}
            }
        }
        dispatch(made)
    }

    fn drop_tickets(&mut self, pair: Pair, gone: [bool; 2], now_ms: u64) {
        for (key, gone) in pair.into_iter().zip(gone) {
            if gone {
                self.forget(key, false, now_ms);
            }
        }
    }

    fn matched(&mut self, pair: Pair, now_ms: u64) {
        if self.parted_ms > 0 {
            self.roster
                .part(pair, Reason::Recent, now_ms.saturating_add(self.parted_ms));
        }
        for key in pair {
            self.forget(key, true, now_ms);
        }
    }

    fn forget(&mut self, key: Key, matched: bool, now_ms: u64) {
        if self.is_active() {
            self.departed.note(key, now_ms);
        }
        if let Some(held) = self.roster.remove(key) {
            self.journal.left(&held, matched, now_ms);
        }
    }
}

fn dispatch(made: Vec<PendingMatch>) -> Vec<Effect> {
    if made.is_empty() {
        Vec::new()
    } else {
        vec![Effect::Dispatch(made)]
    }
}

const fn key(ticket: &QueuedTicket) -> Key {
    (ticket.player, ticket.id)
}

#[cfg(test)]
#[path = "leader_million.rs"]
mod million;
#[cfg(test)]
#[path = "leader_promises.rs"]
mod promises;
#[cfg(test)]
#[path = "leader_readiness.rs"]
mod readiness;
#[cfg(test)]
#[path = "leader_telling.rs"]
mod telling;
#[cfg(test)]
#[path = "leader_tests.rs"]
mod tests;
