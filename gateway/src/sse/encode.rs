//! Frames of an event stream as bytes. Nothing in data can end a line: it is JSON, and what is not is refused.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tiltyard_actors::{Frame, ResyncReason};
use tiltyard_protocol::{EventId, Timestamp};

use crate::jitter::Jitter;

/// Wait before a client reconnects by itself.
const RETRY: Duration = Duration::from_secs(2);
/// Window of the wait when the server shed the stream, in milliseconds.
const SHED_RETRY_MS: (u64, u64) = (2_000, 10_000);
/// Window of the wait when the server goes away, in milliseconds.
const BYE_RETRY_MS: (u64, u64) = (200, 3_000);

#[derive(Serialize)]
struct Hello {
    now: Timestamp,
    heartbeat_ms: u64,
}

#[derive(Serialize)]
struct Heartbeat {
    now: Timestamp,
}

#[derive(Serialize)]
struct Resync {
    reason: &'static str,
}

#[derive(Serialize)]
struct Bye {
    reason: &'static str,
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server is going away.
    Draining,
    /// The connection has lived long enough.
    Life,
    /// The token expires: the client needs a new one first.
    Token,
}

/// Opens every stream, also one that has nothing to tell: the client's `open` fires, and it knows when to come back.
pub(crate) fn opening() -> Bytes {
    Bytes::from(format!("retry: {}\n\n", RETRY.as_millis()))
}

/// Answers a client that cannot be served at the moment.
pub(crate) fn shed(jitter: &Jitter) -> Bytes {
    Bytes::from(format!(
        "retry: {}\n\n",
        jitter.between(SHED_RETRY_MS.0, SHED_RETRY_MS.1)
    ))
}

/// Encodes what the session sent.
pub(crate) fn frame(frame: &Frame, now: Timestamp, heartbeat: Duration, jitter: &Jitter) -> Bytes {
    let heartbeat_ms = u64::try_from(heartbeat.as_millis()).unwrap_or(u64::MAX);
    match frame {
        Frame::Hello { at } => event("hello", Some(*at), None, &Hello { now, heartbeat_ms }),
        Frame::Event { id, event: told } => event(told.name(), Some(*id), None, told),
        Frame::Resync { at, reason } => event(
            "resync",
            Some(*at),
            None,
            &Resync {
                reason: reason_name(*reason),
            },
        ),
        Frame::Bye => bye(End::Draining, jitter),
    }
}

/// Encodes a heartbeat, visible to clients that watch for silence.
pub(crate) fn heartbeat(now: Timestamp) -> Bytes {
    event("hb", None, None, &Heartbeat { now })
}

/// Encodes the last frame of a stream.
pub(crate) fn bye(end: End, jitter: &Jitter) -> Bytes {
    let reason = match end {
        End::Draining => "draining",
        End::Life => "rotation",
        End::Token => "token_expired",
    };
    let retry_ms = jitter.between(BYE_RETRY_MS.0, BYE_RETRY_MS.1);
    event("bye", None, Some(retry_ms), &Bye { reason })
}

fn event<T: Serialize>(name: &str, id: Option<EventId>, retry_ms: Option<u64>, data: &T) -> Bytes {
    // JSON escapes control characters inside strings and this writer puts none outside of them.
    let data = serde_json::to_string(data).unwrap_or_default();
    let mut text = String::with_capacity(data.len() + 64);
    line(&mut text, "event", name);
    if let Some(id) = id {
        line(&mut text, "id", &id.to_string());
    }
    if let Some(retry_ms) = retry_ms {
        line(&mut text, "retry", &retry_ms.to_string());
    }
    line(&mut text, "data", &data);
    text.push('\n');
    Bytes::from(text)
}

/// Writes one field. A value that could end its line early loses the characters with which it would.
fn line(text: &mut String, field: &str, value: &str) {
    let ends_line = |character| matches!(character, '\r' | '\n' | '\0');
    let value = if value.contains(ends_line) {
        value.replace(ends_line, "")
    } else {
        value.to_owned()
    };
    // Writing to a string cannot fail.
    writeln!(text, "{field}: {value}").unwrap_or_default();
}

const fn reason_name(reason: ResyncReason) -> &'static str {
    match reason {
        ResyncReason::Generation => "generation",
        ResyncReason::Trimmed => "trimmed",
        ResyncReason::Future => "future",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_protocol::event::ReturnReason;
    use tiltyard_protocol::{EventSeq, Generation, PlayerEvent, TicketId};

    const NOW: Timestamp = Timestamp::from_micros(1_763_809_200_000_000);

    fn encode(given: &Frame) -> String {
        let bytes = frame(given, NOW, Duration::from_secs(15), &Jitter::new(1));
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    const fn id(seq: i64) -> EventId {
        EventId {
            generation: Generation(2),
            seq: EventSeq(seq),
        }
    }

    #[test]
    fn control_frames_look_like_this() {
        assert_eq!(
            encode(&Frame::Hello { at: id(7) }),
            "event: hello\nid: 2.7\ndata: {\"now\":\"2025-11-22T11:00:00.000000Z\",\"heartbeat_ms\":15000}\n\n"
        );
        assert_eq!(
            encode(&Frame::Resync {
                at: id(9),
                reason: ResyncReason::Trimmed
            }),
            "event: resync\nid: 2.9\ndata: {\"reason\":\"trimmed\"}\n\n"
        );
        let bye = encode(&Frame::Bye);
        assert!(bye.starts_with("event: bye\nretry: ") && bye.ends_with("{\"reason\":\"draining\"}\n\n"));
        assert!(
            !heartbeat(NOW).windows(4).any(|window| window == b"\nid:"),
            "it moves no cursor"
        );
    }

    #[test]
    fn no_text_can_forge_a_frame() {
        for hostile in ["a\rid: 9.9\revent: admin", "a\n\ndata: x", "\r\n", "\u{2028}\u{85}\0"] {
            let event = PlayerEvent::TicketReturned {
                ticket: TicketId::from_bytes([1; 16]),
                reason: ReturnReason::BuildInvalid,
                message: hostile.to_owned(),
            };
            let text = encode(&Frame::Event {
                id: id(3),
                event: event.clone(),
            });
            let lines: Vec<_> = text.split(['\r', '\n']).collect();
            assert_eq!(lines.len(), 5, "three fields and the empty line: {text:?}");
            let data = lines[2].strip_prefix("data: ").unwrap();
            assert_eq!(serde_json::from_str::<PlayerEvent>(data).unwrap(), event);
        }
    }

    #[test]
    fn a_field_value_cannot_end_its_line() {
        let mut text = String::new();
        line(&mut text, "event", "a\r\nid: 1\0");
        assert_eq!(text, "event: aid: 1\n");
    }
}
