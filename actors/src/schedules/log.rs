//! The second half of the durable store as plain data: results, ratings, and the event log.

use std::collections::BTreeMap;

use tiltyard_db::durable::events::{Appended, EventPage, EventRecord};
use tiltyard_db::durable::matches::{DoneMatch, MatchRecord, MatchState};
use tiltyard_db::durable::ratings::{RatingChange, Score};
use tiltyard_db::durable::results::{Finish, Finished, GiveUp, GivenUp};
use tiltyard_protocol::http::tickets::TicketState;
use tiltyard_protocol::{EventSeq, MatchId, PlayerEvent, PlayerId, Timestamp};

use super::truth::{Failure, Truth};

/// A player's events.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    pub(super) head: EventSeq,
    pub(super) trimmed: EventSeq,
    pub(super) events: BTreeMap<EventSeq, EventRecord>,
    last_at: Timestamp,
}

impl Truth {
    pub(super) fn append(&mut self, player: PlayerId, event: &PlayerEvent, at: Timestamp) -> Appended {
        let log = self.logs.entry(player).or_default();
        let seq = EventSeq(log.head.0 + 1);
        (log.head, log.last_at) = (seq, log.last_at.max(at));
        let record = EventRecord {
            seq,
            event: event.clone(),
            at: log.last_at,
        };
        log.events.insert(seq, record);
        Appended { player, seq }
    }

    pub(super) fn head(&self, player: PlayerId) -> EventSeq {
        self.logs.get(&player).map(|log| log.head).unwrap_or_default()
    }

    pub(super) fn page(&self, player: PlayerId, after: EventSeq, limit: usize) -> EventPage {
        let empty = Log::default();
        let log = self.logs.get(&player).unwrap_or(&empty);
        let events = log.events.values().filter(|record| record.seq > after).take(limit);
        EventPage {
            head: log.head,
            trimmed: log.trimmed,
            events: events.cloned().collect(),
        }
    }

    pub(super) fn trim(&mut self, before: Timestamp, limit: usize) -> usize {
        let mut oldest: Vec<_> = self
            .logs
            .iter()
            .flat_map(|(player, log)| log.events.values().map(|record| (record.at, *player, record.seq)))
            .filter(|(at, ..)| *at < before)
            .collect();
        oldest.sort_unstable_by_key(|(at, player, seq)| (*at, *player, *seq));
        oldest.truncate(limit);
        for (_, player, seq) in &oldest {
            let log = self.logs.entry(*player).or_default();
            log.events.remove(seq);
            log.trimmed = log.trimmed.max(*seq);
        }
        oldest.len()
    }

    pub(super) fn finish(&mut self, fought: &Finish) -> Finished {
        let refused = self.refusal(fought);
        if let Some(refused) = refused {
            if self.broken.numbers {
                for (player, _) in &fought.events {
                    self.logs.entry(*player).or_default().head.0 += 1;
                }
            }
            return refused;
        }
        for change in &fought.ratings {
            self.rate(change);
        }
        if let Some(bytes) = &fought.spool {
            let at = self.spool.partition_point(|(at, ..)| *at <= fought.finished_at);
            let spooled = (fought.finished_at, fought.replay.clone(), bytes.clone());
            self.spool.insert(at, spooled);
        }
        let done = DoneMatch {
            outcome: fought.outcome,
            result: fought.result.clone(),
            replay: fought.replay.clone(),
            ratings: fought.ratings.clone(),
            finished_at: fought.finished_at,
        };
        let state = MatchState::Done(Box::new(done));
        let events = self.end_match(
            fought.match_id,
            state,
            TicketState::Finished,
            (&fought.events, fought.finished_at),
        );
        Finished::Done(events)
    }

    fn refusal(&self, fought: &Finish) -> Option<Finished> {
        if !fought.is_sound() {
            return Some(Finished::Refused);
        }
        let Some(record) = self.matches.get(&fought.match_id) else {
            return Some(Finished::NotFound);
        };
        match &record.state {
            MatchState::DeadLettered { .. } => return Some(Finished::DeadLettered),
            _ if record.pending.stamps.terms() != fought.terms => return Some(Finished::Superseded),
            MatchState::Done(done) => return Some(Finished::Already(done.outcome.state_hash)),
            MatchState::Pending => {}
        }
        let mut changes = fought.ratings.iter();
        let moved = changes.any(|change| self.rating(change.player).version + 1 != change.number);
        moved.then_some(Finished::Conflict)
    }

    fn rate(&mut self, change: &RatingChange) {
        let mut record = self.rating(change.player);
        (record.rating, record.version, record.rated_at) = (change.after, change.number, Some(change.at));
        match change.score {
            Score::Win => record.won += 1,
            Score::Loss => record.lost += 1,
            Score::Draw => record.drawn += 1,
        }
        self.ratings.insert(change.player, record);
        self.history.entry(change.player).or_default().push(*change);
    }

    fn end_match(
        &mut self,
        id: MatchId,
        state: MatchState,
        tickets: TicketState,
        (events, at): (&[(PlayerId, PlayerEvent)], Timestamp),
    ) -> Vec<Appended> {
        let appended: Vec<_> = events
            .iter()
            .map(|(player, event)| self.append(*player, event, at))
            .collect();
        let Some(record) = self.matches.get_mut(&id) else {
            return appended;
        };
        record.state = state;
        let seats = record.pending.seats.clone();
        for key in seats.iter().filter_map(|seat| seat.entrant.player()) {
            let mut told = events.iter().zip(&appended);
            let told = told.find(|((player, event), _)| (*player, event.ticket()) == key);
            self.set_ended(key, tickets, told.map(|(_, appended)| appended.seq));
        }
        appended
    }

    pub(super) fn record_failure(&mut self, failure: Failure) -> u32 {
        let (id, terms, ..) = failure;
        let record = self.matches.get(&id);
        if record.is_none_or(|record| record.pending.stamps.terms() != terms) {
            return 0;
        }
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
        let failures = self.failures.iter().filter(|known| (known.0, known.1) == (id, terms));
        u32::try_from(failures.count()).unwrap_or(u32::MAX)
    }

    pub(super) fn give_up(&mut self, lost: &GiveUp) -> GivenUp {
        let may_be =
            |record: &MatchRecord| record.state == MatchState::Pending && record.pending.stamps.terms() == lost.terms;
        if !self.matches.get(&lost.match_id).is_some_and(may_be) {
            return GivenUp::NotPending;
        }
        let state = MatchState::DeadLettered { why: lost.why.clone() };
        GivenUp::Done(self.end_match(lost.match_id, state, TicketState::Returned, (&lost.events, lost.at)))
    }
}
