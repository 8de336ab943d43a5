//! Ends waits that would hold up a drain: a pipe that waits for the next hint or job returns at once when its actor drains.

use tokio::sync::mpsc;
use tokio::sync::watch;

use tiltyard_db::live::wakeups::Notice;

/// Hints read at a time.
const NOTICES_MAX: usize = 256;

/// Held by an actor; ends its waits when told to or dropped.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

/// Held by a wait.
#[derive(Clone, Debug)]
pub(crate) struct Stopped(watch::Receiver<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Ends all waits, and those to come.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Makes the end of one wait.
    pub(crate) fn stopped(&self) -> Stopped {
        Stopped(self.0.subscribe())
    }

    /// Waits for the next hints of an inbox and hands it back; none if the inbox or the actor has ended.
    pub(crate) fn notices(
        &self,
        mut inbox: mpsc::Receiver<Notice>,
    ) -> impl Future<Output = (mpsc::Receiver<Notice>, Vec<Notice>)> + Send + use<> {
        let stopped = self.stopped();
        async move {
            let mut notices = Vec::new();
            match stopped.unless(inbox.recv_many(&mut notices, NOTICES_MAX)).await {
                Some(_received) => (inbox, notices),
                None => (inbox, Vec::new()),
            }
        }
    }
}

impl Stopped {
    /// Waits for `future`; `None` if the actor is told to stop before.
    pub(crate) async fn unless<F: Future>(mut self, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            _stopped = self.0.wait_for(|stop| *stop) => None,
            output = future => Some(output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_when_told_to() {
        let stop = Stop::default();
        assert_eq!(stop.stopped().unless(async { 1 }).await, Some(1));
        let waiting = stop.stopped().unless(std::future::pending::<()>());
        stop.stop();
        assert_eq!(waiting.await, None);
    }

    #[tokio::test]
    async fn hints_come_together_with_their_inbox() {
        let (send, inbox) = mpsc::channel(4);
        send.try_send(Notice::Lagged).unwrap();
        send.try_send(Notice::Lagged).unwrap();
        let (inbox, notices) = Stop::default().notices(inbox).await;
        assert_eq!(notices.len(), 2);
        drop(send);
        assert!(Stop::default().notices(inbox).await.1.is_empty());
    }
}
