//! Cursors over the log: nothing lost, doubled or out of order, whatever order wake-ups and pages come in.

use proptest::prelude::*;
use tiltyard_protocol::{TicketId, Timestamp};

use super::*;

const GENERATION: Generation = Generation(3);

fn event(seq: i64) -> PlayerEvent {
    PlayerEvent::TicketExpired {
        ticket: TicketId::from_bytes([u8::try_from(seq).unwrap(); 16]),
    }
}

fn id(seq: i64) -> EventId {
    EventId {
        generation: GENERATION,
        seq: EventSeq(seq),
    }
}

fn log(head: i64, trimmed: i64) -> LogEnds {
    LogEnds {
        generation: GENERATION,
        head: EventSeq(head),
        trimmed: EventSeq(trimmed),
    }
}

fn page(after: i64, head: i64, limit: i64) -> EventPage {
    let events = (after + 1..=head.min(after + limit)).map(|seq| EventRecord {
        seq: EventSeq(seq),
        event: event(seq),
        at: Timestamp::default(),
    });
    EventPage {
        head: EventSeq(head),
        trimmed: EventSeq(0),
        events: events.collect(),
    }
}

fn sent(stream: StreamId, seq: i64) -> Effect {
    Effect::Send(
        stream,
        Frame::Event {
            id: id(seq),
            event: event(seq),
        },
    )
}

#[test]
fn a_new_stream_starts_at_the_end_and_an_old_one_at_its_cursor() {
    let mut streams = Streams::default();
    assert_eq!(
        streams.open(1, None, log(5, 0)),
        [Effect::Send(1, Frame::Hello { at: id(5) })]
    );
    assert_eq!(streams.open(2, Some(id(3)), log(5, 0)), [Effect::Read(2, EventSeq(3))]);
    assert_eq!(streams.page(2, Some(page(3, 5, 9))), [sent(2, 4), sent(2, 5)]);
    assert_eq!(streams.event(EventSeq(6), &event(6)), [sent(1, 6), sent(2, 6)]);
}

#[test]
fn cursors_that_cannot_be_served_are_resynced() {
    let old = EventId {
        generation: Generation(2),
        seq: EventSeq(4),
    };
    let cases = [
        (old, ResyncReason::Generation),
        (id(9), ResyncReason::Future),
        (id(1), ResyncReason::Trimmed),
    ];
    for (after, reason) in cases {
        let effects = Streams::default().open(1, Some(after), log(5, 2));
        assert_eq!(effects, [Effect::Send(1, Frame::Resync { at: id(5), reason })]);
    }
    assert_eq!(
        Streams::default().open(1, Some(id(2)), log(5, 2)),
        [Effect::Read(1, EventSeq(2))]
    );
}

#[test]
fn a_gap_is_read_from_the_log_and_a_late_wake_up_ignored() {
    let mut streams = Streams::default();
    streams.open(1, None, log(0, 0));
    assert_eq!(streams.event(EventSeq(2), &event(2)), [Effect::Read(1, EventSeq(0))]);
    assert_eq!(streams.event(EventSeq(1), &event(1)), []);
    assert_eq!(
        streams.page(1, Some(page(0, 2, 9))),
        [sent(1, 1), sent(1, 2), Effect::Read(1, EventSeq(2))]
    );
    assert_eq!(streams.page(1, Some(page(2, 2, 9))), []);
    assert_eq!(streams.event(EventSeq(2), &event(2)), []);
}

#[test]
fn a_full_stream_goes_on_from_what_went_out() {
    let mut streams = Streams::default();
    streams.open(1, None, log(0, 0));
    assert_eq!(streams.event(EventSeq(1), &event(1)), [sent(1, 1)]);
    streams.full(1, EventSeq(0));
    assert_eq!(
        streams.event(EventSeq(2), &event(2)),
        [],
        "nothing is read while there is no room"
    );
    assert_eq!(streams.room(1), [Effect::Read(1, EventSeq(0))]);
    assert_eq!(streams.page(1, Some(page(0, 2, 9))), [sent(1, 1), sent(1, 2)]);
}

#[test]
fn the_oldest_stream_gives_way() {
    let mut streams = Streams::default();
    for id in 0..limits::STREAMS_PER_PLAYER_MAX as u64 {
        streams.open(id, None, log(0, 0));
    }
    assert_eq!(streams.open(99, None, log(0, 0))[0], Effect::Close(0));
}

proptest! {
    /// Whatever is announced, lost, failed or full, frames are contiguous, and once all is quiet nothing is missing.
    #[test]
    fn frames_are_contiguous(script in proptest::collection::vec(0_u8..6, 1..60)) {
        let (mut streams, mut head, mut got) = (Streams::default(), 0_i64, 0_i64);
        let mut reads = Vec::new();
        let mut effects = streams.open(1, Some(id(0)), log(0, 0));
        for step in script.into_iter().chain([6, 6, 6, 6, 6, 6]) {
            let mut full = false;
            match step {
                0 | 1 => { head += 1; effects.extend(streams.event(EventSeq(head), &event(head))); }
                2 => head += 1,
                3 => effects.extend(streams.head(EventSeq(head))),
                4 => if reads.pop().is_some() { effects.extend(streams.page(1, None)); },
                5 => full = true,
                _ => {
                    effects.extend(streams.room(1));
                    if let Some(after) = reads.pop() { effects.extend(streams.page(1, Some(page(after, head, 3)))); }
                    effects.extend(streams.head(EventSeq(head)));
                }
            }
            let mut dropped = false;
            for effect in effects.drain(..) {
                match effect {
                    Effect::Send(_, Frame::Event { .. }) if dropped => {}
                    Effect::Send(_, Frame::Event { .. }) if full => { dropped = true; }
                    Effect::Send(_, Frame::Event { id, .. }) => { prop_assert_eq!(id.seq.0, got + 1); got += 1; }
                    Effect::Read(_, after) => { reads = vec![after.0]; }
                    Effect::Send(..) | Effect::Close(_) => prop_assert!(false),
                }
            }
            if dropped { streams.full(1, EventSeq(got)); reads.clear(); }
        }
        for _ in 0..=head {
            let more = reads.pop().map(|after| streams.page(1, Some(page(after, head, 3)))).unwrap_or_default();
            for effect in more.into_iter().chain(streams.room(1)) {
                match effect {
                    Effect::Send(_, Frame::Event { id, .. }) => { prop_assert_eq!(id.seq.0, got + 1); got += 1; }
                    Effect::Read(_, after) => reads = vec![after.0],
                    Effect::Send(..) | Effect::Close(_) => prop_assert!(false),
                }
            }
        }
        prop_assert_eq!(got, head);
    }
}
