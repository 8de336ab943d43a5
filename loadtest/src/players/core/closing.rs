//! The end of a run: cancel what is queued, wait until everything has ended, and look at it all once more.

use std::time::Duration;

use tiltyard_protocol::http::players::Me;
use tiltyard_protocol::{EventId, PlayerEvent, ProblemCode, TicketId};

use super::{Answer, Core, Effect, Phase, Wake};
use crate::breach::Check;

/// A moment in which a second end of a ticket would still arrive.
const QUIET: Duration = Duration::from_millis(300);

impl Core {
    pub(super) fn stop(&mut self) {
        match self.phase {
            Phase::Setup | Phase::Ready => self.finish(),
            Phase::Playing => {
                self.phase = Phase::Closing;
                let open: Vec<TicketId> = self.history.open().collect();
                open.into_iter().for_each(|ticket| self.cancel(ticket));
                self.settle();
            }
            Phase::Closing | Phase::Quiet | Phase::Verifying | Phase::Done => {}
        }
    }

    /// Cancels a ticket that the server has accepted; one without an answer is cancelled when it has one.
    pub(super) fn cancel(&mut self, ticket: TicketId) {
        if self.history.is_queued(ticket) {
            self.effects.push(Effect::Cancel(ticket));
        }
    }

    pub(super) fn cancelled(&mut self, ticket: TicketId, answer: Answer<()>) {
        match self.answered(answer, Effect::Cancel(ticket)) {
            None => return,
            Some(Ok(())) => {
                self.totals.cancelled += 1;
                self.history.cancelled(ticket);
            }
            // Too late: the match's result is on its way.
            Some(Err(error)) if error.problem().is_some_and(|p| p.code == ProblemCode::TicketMatched) => {}
            Some(Err(error)) => self.breach(Check::Refused, format!("cancel of {ticket}: {error}")),
        }
        self.settle();
    }

    /// Goes on to the last checks when nothing is under way any more.
    pub(super) fn settle(&mut self) {
        let idle = self.history.open_count() == 0 && self.checking == 0;
        if self.phase == Phase::Closing && idle {
            self.phase = Phase::Quiet;
            self.wake(Wake::Quiet, QUIET);
        }
    }

    pub(super) fn verify(&mut self) {
        if self.phase != Phase::Quiet {
            return;
        }
        self.phase = Phase::Verifying;
        self.effects.extend([Effect::ListTickets, Effect::ReadMe]);
        self.readings = 2;
        if let Some(reread) = self.reread_effect() {
            self.effects.push(reread);
            self.readings += 1;
        }
    }

    pub(super) fn live_read(&mut self, answer: Answer<Vec<TicketId>>) {
        match self.answered(answer, Effect::ListTickets) {
            None => return,
            Some(Ok(listed)) => self.history.live(&listed),
            Some(Err(error)) => self.breach(Check::Refused, format!("list of tickets: {error}")),
        }
        self.read();
    }

    pub(super) fn me_read(&mut self, answer: Answer<Me>) {
        match self.answered(answer, Effect::ReadMe) {
            None => return,
            Some(Ok(me)) => self.history.me(&me.rating),
            Some(Err(error)) => self.breach(Check::Refused, format!("own record: {error}")),
        }
        self.read();
    }

    pub(super) fn reread(&mut self, answer: Answer<Vec<(EventId, PlayerEvent)>>) {
        let Some(request) = self.reread_effect() else {
            return self.read();
        };
        match self.answered(answer, request) {
            None => return,
            Some(Ok(log)) => self.history.reread(&log),
            Some(Err(error)) => self.breach(Check::EventLost, format!("log read again: {error}")),
        }
        self.read();
    }

    pub(super) fn quit(&mut self) {
        if self.phase != Phase::Done {
            let first = self.history.open().next();
            let detail = format!(
                "in phase {:?} when the time was up: {} tickets without an end (first: {first:?}), {} matches unread",
                self.phase,
                self.history.open_count(),
                self.checking,
            );
            self.breach(Check::Unfinished, detail);
            self.finish();
        }
    }

    /// Returns the request for the whole log since the first stream, if it has any event.
    fn reread_effect(&self) -> Option<Effect> {
        let (start, last) = (self.history.start()?, self.history.cursor()?);
        (last.seq > start.seq).then_some(Effect::Reread(start, last.seq))
    }

    fn read(&mut self) {
        self.readings = self.readings.saturating_sub(1);
        if self.readings == 0 {
            self.sounding = true;
            self.open_stream();
        }
    }

    /// Holds the end of the log, as a stream without a cursor names it, against the last event told: everything has ended,
    /// so that whatever was stored since is an end too many.
    pub(super) fn sounded(&mut self, at: EventId) {
        if let Some(last) = self.history.cursor()
            && at != last
        {
            self.breach(
                Check::EventLost,
                format!("the log ends at {at}, the last event told was {last}"),
            );
        }
        self.finish();
    }
}
