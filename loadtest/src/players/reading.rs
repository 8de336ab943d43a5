//! Reading a stream beside an actor: opened, read in batches, and cut as soon as nobody wants it.

use std::time::Duration;

use tiltyard_protocol::EventId;
use tokio::sync::oneshot;

use super::core::StreamFailure;
use crate::client::{EventStream, Frame, Session};

/// Keeps a stream open. Dropping it closes the connection, whatever the stream is doing.
#[derive(Debug)]
pub(crate) struct Reader {
    _cut: oneshot::Sender<()>,
}

/// An open stream between two batches.
#[derive(Debug)]
pub(crate) struct Reading {
    stream: EventStream,
    cut: oneshot::Receiver<()>,
}

/// What came of waiting for a stream.
#[derive(Debug)]
pub(crate) enum Step {
    /// It is open, and brought these frames.
    Read { reading: Reading, frames: Vec<Frame> },
    /// There is no stream, or no longer.
    Ended {
        why: StreamFailure,
        retry: Option<Duration>,
    },
    /// The reader was dropped.
    Cut,
}

/// Opens a stream; the future ends with the reader.
pub(crate) fn open(session: Session, after: Option<EventId>) -> (Reader, impl Future<Output = Step> + Send + 'static) {
    let (keep, mut cut) = oneshot::channel();
    let opening = async move {
        let opened = tokio::select! {
            biased;
            _gone = &mut cut => return Step::Cut,
            opened = session.events(after) => opened,
        };
        match opened {
            Ok(stream) => Step::Read {
                reading: Reading { stream, cut },
                frames: Vec::new(),
            },
            Err(error) => Step::Ended {
                why: StreamFailure::NotOpened(error),
                retry: None,
            },
        }
    };
    (Reader { _cut: keep }, opening)
}

impl Reading {
    /// Waits for the next frames.
    pub(crate) async fn read(mut self) -> Step {
        let batch = tokio::select! {
            biased;
            _gone = &mut self.cut => return Step::Cut,
            batch = self.stream.batch() => batch,
        };
        match batch {
            Ok(frames) => Step::Read { reading: self, frames },
            Err(end) => {
                let retry = self.stream.retry();
                Step::Ended {
                    why: StreamFailure::Ended(end),
                    retry,
                }
            }
        }
    }
}
