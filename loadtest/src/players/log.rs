//! Reads a player's event log again, over a stream of its own.

use std::time::Duration;

use tiltyard_protocol::{EventId, EventSeq, PlayerEvent};
use tokio::time::timeout;

use crate::client::{ClientError, EventStream, Frame, Session, StreamEnd};

/// Time without an event after which the log counts as read to its end: many times what a stored event needs.
const END_OF_LOG: Duration = Duration::from_secs(30);

/// Returns the events behind `after` up to the number `last`, or fewer if no more come.
pub(crate) async fn read_log(
    session: Session,
    after: EventId,
    last: EventSeq,
) -> Result<Vec<(EventId, PlayerEvent)>, ClientError> {
    let mut stream = session.events(Some(after)).await?;
    let mut log = Vec::new();
    while log.last().is_none_or(|(id, _): &(EventId, PlayerEvent)| id.seq < last) {
        match timeout(END_OF_LOG, next_event(&mut stream)).await {
            Ok(event) => log.push(event?),
            Err(_elapsed) => break,
        }
    }
    Ok(log)
}

async fn next_event(stream: &mut EventStream) -> Result<(EventId, PlayerEvent), ClientError> {
    let unexpected = |detail: String| ClientError::Unexpected { status: 200, detail };
    loop {
        match stream.next().await {
            Ok(Frame::Event { id, event }) => return Ok((id, event)),
            Ok(Frame::Resync { at, reason }) => return Err(unexpected(format!("resync to {at}: {reason}"))),
            Ok(Frame::Hello { .. } | Frame::Heartbeat | Frame::Bye) => {}
            Err(end @ (StreamEnd::Closed | StreamEnd::Broken(_))) => {
                return Err(ClientError::Transport(end.to_string()));
            }
            Err(end @ StreamEnd::Malformed(_)) => return Err(unexpected(end.to_string())),
        }
    }
}
