//! The player's event stream: SSE blocks in, typed frames out.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, Stream, StreamExt};
use sse_stream::{Sse, SseByteStream};
use tiltyard_protocol::{EventId, PlayerEvent, limits};
use tokio::time::timeout;

use super::error::chain;

/// Silence after which a stream counts as dead: three heartbeats.
const SILENCE_MAX: Duration = limits::STREAM_HEARTBEAT.saturating_mul(3);
/// Frames handed over at once.
const BATCH_MAX: usize = limits::STREAM_FRAMES_MAX;

/// What a stream says.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// The first frame of a stream without a cursor: events after `at` follow.
    Hello {
        /// Where the stream starts.
        at: EventId,
    },
    /// A durable event.
    Event {
        /// Its number, the next cursor.
        id: EventId,
        /// What happened.
        event: PlayerEvent,
    },
    /// The cursor cannot be served without a gap; events after `at` follow.
    Resync {
        /// Where the stream goes on.
        at: EventId,
        /// The frame's data, which says why.
        reason: String,
    },
    /// The server is alive.
    Heartbeat,
    /// The server is about to close the stream.
    Bye,
}

/// Why a stream has no further frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamEnd {
    /// The server ended it in good order; the delay that it asked for counts.
    #[error("the stream ended")]
    Closed,
    /// The connection broke, or fell silent.
    #[error("the stream broke: {0}")]
    Broken(String),
    /// The server sent what no stream may carry.
    #[error("malformed frame: {0}")]
    Malformed(String),
}

type Blocks = Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>;

/// An open stream. Dropping it closes the connection.
pub struct EventStream {
    blocks: Blocks,
    retry: Option<Duration>,
    /// An end that was met while frames before it were collected.
    end: Option<StreamEnd>,
}

impl EventStream {
    /// Reads frames from the bytes of a response body.
    pub fn new<E>(bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        Self {
            blocks: Box::pin(SseByteStream::new(Box::pin(bytes))),
            retry: None,
            end: None,
        }
    }

    /// Returns the last reconnection delay that the server asked for.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Waits for the next frame, at most three heartbeats. Losing the future loses no frame.
    ///
    /// # Errors
    /// The stream has ended or is malformed; it yields nothing more.
    pub async fn next(&mut self) -> Result<Frame, StreamEnd> {
        if let Some(end) = self.end.take() {
            return Err(end);
        }
        loop {
            let block = timeout(SILENCE_MAX, self.blocks.next()).await;
            let block = block.map_err(|_elapsed| StreamEnd::Broken("it fell silent".to_owned()))?;
            if let Some(frame) = self.take(block)? {
                return Ok(frame);
            }
        }
    }

    /// Waits for the next frame and returns it with those behind it that are there already.
    ///
    /// # Errors
    /// As [`EventStream::next`]; frames that came before the end are returned first.
    pub async fn batch(&mut self) -> Result<Vec<Frame>, StreamEnd> {
        let mut frames = vec![self.next().await?];
        while frames.len() < BATCH_MAX
            && let Some(block) = self.blocks.next().now_or_never()
        {
            match self.take(block) {
                Ok(frame) => frames.extend(frame),
                Err(end) => {
                    self.end = Some(end);
                    break;
                }
            }
        }
        Ok(frames)
    }

