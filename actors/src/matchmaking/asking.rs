//! Asks a queue's leader, on whichever node it is: its snapshot stands on the board, an explanation is put there when asked for.

use std::time::Duration;

use tiltyard_db::StoreError;
use tiltyard_db::live::Live;
use tiltyard_db::live::wakeups::{Inbox, Wakeup};
use tiltyard_protocol::{PlayerId, QueueName, TicketId};
use tokio::time::Instant;

use super::notes::{self, Explanation, Snapshot};

/// Time that a leader has to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two looks at the board.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Returns the queue as its leader saw it last; `None` if nobody led it lately.
///
/// # Errors
/// A live store that is away.
pub async fn snapshot(live: &Live, queue: &QueueName) -> Result<Option<Snapshot>, StoreError> {
    notes::read(live.board.note(&notes::snapshot_name(queue)).await)
}

/// Returns why a ticket still waits; `None` if no leader answers in time.
pub(crate) async fn explain(
    live: &Live,
    queue: &QueueName,
    player: PlayerId,
    ticket: TicketId,
) -> Result<Option<Explanation>, StoreError> {
    let name = notes::explanation_name(player, ticket);
    let answered = notes::read(live.board.note(&name).await)?;
    if answered.is_some() {
        return Ok(answered);
    }
    let question = Wakeup::Explain { player, ticket };
    let inbox = Inbox::Queue(queue.clone());
    live.wakeups.publish(vec![(inbox, question)]).await?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        tokio::time::sleep(LOOK_EVERY).await;
        let answered = notes::read(live.board.note(&name).await)?;
        if answered.is_some() {
            return Ok(answered);
        }
    }
    Ok(None)
}
