//! Inboxes in memory. A reader that is too slow loses hints, never holds up a publisher, and is always told.

use std::collections::HashMap;

use async_trait::async_trait;
use tiltyard_db::Result;
use tiltyard_db::live::Wakeups;
use tiltyard_db::live::wakeups::{Inbox, Notice, Wakeup};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::sync::lock;
use crate::{LocalStore, bounds};

/// The readers by inbox.
#[derive(Default)]
pub(crate) struct Inboxes {
    readers: HashMap<Inbox, Vec<Reader>>,
}

/// One receiver's end here. It has [`bounds::READER_SLOTS`], of which a hint never takes the last.
struct Reader {
    sender: mpsc::Sender<Notice>,
    /// Whether the newest notice is [`Notice::Lagged`]. While it is and there is no room, it is unread,
    /// and whoever reads it looks at the database after everything lost until then.
    lagged: bool,
}

#[async_trait]
impl Wakeups for LocalStore {
    async fn publish(&self, wakeups: Vec<(Inbox, Wakeup)>) -> Result<()> {
        let mut inboxes = lock(&self.inboxes);
        for (inbox, wakeup) in wakeups {
            inboxes.publish(&inbox, &wakeup);
        }
        Ok(())
    }

    async fn subscribe(&self, inbox: Inbox) -> Result<mpsc::Receiver<Notice>> {
        lock(&self.inboxes).subscribe(inbox)
    }
}

impl Inboxes {
    fn publish(&mut self, inbox: &Inbox, wakeup: &Wakeup) {
        let Some(readers) = self.readers.get_mut(inbox) else {
            return;
        };
        readers.retain_mut(|reader| reader.offer(wakeup));
        if readers.is_empty() {
            self.readers.remove(inbox);
        }
    }

    fn subscribe(&mut self, inbox: Inbox) -> Result<mpsc::Receiver<Notice>> {
        self.forget_dropped();
        if self.readers.values().map(Vec::len).sum::<usize>() >= bounds::READERS_MAX {
            return Err(bounds::full("readers"));
        }
        let (sender, receiver) = mpsc::channel(bounds::READER_SLOTS);
        let reader = Reader { sender, lagged: false };
        self.readers.entry(inbox).or_default().push(reader);
        Ok(receiver)
    }

    fn forget_dropped(&mut self) {
        self.readers.retain(|_, readers| {
            readers.retain(|reader| !reader.sender.is_closed());
            !readers.is_empty()
        });
    }
}

impl Reader {
    /// Hands a hint on if there is room; says whether anybody still reads.
    fn offer(&mut self, wakeup: &Wakeup) -> bool {
        let notice = if self.sender.capacity() > 1 {
            self.lagged = false;
            Notice::Wakeup(wakeup.clone())
        } else if self.lagged {
            return !self.sender.is_closed();
        } else {
            self.lagged = true;
            Notice::Lagged
        };
        // Only this side fills slots, so the one seen above is still free.
        !matches!(self.sender.try_send(notice), Err(TrySendError::Closed(_)))
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_protocol::limits::INBOX_MAX;
    use tiltyard_protocol::{NodeId, PlayerId, TicketId};

    use super::*;

    const INBOX: Inbox = Inbox::Node(NodeId::from_bytes([1; 16]));

    fn hint() -> Wakeup {
        Wakeup::Left {
            player: PlayerId::from_bytes([1; 16]),
            ticket: TicketId::from_bytes([1; 16]),
        }
    }

    #[test]
    fn the_notice_stands_where_the_first_hint_was_lost() {
        let mut inboxes = Inboxes::default();
        let mut receiver = inboxes.subscribe(INBOX).unwrap();
        for _ in 0..INBOX_MAX + 5 {
            inboxes.publish(&INBOX, &hint());
        }
        for _ in 0..INBOX_MAX {
            assert_eq!(receiver.try_recv(), Ok(Notice::Wakeup(hint())));
        }
        assert_eq!(
            receiver.try_recv(),
            Ok(Notice::Lagged),
            "without waiting for another hint"
        );
        inboxes.publish(&INBOX, &hint());
        assert_eq!(receiver.try_recv(), Ok(Notice::Wakeup(hint())));
    }

    #[test]
    fn each_loss_after_a_delivered_hint_is_told_anew() {
        let mut inboxes = Inboxes::default();
        let mut receiver = inboxes.subscribe(INBOX).unwrap();
        for _ in 0..=INBOX_MAX {
            inboxes.publish(&INBOX, &hint());
        }
        receiver.try_recv().unwrap();
        inboxes.publish(&INBOX, &hint());
        receiver.try_recv().unwrap();
        for _ in 0..5 {
            inboxes.publish(&INBOX, &hint());
        }
        let rest: Vec<Notice> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
        let lagged = rest.iter().filter(|notice| **notice == Notice::Lagged);
        assert_eq!(lagged.count(), 2);
        assert_eq!(rest.last(), Some(&Notice::Lagged));
    }

    #[test]
    fn dropped_readers_are_forgotten_and_the_rest_is_bounded() {
        let mut inboxes = Inboxes::default();
        drop(inboxes.subscribe(INBOX).unwrap());
        inboxes.publish(&INBOX, &hint());
        assert!(inboxes.readers.is_empty(), "noticed by a publisher");
        drop(inboxes.subscribe(INBOX).unwrap());
        let readers: Vec<_> = (0..bounds::READERS_MAX)
            .map(|_| inboxes.subscribe(INBOX).unwrap())
            .collect();
        assert!(inboxes.subscribe(INBOX).is_err());
        drop(readers);
        assert!(inboxes.subscribe(INBOX).is_ok(), "noticed by a subscriber");
    }

    #[tokio::test]
    async fn the_receiver_ends_with_the_store() {
        let store = LocalStore::new();
        let mut receiver = store.subscribe(INBOX).await.unwrap();
        drop(store);
        assert_eq!(receiver.recv().await, None);
    }
}
