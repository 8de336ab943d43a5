//! The readers of this node by channel. A reader that is too slow loses hints, holds up nobody, and is always told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tiltyard_db::live::wakeups::{Notice, Wakeup};
use tiltyard_db::{Result, StoreError};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::bounds::{READER_SLOTS, READERS_MAX};
use crate::{STORE, metrics};

/// Names a reader.
pub(super) type ReaderId = u64;

/// The readers.
#[derive(Default)]
pub(crate) struct Inboxes(Mutex<Readers>);

#[derive(Default)]
struct Readers {
    channels: HashMap<String, Vec<Reader>>,
    next: ReaderId,
    closed: bool,
}

/// One receiver's end here. It has [`READER_SLOTS`], of which a hint never takes the last.
struct Reader {
    id: ReaderId,
    sender: mpsc::Sender<Notice>,
    /// Whether the newest notice is [`Notice::Lagged`]. While it is and there is no room, it is unread,
    /// and whoever reads it looks at the database after everything lost until then.
    lagged: bool,
}

impl Inboxes {
    /// Adds a reader.
    pub(super) fn add(&self, channel: &str) -> Result<(ReaderId, mpsc::Receiver<Notice>)> {
        let mut readers = self.lock();
        if readers.closed || readers.channels.values().map(Vec::len).sum::<usize>() >= READERS_MAX {
            let what = format!("it has {READERS_MAX} readers already, or the store was closed");
            return Err(StoreError::unavailable(STORE, what));
        }
        readers.next += 1;
        let id = readers.next;
        let (sender, receiver) = mpsc::channel(READER_SLOTS);
        let reader = Reader {
            id,
            sender,
            lagged: false,
        };
        readers.channels.entry(channel.to_owned()).or_default().push(reader);
        Ok((id, receiver))
    }

    /// Removes a reader.
    pub(super) fn remove(&self, channel: &str, reader: ReaderId) {
        if let Some(readers) = self.lock().channels.get_mut(channel) {
            readers.retain(|other| other.id != reader);
        }
    }

    /// Returns the channels that are to be subscribed to.
    pub(super) fn channels(&self) -> Vec<String> {
        self.lock().channels.keys().cloned().collect()
    }

    /// Removes the channels whose readers are gone, and returns them.
    pub(super) fn take_unread(&self) -> Vec<String> {
        let mut readers = self.lock();
        let mut unread = Vec::new();
        readers.channels.retain(|channel, readers| {
            readers.retain(|reader| !reader.sender.is_closed());
            if readers.is_empty() {
                unread.push(channel.clone());
            }
            !readers.is_empty()
        });
        unread
    }

    /// Gives hints to the readers of a channel; `None` stands for one that was lost.
    pub(super) fn publish(&self, channel: &str, hints: Vec<Option<Wakeup>>) {
        let mut readers = self.lock();
        let Some(readers) = readers.channels.get_mut(channel) else {
            return;
        };
        for hint in hints {
            match hint {
                Some(hint) => readers.retain_mut(|reader| reader.offer(&hint)),
                None => readers.retain_mut(Reader::lose),
            }
        }
    }

    /// Tells all readers that hints may have been lost; returns how many were told.
    pub(super) fn lagged(&self) -> usize {
        let mut readers = self.lock();
        let mut told = 0;
        // The order in which readers are told is of no matter.
        readers.channels.retain(|_, readers| {
            readers.retain_mut(Reader::lose);
            told += readers.len();
            true
        });
        told
    }

    /// Ends all readers.
    pub(crate) fn close(&self) {
        let mut readers = self.lock();
        readers.closed = true;
        readers.channels.clear();
    }

    /// Nothing in here can be left half done, so a poisoned lock is a good one.
    fn lock(&self) -> MutexGuard<'_, Readers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// Hands a hint on if there is room; says whether anybody still reads.
    fn offer(&mut self, hint: &Wakeup) -> bool {
        if self.sender.capacity() > 1 {
            self.lagged = false;
            return self.send(Notice::Wakeup(hint.clone()));
        }
        if !self.lagged {
            metrics::hints_lost("slow_reader");
        }
        self.lose()
    }

    /// Tells of a loss, unless the newest notice does and is unread; says whether anybody still reads.
    fn lose(&mut self) -> bool {
        if self.lagged && self.sender.capacity() <= 1 {
            return !self.sender.is_closed();
        }
        self.lagged = true;
        self.send(Notice::Lagged)
    }

    /// Only this side fills slots, so there is room where it was seen.
    fn send(&self, notice: Notice) -> bool {
        !matches!(self.sender.try_send(notice), Err(TrySendError::Closed(_)))
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_db::live::wakeups::Notice;
    use tiltyard_protocol::limits::INBOX_MAX;
    use tiltyard_protocol::{PlayerId, TicketId};

    use super::*;

    fn hint() -> Wakeup {
        Wakeup::Left {
            player: PlayerId::from_bytes([1; 16]),
            ticket: TicketId::from_bytes([1; 16]),
        }
    }

    #[test]
    fn a_full_reader_is_told_once_and_a_told_one_again_when_it_has_read() {
        let inboxes = Inboxes::default();
        let (_, mut receiver) = inboxes.add("a").unwrap();
        inboxes.publish("a", vec![Some(hint()); INBOX_MAX + 5]);
        assert_eq!(inboxes.lagged(), 1);
        for _ in 0..INBOX_MAX {
            assert_eq!(receiver.try_recv(), Ok(Notice::Wakeup(hint())));
        }
        assert_eq!(receiver.try_recv(), Ok(Notice::Lagged));
        assert!(receiver.try_recv().is_err());
        inboxes.lagged();
        assert_eq!(
            receiver.try_recv(),
            Ok(Notice::Lagged),
            "a loss after the last one was read"
        );
        inboxes.publish("a", vec![None, Some(hint())]);
        assert_eq!(receiver.try_recv(), Ok(Notice::Lagged));
        assert_eq!(receiver.try_recv(), Ok(Notice::Wakeup(hint())));
    }

    #[test]
    fn channels_without_readers_are_given_back() {
        let inboxes = Inboxes::default();
        let (first, _kept) = inboxes.add("a").unwrap();
        let (_, gone) = inboxes.add("b").unwrap();
        drop(gone);
        assert_eq!(inboxes.take_unread(), ["b"]);
        assert_eq!(inboxes.channels(), ["a"]);
        inboxes.remove("a", first);
        assert_eq!(inboxes.take_unread(), ["a"]);
    }

    #[test]
    fn readers_are_bounded_and_end_with_the_store() {
        let inboxes = Inboxes::default();
        let mut receivers: Vec<_> = (0..READERS_MAX).map(|_| inboxes.add("a").unwrap().1).collect();
        assert!(inboxes.add("a").is_err());
        inboxes.close();
        assert_eq!(receivers[0].try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
        assert!(inboxes.add("a").is_err(), "nothing begins after the end");
    }
}
