//! Hints on their way: many to one inbox in one message, a JSON array, so that the price is a message and not a hint.
//!
//! An item is a hint, or `null` for one that was too large. A message that this version cannot read, from a node of another
//! version, counts as lost: its readers look at the database.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tiltyard_db::durable::tickets::QueuedTicket;
use tiltyard_db::live::wakeups::{Inbox, Wakeup};
use tiltyard_protocol::{BuildHash, EventSeq, PlayerEvent, PlayerId, TicketId, Timestamp};

use crate::bounds::MESSAGE_BYTES_MAX;

/// A hint as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Hint {
    Event(PlayerId, EventSeq, PlayerEvent),
    Queued {
        player: PlayerId,
        id: TicketId,
        build: BuildHash,
        spread: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        widen_to: Option<u16>,
        rating: f64,
        enqueued_at_us: i64,
    },
    Left(PlayerId, TicketId),
    Explain(PlayerId, TicketId),
    Free,
}

impl From<&Wakeup> for Hint {
    fn from(wakeup: &Wakeup) -> Self {
        match wakeup {
            Wakeup::Event { player, seq, event } => Self::Event(*player, *seq, event.clone()),
            Wakeup::Left { player, ticket } => Self::Left(*player, *ticket),
            Wakeup::Explain { player, ticket } => Self::Explain(*player, *ticket),
            Wakeup::Free => Self::Free,
            Wakeup::Queued(QueuedTicket {
                player,
                id,
                build,
                spread,
                widen_to,
                rating,
                enqueued_at,
            }) => Self::Queued {
                player: *player,
                id: *id,
                build: *build,
                spread: *spread,
                widen_to: *widen_to,
                rating: *rating,
                enqueued_at_us: enqueued_at.micros(),
            },
        }
    }
}

impl From<Hint> for Wakeup {
    fn from(hint: Hint) -> Self {
        match hint {
            Hint::Event(player, seq, event) => Self::Event { player, seq, event },
            Hint::Left(player, ticket) => Self::Left { player, ticket },
            Hint::Explain(player, ticket) => Self::Explain { player, ticket },
            Hint::Free => Self::Free,
            Hint::Queued {
                player,
                id,
                build,
                spread,
                widen_to,
                rating,
                enqueued_at_us,
            } => Self::Queued(QueuedTicket {
                player,
                id,
                build,
                spread,
                widen_to,
                rating,
                enqueued_at: Timestamp::from_micros(enqueued_at_us),
            }),
        }
    }
}

/// Writes hints as messages of bounded size; those to one inbox stay in order.
pub(super) fn messages(wakeups: &[(Inbox, Wakeup)]) -> Vec<(&Inbox, Bytes)> {
    let mut messages = Vec::new();
    let mut open: Vec<(&Inbox, Vec<u8>)> = Vec::new();
    for (inbox, wakeup) in wakeups {
        let hint = serde_json::to_vec(&Hint::from(wakeup)).ok();
        let item = hint
            .filter(|hint| hint.len() < MESSAGE_BYTES_MAX - 2)
            .unwrap_or_else(|| b"null".to_vec());
        // Few inboxes take part in one batch: a node a player, or one queue.
        let place = open.iter().position(|(other, _)| *other == inbox);
        let place = place.unwrap_or_else(|| {
            open.push((inbox, Vec::new()));
            open.len() - 1
        });
        let message = &mut open[place].1;
        if !message.is_empty() && message.len() + item.len() + 2 > MESSAGE_BYTES_MAX {
            messages.push((inbox, close(std::mem::take(message))));
        }
        message.push(if message.is_empty() { b'[' } else { b',' });
        message.extend_from_slice(&item);
    }
    messages.extend(open.into_iter().map(|(inbox, message)| (inbox, close(message))));
    messages
}

fn close(mut message: Vec<u8>) -> Bytes {
    message.push(b']');
    message.into()
}

/// Reads a message; `None` in the place of a hint stands for a lost one.
pub(super) fn read(message: &[u8]) -> Option<Vec<Option<Wakeup>>> {
    let hints: Vec<Option<Hint>> = serde_json::from_slice(message).ok()?;
    Some(hints.into_iter().map(|hint| hint.map(Wakeup::from)).collect())
}

#[cfg(test)]
mod tests {
    use tiltyard_protocol::NodeId;
    use tiltyard_protocol::event::ReturnReason;

    use super::*;

    fn inbox(n: u8) -> Inbox {
        Inbox::Node(NodeId::from_bytes([n; 16]))
    }

    fn left(n: u8) -> Wakeup {
        Wakeup::Left {
            player: PlayerId::from_bytes([n; 16]),
            ticket: TicketId::from_bytes([n; 16]),
        }
    }

    fn told(message: String) -> Wakeup {
        Wakeup::Event {
            player: PlayerId::from_bytes([1; 16]),
            seq: EventSeq(1),
            event: PlayerEvent::TicketReturned {
                ticket: TicketId::from_bytes([1; 16]),
                reason: ReturnReason::MatchFailed,
                message,
            },
        }
    }

    #[test]
    fn messages_are_bounded_and_keep_the_order_of_an_inbox() {
        let hints: Vec<(Inbox, Wakeup)> = (0..1_000_u16)
            .map(|n| (inbox((n % 2) as u8), left((n % 251) as u8)))
            .collect();
        let messages = messages(&hints);
        assert!(messages.iter().all(|(_, bytes)| bytes.len() <= MESSAGE_BYTES_MAX));
        assert!(messages.len() < 20, "{}", messages.len());
        for n in 0..2 {
            let sent = hints
                .iter()
                .filter(|(to, _)| *to == inbox(n))
                .map(|(_, hint)| Some(hint.clone()));
            let of_inbox = messages.iter().filter(|(to, _)| **to == inbox(n));
            let came = of_inbox.flat_map(|(_, bytes)| read(bytes).unwrap());
            assert_eq!(came.collect::<Vec<_>>(), sent.collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_hint_that_is_too_large_is_told_as_lost() {
        let hints = [
            (inbox(1), left(1)),
            (inbox(1), told("x".repeat(MESSAGE_BYTES_MAX))),
            (inbox(1), left(2)),
        ];
        let messages = messages(&hints);
        assert_eq!(read(&messages[0].1).unwrap(), [Some(left(1)), None, Some(left(2))]);
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        for strange in ["", "x", "{}", "[{\"other\":1}]", "[1]"] {
            assert_eq!(read(strange.as_bytes()), None, "{strange}");
        }
    }
}
