//! The game itself: keep tickets queued, follow every result to its match record and replay.

use std::time::Duration;

use tiltyard_protocol::event::{PlayerEvent, ResultEvent};
use tiltyard_protocol::http::matches::MatchView;
use tiltyard_protocol::http::tickets::TicketView;
use tiltyard_protocol::{EventId, MatchId, Side, TicketId};
use tokio::time::Instant;
use uuid::Builder;

use super::{Answer, Core, Effect, Phase, Wake};
use crate::breach::Check;
use crate::history::Received;
use crate::players::Replays;
use crate::players::note::Note;
use crate::record::disagreements;
use crate::replay::ReplayError;

/// Tickets that may be refused before a player stops to try: the checks have failed by then.
const REFUSALS_MAX: u32 = 5;
const REFILL_DELAY: Duration = Duration::from_secs(1);
/// Sampling fetches one replay in so many.
const SAMPLE_ONE_IN: u64 = 10;

impl Core {
    pub(super) fn go(&mut self) {
        if self.phase == Phase::Ready {
            self.phase = Phase::Playing;
            self.refill();
        }
    }

    /// Queues as many tickets as are missing.
    pub(super) fn refill(&mut self) {
        if self.phase != Phase::Playing || self.refusals >= REFUSALS_MAX {
            return;
        }
        for _missing in self.history.open_count()..self.plan.tickets {
            let ticket = self.new_ticket();
            self.history.sent(ticket, self.now);
            self.effects.push(Effect::Enqueue(ticket));
        }
    }

    pub(super) fn enqueued(&mut self, ticket: TicketId, answer: Answer<TicketView>) {
        match self.answered(answer, Effect::Enqueue(ticket)) {
            None => return,
            Some(Ok(view)) => {
                self.totals.tickets += 1;
                self.history.accepted(ticket);
                if view.id != ticket {
                    self.breach(Check::Refused, format!("ticket {ticket} was answered by {}", view.id));
                }
                if self.phase == Phase::Closing {
                    self.cancel(ticket);
                }
            }
            Some(Err(error)) => {
                self.refusals += 1;
                self.history.refused(ticket);
                self.breach(Check::Refused, format!("ticket {ticket}: {error}"));
                self.wake(Wake::Refill, REFILL_DELAY);
            }
        }
        self.settle();
    }

    pub(super) fn event(&mut self, id: EventId, event: PlayerEvent) {
        let Received::Fresh { sent_at } = self.history.event(id, &event) else {
            return;
        };
        match event {
            PlayerEvent::Result(result) => {
                self.result(result, sent_at);
                self.refill();
            }
            PlayerEvent::TicketReturned { .. } | PlayerEvent::TicketExpired { .. } => {
                self.totals.returned += 1;
                // A server that gives everything back is not asked at full speed.
                self.wake(Wake::Refill, REFILL_DELAY);
            }
        }
        self.settle();
    }

    fn result(&mut self, event: ResultEvent, sent_at: Option<Instant>) {
        let Some(player) = self.player else {
            return;
        };
        let measured = sent_at.filter(|_| !self.plan.restless);
        let latency = measured.map(|sent_at| self.now.saturating_duration_since(sent_at));
        let (id, event) = (event.match_id, Box::new(event));
        self.effects.push(Effect::Tell(Note::Result {
            player,
            event: event.clone(),
            latency,
        }));
        self.effects.push(Effect::ReadMatch(id));
        self.results.insert(id, event);
        self.checking += 1;
    }

    pub(super) fn match_read(&mut self, id: MatchId, answer: Answer<Box<MatchView>>) {
        let view = match self.answered(answer, Effect::ReadMatch(id)) {
            None => return,
            Some(Ok(view)) => view,
            Some(Err(error)) => {
                self.breach(Check::MatchRecord, format!("match {id}: {error}"));
                return self.checked();
            }
        };
        let Some((event, player)) = self.results.remove(&id).zip(self.player) else {
            return self.checked();
        };
        for difference in disagreements(&event, player, &view) {
            self.breach(Check::MatchRecord, difference);
        }
        self.effects.push(Effect::Tell(Note::Record(view.clone())));
        if self.wants_replay(&view) {
            self.effects.push(Effect::CheckReplay(view));
        } else {
            self.checked();
        }
    }

    pub(super) fn replay_checked(&mut self, view: Box<MatchView>, answer: Answer<Result<(), ReplayError>>) {
        let id = view.id;
        match self.answered(answer, Effect::CheckReplay(view)) {
            None => return,
            Some(Ok(Ok(()))) => self.totals.replays += 1,
            Some(Ok(Err(error))) => self.breach(Check::Replay, format!("match {id}: {error}")),
            Some(Err(error)) => self.breach(Check::Replay, format!("match {id}: {error}")),
        }
        self.checked();
    }

    fn checked(&mut self) {
        self.checking -= 1;
        self.settle();
    }

    /// One of the two players fetches: the left one, or the only one.
    fn wants_replay(&mut self, view: &MatchView) -> bool {
        let alone = view.seats.iter().any(|seat| seat.player.is_none());
        let wanted = match self.plan.replays {
            Replays::None => false,
            Replays::Sample => self.random.one_in(SAMPLE_ONE_IN),
            Replays::All => true,
        };
        wanted && (alone || view.side == Side::Left)
    }

    /// Makes a `UUIDv7`, whose age the server looks at.
    fn new_ticket(&mut self) -> TicketId {
        let mut random = [0; 10];
        random.copy_from_slice(&self.random.bytes()[..10]);
        TicketId::from_uuid(Builder::from_unix_timestamp_millis(self.unix_millis, &random).into_uuid())
    }
}
