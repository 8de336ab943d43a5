//! The life of one stream: frames as they come, heartbeats in silence, an end that spreads over time.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tiltyard_actors::Frame;
use tiltyard_protocol::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use super::encode::{self, End};
use crate::metrics::StreamGauge;
use crate::shared::Shared;

/// How long a stream may live, and what ends it then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    span: Duration,
    end: End,
}

impl Life {
    /// Returns 80 to 100 % of the configured life, and never more than the token has left.
    pub(crate) fn of(shared: &Shared, now: Timestamp, token_expires_at: Timestamp) -> Self {
        let rotation = shared.jitter.permille(shared.streams.life, 800, 1_000);
        let token = token_expires_at.since(now);
        if token < rotation {
            Self {
                span: token,
                end: End::Token,
            }
        } else {
            Self {
                span: rotation,
                end: End::Life,
            }
        }
    }
}

/// One open stream. Dropping it closes the receiver, by which the session learns that the client is gone.
pub(crate) struct EventStream {
    shared: Arc<Shared>,
    frames: mpsc::Receiver<Frame>,
    heartbeat: Pin<Box<Sleep>>,
    rotation: Pin<Box<Sleep>>,
    end: End,
    phase: Phase,
    _gauge: StreamGauge,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Open,
    Over,
}

/// What happened next.
enum Step {
    Frame(Frame),
    Silence,
    Rotate,
    Closed,
}

impl EventStream {
    /// Starts the stream's clocks.
    pub(crate) fn new(shared: Arc<Shared>, frames: mpsc::Receiver<Frame>, life: Life) -> Self {
        let now = Instant::now();
        let silence = silence(&shared);
        Self {
            shared,
            frames,
            heartbeat: Box::pin(sleep_until(now + silence)),
            rotation: Box::pin(sleep_until(now + life.span)),
            end: life.end,
            phase: Phase::Opening,
            _gauge: StreamGauge::enter(),
        }
    }

    /// Returns the next bytes and the rest of the stream; `None` at its end.
    pub(crate) async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let bytes = match self.phase {
            Phase::Opening => {
                self.phase = Phase::Open;
                encode::opening()
            }
            Phase::Open => self.open_bytes().await?,
            Phase::Over => return None,
        };
        Some((Ok(bytes), self))
    }

    async fn open_bytes(&mut self) -> Option<Bytes> {
        let step = self.step().await;
        let silence = silence(&self.shared);
        self.heartbeat.as_mut().reset(Instant::now() + silence);
        let now = self.shared.now();
        match step {
            Step::Frame(frame) => {
                if frame == Frame::Bye {
                    self.phase = Phase::Over;
                }
                Some(encode::frame(
                    &frame,
                    now,
                    self.shared.streams.heartbeat,
                    &self.shared.jitter,
                ))
            }
            Step::Silence => Some(encode::heartbeat(now)),
            Step::Rotate => {
                self.phase = Phase::Over;
                Some(encode::bye(self.end, &self.shared.jitter))
            }
            Step::Closed => None,
        }
    }

    /// Waits for what comes first. The end goes before frames, or a busy stream would outlive its token; what it still
    /// had to tell is in the log.
    async fn step(&mut self) -> Step {
        tokio::select! {
            biased;
            () = self.rotation.as_mut() => Step::Rotate,
            frame = self.frames.recv() => frame.map_or(Step::Closed, Step::Frame),
            () = self.heartbeat.as_mut() => Step::Silence,
        }
    }
}

fn silence(shared: &Shared) -> Duration {
    shared.jitter.permille(shared.streams.heartbeat, 800, 1_200)
}