    /// Turns a block into a frame; a block that only sets the reconnection delay is none.
    fn take(&mut self, block: Option<Result<Sse, sse_stream::Error>>) -> Result<Option<Frame>, StreamEnd> {
        let block = match block {
            None => return Err(StreamEnd::Closed),
            Some(Err(error @ sse_stream::Error::Body(_))) => {
                return Err(StreamEnd::Broken(chain(&error)));
            }
            Some(Err(error)) => return Err(StreamEnd::Malformed(chain(&error))),
            Some(Ok(block)) => block,
        };
        if let Some(millis) = block.retry {
            self.retry = Some(Duration::from_millis(millis));
        }
        if block.event.is_none() && block.data.is_none() {
            return Ok(None);
        }
        frame(block).map(Some).map_err(StreamEnd::Malformed)
    }
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStream")
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

fn frame(block: Sse) -> Result<Frame, String> {
    let data = block.data.unwrap_or_default();
    let name = block.event.as_deref().unwrap_or_default();
    match name {
        "hb" => Ok(Frame::Heartbeat),
        "bye" => Ok(Frame::Bye),
        "hello" => Ok(Frame::Hello {
            at: place(name, block.id.as_deref())?,
        }),
        "resync" => Ok(Frame::Resync {
            at: place(name, block.id.as_deref())?,
            reason: data,
        }),
        _ => {
            let id = place(name, block.id.as_deref())?;
            Ok(Frame::Event {
                id,
                event: event(name, &data)?,
            })
        }
    }
}

fn place(name: &str, id: Option<&str>) -> Result<EventId, String> {
    let id = id.ok_or_else(|| format!("{name:?} without an id"))?;
    id.parse().map_err(|error| format!("id {id:?} of {name:?}: {error}"))
}

fn event(name: &str, data: &str) -> Result<PlayerEvent, String> {
    let event: PlayerEvent = serde_json::from_str(data).map_err(|error| format!("data of {name:?}: {error}"))?;
    if event.name() != name {
        return Err(format!("{name:?} carries an event of type {:?}", event.name()));
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use tiltyard_protocol::TicketId;

    const EXPIRED: &str = "id: 2.7\nevent: ticket_expired\n\
        data: {\"type\":\"ticket_expired\",\"ticket\":\"07070707-0707-0707-0707-070707070707\"}\n\n";

    fn stream(chunks: &[&str]) -> EventStream {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, io::Error>(Bytes::from((*chunk).to_owned())))
            .collect();
        EventStream::new(futures::stream::iter(chunks))
    }

    fn id(text: &str) -> EventId {
        text.parse().unwrap()
    }

    fn expired() -> Frame {
        let ticket = TicketId::from_bytes([7; 16]);
        Frame::Event {
            id: id("2.7"),
            event: PlayerEvent::TicketExpired { ticket },
        }
    }

    #[tokio::test]
    async fn frames_are_typed_and_comments_and_delays_are_none() {
        let mut stream = stream(&[
            ": hi\n\nretry: 1500\n\nevent: hello\nid: 2.6\ndata: {}\n\n",
            EXPIRED,
            "event: hb\ndata: {}\n\n",
            "event: resync\nid: 3.0\ndata: {\"reason\":\"generation\"}\n\n",
            "event: bye\nretry: 300\ndata: {}\n\n",
        ]);
        assert_eq!(stream.next().await, Ok(Frame::Hello { at: id("2.6") }));
        assert_eq!(stream.retry(), Some(Duration::from_millis(1500)));
        assert_eq!(stream.next().await, Ok(expired()));
        assert_eq!(stream.next().await, Ok(Frame::Heartbeat));
        let reason = "{\"reason\":\"generation\"}".to_owned();
        assert_eq!(stream.next().await, Ok(Frame::Resync { at: id("3.0"), reason }));
        assert_eq!(stream.next().await, Ok(Frame::Bye));
        assert_eq!(stream.retry(), Some(Duration::from_millis(300)));
        assert!(matches!(stream.next().await, Err(StreamEnd::Closed)));
    }

    #[tokio::test]
    async fn frames_may_be_cut_anywhere_and_come_together() {
        let all = EXPIRED.repeat(3);
        let bytes: Vec<String> = all.chars().map(String::from).collect();
        let chunks: Vec<&str> = bytes.iter().map(String::as_str).collect();
        assert_eq!(stream(&chunks).batch().await, Ok(vec![expired(); 3]));
        assert_eq!(stream(&[&all]).batch().await, Ok(vec![expired(); 3]));
        let mut broken = stream(&[&all, "event: surprise\ndata: {}\n\n"]);
        assert_eq!(
            broken.batch().await,
            Ok(vec![expired(); 3]),
            "what came before an end is kept"
        );
        assert!(matches!(broken.batch().await, Err(StreamEnd::Malformed(_))));
        assert!(matches!(broken.batch().await, Err(StreamEnd::Closed)));
    }

    #[tokio::test]
    async fn what_no_stream_may_carry_is_malformed() {
        for text in [
            "event: result\nid: 1.1\ndata: {}\n\n",
            "event: result\nid: 1\ndata: {}\n\n",
            "event: hello\ndata: {}\n\n",
            "event: surprise\nid: 1.1\ndata: {}\n\n",
            "data: nameless\n\n",
            &EXPIRED.replace("event: ticket_expired", "event: result"),
        ] {
            let end = stream(&[text]).next().await;
            assert!(matches!(end, Err(StreamEnd::Malformed(_))), "{text}: {end:?}");
        }
    }

    #[tokio::test]
    async fn a_half_sent_frame_is_no_frame() {
        let half = EXPIRED.trim_end();
        assert!(matches!(stream(&[half]).next().await, Err(StreamEnd::Closed)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_stream_is_dead() {
        let silent = futures::stream::pending::<Result<Bytes, io::Error>>();
        let mut stream = EventStream::new(silent);
        assert!(matches!(stream.next().await, Err(StreamEnd::Broken(_))));
    }

    #[tokio::test]
    async fn a_broken_connection_is_told_from_an_ended_stream() {
        let broken: [io::Result<Bytes>; 2] = [
            Ok(Bytes::from_static(b"event: hb\ndata: {}\n\n")),
            Err(io::ErrorKind::ConnectionReset.into()),
        ];
        let mut stream = EventStream::new(futures::stream::iter(broken));
        assert_eq!(stream.next().await, Ok(Frame::Heartbeat));
        assert!(matches!(stream.next().await, Err(StreamEnd::Broken(_))));
    }
}
