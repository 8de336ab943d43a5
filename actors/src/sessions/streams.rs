//! The streams of one player as a pure structure: which frames go out, and when the log must be read.

use std::collections::VecDeque;

use tiltyard_db::durable::events::{EventPage, EventRecord};
use tiltyard_protocol::{EventId, EventSeq, Generation, PlayerEvent, limits};

use super::{Frame, ResyncReason};

/// Names a stream in its session.
pub(crate) type StreamId = u64;

/// What the shell has to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Put a frame into the stream's channel, or report [`Streams::full`].
    Send(StreamId, Frame),
    /// Read the log after this event, and report [`Streams::page`].
    Read(StreamId, EventSeq),
    /// Close the stream.
    Close(StreamId),
}

/// What a log says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogEnds {
    pub(crate) generation: Generation,
    pub(crate) head: EventSeq,
    pub(crate) trimmed: EventSeq,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Has everything up to its cursor and waits for more.
    Live,
    /// The log is being read for it.
    Reading,
    /// Its channel is full.
    Full,
}

#[derive(Debug)]
struct Stream {
    id: StreamId,
    cursor: EventId,
    state: State,
    /// Something newer than what is being read was announced.
    behind: bool,
}

/// The open streams of one player, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    streams: VecDeque<Stream>,
}

impl Streams {
    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Opens a stream at the client's cursor; the oldest gives way if there are too many.
    pub(crate) fn open(&mut self, id: StreamId, after: Option<EventId>, log: LogEnds) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.streams.len() >= limits::STREAMS_PER_PLAYER_MAX {
            effects.extend(self.streams.pop_front().map(|oldest| Effect::Close(oldest.id)));
        }
        let head = EventId {
            generation: log.generation,
            seq: log.head,
        };
        let resync = |reason| Frame::Resync { at: head, reason };
        let (cursor, first) = match after {
            None => (head, Some(Frame::Hello { at: head })),
            Some(after) if after.generation != log.generation => (head, Some(resync(ResyncReason::Generation))),
            Some(after) if after.seq > log.head => (head, Some(resync(ResyncReason::Future))),
            Some(after) if after.seq < log.trimmed => (head, Some(resync(ResyncReason::Trimmed))),
            Some(after) => (after, None),
        };
        effects.extend(first.map(|frame| Effect::Send(id, frame)));
        let mut stream = Stream {
            id,
            cursor,
            state: State::Live,
            behind: false,
        };
        stream.catch_up(log.head, &mut effects);
        self.streams.push_back(stream);
        effects
    }

    /// Takes an event that was stored.
    pub(crate) fn event(&mut self, seq: EventSeq, event: &PlayerEvent) -> Vec<Effect> {
        let mut effects = Vec::new();
        for stream in &mut self.streams {
            if stream.state == State::Live && seq.0 == stream.cursor.seq.0 + 1 {
                stream.send(seq, event.clone(), &mut effects);
            } else {
                stream.catch_up(seq, &mut effects);
            }
        }
        effects
    }

    /// Takes the number of the last event there is.
    pub(crate) fn head(&mut self, head: EventSeq) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.streams
            .iter_mut()
            .for_each(|stream| stream.catch_up(head, &mut effects));
        effects
    }

    /// Takes what was read for a stream; `None` if the log could not be read, which the next comparison mends.
    pub(crate) fn page(&mut self, id: StreamId, page: Option<EventPage>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) else {
            return effects;
        };
        stream.state = State::Live;
        let Some(page) = page else { return effects };
        if stream.cursor.seq < page.trimmed {
            stream.cursor.seq = page.head;
            effects.push(Effect::Send(
                id,
                Frame::Resync {
                    at: stream.cursor,
                    reason: ResyncReason::Trimmed,
                },
            ));
            return effects;
        }
        for EventRecord { seq, event, .. } in page.events {
            if seq.0 == stream.cursor.seq.0 + 1 {
                stream.send(seq, event, &mut effects);
            }
        }
        let known = if std::mem::take(&mut stream.behind) {
            EventSeq(i64::MAX)
        } else {
            page.head
        };
        stream.catch_up(known, &mut effects);
        effects
    }

    /// Says that a frame did not go out, nor those after it: the cursor goes back to `last`, the last one that did.
    pub(crate) fn full(&mut self, id: StreamId, last: EventSeq) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) {
            stream.cursor.seq = last;
            stream.state = State::Full;
        }
    }

    /// Says that a full stream has room again.
    pub(crate) fn room(&mut self, id: StreamId) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) {
            stream.state = State::Live;
            stream.catch_up(EventSeq(i64::MAX), &mut effects);
        }
        effects
    }

    /// Forgets a stream that its client has left.
    pub(crate) fn closed(&mut self, id: StreamId) {
        self.streams.retain(|stream| stream.id != id);
    }
}

impl Stream {
    fn send(&mut self, seq: EventSeq, event: PlayerEvent, effects: &mut Vec<Effect>) {
        self.cursor.seq = seq;
        effects.push(Effect::Send(self.id, Frame::Event { id: self.cursor, event }));
    }

    /// Reads the log if it has more than the cursor, unless that is under way.
    fn catch_up(&mut self, head: EventSeq, effects: &mut Vec<Effect>) {
        if head <= self.cursor.seq {
            return;
        }
        match self.state {
            State::Live => {
                self.state = State::Reading;
                effects.push(Effect::Read(self.id, self.cursor.seq));
            }
            State::Reading => self.behind = true,
            State::Full => {}
        }
    }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
