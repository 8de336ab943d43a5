//! The player's stream: followed, lost, and dropped on purpose.

use std::time::Duration;

use tiltyard_protocol::{EventId, EventSeq};

use super::{Core, Effect, Phase, StreamFailure, Wake};
use crate::breach::Check;
use crate::client::{Frame, StreamEnd};

/// A restless player drops its stream after one event in so many.
const DROP_ONE_IN: u64 = 8;
/// And resumes from an older place once in so many times.
const OLDER_ONE_IN: u64 = 3;
/// How far back such a place may be.
const OLDER_MAX: u64 = 64;
/// Longest absence after a drop.
const ABSENCE_MAX_MS: u64 = 400;
/// Longest wait that the server may ask for.
const RETRY_MAX: Duration = Duration::from_secs(5);

impl Core {
    pub(super) fn open_stream(&mut self) {
        let cursor = if self.sounding { None } else { self.resume_from() };
        self.effects.push(Effect::OpenStream(cursor));
    }

    pub(super) fn frame(&mut self, frame: Frame) {
        self.failures = 0;
        match frame {
            Frame::Hello { at } => self.hello(at),
            Frame::Event { id, event } => {
                self.event(id, event);
                if self.phase == Phase::Playing && self.plan.restless && self.random.one_in(DROP_ONE_IN) {
                    self.drop_stream();
                }
            }
            Frame::Resync { at, reason } => self.history.resync(at, &reason),
            Frame::Heartbeat | Frame::Bye => {}
        }
    }

    pub(super) fn stream_ended(&mut self, why: StreamFailure, retry: Option<Duration>) {
        self.failures += 1;
        self.totals.reconnects += 1;
        let own = self.reconnect.delay(self.failures, self.random.next_u64());
        // A stream that was ended in good order is wanted back when the server said; a broken one as soon as possible.
        let asked = match &why {
            StreamFailure::Ended(StreamEnd::Closed) => retry.unwrap_or_default().min(RETRY_MAX),
            StreamFailure::Ended(_) | StreamFailure::NotOpened(_) => Duration::ZERO,
        };
        self.wake(Wake::Reopen, own.max(asked));
        match why {
            StreamFailure::Ended(StreamEnd::Malformed(what)) => self.breach(Check::EventMalformed, what),
            StreamFailure::NotOpened(error) if !error.is_transient() => {
                self.breach(Check::Refused, format!("the stream: {error}"));
            }
            StreamFailure::NotOpened(_) | StreamFailure::Ended(_) => {}
        }
    }

    fn hello(&mut self, at: EventId) {
        if self.sounding {
            return self.sounded(at);
        }
        let first = self.history.start().is_none();
        self.history.hello(at);
        if first && self.phase == Phase::Setup {
            self.effects.push(Effect::ListTickets);
        }
    }

    fn drop_stream(&mut self) {
        self.totals.drops += 1;
        self.effects.push(Effect::CloseStream);
        let absence = Duration::from_millis(self.random.below(ABSENCE_MAX_MS));
        self.wake(Wake::Reopen, absence);
    }

    /// Returns the last place, or sometimes, for the restless, an older one: the log must say the same again.
    fn resume_from(&mut self) -> Option<EventId> {
        let (start, last) = (self.history.start()?, self.history.cursor()?);
        let back = if self.plan.restless && self.random.one_in(OLDER_ONE_IN) {
            self.random.below(OLDER_MAX)
        } else {
            0
        };
        let seq = last.seq.0.saturating_sub_unsigned(back).max(start.seq.0);
        Some(EventId {
            seq: EventSeq(seq),
            ..last
        })
    }
}
